package io.github.mnist4j.onednn;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Proves before a forward pass that every value in it will be finite, from the Euclidean norms of
 * the input and of each layer's parameters alone: one product of each with itself, which is little
 * beside the pass. oneDNN's kernels must not see anything else, for their ReLU makes 0 of a NaN and
 * other kernels saturate, where DL4J's layers pass it on; what is not proved here is left to DL4J.
 *
 * <p>The proof bounds the norm of a whole batch of activations from layer to layer. A norm that is
 * not a number fails every comparison and so the proof.
 */
final class Magnitudes {
    /** A tenth of the largest float: sums are rounded. */
    private static final double LARGEST = 3e37;

    /** Batch normalisation sums squares. */
    private static final double LARGEST_SQUARED = 1e18;

    /** Squares of smaller numbers may be 0 and are missing in a sum. */
    private static final double UNSEEN = 1e-18;

    private final List<NetworkOp> stages;
    private final double[] first;
    private final double[] second;
    private final INDArray[] flatFirst;
    private final INDArray[] flatSecond;
    private final long features;

    /**
     * @param inputShape of one example
     */
    Magnitudes(List<NetworkOp> stages, long[] inputShape) {
        this.stages = stages;
        first = new double[stages.size()];
        second = new double[stages.size()];
        flatFirst = new INDArray[stages.size()];
        flatSecond = new INDArray[stages.size()];
        features = length(inputShape);
        for (int i = 0; i < first.length; i++) {
            NetworkOp stage = stages.get(i);
            if (stage instanceof NetworkOp.Convolution s) {
                flatFirst[i] = flat(s.weights());
                flatSecond[i] = flat(s.bias());
            } else if (stage instanceof NetworkOp.Dense s) {
                flatFirst[i] = flat(s.weights());
                flatSecond[i] = flat(s.bias());
            } else if (stage instanceof NetworkOp.BatchNorm s) {
                flatFirst[i] = flat(s.gamma());
                flatSecond[i] = flat(s.beta());
            }
        }
    }

    private static INDArray flat(NetworkOp.Parameter parameter) {
        return parameter == null ? null : flat(parameter.value());
    }

    private static INDArray flat(INDArray array) {
        return array.reshape(array.ordering(), new long[] {array.length()});
    }

    /** Takes the parameters as they are now, with a batch's statistics in batch normalisation. */
    Magnitudes readForTraining() {
        return read(true);
    }

    /** Takes the parameters as they are now, with the running statistics. */
    Magnitudes readForInference() {
        return read(false);
    }

    private Magnitudes read(boolean training) {
        for (int i = 0; i < first.length; i++) {
            NetworkOp stage = stages.get(i);
            if (stage instanceof NetworkOp.Convolution s) {
                long kernel = s.kernel()[0] * s.kernel()[1];
                // a value of the input is in one patch for each place of the kernel at most
                first[i] = normOfFlat(flatFirst[i]) * Math.sqrt((double) kernel);
                second[i] = normOfFlat(flatSecond[i]);
            } else if (stage instanceof NetworkOp.Dense) {
                first[i] = normOfFlat(flatFirst[i]);
                second[i] = normOfFlat(flatSecond[i]);
            } else if (stage instanceof NetworkOp.BatchNorm s) {
                if (training) {
                    // normalised values have a mean square of 1 at most
                    first[i] = 0;
                    second[i] = normOfFlat(flatFirst[i]) + normOfFlat(flatSecond[i]);
                } else {
                    float[] scale = new float[(int) s.shape()[0]];
                    float[] shift = new float[scale.length];
                    InferenceProgram.affine(s, scale, shift);
                    first[i] = largest(scale);
                    second[i] = largest(shift);
                }
            }
        }
        return this;
    }

    /**
     * Whether a pass over this input with the parameters that were read is finite throughout.
     *
     * @param norm of the whole input
     * @param batch the number of examples
     * @param training whether dropout is in it
     */
    boolean prove(double norm, long batch, boolean training) {
        double bound = norm;
        long each = features;
        for (int i = 0; i < first.length; i++) {
            NetworkOp stage = stages.get(i);
            if (!(bound < LARGEST)) {
                return false;
            }
            if (stage instanceof NetworkOp.Convolution s) {
                each = length(s.out());
                long places = s.out()[1] * s.out()[2];
                bound = first[i] * bound + second[i] * Math.sqrt((double) batch * places);
            } else if (stage instanceof NetworkOp.Dense s) {
                each = s.out();
                bound = first[i] * bound + second[i] * Math.sqrt((double) batch);
            } else if (stage instanceof NetworkOp.BatchNorm) {
                if (training && !(bound < LARGEST_SQUARED)) {
                    return false;
                }
                bound = first[i] * bound + second[i] * Math.sqrt((double) batch * each);
            } else if (stage instanceof NetworkOp.Activation s) {
                if (s.kind() == NetworkOp.Activation.Kind.TANH
                        || s.kind() == NetworkOp.Activation.Kind.SIGMOID) {
                    bound = Math.sqrt((double) batch * each);
                } // the others make nothing larger
            } else if (stage instanceof NetworkOp.Pooling s) {
                each = length(s.out());
                // a value of the input is in this many windows at most
                bound *= Math.sqrt((double) windows(s, 0) * windows(s, 1));
            } else if (stage instanceof NetworkOp.Dropout s && training) {
                bound /= s.retain();
            }
        }
        return bound < LARGEST;
    }

    private static long windows(NetworkOp.Pooling s, int d) {
        return (s.kernel()[d] + s.stride()[d] - 1) / s.stride()[d];
    }

    /** The norm of all of an array's elements: infinite or NaN if one of them is, or nearly. */
    static double norm(INDArray array) {
        return normOfFlat(flat(array));
    }

    private static double normOfFlat(INDArray flat) {
        return flat == null ? 0 : norm(Nd4j.getBlasWrapper().dot(flat, flat), flat.length());
    }

    /** The norm of so many floats. */
    static double norm(float[] values) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = 0;
        for (; i + 3 < values.length; i += 4) { // four sums, as one would wait for each addition
            a += (double) values[i] * values[i];
            b += (double) values[i + 1] * values[i + 1];
            c += (double) values[i + 2] * values[i + 2];
            d += (double) values[i + 3] * values[i + 3];
        }
        for (; i < values.length; i++) {
            a += (double) values[i] * values[i];
        }
        return norm(a + b + c + d, values.length);
    }

    private static double norm(double squares, long length) {
        return Math.sqrt(squares) + UNSEEN * Math.sqrt((double) length);
    }

    private static double largest(float[] values) {
        double largest = 0;
        for (float v : values) {
            largest = Math.max(largest, Math.abs((double) v)); // NaN if one is
        }
        return largest;
    }

    private static long length(long[] shape) {
        long length = 1;
        for (long d : shape) {
            length *= d;
        }
        return length;
    }
}
