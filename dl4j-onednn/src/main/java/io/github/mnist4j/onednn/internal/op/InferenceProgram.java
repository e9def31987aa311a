package io.github.mnist4j.onednn.internal.op;

import static io.github.mnist4j.onednn.internal.primitive.Primitives.allocate;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.floats;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.over;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.plain;

import io.github.mnist4j.onednn.internal.primitive.Sequence;
import io.github.mnist4j.onednn.internal.primitive.SoftmaxCrossEntropy;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.bytedeco.dnnl.memory;
import org.jspecify.annotations.Nullable;

/**
 * Forward pass for one batch size with batch norms folded into the layer before them and
 * activations fused. {@link #loadParameters} copies the parameters in; until it is called again the
 * program answers with those. Not thread-safe.
 */
public final class InferenceProgram extends Program {
    private final List<Runnable> onLoad = new ArrayList<>();
    private final Sequence packing = new Sequence();
    private final memory logits;

    public InferenceProgram(NetworkOps network, int batch) {
        super(network, batch, memory.data_type.f32);
        logits = compile(op -> op.infer(this));
    }

    /** Reads the network's parameters as they are now. */
    public void loadParameters() {
        onLoad.forEach(Runnable::run);
        packing.run();
    }

    /**
     * @param address of batch * features floats, row-major
     * @param softmax receives the first {@code rows} rows of probabilities from {@code offset} on
     */
    public void run(long address, FloatBuffer softmax, int offset, int rows) {
        forward(address);
        FloatBuffer z = floats(logits).asBuffer();
        for (int row = 0, at = 0; row < rows; row++, at += classes) {
            float max = SoftmaxCrossEntropy.largest(z, at, classes);
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

    /**
     * A value that is computed anew whenever parameters are loaded.
     *
     * @return gives the value of the last {@link #loadParameters}
     */
    <T> Supplier<T> onLoad(Supplier<T> value) {
        var loaded = new AtomicReference<>(value.get());
        onLoad.add(() -> loaded.set(value.get()));
        return loaded::get;
    }

    /**
     * The program's own copy of the weights in the primitive's layout, refreshed by {@link
     * #loadParameters}.
     */
    memory packed(memory weights, memory.desc layout) {
        memory copy = allocate(layout);
        packing.copy(weights, copy);
        return copy;
    }

    /** Weights in DL4J's order, and biases. */
    record Folded(memory weights, memory bias) {}

    /**
     * A layer's weights and biases with the batch norm that follows multiplied in: exact, as both
     * are affine in each channel.
     */
    Folded fold(WeightedOp<?> layer, @Nullable BatchNormOp norm) {
        memory bias = allocate(layer.biasLayout());
        memory weights = over(layer.weights().value(), layer.weightDims());
        FloatBuffer toBias = floats(bias).asBuffer();
        Parameter given = layer.bias();
        FloatBuffer b = given == null ? null : floats(given.value());
        int out = toBias.capacity();
        if (norm == null) {
            onLoad.add(
                    () -> {
                        for (int c = 0; c < out; c++) {
                            toBias.put(c, b == null ? 0 : b.get(c));
                        }
                    });
            return new Folded(weights, bias);
        }
        memory folded = allocate(plain(memory.data_type.f32, layer.weightDims()));
        FloatBuffer from = floats(layer.weights().value());
        FloatBuffer to = floats(folded).asBuffer();
        int each = from.capacity() / out;
        onLoad.add(
                () -> {
                    var affine = norm.affine();
                    float[] scale = affine.scale();
                    float[] shift = affine.shift();
                    for (int c = 0; c < out; c++) {
                        for (int i = c * each; i < (c + 1) * each; i++) {
                            to.put(i, from.get(i) * scale[c]);
                        }
                        toBias.put(c, (b == null ? 0 : b.get(c)) * scale[c] + shift[c]);
                    }
                });
        return new Folded(folded, bias);
    }

    @Override
    public void close() {
        packing.close();
        super.close();
    }
}
