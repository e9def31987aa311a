/** Digits drawn from stroke skeletons, for use without a data set. */
@NullMarked
package io.github.mnist4j.data.synthetic;

import org.jspecify.annotations.NullMarked;
