/** A run's folder on disk. */
package io.github.mnist4j.train.run;
