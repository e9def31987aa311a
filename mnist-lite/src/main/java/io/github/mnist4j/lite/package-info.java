/**
 * Finds digits on images and brings them into the form of MNIST, on plain arrays, without any
 * dependency.
 */
@NullMarked
package io.github.mnist4j.lite;

import org.jspecify.annotations.NullMarked;
