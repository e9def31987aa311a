package io.github.mnist4j.data;

import io.github.mnist4j.data.augment.Augmentation;
import io.github.mnist4j.data.augment.DigitTransform;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.datavec.image.transform.ImageTransform;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Mini-batches of a {@link DigitSet} for DL4J networks: features [batch, 1, rows, columns] (NCHW,
 * normalized floats), labels [batch, 10] (one-hot). Pixels stay bytes until a background thread
 * makes their batch, a few batches ahead.
 *
 * <pre>{@code
 * var batches = DigitIterator.builder(split.train()).setBatchSize(64).optShuffle(seed).build();
 * }</pre>
 *
 * <p>The order depends only on (seed, epoch), and each variant only on (seed, epoch, index in the
 * set). Neither depends on timing, and epoch n of a resumed run equals epoch n of an uninterrupted
 * one. Not thread-safe.
 */
public final class DigitIterator implements DataSetIterator, AutoCloseable {
    private static final long serialVersionUID = 1L;

    /** Batches made ahead: enough to ride out a slow one, few enough to stay in the caches. */
    private static final int AHEAD = 3;

    private final transient DigitSet digits;
    private final int batchSize;
    private final float[] normalized;
    private final @Nullable Long shuffleSeed;
    private final transient @Nullable ImageTransform augmentation;
    private final float smoothing;
    private final int workers;
    private final transient Deque<Future<DataSet>> ahead = new ArrayDeque<>();
    private transient @Nullable ExecutorService maker;
    private transient @Nullable DataSetPreProcessor preProcessor;
    private transient int[] order = {};
    private int epoch;
    private int requested;
    private int delivered;

    private DigitIterator(Builder builder) {
        digits = builder.digits;
        batchSize = builder.batchSize;
        normalized = builder.normalization.table();
        shuffleSeed = builder.shuffleSeed;
        augmentation = builder.augmentation;
        smoothing = (float) builder.smoothing;
        workers = builder.workers;
        startEpoch(0);
    }

    /** Starts a builder for batches of these digits. */
    public static Builder builder(DigitSet digits) {
        return new Builder(digits);
    }

    /** {@code setXxx} must be called, {@code optXxx} may be. */
    public static final class Builder {
        private final DigitSet digits;
        private int batchSize;
        private Normalization normalization = Normalization.MNIST;
        private @Nullable Long shuffleSeed;
        private @Nullable ImageTransform augmentation;
        private double smoothing;
        private int workers = 1;

        private Builder(DigitSet digits) {
            this.digits = digits;
        }

        /** Images per batch, 1 or more. The last batch of an epoch may be smaller. */
        public Builder setBatchSize(int batchSize) {
            this.batchSize = batchSize;
            return this;
        }

        /** Default: {@link Normalization#MNIST}. */
        public Builder optNormalization(Normalization normalization) {
            this.normalization = normalization;
            return this;
        }

        /** Shuffles anew in every epoch. Default: the order of the set. */
        public Builder optShuffle(long seed) {
            this.shuffleSeed = seed;
            return this;
        }

        /**
         * Any DataVec transform of gray images; those of {@link Augmentation} are faster than
         * DataVec's. Default: none.
         */
        public Builder optAugmentation(ImageTransform augmentation) {
            this.augmentation = augmentation;
            return this;
        }

        /**
         * Label smoothing (Szegedy et al. 2016), 0 to below 1: spreads this part of each label
         * evenly over all classes. Default: 0, one-hot labels.
         */
        public Builder optLabelSmoothing(double smoothing) {
            this.smoothing = smoothing;
            return this;
        }

        /**
         * Number of threads that make batches; it affects nothing but the speed. With more than
         * one, the augmentation must be thread-safe, as those of {@link Augmentation} are. Default:
         * 1.
         */
        public Builder optWorkers(int workers) {
            this.workers = workers;
            return this;
        }

        /**
         * @throws IllegalArgumentException if the batch size was not set, a value is out of range,
         *     or the set is empty
         */
        public DigitIterator build() {
            if (batchSize < 1) {
                throw new IllegalArgumentException(
                        "batch size " + batchSize + ", 1 or more expected");
            }
            if (digits.size() == 0) {
                throw new IllegalArgumentException("the set has no images");
            }
            if (!(smoothing >= 0 && smoothing < 1)) {
                throw new IllegalArgumentException(
                        "label smoothing " + smoothing + ", 0 to below 1 expected");
            }
            if (workers < 1) {
                throw new IllegalArgumentException("workers " + workers + ", 1 or more expected");
            }
            return new DigitIterator(this);
        }
    }

    /**
     * Goes to the beginning of an epoch, 0 or more. Order and variants are that epoch's, whatever
     * came before.
     */
    public void startEpoch(int epoch) {
        startEpoch(epoch, 0);
    }

