package io.github.mnist4j.onednn;

import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Runs any number of examples through programs of a few fixed sizes: whole chunks first, then the
 * rest in the next power of two, filled up with zeros. So a caller may change the batch size at
 * will and nothing is compiled more than ten times. Not thread-safe.
 */
final class Inference implements AutoCloseable {
    /** Larger pieces of images fall out of the processor's caches. */
    private static final int PICTURES = 128;

    /** Smaller pieces of vectors read the weights too often. */
    private static final int VECTORS = 512;

    private final List<NetworkOp> stages;
    private final long[] inputShape;
    private final int features;
    private final int classes;
    private final int chunk;
    private final Map<Integer, InferenceProgram> programs = new HashMap<>();
    private FloatPointer scratch;

    Inference(List<NetworkOp> stages, long[] inputShape) {
        this.stages = stages;
        this.inputShape = inputShape;
        int count = 1;
        for (long d : inputShape) {
            count *= (int) d;
        }
        features = count;
        chunk =
                stages.stream().anyMatch(NetworkOp.Convolution.class::isInstance)
                        ? PICTURES
                        : VECTORS;
        classes = (int) ((NetworkOp.Dense) stages.get(stages.size() - 1)).out();
    }

    int classes() {
        return classes;
    }

    int features() {
        return features;
    }

    /** Makes every program answer with the network's parameters as they are now. */
    void refresh() {
        programs.values().forEach(InferenceProgram::loadParameters);
    }

    /**
     * @param address of {@code examples} rows of {@link #features} floats
     * @param softmax receives examples * {@link #classes} probabilities
     */
    void run(long address, int examples, FloatBuffer softmax) {
        for (int done = 0; done < examples; ) {
            int left = examples - done;
            int size = left >= chunk ? chunk : Integer.highestOneBit(Math.max(1, 2 * left - 1));
            int rows = Math.min(size, left);
            long from = address + (long) done * features * Float.BYTES;
            if (rows < size) {
                from = padded(from, rows, size);
            }
            program(size).run(from, softmax, done * classes, rows);
            done += rows;
        }
    }

    private InferenceProgram program(int size) {
        return programs.computeIfAbsent(
                size,
                s -> {
                    var program = new InferenceProgram(stages, s, inputShape);
                    program.loadParameters();
                    return program;
                });
    }

    private long padded(long from, int rows, int size) {
        if (scratch == null) {
            scratch = new FloatPointer((long) chunk * features);
        }
        Pointer.memset(scratch, 0, (long) size * features * Float.BYTES);
        Pointer.memcpy(scratch, new Primitives.Address(from), (long) rows * features * Float.BYTES);
        return scratch.address();
    }

    @Override
    public void close() {
        programs.values().forEach(InferenceProgram::close);
        programs.clear();
        if (scratch != null) {
            scratch.deallocate();
            scratch = null;
        }
    }
}
