/** Digits drawn from stroke skeletons, for when no data set can be had. */
@NullMarked
package io.github.mnist4j.data.synthetic;

import org.jspecify.annotations.NullMarked;
