package io.github.mnist4j.onednn.internal.op;

import io.github.mnist4j.onednn.internal.primitive.Shapes;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Proves before a forward pass that every value in it will be finite, from the Euclidean norms of
 * the input and of each layer's parameters alone: one dot product each, which costs little beside
 * the pass. oneDNN's kernels must not see NaN or infinity: their ReLU turns NaN into 0 and other
 * kernels saturate, where DL4J's layers pass it on. DL4J computes what is not proved here.
 *
 * <p>The proof bounds the norm of a whole batch of activations from layer to layer. A norm that is
 * NaN fails every comparison and so the proof.
 */
public final class Magnitudes {
    /** Squares of smaller numbers may be 0 and are missing in a sum. */
    private static final double UNSEEN = 1e-18;

    private final List<Gain> gains = new ArrayList<>();

    private Magnitudes(NetworkOps network, boolean training) {
        long[] shape = network.inputShape();
        for (NetworkOp op : network.ops()) {
            shape = op.outputShape(shape);
            gains.add(op.gain(Shapes.length(shape), training));
        }
    }

    /** The parameters as they are now, the batch's statistics and dropout. */
    public static Magnitudes ofTraining(NetworkOps network) {
        return new Magnitudes(network, true);
    }

    /** The parameters as they are now and the running statistics. */
    public static Magnitudes ofInference(NetworkOps network) {
        return new Magnitudes(network, false);
    }

    /**
     * Whether a pass over this input is finite throughout.
     *
     * @param norm of the whole input
     * @param batch the number of examples
     */
    public boolean prove(double norm, long batch) {
        double bound = norm;
        for (Gain gain : gains) {
            if (!(bound < gain.limit())) {
                return false;
            }
            bound = gain.factor() * bound + gain.offset() * Math.sqrt((double) batch);
        }
        return bound < Gain.LARGEST;
    }

    /** An array's elements as one vector. */
    static INDArray flat(INDArray array) {
        return array.reshape(array.ordering(), new long[] {array.length()});
    }

    /** The norm of all of an array's elements: infinite or NaN if one of them is, or nearly. */
    public static double norm(INDArray array) {
        return normOfFlat(flat(array));
    }

    /** {@link #norm(INDArray)} of a vector. */
    static double normOfFlat(INDArray flat) {
        return norm(Nd4j.getBlasWrapper().dot(flat, flat), flat.length());
    }

    /**
     * The norm of some floats.
     *
     * @param from index of the first
     * @param to index behind the last
     */
    public static double norm(float[] values, int from, int to) {
        return norm(FloatBuffer.wrap(values, from, to - from).slice());
    }

    /** The norm of all floats up to the buffer's limit. */
    public static double norm(FloatBuffer values) {
        // four sums, because one would wait for each addition
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int n = values.limit();
        int i = 0;
        for (; i + 3 < n; i += 4) {
            float v = values.get(i);
            float w = values.get(i + 1);
            float x = values.get(i + 2);
            float y = values.get(i + 3);
            a += (double) v * v;
            b += (double) w * w;
            c += (double) x * x;
            d += (double) y * y;
        }
        for (; i < n; i++) {
            a += (double) values.get(i) * values.get(i);
        }
        return norm(a + b + c + d, n);
    }

    private static double norm(double squares, long length) {
        return Math.sqrt(squares) + UNSEEN * Math.sqrt((double) length);
    }
}
