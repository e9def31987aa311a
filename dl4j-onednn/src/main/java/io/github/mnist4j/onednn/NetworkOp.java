package io.github.mnist4j.onednn;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One step of a network as oneDNN sees it. {@link NetworkReader} turns DL4J's layers into a list of
 * these; {@link TrainingProgram} and {@link InferenceProgram} turn the list into primitives. Shapes
 * leave the batch out: {@code {c, h, w}} for images, {@code {n}} for vectors.
 */
sealed interface NetworkOp {

    /**
     * The parameters of one DL4J layer and where its gradients go: views of the network's flat
     * arrays.
     */
    record Parameter(String key, INDArray value, INDArray gradient) {}

    /**
     * Convolution with OIHW weights. {@code padBefore} is top and left, {@code padAfter} bottom and
     * right.
     */
    record Convolution(
            Parameter weights,
            Parameter bias,
            long[] in,
            long[] out,
            long[] kernel,
            long[] stride,
            long[] dilation,
            long[] padBefore,
            long[] padAfter)
            implements NetworkOp {}

    /** Fully connected; {@code in} keeps the image's shape where it comes straight from one. */
    record Dense(Parameter weights, Parameter bias, long[] in, long out) implements NetworkOp {}

    /** Batch normalisation over channels, with DL4J's running statistics. */
    record BatchNorm(
            Parameter gamma,
            Parameter beta,
            Parameter mean,
            Parameter variance,
            boolean logStd,
            double epsilon,
            double decay,
            long[] shape)
            implements NetworkOp {}

    /**
     * An element-wise activation by its oneDNN algorithm. {@code LEAKY_RELU} has the slope {@code
     * alpha} below zero and, as in DL4J, 1 at zero, where {@code RELU} has 0.
     */
    record Activation(Kind kind, float alpha, float beta) implements NetworkOp {
        enum Kind {
            RELU,
            LEAKY_RELU,
            TANH,
            SIGMOID,
            ELU,
            SWISH
        }

        /** Whether the result alone tells the slope. */
        boolean isPiecewiseLinear() {
            return kind == Kind.RELU || kind == Kind.LEAKY_RELU;
        }
    }

    /** Maximum or average (padding not counted) pooling. */
    record Pooling(
            boolean max,
            long[] in,
            long[] out,
            long[] kernel,
            long[] stride,
            long[] padBefore,
            long[] padAfter)
            implements NetworkOp {}

    /** Inverted dropout; {@code retain} is the probability of keeping a value, as in DL4J. */
    record Dropout(double retain) implements NetworkOp {}

    /** A change of shape without a change of values. */
    record Reshape(long[] shape) implements NetworkOp {}

    /** A shape of one example with the batch before it. */
    static long[] withBatch(long batch, long[] shape) {
        long[] dims = new long[shape.length + 1];
        dims[0] = batch;
        System.arraycopy(shape, 0, dims, 1, shape.length);
        return dims;
    }
}
