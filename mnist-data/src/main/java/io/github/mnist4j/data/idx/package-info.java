/** MNIST's file format, read and written strictly, and a DataVec record reader for it. */
package io.github.mnist4j.data.idx;
