package io.github.mnist4j.onednn.internal.primitive;

/** Arithmetic on shapes of one example: {@code {c, h, w}} or {@code {n}}. */
public final class Shapes {
    private Shapes() {}

    /** A shape of one example with the batch before it. */
    public static long[] withBatch(long batch, long[] shape) {
        long[] dims = new long[shape.length + 1];
        dims[0] = batch;
        System.arraycopy(shape, 0, dims, 1, shape.length);
        return dims;
    }

    /** The number of values of one example. */
    public static long length(long[] shape) {
        long length = 1;
        for (long d : shape) {
            length *= d;
        }
        return length;
    }
}
