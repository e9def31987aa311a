/** Digits in memory: sets, splits, normalization, and the batches that networks learn from. */
@NullMarked
package io.github.mnist4j.data;

import org.jspecify.annotations.NullMarked;
