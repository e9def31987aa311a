package io.github.mnist4j.onednn;

import static io.github.mnist4j.onednn.internal.primitive.Primitives.allocate;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.floats;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.over;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.plain;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;

import io.github.mnist4j.onednn.internal.primitive.Primitives;
import io.github.mnist4j.onednn.internal.primitive.Primitives.Address;
import io.github.mnist4j.onednn.internal.primitive.Primitives.Arguments;
import io.github.mnist4j.onednn.internal.primitive.Sequence;
import java.lang.ref.Reference;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.deeplearning4j.nn.api.Updater;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.AdamUpdater;
import org.nd4j.linalg.learning.config.Adam;

/**
 * Adam (Kingma and Ba 2015) as DL4J computes it, on DL4J's own state, in four passes of oneDNN over
 * the block's gradient. ND4J's operation is not vectorized in the build that runs on every x86-64
 * processor, and takes longer than a small network's forward and backward pass together.
 */
final class OneDnnAdam extends AdamUpdater {
    /** DNNL_ARG_ATTR_MULTIPLE_POST_OP(0), a macro in C. */
    private static final int FIRST_POST_OP = DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;

    private final double beta1;
    private final double beta2;
    private @Nullable Compiled compiled;

    /**
     * @param gradient pointed at another array at every call
     * @param rate one number
     * @param m the mean that it was compiled for
     */
    private record Compiled(
            Sequence sequence, memory gradient, memory rate, long length, INDArray m) {}

    private OneDnnAdam(AdamUpdater original) {
        super(original.getConfig());
        setState(original.getState(), false);
        Adam adam = original.getConfig();
        beta1 = adam.getBeta1();
        beta2 = adam.getBeta2();
    }

    /** Replaces every Adam of DL4J's in a network's updater; other optimizers stay. */
    static void install(Updater updater) {
        if (!(updater instanceof MultiLayerUpdater blocks)) {
            return;
        }
        for (UpdaterBlock block : blocks.getUpdaterBlocks()) {
            if (block.getGradientUpdater().getClass() == AdamUpdater.class
                    && block.getGradientUpdater().getConfig().getClass() == Adam.class
                    && block.getGradientView() != null
                    && block.getGradientView().dataType() == DataType.FLOAT) {
                block.setGradientUpdater(new OneDnnAdam((AdamUpdater) block.getGradientUpdater()));
            }
        }
    }

    @Override
    public void applyUpdater(INDArray array, int iteration, int epoch) {
        Compiled c = compiled;
        if (c == null || array.length() != c.length || getM() != c.m) {
            if (c != null) {
                c.sequence.close();
            }
            c = compile(array.length());
            compiled = c;
        }
        c.gradient.set_data_handle(new Address(Primitives.address(array)));
        double step =
                getConfig().getLearningRate(iteration, epoch)
                        * Math.sqrt(1 - Math.pow(beta2, iteration + 1))
                        / (1 - Math.pow(beta1, iteration + 1));
        floats(c.rate).put(0, (float) step);
        c.sequence.run();
        Reference.reachabilityFence(array);
    }

    private Compiled compile(long size) {
        var sequence = new Sequence();
        memory.desc flat = plain(memory.data_type.f32, size);
        memory.desc scalar = plain(memory.data_type.f32, 1);
        memory m = over(getM(), size);
        memory v = over(getV(), size);
        memory root = allocate(flat);
        memory rate = allocate(scalar);
        memory zero = Primitives.zeros(scalar);
        memory gradient = over(flat, new Address(getM().data().address()));

        // m = beta1 m + (1 - beta1) g
        var mean = new primitive_attr();
        mean.set_scales(DNNL_ARG_SRC_0, 0, new float[] {(float) beta1});
        mean.set_scales(DNNL_ARG_SRC_1, 0, new float[] {(float) (1 - beta1)});
        sequence.binary(
                "adam's mean", algorithm.binary_add, mean, Arguments.binary(m, gradient, m));
        // v = beta2 v + (1 - beta2) g g
        var square = new primitive_attr();
        square.set_scales(DNNL_ARG_SRC_0, 0, new float[] {(float) (1 - beta2)});
        var andOld = new post_ops();
        andOld.append_sum((float) beta2, memory.data_type.undef); // that of v
        square.set_post_ops(andOld);
        sequence.binary(
                "adam's variance",
                algorithm.binary_mul,
                square,
                Arguments.binary(gradient, gradient, v));
        // root = sqrt(v + 0) + epsilon: a binary operation, because others can be chained to it;
        // oneDNN 2.5's element-wise operations accept such a chain and then write nothing
        var rootPlusEpsilon = new primitive_attr();
        var chain = new post_ops();
        chain.append_eltwise(1f, algorithm.eltwise_sqrt, 0f, 0f);
        chain.append_eltwise(1f, algorithm.eltwise_linear, 1f, (float) getConfig().getEpsilon());
        rootPlusEpsilon.set_post_ops(chain);
        sequence.binary(
                "adam's root",
                algorithm.binary_add,
                rootPlusEpsilon,
                Arguments.binary(v, zero, root));
        // g = rate m / root
        var timesRate = new primitive_attr();
        var multiply = new post_ops();
        multiply.append_binary(algorithm.binary_mul, scalar);
        timesRate.set_post_ops(multiply);
        sequence.binary(
                "adam's step",
                algorithm.binary_div,
                timesRate,
                Arguments.binary(m, root, gradient).with(FIRST_POST_OP | DNNL_ARG_SRC_1, rate));
        return new Compiled(sequence, gradient, rate, size, getM());
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
