/** A run's folder on disk. */
@NullMarked
package io.github.mnist4j.train.run;

import org.jspecify.annotations.NullMarked;
