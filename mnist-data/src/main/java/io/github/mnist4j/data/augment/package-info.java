/**
 * Augmentation of training images: rotation, shift, scale, shear, elastic distortion, stroke width,
 * erasing.
 */
@NullMarked
package io.github.mnist4j.data.augment;

import org.jspecify.annotations.NullMarked;
