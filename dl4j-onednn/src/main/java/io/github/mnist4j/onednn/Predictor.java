package io.github.mnist4j.onednn;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * A network that only answers: a copy of its parameters as they were, packed once in the layout in
 * which oneDNN multiplies. {@code AcceleratedNetwork.output} looks at the parameters anew at every
 * call, for somebody may have changed them; this does not, and any number of threads may share it.
 *
 * <pre>{@code
 * try (Predictor predictor = OneDnn.predictor(net, 1, 28, 28)) {
 *     float[] probabilities = predictor.output(pixels);
 * }
 * }</pre>
 *
 * <p>Made by {@link OneDnn#predictor}. Where oneDNN is not available the answers come from DL4J's
 * own layers, one caller at a time.
 */
public final class Predictor implements AutoCloseable {
    /** Up to here a loop in Java is quicker than a call of BLAS. */
    private static final int FEW = 8192;

    private final MultiLayerNetwork network;
    private final List<NetworkOp> stages; // null: DL4J's own layers
    private final Magnitudes magnitudes;
    private final long[] shape;
    private final int features;
    private final int classes;
    private final ConcurrentLinkedQueue<Seat> idle = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    Predictor(MultiLayerNetwork network, List<NetworkOp> stages, long[] shape, int classes) {
        this.network = network;
        this.stages = stages;
        magnitudes = stages == null ? null : new Magnitudes(stages, shape).readForInference();
        this.shape = shape.clone();
        this.classes = classes;
        int count = 1;
        for (long d : shape) {
            count *= (int) d;
        }
        features = count;
    }

    /** What one caller at a time works with. */
    private final class Seat {
        final Inference inference = new Inference(stages, shape);
        private INDArray in = vector(features);
        private FloatPointer out = new FloatPointer(classes);

        /** Null if a value on the way might not be finite. */
        float[] output(float[] examples, int rows) {
            if (in.length() < examples.length) {
                free();
                in = vector(examples.length);
                out = new FloatPointer((long) rows * classes);
            }
            Primitives.floats(in).put(examples);
            double norm =
                    examples.length <= FEW
                            ? Magnitudes.norm(examples)
                            : Magnitudes.norm(in.get(NDArrayIndex.interval(0, examples.length)));
            if (!magnitudes.prove(norm, rows, false)) {
                return null;
            }
            inference.run(Primitives.address(in), rows, out.asBuffer());
            float[] answers = new float[rows * classes];
            out.get(answers);
            return answers;
        }

        void free() {
            in.close();
            out.deallocate();
        }

        void close() {
            inference.close();
            free();
        }
    }

    private static INDArray vector(long length) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return Nd4j.createUninitialized(DataType.FLOAT, length);
        }
    }

    private Seat take() {
        if (closed) {
            throw new IllegalStateException("the predictor is closed");
        }
        Seat seat = idle.poll();
        return seat != null ? seat : new Seat();
    }

    private void giveBack(Seat seat) {
        idle.add(seat);
        if (closed) {
            close(); // it came back too late for the other call
        }
    }

    /** Values of one example. */
    public int features() {
        return features;
    }

    /** Values of one answer. */
    public int classes() {
        return classes;
    }

    /** Whether oneDNN computes, not DL4J. */
    public boolean isAccelerated() {
        return stages != null;
    }

    /**
     * @param examples any number of them, {@link #features} values each, row by row
     * @return {@link #classes} probabilities each, row by row; not a number where the network's are
     *     not
     * @throws IllegalArgumentException if the length is not a multiple of {@link #features}
     * @throws IllegalStateException if this is closed
     */
    public float[] output(float[] examples) {
        int rows = examples.length / features;
        if (rows * features != examples.length) {
            throw new IllegalArgumentException(
                    examples.length + " values, a multiple of " + features + " expected");
        }
        if (closed) {
            throw new IllegalStateException("the predictor is closed");
        }
        if (rows == 0) {
            return new float[0];
        }
        float[] answers = null;
        if (stages != null) {
            Seat seat = take();
            try {
                answers = seat.output(examples, rows);
            } finally {
                giveBack(seat);
            }
        }
        return answers != null
                ? answers
                : byDl4j(Nd4j.create(examples, NetworkOp.withBatch(rows, shape), 'c'))
                        .dup('c')
                        .data()
                        .asFloat();
    }

    /** Whether oneDNN computes and every value on the way is a finite number. */
    private boolean finite(double norm, int rows) {
        return stages != null && magnitudes.prove(norm, rows, false);
    }

    private INDArray byDl4j(INDArray examples) {
        synchronized (network) {
            if (closed) {
                throw new IllegalStateException("the predictor is closed");
            }
            return network.output(examples);
        }
    }

    /**
     * @param examples [batch, shape of one example...], or [batch, {@link #features}] with each
     *     example's values row by row. Examples of another shape are shown to the network as they
     *     are, by DL4J's own layers, which compute or refuse them.
     * @return [batch, classes]
     * @throws IllegalArgumentException if an example has another number of values
     * @throws IllegalStateException if this is closed
     */
    public INDArray output(INDArray examples) {
        int rows = (int) examples.size(0);
        if (examples.length() != (long) rows * features) {
            throw new IllegalArgumentException(
                    "examples of shape "
                            + Arrays.toString(examples.shape())
                            + ", [batch, "
                            + features
                            + "] values expected");
        }
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            long[] whole = NetworkOp.withBatch(rows, shape);
            INDArray given =
                    examples.rank() == 2 && shape.length > 1
                            ? examples.dup('c').reshape('c', whole)
                            : examples;
            INDArray source = Primitives.dense(given);
            if (!Arrays.equals(given.shape(), whole) || !finite(Magnitudes.norm(source), rows)) {
                return byDl4j(given);
            }
            INDArray answers =
                    Nd4j.createUninitialized(DataType.FLOAT, new long[] {rows, classes}, 'c');
            Seat seat = take();
            try {
                seat.inference.run(Primitives.address(source), rows, Primitives.floats(answers));
                Reference.reachabilityFence(source);
                return answers;
            } finally {
                giveBack(seat);
            }
        }
    }

    /** Frees native memory; calls that are under way end well. */
    @Override
    public void close() {
        closed = true;
        for (Seat seat = idle.poll(); seat != null; seat = idle.poll()) {
            seat.close();
        }
    }
}
