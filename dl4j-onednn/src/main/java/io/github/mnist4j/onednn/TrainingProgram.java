package io.github.mnist4j.onednn;

import static io.github.mnist4j.onednn.NetworkOp.withBatch;
import static io.github.mnist4j.onednn.Primitives.ENGINE;
import static io.github.mnist4j.onednn.Primitives.allocate;
import static io.github.mnist4j.onednn.Primitives.any;
import static io.github.mnist4j.onednn.Primitives.floats;
import static io.github.mnist4j.onednn.Primitives.over;
import static io.github.mnist4j.onednn.Primitives.plain;
import static org.bytedeco.dnnl.global.dnnl.*;

import io.github.mnist4j.onednn.Primitives.Address;
import io.github.mnist4j.onednn.Primitives.Sequence;
import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.inner_product_backward_data;
import org.bytedeco.dnnl.inner_product_backward_weights;
import org.bytedeco.dnnl.inner_product_forward;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.pooling_backward;
import org.bytedeco.dnnl.pooling_forward;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Forward and backward pass of a network for one batch size, compiled once: every activation stays
 * in the layout that oneDNN's kernels prefer from the first layer to the last, and only parameters
 * and gradients are read from and written to DL4J's flat arrays. Not thread-safe.
 */
final class TrainingProgram {
    private final int batch;
    private final memory.data_type type;
    private final Sequence forward = new Sequence();
    private final Sequence backward = new Sequence();
    private final List<Runnable> afterBackward = new ArrayList<>();
    private final List<DropoutMask> masks = new ArrayList<>();
    private final memory input;
    private final memory logits;
    private final memory logitsGradient;
    private final int classes;
    private final float clip;

    /**
     * What is left to do of one stage's backward pass: from the gradient at its output to that at
     * its input.
     */
    private final Deque<UnaryOperator<memory>> pending = new ArrayDeque<>();

    private memory current;

    /**
     * @param inputShape one example: {c, h, w} or {n}
     * @param clip the least probability with which the loss reckons, above 0
     * @param type f32, or bf16 for activations and multiplications with sums and parameters in f32
     */
    TrainingProgram(
            List<NetworkOp> stages,
            int batch,
            long[] inputShape,
            float clip,
            memory.data_type type) {
        this.batch = batch;
        this.clip = clip;
        this.type = type;
        if (stages.get(0) instanceof NetworkOp.Reshape first) {
            // the bytes are the same: read the input in the shape that the first layer wants
            inputShape = first.shape();
            stages = stages.subList(1, stages.size());
        }
        input = over(plain(memory.data_type.f32, withBatch(batch, inputShape)), new Address(0));
        current = input;
        boolean parametersBefore = false;
        for (int i = 0; i < stages.size(); i++) {
            NetworkOp stage = stages.get(i);
            NetworkOp.Activation fused = null;
            if (i + 1 < stages.size()
                    && stages.get(i + 1) instanceof NetworkOp.Activation next
                    && fuses(stage, next)) {
                fused = next;
                i++;
            }
            boolean last = i == stages.size() - 1;
            if (stage instanceof NetworkOp.Convolution s) {
                convolution(s, fused, parametersBefore);
            } else if (stage instanceof NetworkOp.Dense s) {
                dense(s, fused, parametersBefore, last);
            } else if (stage instanceof NetworkOp.BatchNorm s) {
                batchNorm(s, fused != null);
            } else if (stage instanceof NetworkOp.Activation s) {
                activation(s);
            } else if (stage instanceof NetworkOp.Pooling s) {
                pooling(s);
            } else if (stage instanceof NetworkOp.Dropout s) {
                dropout(s);
            } else if (stage instanceof NetworkOp.Reshape s) {
                reshape(s);
            }
            parametersBefore |=
                    stage instanceof NetworkOp.Convolution
                            || stage instanceof NetworkOp.Dense
                            || stage instanceof NetworkOp.BatchNorm;
        }
        classes = (int) ((NetworkOp.Dense) stages.get(stages.size() - 1)).out();
        memory.desc logitsLayout = plain(memory.data_type.f32, batch, classes);
        logits = forward.reordered(current, logitsLayout);
        logitsGradient = allocate(logitsLayout);
        memory gradient = logitsGradient;
        while (!pending.isEmpty() && gradient != null) {
            gradient = pending.pop().apply(gradient);
        }
    }

