/** Digits drawn from stroke skeletons, for when no data set can be had. */
package io.github.mnist4j.data.synthetic;
