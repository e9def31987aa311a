/** Runs a hyperparameter search: {@link io.github.mnist4j.tune.Tuner}. */
@NullMarked
package io.github.mnist4j.tune;

import org.jspecify.annotations.NullMarked;
