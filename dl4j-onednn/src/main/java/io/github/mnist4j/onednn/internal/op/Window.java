package io.github.mnist4j.onednn.internal.op;

import static io.github.mnist4j.onednn.internal.op.UnsupportedNetworkException.require;

import org.deeplearning4j.nn.conf.ConvolutionMode;

/**
 * Where a convolution or pooling looks: height, then width, in each array. {@code padBefore} is top
 * and left, {@code padAfter} bottom and right; negative where the far edge stays unread.
 *
 * @param out height and width of the result
 */
public record Window(
        long[] kernel,
        long[] stride,
        long[] dilation,
        long[] padBefore,
        long[] padAfter,
        long[] out) {

    /**
     * The arithmetic of DL4J's ConvolutionUtils for its three modes.
     *
     * @param shape of the input: {c, h, w}
     * @throws UnsupportedNetworkException if the window does not fit the input
     */
    public static Window of(
            long[] shape,
            int[] kernel,
            int[] stride,
            int[] padding,
            int[] dilation,
            ConvolutionMode mode)
            throws UnsupportedNetworkException {
        var w =
                new Window(
                        new long[2],
                        new long[2],
                        new long[2],
                        new long[2],
                        new long[2],
                        new long[2]);
        for (int d = 0; d < 2; d++) {
            long in = shape[d + 1];
            long effective = kernel[d] + (kernel[d] - 1L) * (dilation[d] - 1L);
            w.kernel[d] = kernel[d];
            w.stride[d] = stride[d];
            w.dilation[d] = dilation[d];
            if (mode == ConvolutionMode.Same) {
                w.out[d] = (in + stride[d] - 1) / stride[d];
                long total = (w.out[d] - 1) * stride[d] + effective - in;
                // DL4J refuses a stride beyond the kernel, or pads by a negative number
                require(total >= -1, "a stride beyond the kernel");
                total = Math.max(0, total);
                w.padBefore[d] = total / 2;
                w.padAfter[d] = total - total / 2;
            } else {
                long steps = in + 2L * padding[d] - effective;
                require(steps >= 0, "a kernel larger than its input");
                require(
                        mode != ConvolutionMode.Strict || steps % stride[d] == 0,
                        "an input that the strict convolution does not fit");
                w.out[d] = steps / stride[d] + 1;
                w.padBefore[d] = padding[d];
                // what truncation leaves unread at the far edge is negative padding there
                w.padAfter[d] = (w.out[d] - 1) * stride[d] + effective - in - padding[d];
            }
        }
        return w;
    }

    /** All of an image at once. */
    public static Window whole(long[] shape) {
        long[] all = {shape[1], shape[2]};
        long[] ones = {1, 1};
        return new Window(all, all, ones, new long[2], new long[2], ones);
    }

    /** oneDNN counts the gaps between the kernel's cells, DL4J the steps. */
    long[] gaps() {
        return new long[] {dilation[0] - 1, dilation[1] - 1};
    }

    /** In how many windows, at most, a value of the input lies. */
    long overlap() {
        long overlap = 1;
        for (int d = 0; d < 2; d++) {
            overlap *= (kernel[d] + stride[d] - 1) / stride[d];
        }
        return overlap;
    }
}
