/**
 * Finds digits on images and brings them into the form of MNIST, on plain arrays. What they are is
 * for a {@link io.github.mnist4j.lite.finder.Recognizer} to say.
 */
@NullMarked
package io.github.mnist4j.lite.finder;

import org.jspecify.annotations.NullMarked;
