package io.github.mnist4j.onednn.internal.op;

/**
 * Bounds the Euclidean norm of a batch after an op by its norm before: at most {@code factor * norm
 * + offset * sqrt(batch size)}.
 *
 * @param limit the norm before the op must be smaller than this
 */
record Gain(double factor, double offset, double limit) {
    /** A tenth of the largest float: sums are rounded. */
    static final double LARGEST = 3e37;

    /** Of ops that make nothing larger. */
    static final Gain NONE = new Gain(1, 0, LARGEST);

    /** Of an op whose results are at most as large as this, whatever its input. */
    static Gain bounded(double norm) {
        return new Gain(0, norm, LARGEST);
    }

    static Gain times(double factor) {
        return new Gain(factor, 0, LARGEST);
    }
}
