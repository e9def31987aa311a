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
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.inner_product_forward;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.pooling_forward;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Forward pass for one batch size with batch norms folded into the layer before them and
 * activations fused. Parameters are copied in by {@link #loadParameters}; until it is called again
 * the program answers with those. Not thread-safe.
 */
final class InferenceProgram {
    private final int batch;
    private final int classes;
    private final Sequence parameters = new Sequence();
    private final List<Runnable> folding = new ArrayList<>();
    private final Sequence forward = new Sequence();
    private final memory input;
    private final memory logits;
    private final int features;
    private memory current;

    InferenceProgram(List<NetworkOp> stages, int batch, long[] inputShape) {
        this.batch = batch;
        if (stages.get(0) instanceof NetworkOp.Reshape first) {
            inputShape = first.shape();
            stages = stages.subList(1, stages.size());
        }
        int count = 1;
        for (long d : inputShape) {
            count *= (int) d;
        }
        features = count;
        input = over(plain(memory.data_type.f32, withBatch(batch, inputShape)), new Address(0));
        current = input;
        for (int i = 0; i < stages.size(); i++) {
            NetworkOp stage = stages.get(i);
            if (stage instanceof NetworkOp.Convolution || stage instanceof NetworkOp.Dense) {
                NetworkOp.BatchNorm norm = null;
                NetworkOp.Activation activation = null;
                if (i + 1 < stages.size()
                        && stages.get(i + 1) instanceof NetworkOp.BatchNorm next) {
                    norm = next;
                    i++;
                }
                if (i + 1 < stages.size()
                        && stages.get(i + 1) instanceof NetworkOp.Activation next) {
                    activation = next;
                    i++;
                }
                if (stage instanceof NetworkOp.Convolution s) {
                    convolution(s, norm, activation);
                } else {
                    dense((NetworkOp.Dense) stage, norm, activation);
                }
            } else if (stage instanceof NetworkOp.BatchNorm s) {
                batchNorm(s);
            } else if (stage instanceof NetworkOp.Activation s) {
                activation(s);
            } else if (stage instanceof NetworkOp.Pooling s) {
                pooling(s);
            } else if (stage instanceof NetworkOp.Reshape s) {
                long[] dims = new long[current.get_desc().data().ndims()];
                current.get_desc().dims().get(dims);
                memory flat = forward.reordered(current, plain(memory.data_type.f32, dims));
                current =
                        forward.view(
                                plain(memory.data_type.f32, withBatch(batch, s.shape())), flat);
            } // dropout does nothing here
        }
        classes = (int) ((NetworkOp.Dense) stages.get(stages.size() - 1)).out();
        logits = forward.reordered(current, plain(memory.data_type.f32, batch, classes));
    }

    /** Reads the network's parameters as they are now. */
    void loadParameters() {
        folding.forEach(Runnable::run);
        parameters.run();
    }

    /** Values of one example. */
    int features() {
        return features;
    }

    /**
     * @param address of batch * features() floats, row-major
     * @param softmax receives [batch * classes] probabilities from {@code offset} on; only {@code
     *     rows} rows are written
     */
    void run(long address, FloatBuffer softmax, int offset, int rows) {
        input.set_data_handle(new Address(address));
        forward.run();
        FloatBuffer z = floats(logits).asBuffer();
        for (int row = 0, at = 0; row < rows; row++, at += classes) {
            float max = Float.NEGATIVE_INFINITY;
            for (int c = 0; c < classes; c++) {
                max = Math.max(max, z.get(at + c));
            }
            float sum = 0;
            for (int c = 0; c < classes; c++) {
                float e = (float) Math.exp(z.get(at + c) - max);
                softmax.put(offset + at + c, e);
                sum += e;
            }
            for (int c = 0; c < classes; c++) {
                softmax.put(offset + at + c, softmax.get(offset + at + c) / sum);
            }
        }
    }

    private void convolution(
            NetworkOp.Convolution s, NetworkOp.BatchNorm norm, NetworkOp.Activation activation) {
        long[] weightDims = {s.out()[0], s.in()[0], s.kernel()[0], s.kernel()[1]};
        long[] dilation = {s.dilation()[0] - 1, s.dilation()[1] - 1};
        var type = memory.data_type.f32;
        var plan =
                new convolution_forward.primitive_desc(
                        new convolution_forward.desc(
                                prop_kind.forward_inference,
                                algorithm.convolution_direct,
                                any(type, withBatch(batch, s.in())),
                                any(type, weightDims),
                                plain(type, s.out()[0]),
                                any(type, withBatch(batch, s.out())),
                                s.stride(),
                                dilation,
                                s.padBefore(),
                                s.padAfter()),
                        Primitives.followedBy(activation),
                        ENGINE);
        memory out = allocate(plan.dst_desc());
        var folded = fold(s.weights().value(), s.bias(), norm, weightDims);
        forward.add(
                "convolution " + s.weights().key(),
                new convolution_forward(plan),
                DNNL_ARG_SRC,
                forward.reordered(current, plan.src_desc()),
                DNNL_ARG_WEIGHTS,
                packed(folded.weights, plan.weights_desc()),
                DNNL_ARG_BIAS,
                folded.bias,
                DNNL_ARG_DST,
                out);
        current = out;
    }

    private void dense(
            NetworkOp.Dense s, NetworkOp.BatchNorm norm, NetworkOp.Activation activation) {
        long[] weightDims = withBatch(s.out(), s.in());
        var type = memory.data_type.f32;
        var plan =
                new inner_product_forward.primitive_desc(
                        new inner_product_forward.desc(
                                prop_kind.forward_inference,
                                any(type, withBatch(batch, s.in())),
                                any(type, weightDims),
                                plain(type, s.out()),
                                any(type, batch, s.out())),
                        Primitives.followedBy(activation),
                        ENGINE);
        memory out = allocate(plan.dst_desc());
        var folded = fold(s.weights().value(), s.bias(), norm, weightDims);
        forward.add(
                "dense " + s.weights().key(),
                new inner_product_forward(plan),
                DNNL_ARG_SRC,
                forward.reordered(current, plan.src_desc()),
                DNNL_ARG_WEIGHTS,
                packed(folded.weights, plan.weights_desc()),
                DNNL_ARG_BIAS,
                folded.bias,
                DNNL_ARG_DST,
                out);
        current = out;
    }

    /**
     * The program's own copy of the weights in the primitive's layout, refreshed by {@link
     * #loadParameters}.
     */
    private memory packed(memory weights, memory.desc layout) {
        memory copy = allocate(layout);
        parameters.copy(weights, copy);
        return copy;
    }

    private record Folded(memory weights, memory bias) {}

    /**
     * Weights and bias with the batch norm that follows multiplied in: exact, as both are affine in
     * each channel.
     */
    private Folded fold(
            INDArray value, NetworkOp.Parameter bias, NetworkOp.BatchNorm norm, long[] dims) {
        int out = (int) dims[0];
        memory.desc biasLayout = plain(memory.data_type.f32, out);
        memory foldedBias = allocate(biasLayout);
        FloatBuffer b = bias == null ? null : Primitives.floats(bias.value());
        FloatBuffer toBias = floats(foldedBias).asBuffer();
        memory weights = over(value, dims);
        if (norm == null) {
            folding.add(
                    () -> {
                        for (int c = 0; c < out; c++) {
                            toBias.put(c, b == null ? 0 : b.get(c));
                        }
                    });
            return new Folded(weights, foldedBias);
        }
        memory foldedWeights = allocate(plain(memory.data_type.f32, dims));
        FloatBuffer from = Primitives.floats(value);
        FloatBuffer to = floats(foldedWeights).asBuffer();
        int each = (int) (Primitives.elements(weights) / out);
        float[] scale = new float[out];
        float[] shift = new float[out];
        folding.add(
                () -> {
                    affine(norm, scale, shift);
                    for (int c = 0; c < out; c++) {
                        for (int i = c * each; i < (c + 1) * each; i++) {
                            to.put(i, from.get(i) * scale[c]);
                        }
                        toBias.put(c, (b == null ? 0 : b.get(c)) * scale[c] + shift[c]);
                    }
                });
        return new Folded(foldedWeights, foldedBias);
    }

    /** y = x * scale + shift, the batch norm with its running statistics. */
    static void affine(NetworkOp.BatchNorm norm, float[] scale, float[] shift) {
        int channels = scale.length;
        FloatBuffer gamma = Primitives.floats(norm.gamma().value());
        FloatBuffer beta = Primitives.floats(norm.beta().value());
        FloatBuffer mean = Primitives.floats(norm.mean().value());
        FloatBuffer variance = Primitives.floats(norm.variance().value());
        for (int c = 0; c < channels; c++) {
            double var = norm.logStd() ? Math.pow(10, 2 * variance.get(c)) : variance.get(c);
            double factor = gamma.get(c) / Math.sqrt(var + norm.epsilon());
            scale[c] = (float) factor;
            shift[c] = (float) (beta.get(c) - mean.get(c) * factor);
        }
    }

    /** A batch norm that follows no layer with weights. */
    private void batchNorm(NetworkOp.BatchNorm s) {
        int channels = (int) s.shape()[0];
        int spread = 1;
        for (int i = 1; i < s.shape().length; i++) {
            spread *= (int) s.shape()[i];
        }
        int each = spread;
        long[] dims = new long[current.get_desc().data().ndims()];
        current.get_desc().dims().get(dims);
        memory.desc flat = plain(memory.data_type.f32, dims);
        memory in = forward.reordered(current, flat);
        memory out = allocate(flat);
        float[] scale = new float[channels];
        float[] shift = new float[channels];
        folding.add(() -> affine(s, scale, shift));
        forward.run(
                "batch norm " + s.gamma().key(),
                () -> {
                    FloatBuffer x = floats(in).asBuffer();
                    FloatBuffer y = floats(out).asBuffer();
                    for (int i = 0; i < batch * channels * each; i++) {
                        int c = i / each % channels;
                        y.put(i, x.get(i) * scale[c] + shift[c]);
                    }
                });
        current = out;
    }

    private void activation(NetworkOp.Activation s) {
        memory out = allocate(current.get_desc());
        var plan =
                new eltwise_forward.primitive_desc(
                        new eltwise_forward.desc(
                                prop_kind.forward_inference,
                                Primitives.algorithm(s),
                                current.get_desc(),
                                s.alpha(),
                                s.beta()),
                        ENGINE);
        forward.add(
                "activation " + s.kind(),
                new eltwise_forward(plan),
                DNNL_ARG_SRC,
                current,
                DNNL_ARG_DST,
                out);
        current = out;
    }

    private void pooling(NetworkOp.Pooling s) {
        var kind = s.max() ? algorithm.pooling_max : algorithm.pooling_avg_exclude_padding;
        var plan =
                new pooling_forward.primitive_desc(
                        new pooling_forward.desc(
                                prop_kind.forward_inference,
                                kind,
                                current.get_desc(),
                                any(memory.data_type.f32, withBatch(batch, s.out())),
                                s.stride(),
                                s.kernel(),
                                s.padBefore(),
                                s.padAfter()),
                        ENGINE);
        memory out = allocate(plan.dst_desc());
        forward.add("pooling", new pooling_forward(plan), DNNL_ARG_SRC, current, DNNL_ARG_DST, out);
        current = out;
    }

    void close() {
        parameters.close();
        forward.close();
    }
}
