/** One training run: the loop, its state, its callbacks and its checkpoints. */
package io.github.mnist4j.train;