    /**
     * Whether the activation can be done as the stage writes its result, and undone from that
     * result alone.
     */
    private static boolean fuses(NetworkOp stage, NetworkOp.Activation next) {
        if (!next.isPiecewiseLinear()) {
            return false;
        }
        return stage instanceof NetworkOp.Convolution
                || stage instanceof NetworkOp.Dense
                || (stage instanceof NetworkOp.BatchNorm
                        && next.kind() == NetworkOp.Activation.Kind.RELU);
    }

    /**
     * One pass forward and back. Gradients are summed over the batch, as DL4J's updaters expect.
     *
     * @param features float, row-major, [batch, ...]
     * @param labels float, row-major, [batch, classes]: one-hot or any distribution
     * @param probabilities receives the softmax, [batch * classes]
     * @return the summed cross-entropy of probabilities that are clipped, as DL4J's loss has it;
     *     its gradient is that of the unclipped ones
     */
    double run(INDArray features, INDArray labels, long dropoutSeed, float[] probabilities) {
        input.set_data_handle(new Address(Primitives.address(features)));
        for (int i = 0; i < masks.size(); i++) {
            masks.get(i).fill(dropoutSeed + i * 0x632BE59BD9B4E019L);
        }
        forward.run();
        double loss = softmaxCrossEntropy(labels, probabilities);
        backward.run();
        afterBackward.forEach(Runnable::run);
        // the primitives know addresses only: to the garbage collector these were done with before
        Reference.reachabilityFence(features);
        Reference.reachabilityFence(labels);
        return loss;
    }

    private double softmaxCrossEntropy(INDArray labels, float[] probabilities) {
        FloatBuffer z = floats(logits).asBuffer();
        FloatBuffer dz = floats(logitsGradient).asBuffer();
        FloatBuffer y = Primitives.floats(labels);
        double loss = 0;
        float most = (float) (1.0 - clip);
        double logLeast = Math.log(clip);
        double logMost = Math.log(most);
        for (int row = 0, at = 0; row < batch; row++, at += classes) {
            float max = Float.NEGATIVE_INFINITY;
            for (int c = 0; c < classes; c++) {
                max = Math.max(max, z.get(at + c));
            }
            double sum = 0;
            for (int c = 0; c < classes; c++) {
                sum += Math.exp(z.get(at + c) - max);
            }
            double logSum = Math.log(sum);
            for (int c = 0; c < classes; c++) {
                double logP = z.get(at + c) - max - logSum;
                float p = (float) Math.exp(logP);
                float target = y.get(at + c);
                probabilities[at + c] = p;
                dz.put(at + c, p - target);
                if (target != 0) {
                    loss -= target * (p < clip ? logLeast : p > most ? logMost : logP);
                }
            }
        }
        return loss;
    }

