/** One training run: the loop, its state, its callbacks and its checkpoints. */
@NullMarked
package io.github.mnist4j.train;

import org.jspecify.annotations.NullMarked;
