package io.github.mnist4j.onednn;

import io.github.mnist4j.onednn.internal.op.ConvolutionOp;
import io.github.mnist4j.onednn.internal.op.InferenceProgram;
import io.github.mnist4j.onednn.internal.op.NetworkOps;
import io.github.mnist4j.onednn.internal.primitive.Primitives;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Runs any number of examples through programs of a few fixed sizes: whole chunks first, then the
 * rest in the next power of two, filled up with zeros. A caller may change the batch size at will:
 * there are at most ten programs. Not thread-safe.
 */
final class Inference implements AutoCloseable {
    /** Larger chunks of images fall out of the processor's caches. */
    private static final int IMAGES = 128;

    /** Smaller chunks of vectors read the weights too often. */
    private static final int VECTORS = 512;

    private final NetworkOps network;
    private final int chunk;
    private final Map<Integer, InferenceProgram> programs = new HashMap<>();
    private @Nullable FloatPointer scratch;

    Inference(NetworkOps network) {
        this.network = network;
        chunk = chunk(network);
    }

    /** The most examples that go through a network at once. */
    static int chunk(NetworkOps network) {
        boolean images = network.ops().stream().anyMatch(ConvolutionOp.class::isInstance);
        return images ? IMAGES : VECTORS;
    }

    /** Makes every program answer with the network's parameters as they are now. */
    void refresh() {
        programs.values().forEach(InferenceProgram::loadParameters);
    }

    /**
     * Compiles what {@link #run} needs for so many examples.
     *
     * @throws RuntimeException if oneDNN refuses the network
     */
    void prepare(int examples) {
        for (int left = examples; left > 0; left -= left >= chunk ? left / chunk * chunk : left) {
            program(size(left));
        }
    }

    /** The examples that the next program takes. */
    private int size(int left) {
        return left >= chunk ? chunk : Integer.highestOneBit(Math.max(1, 2 * left - 1));
    }

    /**
     * @param address of {@code examples} rows of floats
     * @param softmax receives as many rows of probabilities
     */
    void run(long address, int examples, FloatBuffer softmax) {
        long rowBytes = (long) network.features() * Float.BYTES;
        for (int done = 0; done < examples; ) {
            int size = size(examples - done);
            int rows = Math.min(size, examples - done);
            long from = address + done * rowBytes;
            if (rows < size) {
                from = padded(from, rows * rowBytes, size * rowBytes);
            }
            program(size).run(from, softmax, done * network.classes(), rows);
            done += rows;
        }
    }

    private InferenceProgram program(int size) {
        return programs.computeIfAbsent(
                size,
                s -> {
                    var program = new InferenceProgram(network, s);
                    program.loadParameters();
                    return program;
                });
    }

    private long padded(long from, long bytes, long paddedBytes) {
        if (scratch == null) {
            scratch = new FloatPointer((long) chunk * network.features());
        }
        Pointer.memset(scratch, 0, paddedBytes);
        Pointer.memcpy(scratch, new Primitives.Address(from), bytes);
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
