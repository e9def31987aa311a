package io.github.mnist4j.lite.network;

import java.util.Arrays;

/**
 * A convolution that keeps the size, its activation, and 2x2 max pooling if it has one.
 *
 * <p>Some rows of all images at a time: of a few input channels each shift of the kernel is a copy
 * of these rows, short enough to stay in the processor's first cache, and every output channel adds
 * its multiples of the copies.
 */
final class Convolution {
    /** Values of a row that vector instructions work through at once: long, but not too long. */
    private static final int LENGTH = 480;

    /** Copies that, with a sum, nearly stay in the first cache, of 32 KB in many processors. */
    private static final int MOST_COPIES = 36;

    final int inputs;
    final int outputs;
    final int kernel;
    final int side;
    private final boolean pooled;
    private final int activation;
    private final float alpha;

    /** [outputs][inputs][kernel][kernel]. */
    private final float[] weights;

    private final float[] biases;

    Convolution(
            int inputs,
            int outputs,
            int kernel,
            int side,
            boolean pooled,
            int activation,
            float alpha,
            float[] weights,
            float[] biases) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.kernel = kernel;
        this.side = side;
        this.pooled = pooled;
        this.activation = activation;
        this.alpha = alpha;
        this.weights = weights;
        this.biases = biases;
    }

    /** With pooling behind it. */
    Convolution pooled() {
        return new Convolution(
                inputs, outputs, kernel, side, true, activation, alpha, weights, biases);
    }

    boolean isPooled() {
        return pooled;
    }

    /** Height and width of what it makes. */
    int outputSide() {
        return pooled ? side / 2 : side;
    }

    private int rows(Layout layout) {
        int rows = Math.min(side, Math.max(1, LENGTH / layout.row));
        return pooled ? Math.max(2, rows & ~1) : rows;
    }

    /** How long the arrays must be that it works on. */
    int length(Layout layout) {
        return layout.length(rows(layout));
    }

    /**
     * Input channels at a time: the same for any number of images, as the order of sums depends on
     * it.
     */
    private int group() {
        return Math.max(1, Math.min(inputs, MOST_COPIES / (kernel * kernel)));
    }

    /** How many copies it makes at a time. */
    int copies() {
        return group() * kernel * kernel;
    }

    /**
     * Computes.
     *
     * @param in where {@code from} says
     * @param images how many of those side by side are wanted
     * @param out gets the results where {@code to} says
     * @param copies as many as {@link #copies}, of {@link #length} values; their contents are lost
     * @param sums one for each output, likewise
     */
    void run(
            float[] in,
            Layout from,
            int images,
            float[] out,
            Layout to,
            float[][] copies,
            float[][] sums) {
        int step = rows(from);
        int needed = pooled ? side & ~1 : side;
        int group = group();
        for (int y = 0; y < needed; y += step) {
            int rows = Math.min(step, needed - y);
            int n = from.length(rows);
            for (int o = 0; o < outputs; o++) {
                Arrays.fill(sums[o], 0, n, biases[o]);
            }
            for (int c = 0; c < inputs; c += group) {
                int channels = Math.min(group, inputs - c);
                int count = 0;
                for (int k = c; k < c + channels; k++) {
                    count = shift(in, from, k, y, copies, count, n);
                }
                int at = c * kernel * kernel;
                for (int o = 0; o < outputs; o++) {
                    Kernel.addAll(
                            sums[o], weights, o * inputs * kernel * kernel + at, copies, count, n);
                }
            }
            for (int o = 0; o < outputs; o++) {
                if (pooled) {
                    pool(sums[o], from, n, rows, images, out, to, o, y);
                } else {
                    Activation.apply(activation, alpha, sums[o], n);
                    copy(sums[o], from, rows, images, out, to, o, y);
                }
            }
        }
    }

    private int shift(
            float[] in, Layout from, int channel, int y, float[][] copies, int count, int n) {
        int before = (kernel - 1) / 2;
        int start = from.at(channel, 0, y - before) - before;
        for (int dy = 0; dy < kernel; dy++) {
            for (int dx = 0; dx < kernel; dx++) {
                System.arraycopy(in, start + dy * from.row + dx, copies[count++], 0, n);
            }
        }
        return count;
    }

    private void copy(
            float[] sum, Layout from, int rows, int images, float[] out, Layout to, int o, int y) {
        int pitch = from.at(0, 1, 0) - from.at(0, 0, 0);
        for (int r = 0; r < rows; r++) {
            for (int b = 0; b < images; b++) {
                System.arraycopy(sum, r * from.row + b * pitch, out, to.at(o, b, y + r), side);
            }
        }
    }

    /** A monotonic activation of the greatest is the greatest activation, at a quarter the cost. */
    private void pool(
            float[] sum,
            Layout from,
            int n,
            int rows,
            int images,
            float[] out,
            Layout to,
            int o,
            int y) {
        boolean late = Activation.isMonotonic(activation, alpha);
        if (!late) {
            Activation.apply(activation, alpha, sum, n);
        }
        int pitch = from.at(0, 1, 0) - from.at(0, 0, 0);
        int half = side / 2;
        int count = 0;
        // never overtakes what is still to be read
        for (int r = 0; r + 1 < rows; r += 2) {
            for (int b = 0; b < images; b++) {
                int above = r * from.row + b * pitch;
                int below = above + from.row;
                for (int x = 0; x < half; x++) {
                    sum[count++] =
                            Math.max(
                                    Math.max(sum[above], sum[above + 1]),
                                    Math.max(sum[below], sum[below + 1]));
                    above += 2;
                    below += 2;
                }
            }
        }
        if (late) {
            Activation.apply(activation, alpha, sum, count);
        }
        int at = 0;
        for (int r = 0; r + 1 < rows; r += 2) {
            for (int b = 0; b < images; b++) {
                System.arraycopy(sum, at, out, to.at(o, b, (y + r) / 2), half);
                at += half;
            }
        }
    }
}
