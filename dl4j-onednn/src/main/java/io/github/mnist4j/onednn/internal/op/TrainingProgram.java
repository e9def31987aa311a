package io.github.mnist4j.onednn.internal.op;

import io.github.mnist4j.onednn.internal.primitive.DropoutMask;
import io.github.mnist4j.onednn.internal.primitive.Primitives;
import io.github.mnist4j.onednn.internal.primitive.Sequence;
import io.github.mnist4j.onednn.internal.primitive.SoftmaxCrossEntropy;
import java.lang.ref.Reference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.memory;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Forward and backward pass of a network for one batch size, compiled once: every activation stays
 * in the layout that oneDNN's kernels prefer from the first layer to the last, and only parameters
 * and gradients are read from and written to DL4J's flat arrays. Not thread-safe.
 */
public final class TrainingProgram extends Program {
    /** Adds an op's backward pass. */
    interface BackwardPass {
        /**
         * @param above the gradient at the op's result
         * @return the gradient at its input; null if no op before it learns
         */
        @Nullable memory add(memory above);
    }

    final Sequence backward = new Sequence();
    private final Deque<BackwardPass> pending = new ArrayDeque<>();
    private final List<Runnable> afterBackward = new ArrayList<>();
    private final List<DropoutMask> masks = new ArrayList<>();
    private final SoftmaxCrossEntropy loss;
    private boolean parametersBefore;

    /**
     * @param type f32, or bf16 for activations and multiplications with sums and parameters in f32
     */
    public TrainingProgram(NetworkOps network, int batch, memory.data_type type) {
        super(network, batch, type);
        memory logits = compile(op -> op.train(this));
        loss = new SoftmaxCrossEntropy(logits, batch, classes, network.clip());
        memory gradient = loss.gradient();
        while (!pending.isEmpty() && gradient != null) {
            gradient = pending.pop().add(gradient);
        }
    }

    /** Has an op's backward pass added when those of all later ops are. */
    void onBackward(BackwardPass pass) {
        pending.push(pass);
    }

    /** Runs Java code at the end of each step. */
    void afterBackward(Runnable code) {
        afterBackward.add(code);
    }

    /**
     * To be called by an op that learns.
     *
     * @return whether an op before it learns too, and needs the gradient at this op's input
     */
    boolean addParameters() {
        boolean before = parametersBefore;
        parametersBefore = true;
        return before;
    }

    /** One byte for each element, drawn anew for each step. */
    memory mask(long elements, double retain) {
        var mask = new DropoutMask(elements, retain);
        masks.add(mask);
        return mask.memory;
    }

    /**
     * One pass forward and back. Gradients are summed over the batch, as DL4J's updaters expect.
     *
     * @param features float, row-major, [batch, ...]
     * @param labels float, row-major, [batch, classes]: one-hot or any distribution
     * @param probabilities receives the softmax, [batch * classes]
     * @return the loss summed over the batch
     */
    public double run(INDArray features, INDArray labels, long dropoutSeed, float[] probabilities) {
        for (int i = 0; i < masks.size(); i++) {
            masks.get(i).fill(dropoutSeed + i * 0x632BE59BD9B4E019L);
        }
        forward(Primitives.address(features));
        double sum = loss.run(labels, probabilities);
        backward.run();
        afterBackward.forEach(Runnable::run);
        // the primitives know only addresses: the garbage collector must not free the arrays
        // before this
        Reference.reachabilityFence(features);
        Reference.reachabilityFence(labels);
        return sum;
    }

    /** Mean milliseconds of each primitive, on the input that was given last. */
    public Map<String, Double> profile(int repeats) {
        var sums = new LinkedHashMap<String, Double>();
        for (int i = -repeats / 10; i < repeats; i++) {
            for (Sequence sequence : List.of(forward, backward)) {
                boolean counted = i >= 0;
                sequence.runTimed(
                        (name, nanoseconds) -> {
                            if (counted) {
                                sums.merge(name, nanoseconds / 1e6 / repeats, Double::sum);
                            }
                        });
            }
        }
        return sums;
    }

    @Override
    public void close() {
        super.close();
        backward.close();
    }
}