    private void convolution(
            NetworkOp.Convolution s, NetworkOp.Activation relu, boolean inputGradient) {
        long[] source = withBatch(batch, s.in());
        long[] target = withBatch(batch, s.out());
        long[] weightDims = {s.out()[0], s.in()[0], s.kernel()[0], s.kernel()[1]};
        long[] dilation = {s.dilation()[0] - 1, s.dilation()[1] - 1};
        memory.desc bias = plain(memory.data_type.f32, s.out()[0]);
        // a network without biases gets a zero bias, whose gradient nobody reads: simpler than a
        // second set of calls
        memory b = s.bias() == null ? zeros(bias) : over(s.bias().value(), s.out()[0]);
        memory weights = over(s.weights().value(), weightDims);

        var description =
                new convolution_forward.desc(
                        prop_kind.forward_training,
                        algorithm.convolution_direct,
                        any(type, source),
                        any(type, weightDims),
                        bias,
                        any(type, target),
                        s.stride(),
                        dilation,
                        s.padBefore(),
                        s.padAfter());
        var plan =
                new convolution_forward.primitive_desc(
                        description, Primitives.followedBy(relu), ENGINE);
        memory in = forward.reordered(current, plan.src_desc());
        memory out = allocate(plan.dst_desc());
        forward.add(
                "convolution " + s.weights().key(),
                new convolution_forward(plan),
                DNNL_ARG_SRC,
                in,
                DNNL_ARG_WEIGHTS,
                forward.reordered(weights, plan.weights_desc()),
                DNNL_ARG_BIAS,
                b,
                DNNL_ARG_DST,
                out);
        current = out;

        pending.push(
                above -> {
                    memory gradient = beforeRelu(relu, out, above);
                    var weightsDescription =
                            new convolution_backward_weights.desc(
                                    algorithm.convolution_direct,
                                    any(type, source),
                                    any(memory.data_type.f32, weightDims),
                                    bias,
                                    any(type, target),
                                    s.stride(),
                                    dilation,
                                    s.padBefore(),
                                    s.padAfter());
                    var weightsPlan =
                            new convolution_backward_weights.primitive_desc(
                                    weightsDescription, ENGINE, plan);
                    weightGradient(
                            weightsPlan.diff_weights_desc(),
                            over(s.weights().gradient(), weightDims),
                            dw ->
                                    backward.add(
                                            "convolution weights' gradient " + s.weights().key(),
                                            new convolution_backward_weights(weightsPlan),
                                            DNNL_ARG_SRC,
                                            backward.reordered(in, weightsPlan.src_desc()),
                                            DNNL_ARG_DIFF_DST,
                                            backward.reordered(
                                                    gradient, weightsPlan.diff_dst_desc()),
                                            DNNL_ARG_DIFF_WEIGHTS,
                                            dw,
                                            DNNL_ARG_DIFF_BIAS,
                                            biasGradient(s.bias(), bias)));
                    if (!inputGradient) {
                        return null;
                    }
                    var dataDescription =
                            new convolution_backward_data.desc(
                                    algorithm.convolution_direct,
                                    any(type, source),
                                    any(type, weightDims),
                                    any(type, target),
                                    s.stride(),
                                    dilation,
                                    s.padBefore(),
                                    s.padAfter());
                    var dataPlan =
                            new convolution_backward_data.primitive_desc(
                                    dataDescription, ENGINE, plan);
                    memory below = allocate(dataPlan.diff_src_desc());
                    backward.add(
                            "convolution input's gradient " + s.weights().key(),
                            new convolution_backward_data(dataPlan),
                            DNNL_ARG_DIFF_DST,
                            backward.reordered(gradient, dataPlan.diff_dst_desc()),
                            DNNL_ARG_WEIGHTS,
                            backward.reordered(weights, dataPlan.weights_desc()),
                            DNNL_ARG_DIFF_SRC,
                            below);
                    return below;
                });
    }

    private void dense(
            NetworkOp.Dense s, NetworkOp.Activation relu, boolean inputGradient, boolean last) {
        long[] source = withBatch(batch, s.in());
        long[] weightDims =
                withBatch(
                        s.out(),
                        s.in()); // DL4J's [in, out] in column-major order is oneDNN's [out, in]
        memory.data_type outType = last ? memory.data_type.f32 : type;
        memory.desc bias = plain(memory.data_type.f32, s.out());
        memory b = s.bias() == null ? zeros(bias) : over(s.bias().value(), s.out());
        memory weights = over(s.weights().value(), weightDims);

        var description =
                new inner_product_forward.desc(
                        prop_kind.forward_training,
                        any(type, source),
                        any(type, weightDims),
                        bias,
                        any(outType, batch, s.out()));
        var plan =
                new inner_product_forward.primitive_desc(
                        description, Primitives.followedBy(relu), ENGINE);
        memory in = forward.reordered(current, plan.src_desc());
        memory out = allocate(plan.dst_desc());
        forward.add(
                "dense " + s.weights().key(),
                new inner_product_forward(plan),
                DNNL_ARG_SRC,
                in,
                DNNL_ARG_WEIGHTS,
                forward.reordered(weights, plan.weights_desc()),
                DNNL_ARG_BIAS,
                b,
                DNNL_ARG_DST,
                out);
        current = out;

        pending.push(
                above -> {
                    memory gradient = beforeRelu(relu, out, above);
                    var weightsPlan =
                            new inner_product_backward_weights.primitive_desc(
                                    new inner_product_backward_weights.desc(
                                            any(type, source),
                                            any(memory.data_type.f32, weightDims),
                                            bias,
                                            any(type, batch, s.out())),
                                    ENGINE,
                                    plan);
                    weightGradient(
                            weightsPlan.diff_weights_desc(),
                            over(s.weights().gradient(), weightDims),
                            dw ->
                                    backward.add(
                                            "dense weights' gradient " + s.weights().key(),
                                            new inner_product_backward_weights(weightsPlan),
                                            DNNL_ARG_SRC,
                                            backward.reordered(in, weightsPlan.src_desc()),
                                            DNNL_ARG_DIFF_DST,
                                            backward.reordered(
                                                    gradient, weightsPlan.diff_dst_desc()),
                                            DNNL_ARG_DIFF_WEIGHTS,
                                            dw,
                                            DNNL_ARG_DIFF_BIAS,
                                            biasGradient(s.bias(), bias)));
                    if (!inputGradient) {
                        return null;
                    }
                    var dataPlan =
                            new inner_product_backward_data.primitive_desc(
                                    new inner_product_backward_data.desc(
                                            any(type, source),
                                            any(type, weightDims),
                                            any(type, batch, s.out())),
                                    ENGINE,
                                    plan);
                    memory below = allocate(dataPlan.diff_src_desc());
                    backward.add(
                            "dense input's gradient " + s.weights().key(),
                            new inner_product_backward_data(dataPlan),
                            DNNL_ARG_DIFF_DST,
                            backward.reordered(gradient, dataPlan.diff_dst_desc()),
                            DNNL_ARG_WEIGHTS,
                            backward.reordered(weights, dataPlan.weights_desc()),
                            DNNL_ARG_DIFF_SRC,
                            below);
                    return below;
                });
    }

