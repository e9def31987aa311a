/** Hyperparameter search. */
package io.github.mnist4j.tune;
