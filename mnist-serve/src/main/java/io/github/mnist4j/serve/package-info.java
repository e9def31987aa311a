/** Digits over HTTP, and a page to draw them on. */
@NullMarked
package io.github.mnist4j.serve;

import org.jspecify.annotations.NullMarked;
