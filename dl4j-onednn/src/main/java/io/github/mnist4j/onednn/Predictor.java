package io.github.mnist4j.onednn;

import io.github.mnist4j.onednn.internal.op.Magnitudes;
import io.github.mnist4j.onednn.internal.op.NetworkOps;
import io.github.mnist4j.onednn.internal.op.UnsupportedNetworkException;
import io.github.mnist4j.onednn.internal.primitive.Primitives;
import io.github.mnist4j.onednn.internal.primitive.Shapes;
import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * A network for inference only. It packs a copy of the parameters once, in the layout in which
 * oneDNN multiplies. {@code AcceleratedNetwork.output} reads the parameters anew at every call,
 * because somebody may have changed them; a predictor does not, and any number of threads may share
 * it.
 *
 * <p>One example is computed on the caller's thread alone. A batch is cut into parts, which the
 * caller and the predictor's own threads take one after the other; each computes its part alone. So
 * no thread spins while it waits for another, as those of OpenMP's teams do, and a processor that
 * somebody else keeps busy holds nobody up. An answer does not depend on the number of threads.
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

    /** A smaller part is not worth another thread. */
    private static final int LEAST_PART = 16;

    private static final int IDLE_SECONDS = 10;

    /** What one thread at a time works with. */
    private static final class Seat {
        final Inference inference;
        private final int features;
        private final int classes;
        private FloatPointer in;
        private FloatPointer out;

        Seat(NetworkOps ops) {
            inference = new Inference(ops);
            features = ops.features();
            classes = ops.classes();
            in = new FloatPointer(features);
            out = new FloatPointer(classes);
        }

        /** Some rows of examples to the same rows of answers. */
        void run(float[] examples, int from, int rows, float[] answers) {
            if (in.capacity() < (long) rows * features) {
                free();
                in = new FloatPointer((long) rows * features);
                out = new FloatPointer((long) rows * classes);
            }
            in.put(examples, from * features, rows * features);
            inference.run(in.address(), rows, out.asBuffer());
            out.get(answers, from * classes, rows * classes);
        }

        private void free() {
            in.deallocate();
            out.deallocate();
        }

        void close() {
            inference.close();
            free();
        }
    }

    /** Computes some rows of a batch. */
    private interface Part {
        void run(Seat seat, int from, int rows);
    }

    private final MultiLayerNetwork network;

    /** Null, and so are the magnitudes, where DL4J's own layers compute. */
    private final @Nullable NetworkOps ops;

    private final @Nullable Magnitudes magnitudes;
    private final long[] shape;
    private final int features;
    private final int classes;
    private final int threads;
    private final ThreadPoolExecutor helpers;
    private final ConcurrentLinkedQueue<Seat> idle = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;

    private Predictor(
            MultiLayerNetwork network,
            @Nullable NetworkOps ops,
            long[] shape,
            int classes,
            int threads) {
        this.network = network;
        this.ops = ops;
        this.magnitudes = ops == null ? null : Magnitudes.ofInference(ops);
        this.shape = shape;
        this.classes = classes;
        this.threads = threads;
        features = (int) Shapes.length(shape);
        // whoever finds no helper free computes more itself; none outlives its work for long
        helpers =
                new ThreadPoolExecutor(
                        0,
                        Math.max(1, threads - 1),
                        IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new SynchronousQueue<>(),
                        work -> {
                            var thread = new Thread(work, "predictor");
                            thread.setDaemon(true);
                            return thread;
                        });
    }

    /**
     * @param network belongs to the predictor from here on
     * @param threads that compute a batch, 1 or more
     * @throws IllegalArgumentException if the network does not take examples of this shape
     */
    static Predictor of(MultiLayerNetwork network, long[] shape, int threads) {
        OneDnn.Status status = OneDnn.status();
        String reason = status.detail();
        if (status.available()) {
            try {
                NetworkOps ops = NetworkReader.read(network, shape);
                // whatever oneDNN refuses, it refuses here
                Seat seat =
                        OpenMp.alone(
                                () -> {
                                    var first = new Seat(ops);
                                    first.inference.prepare(1);
                                    return first;
                                });
                var predictor = new Predictor(network, ops, shape, ops.classes(), threads);
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
        return new Predictor(network, null, shape, classes, threads);
    }

    private Seat take(NetworkOps network) {
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
        if (ops == null || magnitudes == null) {
            return byDl4j(examples);
        }
        float[] answers = new float[rows * classes];
        each(
                ops,
                rows,
                (seat, from, n) -> {
                    int end = (from + n) * features;
                    if (magnitudes.prove(Magnitudes.norm(examples, from * features, end), n)) {
                        seat.run(examples, from, n, answers);
                    } else {
                        float[] part = Arrays.copyOfRange(examples, from * features, end);
                        System.arraycopy(byDl4j(part), 0, answers, from * classes, n * classes);
                    }
                });
        return answers;
    }

    /** All rows of a batch in parts, on the caller's thread and on those of helpers. */
    private void each(NetworkOps network, int rows, Part part) {
        int even = (rows + threads - 1) / threads;
        int size = Math.min(Inference.chunk(network), Math.max(LEAST_PART, even));
        int parts = (rows + size - 1) / size;
        var next = new AtomicInteger();
        Runnable work =
                () -> {
                    int i = next.getAndIncrement();
                    if (i >= parts) {
                        return;
                    }
                    Seat seat = take(network);
                    try {
                        for (; i < parts; i = next.getAndIncrement()) {
                            part.run(seat, i * size, Math.min(size, rows - i * size));
                        }
                    } finally {
                        giveBack(seat);
                    }
                };
        var helping = new ArrayList<Future<?>>();
        for (int t = 1; t < Math.min(threads, parts); t++) {
            try {
                helping.add(helpers.submit(() -> alone(work)));
            } catch (RejectedExecutionException e) {
                break; // they help others
            }
        }
        RuntimeException failure = null;
        try {
            alone(work);
        } catch (RuntimeException e) {
            failure = e;
        }
        // all of them, for they work on the caller's arrays
        for (Future<?> helper : helping) {
            RuntimeException other = await(helper);
            failure = failure == null ? other : failure;
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static void alone(Runnable work) {
        OpenMp.alone(
                () -> {
                    work.run();
                    return true;
                });
    }

    /**
     * Waits, interrupted or not, until a helper has done its part.
     *
     * @return what went wrong, or null
     */
    private static @Nullable RuntimeException await(Future<?> helper) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    helper.get();
                    return null;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    return e.getCause() instanceof RuntimeException known
                            ? known
                            : new IllegalStateException(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private float[] byDl4j(float[] examples) {
        int rows = examples.length / features;
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
        requireOpen();
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            long[] whole = Shapes.withBatch(rows, shape);
            INDArray given =
                    examples.rank() == 2 && shape.length > 1
                            ? examples.dup('c').reshape('c', whole)
                            : examples;
            INDArray source = Primitives.dense(given);
            if (ops == null || magnitudes == null || !Arrays.equals(given.shape(), whole)) {
                return byDl4j(given);
            }
            INDArray answers =
                    Nd4j.createUninitialized(DataType.FLOAT, new long[] {rows, classes}, 'c');
            FloatBuffer in = Primitives.floats(source);
            FloatBuffer out = Primitives.floats(answers);
            long address = Primitives.address(source);
            each(
                    ops,
                    rows,
                    (seat, from, n) -> {
                        FloatBuffer to = out.slice(from * classes, n * classes);
                        int at = from * features;
                        if (magnitudes.prove(Magnitudes.norm(in.slice(at, n * features)), n)) {
                            seat.inference.run(address + (long) at * Float.BYTES, n, to);
                        } else {
                            float[] part = new float[n * features];
                            in.get(at, part);
                            to.put(byDl4j(part));
                        }
                    });
            Reference.reachabilityFence(source);
            return answers;
        }
    }

    /** Frees the native memory. Calls in progress still complete. */
    @Override
    public void close() {
        closed = true;
        helpers.shutdown();
        for (Seat seat = idle.poll(); seat != null; seat = idle.poll()) {
            seat.close();
        }
    }
}