    private interface GradientInto {
        void run(memory weightGradient);
    }

    /**
     * Lets the primitive write straight to DL4J's gradient where the layouts agree, else through a
     * copy.
     */
    private void weightGradient(memory.desc layout, memory destination, GradientInto primitive) {
        if (Primitives.same(layout, destination.get_desc())) {
            primitive.run(destination);
        } else {
            memory gradient = allocate(layout);
            primitive.run(gradient);
            backward.copy(gradient, destination);
        }
    }

    private memory biasGradient(NetworkOp.Parameter bias, memory.desc layout) {
        return bias == null ? allocate(layout) : over(bias.gradient(), bias.gradient().length());
    }

    private static memory zeros(memory.desc layout) {
        memory m = allocate(layout);
        floats(m).zero();
        return m;
    }

    /** Takes a fused ReLU's gradient back through it, from the result that it left. */
    private memory beforeRelu(NetworkOp.Activation relu, memory out, memory above) {
        if (relu == null) {
            return above;
        }
        if (relu.kind() == NetworkOp.Activation.Kind.LEAKY_RELU) {
            return leakyGradient(relu, out, above);
        }
        var kind = algorithm.eltwise_relu_use_dst_for_bwd;
        var layout = out.get_desc();
        var hint =
                new eltwise_forward.primitive_desc(
                        new eltwise_forward.desc(
                                prop_kind.forward_training, kind, layout, relu.alpha(), 0f),
                        ENGINE);
        var plan =
                new eltwise_backward.primitive_desc(
                        new eltwise_backward.desc(kind, layout, layout, relu.alpha(), 0f),
                        ENGINE,
                        hint);
        memory gradient = allocate(layout);
        backward.add(
                "relu's gradient",
                new eltwise_backward(plan),
                DNNL_ARG_DST,
                out,
                DNNL_ARG_DIFF_DST,
                backward.reordered(above, layout),
                DNNL_ARG_DIFF_SRC,
                gradient);
        return gradient;
    }

    private memory leakyGradient(NetworkOp.Activation relu, memory out, memory above) {
        return Primitives.leakyGradient(
                backward,
                "leaky relu's gradient",
                out,
                backward.reordered(above, out.get_desc()),
                relu.alpha());
    }

    private void activation(NetworkOp.Activation s) {
        memory in = current;
        var kind = Primitives.algorithm(s);
        var layout = in.get_desc();
        var plan =
                new eltwise_forward.primitive_desc(
                        new eltwise_forward.desc(
                                prop_kind.forward_training, kind, layout, s.alpha(), s.beta()),
                        ENGINE);
        memory out = allocate(plan.dst_desc());
        forward.add(
                "activation " + s.kind(),
                new eltwise_forward(plan),
                DNNL_ARG_SRC,
                in,
                DNNL_ARG_DST,
                out);
        current = out;
        if (s.kind() == NetworkOp.Activation.Kind.LEAKY_RELU) {
            pending.push(above -> leakyGradient(s, out, above));
            return;
        }
        pending.push(
                above -> {
                    var back =
                            new eltwise_backward.primitive_desc(
                                    new eltwise_backward.desc(
                                            kind, layout, layout, s.alpha(), s.beta()),
                                    ENGINE,
                                    plan);
                    memory below = allocate(layout);
                    backward.add(
                            "activation's gradient " + s.kind(),
                            new eltwise_backward(back),
                            DNNL_ARG_SRC,
                            in,
                            DNNL_ARG_DIFF_DST,
                            backward.reordered(above, layout),
                            DNNL_ARG_DIFF_SRC,
                            below);
                    return below;
                });
    }

