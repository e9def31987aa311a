/** MNIST's file format, read and written strictly, and a DataVec record reader for it. */
@NullMarked
package io.github.mnist4j.data.idx;

import org.jspecify.annotations.NullMarked;
