/**
 * How training images are varied: rotation, shift, scale, shear, elastic distortion, stroke width,
 * erasing.
 */
package io.github.mnist4j.data.augment;
