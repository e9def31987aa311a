/**
 * Reads handwritten digits, without any dependency: {@link io.github.mnist4j.lite.DigitReader} and
 * what it answers with. Pixels need java.base alone; AWT is loaded by the methods that take its
 * images, or files.
 */
@NullMarked
package io.github.mnist4j.lite;

import org.jspecify.annotations.NullMarked;
