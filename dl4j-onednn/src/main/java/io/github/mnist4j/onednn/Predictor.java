package io.github.mnist4j.onednn;

import io.github.mnist4j.onednn.internal.op.Magnitudes;
import io.github.mnist4j.onednn.internal.op.NetworkOps;
import io.github.mnist4j.onednn.internal.op.UnsupportedNetworkException;
import io.github.mnist4j.onednn.internal.primitive.Primitives;
import io.github.mnist4j.onednn.internal.primitive.Shapes;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * A network for inference only. It packs a copy of the parameters once, in the layout in which
 * oneDNN multiplies. {@code AcceleratedNetwork.output} reads the parameters anew at every call,
 * because somebody may have changed them; a predictor does not, and any number of threads may share
 * it.
 *
 * <pre>{@code
 * try (Predictor predictor = OneDnn.predictor(net, 1, 28, 28)) {
 *     float[] probabilities = predictor.output(pixels);
 * }
 * }</pre>
 *
 * <p>Made by {@link OneDnn#predictor}. If oneDNN cannot compute the network, DL4J's own layers
 * answer, one caller at a time.
 */
public final class Predictor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OneDnn.class);

    /** Up to this many values a loop in Java is quicker than a call of BLAS. */
    private static final int FEW = 8192;

    /** What one caller at a time works with. */
    private static final class Seat {
        final Inference inference;
        private final int features;
        private final int classes;
        private INDArray in;
        private FloatPointer out;

        Seat(NetworkOps ops) {
            inference = new Inference(ops);
            features = ops.features();
            classes = ops.classes();
            in = vector(features);
            out = new FloatPointer(classes);
        }

        /** Null if an intermediate value might not be finite. */
        float @Nullable [] output(float[] examples, Magnitudes magnitudes) {
            int rows = examples.length / features;
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
            if (!magnitudes.prove(norm, rows)) {
                return null;
            }
            inference.run(Primitives.address(in), rows, out.asBuffer());
            float[] answers = new float[rows * classes];
            out.get(answers);
            return answers;
        }

        private static INDArray vector(long length) {
            try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                return Nd4j.createUninitialized(DataType.FLOAT, length);
            }
        }

        private void free() {
            in.close();
            out.deallocate();
        }

        void close() {
            inference.close();
            free();
        }
    }

    private final MultiLayerNetwork network;

    /** Null, and so are the magnitudes, where DL4J's own layers compute. */
    private final @Nullable NetworkOps ops;

    private final @Nullable Magnitudes magnitudes;
    private final long[] shape;
    private final int features;
    private final int classes;
    private final ConcurrentLinkedQueue<Seat> idle = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    private Predictor(
            MultiLayerNetwork network, @Nullable NetworkOps ops, long[] shape, int classes) {
        this.network = network;
        this.ops = ops;
        this.magnitudes = ops == null ? null : Magnitudes.ofInference(ops);
        this.shape = shape;
        this.classes = classes;
        features = (int) Shapes.length(shape);
    }

    /**
     * @param network belongs to the predictor from here on
     * @throws IllegalArgumentException if the network does not take examples of this shape
     */
    static Predictor of(MultiLayerNetwork network, long[] shape) {
        OneDnn.Status status = OneDnn.status();
        String reason = status.detail();
        if (status.available()) {
            try {
                NetworkOps ops = NetworkReader.read(network, shape);
                var seat = new Seat(ops);
                seat.inference.prepare(1); // whatever oneDNN refuses, it refuses here
                var predictor = new Predictor(network, ops, shape, ops.classes());
                predictor.idle.add(seat);
                return predictor;
            } catch (UnsupportedNetworkException e) {
                reason = "no oneDNN counterpart is known for " + e.getMessage();
            } catch (RuntimeException e) {
                reason = "oneDNN refused the network: " + e.getMessage();
            }
        }
        int classes;
        try {
            classes = (int) network.output(Nd4j.zeros(Shapes.withBatch(1, shape))).size(1);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "the network does not take examples of shape "
                            + Arrays.toString(shape)
                            + ": "
                            + e.getMessage(),
                    e);
        }
        // somebody who has switched oneDNN off, or lacks it, knows
        Level level = status.available() ? Level.WARN : Level.INFO;
        LOG.atLevel(level).log("Predictor stays with DL4J's own layers: {}", reason);
        return new Predictor(network, null, shape, classes);
    }

    private Seat take(NetworkOps network) {
        requireOpen();
        Seat seat = idle.poll();
        return seat != null ? seat : new Seat(network);
    }

    private void giveBack(Seat seat) {
        idle.add(seat);
        if (closed) {
            close(); // it came back too late for the other call
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the predictor is closed");
        }
    }

    /** The copy that DL4J answers with. */
    MultiLayerNetwork network() {
        return network;
    }

    /** The number of values of one example. */
    public int features() {
        return features;
    }

    /** The number of probabilities for one example. */
    public int classes() {
        return classes;
    }

    /** Whether oneDNN computes; if not, DL4J's own layers do. */
    public boolean isAccelerated() {
        return ops != null;
    }

    /**
     * Computes the probabilities of any number of examples.
     *
     * @param examples {@link #features} values each, row by row
     * @return {@link #classes} probabilities for each example, row by row; NaN where DL4J gives NaN
     * @throws IllegalArgumentException if the length is not a multiple of {@link #features}
     * @throws IllegalStateException if the predictor is closed
     */
    public float[] output(float[] examples) {
        int rows = examples.length / features;
        if (rows * features != examples.length) {
            throw new IllegalArgumentException(
                    "expected a multiple of " + features + " values, got " + examples.length);
        }
        requireOpen();
        if (rows == 0) {
            return new float[0];
        }
        if (ops != null && magnitudes != null) {
            Seat seat = take(ops);
            try {
                float[] answers = seat.output(examples, magnitudes);
                if (answers != null) {
                    return answers;
                }
            } finally {
                giveBack(seat);
            }
        }
        return byDl4j(Nd4j.create(examples, Shapes.withBatch(rows, shape), 'c'))
                .dup('c')
                .data()
                .asFloat();
    }

    private INDArray byDl4j(INDArray examples) {
        synchronized (network) {
            requireOpen();
            return network.output(examples);
        }
    }

    /**
     * Computes the probabilities of a batch.
     *
     * @param examples [batch, shape of one example...], or [batch, {@link #features}] with each
     *     example's values row by row. DL4J's own layers compute or refuse examples of another
     *     shape.
     * @return [batch, classes]
     * @throws IllegalArgumentException if an example has another number of values
     * @throws IllegalStateException if the predictor is closed
     */
    public INDArray output(INDArray examples) {
        int rows = (int) examples.size(0);
        if (examples.length() != (long) rows * features) {
            throw new IllegalArgumentException(
                    "expected examples of shape [batch, "
                            + features
                            + "], got "
                            + Arrays.toString(examples.shape()));
        }
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            long[] whole = Shapes.withBatch(rows, shape);
            INDArray given =
                    examples.rank() == 2 && shape.length > 1
                            ? examples.dup('c').reshape('c', whole)
                            : examples;
            INDArray source = Primitives.dense(given);
            if (ops == null
                    || magnitudes == null
                    || !Arrays.equals(given.shape(), whole)
                    || !magnitudes.prove(Magnitudes.norm(source), rows)) {
                return byDl4j(given);
            }
            INDArray answers =
                    Nd4j.createUninitialized(DataType.FLOAT, new long[] {rows, classes}, 'c');
            Seat seat = take(ops);
            try {
                seat.inference.run(Primitives.address(source), rows, Primitives.floats(answers));
                Reference.reachabilityFence(source);
                return answers;
            } finally {
                giveBack(seat);
            }
        }
    }

    /** Frees the native memory. Calls in progress still complete. */
    @Override
    public void close() {
        closed = true;
        for (Seat seat = idle.poll(); seat != null; seat = idle.poll()) {
            seat.close();
        }
    }
}
