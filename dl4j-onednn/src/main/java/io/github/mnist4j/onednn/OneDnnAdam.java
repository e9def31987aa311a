package io.github.mnist4j.onednn;

import static io.github.mnist4j.onednn.Primitives.ENGINE;
import static io.github.mnist4j.onednn.Primitives.allocate;
import static io.github.mnist4j.onednn.Primitives.floats;
import static io.github.mnist4j.onednn.Primitives.over;
import static io.github.mnist4j.onednn.Primitives.plain;
import static org.bytedeco.dnnl.global.dnnl.*;

import io.github.mnist4j.onednn.Primitives.Address;
import io.github.mnist4j.onednn.Primitives.Sequence;
import java.lang.ref.Reference;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.deeplearning4j.nn.api.Updater;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.AdamUpdater;
import org.nd4j.linalg.learning.config.Adam;

/**
 * Adam (Kingma and Ba 2015) as DL4J computes it, on DL4J's own state, in four passes of oneDNN over
 * the block's gradient. ND4J's operation is not vectorised in the build that runs on every x86-64
 * processor, and takes longer than a small network's forward and backward pass together.
 */
final class OneDnnAdam extends AdamUpdater {
    private final double beta1;
    private final double beta2;
    private Sequence sequence;
    private memory gradient;
    private memory rate;
    private long length;
    private INDArray compiledFor;

    private OneDnnAdam(AdamUpdater original) {
        super(original.getConfig());
        setState(original.getState(), false);
        Adam adam = original.getConfig();
        beta1 = adam.getBeta1();
        beta2 = adam.getBeta2();
    }

    /**
     * Puts this in the place of every Adam of DL4J's in a network's updater; other optimisers stay.
     */
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
        if (sequence == null || array.length() != length || getM() != compiledFor) {
            compile(array.length());
        }
        gradient.set_data_handle(new Address(Primitives.address(array)));
        double step =
                getConfig().getLearningRate(iteration, epoch)
                        * Math.sqrt(1 - Math.pow(beta2, iteration + 1))
                        / (1 - Math.pow(beta1, iteration + 1));
        floats(rate).put(0, (float) step);
        sequence.run();
        Reference.reachabilityFence(array);
    }

    private void compile(long size) {
        if (sequence != null) {
            sequence.close();
        }
        length = size;
        compiledFor = getM();
        sequence = new Sequence();
        var type = memory.data_type.f32;
        memory.desc flat = plain(type, size);
        memory.desc scalar = plain(type, 1);
        memory m = over(getM(), size);
        memory v = over(getV(), size);
        memory root = allocate(flat);
        rate = allocate(scalar);
        memory zero = allocate(scalar);
        floats(zero).put(0, 0f);
        gradient =
                over(
                        flat,
                        new Address(
                                getM().data().address())); // moved to the gradient at every call

        // m = beta1 m + (1 - beta1) g
        var mean = new primitive_attr();
        mean.set_scales(DNNL_ARG_SRC_0, 0, new float[] {(float) beta1});
        mean.set_scales(DNNL_ARG_SRC_1, 0, new float[] {(float) (1 - beta1)});
        sequence.add(
                "adam's mean",
                binary(algorithm.binary_add, flat, mean),
                DNNL_ARG_SRC_0,
                m,
                DNNL_ARG_SRC_1,
                gradient,
                DNNL_ARG_DST,
                m);
        // v = beta2 v + (1 - beta2) g g
        var square = new primitive_attr();
        square.set_scales(DNNL_ARG_SRC_0, 0, new float[] {(float) (1 - beta2)});
        var andOld = new post_ops();
        andOld.append_sum((float) beta2, memory.data_type.undef); // that of v
        square.set_post_ops(andOld);
        sequence.add(
                "adam's variance",
                binary(algorithm.binary_mul, flat, square),
                DNNL_ARG_SRC_0,
                gradient,
                DNNL_ARG_SRC_1,
                gradient,
                DNNL_ARG_DST,
                v);
        // root = sqrt(v + 0) + epsilon: a binary operation for the sake of what may follow it, as
        // oneDNN 2.5's element-wise
        // ones take such a chain and then write nothing
        var rootPlusEpsilon = new primitive_attr();
        var chain = new post_ops();
        chain.append_eltwise(1f, algorithm.eltwise_sqrt, 0f, 0f);
        chain.append_eltwise(1f, algorithm.eltwise_linear, 1f, (float) getConfig().getEpsilon());
        rootPlusEpsilon.set_post_ops(chain);
        sequence.add(
                "adam's root",
                new binary(
                        new binary.primitive_desc(
                                new binary.desc(algorithm.binary_add, flat, scalar, flat),
                                rootPlusEpsilon,
                                ENGINE)),
                DNNL_ARG_SRC_0,
                v,
                DNNL_ARG_SRC_1,
                zero,
                DNNL_ARG_DST,
                root);
        // g = rate m / root
        var timesRate = new primitive_attr();
        var multiply = new post_ops();
        multiply.append_binary(algorithm.binary_mul, scalar);
        timesRate.set_post_ops(multiply);
        sequence.add(
                "adam's step",
                binary(algorithm.binary_div, flat, timesRate),
                DNNL_ARG_SRC_0,
                m,
                DNNL_ARG_SRC_1,
                root,
                DNNL_ARG_DST,
                gradient,
                FIRST_POST_OP | DNNL_ARG_SRC_1,
                rate);
    }

    /** DNNL_ARG_ATTR_MULTIPLE_POST_OP(0), a macro in C. */
    private static final int FIRST_POST_OP = DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;

    private static binary binary(
            org.bytedeco.dnnl.global.dnnl.algorithm operation,
            memory.desc flat,
            primitive_attr attributes) {
        return new binary(
                new binary.primitive_desc(
                        new binary.desc(operation, flat, flat, flat), attributes, ENGINE));
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
