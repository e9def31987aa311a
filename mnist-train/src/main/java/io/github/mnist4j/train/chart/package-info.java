/** History, confusion and learning-rate charts, and sheets of digits. */
@NullMarked
package io.github.mnist4j.train.chart;

import org.jspecify.annotations.NullMarked;