    /** As {@link #startEpoch(int)}, but skips the first {@code batches} of the epoch. */
    public void startEpoch(int epoch, int batches) {
        ahead.forEach(f -> f.cancel(false));
        ahead.clear();
        this.epoch = epoch;
        requested = batches;
        delivered = batches;
        order =
                shuffleSeed == null
                        ? IntStream.range(0, digits.size()).toArray()
                        : Permutation.of(
                                digits.size(),
                                new SplittableRandom(Permutation.seed(shuffleSeed, epoch)));
    }

    /** Number of batches per epoch. */
    public int batches() {
        return (digits.size() + batchSize - 1) / batchSize;
    }

    /** Goes to the next epoch. */
    @Override
    public void reset() {
        startEpoch(epoch + 1);
    }

    @Override
    public boolean hasNext() {
        return delivered < batches();
    }

    @Override
    public DataSet next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the epoch has " + batches() + " batches");
        }
        if (maker == null) {
            maker =
                    Executors.newFixedThreadPool(
                            workers,
                            task -> {
                                var thread = new Thread(task, "digit-batches");
                                thread.setDaemon(true);
                                return thread;
                            });
        }
        while (ahead.size() < AHEAD + workers - 1 && requested < batches()) {
            int from = batchSize * requested++;
            int to = Math.min(from + batchSize, digits.size());
            int[] now = order;
            int of = epoch;
            ahead.add(maker.submit(() -> batch(now, of, from, to)));
        }
        try {
            DataSet batch = ahead.remove().get();
            delivered++;
            if (preProcessor != null) {
                preProcessor.preProcess(batch);
            }
            return batch;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a batch", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private DataSet batch(int[] order, int epoch, int from, int to) {
        int rows = digits.rows();
        int columns = digits.columns();
        int area = rows * columns;
        float[] features = new float[(to - from) * area];
        float[] labels = new float[(to - from) * DigitSet.CLASSES];
        Arrays.fill(labels, smoothing / DigitSet.CLASSES);
        byte[] image = new byte[area];
        byte[] variant = new byte[area];
        for (int i = from; i < to; i++) {
            int index = order[i];
            digits.copyPixels(index, image);
            byte[] shown = image;
            if (augmentation != null) {
                long seed = Permutation.seed(shuffleSeed == null ? 0 : shuffleSeed, epoch, index);
                shown = augment(augmentation, image, variant, rows, columns, seed);
            }
            int at = (i - from) * area;
            for (int p = 0; p < area; p++) {
                features[at + p] = normalized[shown[p] & 0xFF];
            }
            labels[(i - from) * DigitSet.CLASSES + digits.label(index)] += 1 - smoothing;
        }
        return new DataSet(
                Nd4j.create(features, new long[] {to - from, 1, rows, columns}, 'c'),
                Nd4j.create(labels, new long[] {to - from, DigitSet.CLASSES}, 'c'));
    }

    /** One variant of an image, in {@code variant} or a new array. */
    static byte[] augment(
            ImageTransform transform,
            byte[] image,
            byte[] variant,
            int rows,
            int columns,
            long seed) {
        if (transform instanceof DigitTransform ours) {
            RandomGenerator random = new SplittableRandom(seed);
            ours.apply(image, variant, rows, columns, random);
            return variant;
        }
        var transformed =
                transform.transform(
                        DigitTransform.toWritable(image, rows, columns), new Random(seed));
        if (transformed.getHeight() != rows || transformed.getWidth() != columns) {
            throw new IllegalArgumentException(
                    "the augmentation made an image of "
                            + transformed.getHeight()
                            + "x"
                            + transformed.getWidth()
                            + ", "
                            + rows
                            + "x"
                            + columns
                            + " expected");
        }
        return DigitTransform.bytes(transformed);
    }

    /** As {@link #next()}; {@code num} must be the batch size. */
    @Override
    public DataSet next(int num) {
        if (num != batchSize) {
            throw new UnsupportedOperationException("batches hold " + batchSize + " images");
        }
        return next();
    }

    @Override
    public int inputColumns() {
        return digits.rows() * digits.columns();
    }

    @Override
    public int totalOutcomes() {
        return DigitSet.CLASSES;
    }

    @Override
    public boolean resetSupported() {
        return true;
    }

    /** False: this iterator makes batches ahead itself. */
    @Override
    public boolean asyncSupported() {
        return false;
    }

    @Override
    public int batch() {
        return batchSize;
    }

    @Override
    public void setPreProcessor(@Nullable DataSetPreProcessor preProcessor) {
        this.preProcessor = preProcessor;
    }

    @Override
    public @Nullable DataSetPreProcessor getPreProcessor() {
        return preProcessor;
    }

    /** "0" to "9". */
    @Override
    public List<String> getLabels() {
        return IntStream.range(0, DigitSet.CLASSES).mapToObj(Integer::toString).toList();
    }

    /** Stops the threads that make batches. */
    @Override
    public void close() {
        if (maker != null) {
            maker.shutdownNow();
            maker = null;
        }
        ahead.clear();
    }
}
