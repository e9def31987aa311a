/** History, confusion and learning-rate charts, and sheets of digits. */
package io.github.mnist4j.train.chart;
