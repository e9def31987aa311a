/** oneDNN's primitives and memory, and the arithmetic beside them in Java. */
@NullMarked
package io.github.mnist4j.onednn.internal.primitive;

import org.jspecify.annotations.NullMarked;
