package io.github.mnist4j.onednn.internal.op;

/**
 * One step of a network as oneDNN sees it. {@code NetworkReader} turns DL4J's layers into a list of
 * these; each adds its primitives to a {@link TrainingProgram} or an {@link InferenceProgram}.
 * Shapes leave the batch out: {@code {c, h, w}} for images, {@code {n}} for vectors.
 */
public sealed interface NetworkOp
        permits WeightedOp, BatchNormOp, ActivationOp, PoolingOp, DropoutOp, ReshapeOp {

    /** Adds the forward and the backward pass of a training step. */
    void train(TrainingProgram program);

    /** Adds the forward pass with running statistics and without dropout. */
    void infer(InferenceProgram program);

    /** The shape of one example after this op. */
    default long[] outputShape(long[] inputShape) {
        return inputShape;
    }

    /**
     * How much this op can enlarge the norm of a batch, with the parameters as they are now.
     *
     * @param values of one example after this op
     * @param training with the batch's statistics and dropout
     */
    default Gain gain(long values, boolean training) {
        return Gain.NONE;
    }
}
