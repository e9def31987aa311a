package io.github.mnist4j.lite.network;

import io.github.mnist4j.lite.finder.Recognizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A network that reads digits: its forward pass in plain Java, without native code. Any number of
 * threads may share one.
 *
 * <p>{@code ./mnist export MODEL --to lite --out FILE} writes the files; docs/lite-format.md
 * describes them. An image's answer does not depend on the images beside it, bit for bit.
 */
public final class LiteNetwork implements Recognizer {
    private static final String PRETRAINED = "pretrained.bin";

    /** Images side by side: more lanes for vector instructions, but more memory. */
    private static final int TOGETHER = 8;

    /** Values between the layers that may be kept for {@link #TOGETHER} images. */
    private static final int MOST_VALUES = 1 << 20;

    private static final int MOST_KEPT = 16;
    private static final int DIGITS = 10;

    private final LiteLayers layers;
    private final LiteCard card;
    private final int together;
    private final ArrayDeque<Scratch> singles = new ArrayDeque<>();
    private final ArrayDeque<Scratch> groups = new ArrayDeque<>();

    private LiteNetwork(LiteFile file) {
        layers = file.layers();
        card = file.card();
        long values = 0;
        for (int i = 0; i <= layers.convolutions.length; i++) {
            boolean last = i == layers.convolutions.length;
            long side = last ? layers.denseSide() : layers.convolutions[i].side;
            values += layers.channels(i) * side * side;
        }
        together = TOGETHER * values <= MOST_VALUES ? TOGETHER : 1;
    }

