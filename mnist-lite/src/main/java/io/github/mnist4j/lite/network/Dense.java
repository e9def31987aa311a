package io.github.mnist4j.lite.network;

/** A dense layer and its activation. */
final class Dense {
    final int inputs;
    final int outputs;
    private final int activation;
    private final float alpha;

    /** [inputs][outputs]: a row is what an input adds to all outputs. */
    private final float[][] weights;

    private final float[] biases;

    Dense(float[][] weights, float[] biases, int activation, float alpha) {
        inputs = weights.length;
        outputs = biases.length;
        this.weights = weights;
        this.biases = biases;
        this.activation = activation;
        this.alpha = alpha;
    }

    /**
     * Computes one image.
     *
     * @param in the inputs, at least as long
     * @param out gets the outputs, at least as long
     */
    void run(float[] in, float[] out) {
        System.arraycopy(biases, 0, out, 0, outputs);
        Kernel.addAll(out, in, 0, weights, inputs, outputs);
        Activation.apply(activation, alpha, out, outputs);
    }
}