    private void batchNorm(NetworkOp.BatchNorm s, boolean relu) {
        int channels = (int) s.shape()[0];
        boolean vectors = s.shape().length == 1;
        memory.desc flat = plain(type, batch, channels);
        // oneDNN's fast kernels want four dimensions; a vector is a 1x1 image with channels
        // innermost
        memory.desc pictures =
                new memory.desc(new long[] {batch, channels, 1, 1}, type, memory.format_tag.nhwc);
        memory in = inType(current);
        if (vectors) {
            in = forward.view(pictures, forward.reordered(in, flat));
        }
        int flags =
                normalization_flags.use_scale_shift.value
                        | (relu ? normalization_flags.fuse_norm_relu.value : 0);
        var plan =
                new batch_normalization_forward.primitive_desc(
                        new batch_normalization_forward.desc(
                                prop_kind.forward_training.value,
                                in.get_desc(),
                                (float) s.epsilon(),
                                flags),
                        ENGINE);
        memory source = in;
        memory out = allocate(plan.dst_desc());
        memory mean = allocate(plan.mean_desc());
        memory variance = allocate(plan.variance_desc());
        // gamma and beta lie one behind the other in DL4J's flat array: oneDNN's [2, channels]
        memory scaleShift = over(s.gamma().value(), 2, channels);
        memory scaleShiftGradient = over(s.gamma().gradient(), 2, channels);
        List<Object> arguments =
                new ArrayList<>(
                        List.of(
                                DNNL_ARG_SRC,
                                source,
                                DNNL_ARG_MEAN,
                                mean,
                                DNNL_ARG_VARIANCE,
                                variance,
                                DNNL_ARG_SCALE_SHIFT,
                                scaleShift));
        if (relu) {
            arguments.addAll(List.of(DNNL_ARG_WORKSPACE, allocate(plan.workspace_desc())));
        }
        var forwardArguments = new ArrayList<>(arguments);
        forwardArguments.addAll(List.of(DNNL_ARG_DST, out));
        forward.add(
                "batch norm " + s.gamma().key(),
                new batch_normalization_forward(plan),
                forwardArguments.toArray());
        current = vectors ? forward.view(flat, out) : out;

        pending.push(
                above -> {
                    memory.desc layout = source.get_desc();
                    var back =
                            new batch_normalization_backward.primitive_desc(
                                    new batch_normalization_backward.desc(
                                            prop_kind.backward.value,
                                            layout,
                                            layout,
                                            (float) s.epsilon(),
                                            flags),
                                    ENGINE,
                                    plan);
                    memory gradient =
                            vectors
                                    ? backward.view(pictures, backward.reordered(above, flat))
                                    : backward.reordered(above, back.diff_dst_desc());
                    memory below = allocate(back.diff_src_desc());
                    var backwardArguments = new ArrayList<>(arguments);
                    backwardArguments.addAll(
                            List.of(
                                    DNNL_ARG_DIFF_DST,
                                    gradient,
                                    DNNL_ARG_DIFF_SRC,
                                    below,
                                    DNNL_ARG_DIFF_SCALE_SHIFT,
                                    scaleShiftGradient));
                    backward.add(
                            "batch norm's gradient " + s.gamma().key(),
                            new batch_normalization_backward(back),
                            backwardArguments.toArray());
                    afterBackward.add(() -> runningStatistics(s, mean, variance));
                    return vectors ? backward.view(flat, below) : below;
                });
    }

    private memory inType(memory from) {
        return Primitives.dataType(from) == type
                ? from
                : forward.reordered(from, plain(type, dims(from)));
    }

    private static long[] dims(memory m) {
        long[] dims = new long[m.get_desc().data().ndims()];
        m.get_desc().dims().get(dims);
        return dims;
    }