    /**
     * Reads a file that {@code ./mnist export --to lite} wrote.
     *
     * @throws IOException if it is not such a file or is damaged; the message says why
     */
    public static LiteNetwork load(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException("no network at " + file + ": it is a folder");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return load(in, file.toString());
        } catch (NoSuchFileException e) {
            throw new IOException("no network at " + file, e);
        }
    }

    /**
     * As above, from a stream, which is read to its end and not closed.
     *
     * @throws IOException if it is not such a file or is damaged; the message says why
     */
    public static LiteNetwork load(InputStream in) throws IOException {
        return load(in, "the stream");
    }

    private static LiteNetwork load(InputStream in, String name) throws IOException {
        try {
            LiteFile file = LiteFile.read(in);
            var network = new LiteNetwork(file);
            if (!file.isBounded()) {
                network.tryOut();
            }
            return network;
        } catch (LiteFile.Refused e) {
            throw new IOException(name + " is not a network of mnist-lite: " + e.getMessage(), e);
        } catch (OutOfMemoryError e) {
            throw new IOException(name + " takes more memory than there is: give more by -Xmx", e);
        }
    }

    /** Weights can be so large that the answers are not numbers. */
    private void tryOut() throws LiteFile.Refused {
        float[] images = new float[2 * LiteLayers.AREA];
        Arrays.fill(images, LiteLayers.AREA, images.length, 1);
        for (float p : output(images)) {
            if (!(p >= 0)) {
                throw new LiteFile.Refused("its answers are not numbers");
            }
        }
    }

    /**
     * The network in the jar.
     *
     * @throws UncheckedIOException if it cannot be read
     */
    public static LiteNetwork pretrained() {
        try (InputStream in = LiteNetwork.class.getResourceAsStream(PRETRAINED)) {
            if (in == null) {
                throw new IOException("there is no " + PRETRAINED + " in the jar");
            }
            return load(in, PRETRAINED);
        } catch (IOException e) {
            throw new UncheckedIOException("the pretrained network cannot be read", e);
        }
    }

    /** Where the network comes from and how good it is. */
    public LiteCard card() {
        return card;
    }

    /** How many probabilities {@link #output(float[])} gives for an image: 10 or 11. */
    public int outputs() {
        return layers.outputs();
    }

    /**
     * What the network says of any number of images, computed by the caller's thread.
     *
     * @param images n * 28 * 28 values, row by row, 0 (paper) to 1 (ink), by MNIST's conventions
     * @return n * {@link #outputs} probabilities; those of an image sum to 1
     * @throws IllegalArgumentException if the length is not a multiple of 784
     */
    public float[] output(float[] images) {
        return output(images, 1);
    }

    /**
     * As above, by several threads. The answers are the same.
     *
     * @param threads at most so many, the caller's among them; 1 or more
     */
    public float[] output(float[] images, int threads) {
        if (images.length % LiteLayers.AREA != 0) {
            throw new IllegalArgumentException(
                    images.length + " values, a multiple of 784 expected");
        }
        if (threads < 1) {
            throw new IllegalArgumentException("threads is " + threads + ", 1 or more expected");
        }
        var work = new Work(images);
        Thread[] helpers = new Thread[Math.max(0, Math.min(threads, work.chunks()) - 1)];
        for (int i = 0; i < helpers.length; i++) {
            helpers[i] = new Thread(work, "mnist-lite-" + i);
            helpers[i].setDaemon(true);
            helpers[i].start();
        }
        work.run();
        work.join(helpers);
        return work.answers;
    }

    /** Images that threads take, a chunk at a time. */
    private final class Work implements Runnable {
        private final float[] images;
        private final float[] answers;
        private final int count;
        private final AtomicInteger next = new AtomicInteger();
        private volatile @Nullable Throwable failure;

        Work(float[] images) {
            this.images = images;
            count = images.length / LiteLayers.AREA;
            answers = new float[count * outputs()];
        }

        int chunks() {
            return (count + together - 1) / together;
        }

        @Override
        public void run() {
            try {
                for (int first; (first = together * next.getAndIncrement()) < count; ) {
                    chunk(first, Math.min(together, count - first));
                }
            } catch (RuntimeException | Error e) {
                failure = e;
            }
        }

        private void chunk(int first, int size) {
            boolean group = 2 * size > together && together > 1; // half a group costs two images
            Scratch scratch = take(group);
            try {
                if (group) {
                    scratch.run(images, first, size, answers);
                } else {
                    for (int i = 0; i < size; i++) {
                        scratch.run(images, first + i, 1, answers);
                    }
                }
            } finally {
                give(group, scratch);
            }
        }

        void join(Thread[] helpers) {
            boolean interrupted = false;
            for (Thread helper : helpers) {
                while (helper.isAlive()) {
                    try {
                        helper.join();
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            if (failure instanceof Error e) {
                throw e;
            }
            if (failure instanceof RuntimeException e) {
                throw e;
            }
        }
    }

    private Scratch take(boolean group) {
        ArrayDeque<Scratch> spare = group ? groups : singles;
        synchronized (spare) {
            Scratch scratch = spare.poll();
            if (scratch != null) {
                return scratch;
            }
        }
        return new Scratch(layers, group ? together : 1);
    }

    private void give(boolean group, Scratch scratch) {
        ArrayDeque<Scratch> spare = group ? groups : singles;
        synchronized (spare) {
            if (spare.size() < MOST_KEPT) {
                spare.push(scratch);
            }
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>A network of ten outputs takes for "not a digit" what it is unsure of.
     */
    @Override
    public float[] recognize(float[] images) {
        float[] all = output(images);
        if (outputs() == CLASSES) {
            return all;
        }
        int count = images.length / LiteLayers.AREA;
        float[] answers = new float[count * CLASSES];
        for (int i = 0; i < count; i++) {
            float sure = 0;
            for (int c = 0; c < DIGITS; c++) {
                sure = Math.max(sure, all[i * DIGITS + c]);
            }
            for (int c = 0; c < DIGITS; c++) {
                answers[i * CLASSES + c] = all[i * DIGITS + c] * sure;
            }
            answers[i * CLASSES + NONE] = 1 - sure;
        }
        return answers;
    }
}
