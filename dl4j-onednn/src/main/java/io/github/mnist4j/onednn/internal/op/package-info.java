/** The steps of a network, and the programs that they compile themselves into. */
@NullMarked
package io.github.mnist4j.onednn.internal.op;

import org.jspecify.annotations.NullMarked;