    /**
     * DL4J moves running statistics through the gradient: new = old - gradient. See its
     * BatchNormalization layer.
     */
    private void runningStatistics(NetworkOp.BatchNorm s, memory batchMean, memory batchVariance) {
        int channels = (int) s.shape()[0];
        double step = 1 - s.decay();
        FloatBuffer mean = floats(batchMean).asBuffer();
        FloatBuffer variance = floats(batchVariance).asBuffer();
        FloatBuffer oldMean = Primitives.floats(s.mean().value());
        FloatBuffer old = Primitives.floats(s.variance().value());
        FloatBuffer meanGradient = Primitives.floats(s.mean().gradient());
        FloatBuffer gradient = Primitives.floats(s.variance().gradient());
        for (int c = 0; c < channels; c++) {
            meanGradient.put(c, (float) ((oldMean.get(c) - mean.get(c)) * step));
            if (s.logStd()) {
                double oldVariance = Math.pow(10, 2 * old.get(c));
                double newVariance = s.decay() * oldVariance + step * variance.get(c);
                gradient.put(c, (float) (Math.log10(oldVariance / newVariance) / 2));
            } else {
                gradient.put(c, (float) ((old.get(c) - variance.get(c)) * step));
            }
        }
    }

    private void pooling(NetworkOp.Pooling s) {
        memory in = current;
        var kind = s.max() ? algorithm.pooling_max : algorithm.pooling_avg_exclude_padding;
        long[] target = withBatch(batch, s.out());
        var plan =
                new pooling_forward.primitive_desc(
                        new pooling_forward.desc(
                                prop_kind.forward_training,
                                kind,
                                in.get_desc(),
                                any(Primitives.dataType(in), target),
                                s.stride(),
                                s.kernel(),
                                s.padBefore(),
                                s.padAfter()),
                        ENGINE);
        memory out = allocate(plan.dst_desc());
        // which element was the maximum
        memory workspace = s.max() ? allocate(plan.workspace_desc()) : null;
        forward.add(
                "pooling",
                new pooling_forward(plan),
                withWorkspace(workspace, DNNL_ARG_SRC, in, DNNL_ARG_DST, out));
        current = out;
        pending.push(
                above -> {
                    var back =
                            new pooling_backward.primitive_desc(
                                    new pooling_backward.desc(
                                            kind,
                                            in.get_desc(),
                                            out.get_desc(),
                                            s.stride(),
                                            s.kernel(),
                                            s.padBefore(),
                                            s.padAfter()),
                                    ENGINE,
                                    plan);
                    memory below = allocate(back.diff_src_desc());
                    backward.add(
                            "pooling's gradient",
                            new pooling_backward(back),
                            withWorkspace(
                                    workspace,
                                    DNNL_ARG_DIFF_DST,
                                    backward.reordered(above, back.diff_dst_desc()),
                                    DNNL_ARG_DIFF_SRC,
                                    below));
                    return below;
                });
    }

    private static Object[] withWorkspace(memory workspace, Object... arguments) {
        if (workspace == null) {
            return arguments;
        }
        var all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of(DNNL_ARG_WORKSPACE, workspace));
        return all.toArray();
    }

    private void dropout(NetworkOp.Dropout s) {
        memory.desc layout = current.get_desc();
        var mask = new DropoutMask(Primitives.elements(current), s.retain());
        masks.add(mask);
        float scale = (float) (1 / s.retain());
        current = Primitives.masked(forward, "dropout", current, mask.memory, scale);
        // the mask lies in the layout of the forward pass, so the gradient must too
        pending.push(
                above ->
                        Primitives.masked(
                                backward,
                                "dropout's gradient",
                                backward.reordered(above, layout),
                                mask.memory,
                                scale));
    }

    private void reshape(NetworkOp.Reshape s) {
        memory.desc before = plain(Primitives.dataType(current), dims(current));
        memory.desc after = plain(Primitives.dataType(current), withBatch(batch, s.shape()));
        current = forward.view(after, forward.reordered(current, before));
        pending.push(above -> backward.view(before, backward.reordered(above, after)));
    }

    /** Mean milliseconds of each primitive, on the input that was given last. */
    Map<String, Double> profile(int repeats) {
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

    void close() {
        forward.close();
        backward.close();
    }
}
