package io.github.mnist4j.onednn.internal.op;

import io.github.mnist4j.onednn.internal.primitive.Shapes;
import java.util.List;

/**
 * A network as oneDNN sees it, for examples of one shape.
 *
 * @param inputShape of one example, as the network is fed: {c, h, w} or {n}
 * @param ops in order; the last is dense and gives the logits
 * @param clip the least probability that the loss counts with, above 0
 */
public record NetworkOps(long[] inputShape, List<NetworkOp> ops, float clip) {
    /** Values of one example. */
    public int features() {
        return (int) Shapes.length(inputShape);
    }

    public int classes() {
        return (int) Shapes.length(ops.get(ops.size() - 1).outputShape(inputShape));
    }
}
