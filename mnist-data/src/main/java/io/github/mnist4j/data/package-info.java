/** Digits in memory: sets, splits, normalization, and the batches that networks learn from. */
package io.github.mnist4j.data;
