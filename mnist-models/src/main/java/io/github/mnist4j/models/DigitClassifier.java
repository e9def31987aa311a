package io.github.mnist4j.models;

import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.photo.ImageLoader;
import io.github.mnist4j.data.photo.LoadedImage;
import io.github.mnist4j.lite.DigitReader;
import io.github.mnist4j.lite.Pixels;
import io.github.mnist4j.lite.Prediction;
import io.github.mnist4j.lite.Reading;
import io.github.mnist4j.lite.finder.DigitFinder;
import io.github.mnist4j.lite.finder.Gray;
import io.github.mnist4j.lite.finder.Recognizer;
import io.github.mnist4j.models.internal.Memory;
import io.github.mnist4j.onednn.MissingRuntimeException;
import io.github.mnist4j.onednn.Nd4jRuntime;
import io.github.mnist4j.onednn.OneDnn;
import io.github.mnist4j.onednn.Predictor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Reads handwritten digits with a network of DL4J, on oneDNN. One instance serves any number of
 * threads.
 *
 * <pre>{@code
 * try (DigitClassifier classifier = DigitClassifier.pretrained()) {
 *     for (Reading r : classifier.readFile(Path.of("photo.jpg"))) {
 *         System.out.println(r.prediction().digit() + " " + r.prediction().confidence());
 *     }
 * }
 * }</pre>
 *
 * <p>Files may be PNG, JPEG, GIF, BMP, TIFF or WebP; see {@link ImageLoader} for what is refused.
 */
public final class DigitClassifier implements DigitReader {
    private static final String PRETRAINED = "pretrained.zip";
    private static final String UNREADABLE = "the pretrained network cannot be read";
    private static final String STREAM = "the stream";
    private static final int SIDE = Pixels.SIDE;
    private static final int AREA = Pixels.AREA;
    private static final int DIGITS = 10;

    private final Predictor predictor;
    private final MultiLayerNetwork network;

    /** Null until somebody asks for the pretrained network's. */
    private volatile @Nullable ModelCard card;

    private final float[] normalized;
    private final float scale;
    private final float shift;
    private final DigitFinder finder = new DigitFinder(this::recognize);

    private DigitClassifier(
            MultiLayerNetwork network,
            Normalization normalization,
            @Nullable ModelCard card,
            @Nullable Integer threads) {
        predictor =
                threads == null
                        ? OneDnn.predictor(network, 1, SIDE, SIDE)
                        : OneDnn.predictor(threads, network, 1, SIDE, SIDE);
        this.network = network;
        this.card = card;
        normalized = normalization.table();
        scale = (float) normalization.scale();
        shift = (float) normalization.shift();
    }

    /**
     * Loads a model that the trainer wrote.
     *
     * @throws IOException if it is not such a model; the message says why
     * @throws MissingRuntimeException if mnist-runtime is not on the class path
     */
    public static DigitClassifier load(Path model) throws IOException {
        return builder().optModel(model).build();
    }

    /**
     * As above, from a stream, which is read to its end and not closed.
     *
     * @throws IOException if it is not such a model; the message says why
     */
    public static DigitClassifier load(InputStream model) throws IOException {
        return builder().optModel(model).build();
    }

    /** A classifier with what {@link #load} and {@link #pretrained} leave at its default. */
    public static Builder builder() {
        return new Builder();
    }

    /** What a classifier is made of. */
    public static final class Builder {
        private @Nullable Path file;
        private @Nullable InputStream stream;
        private @Nullable Integer threads;

        private Builder() {}

        /** A model that the trainer wrote, instead of the pretrained network. */
        public Builder optModel(Path model) {
            file = Objects.requireNonNull(model, "model");
            stream = null;
            return this;
        }

        /** As above, from a stream, which {@link #build} reads to its end and does not close. */
        public Builder optModel(InputStream model) {
            stream = Objects.requireNonNull(model, "model");
            file = null;
            return this;
        }

        /**
         * How many threads compute a batch: several images in one call, or the pieces of a photo. A
         * single image is computed on the caller's thread.
         *
         * @param count 1 or more, the caller's included; all callers share the others. Default:
         *     what {@code OMP_NUM_THREADS} says, at most one for each processor
         * @throws IllegalArgumentException if there are fewer
         */
        public Builder optThreads(int count) {
            if (count < 1) {
                throw new IllegalArgumentException("threads " + count + ", 1 or more expected");
            }
            threads = count;
            return this;
        }

        /**
         * Reads the model.
         *
         * @throws IOException if it is not such a model; the message says why
         * @throws MissingRuntimeException if mnist-runtime is not on the class path
         */
        public DigitClassifier build() throws IOException {
            Nd4jRuntime.check();
            if (file != null) {
                return of(ModelFile.load(file), file.toString(), threads);
            }
            if (stream != null) {
                return read(stream, threads);
            }
            byte[] content = pretrainedFile();
            ModelFile.Own own = ModelFile.readOwn(content);
            return own == null
                    ? read(new ByteArrayInputStream(content), threads)
                    : new DigitClassifier(own.network(), own.normalization(), null, threads);
        }

        private static DigitClassifier read(InputStream model, @Nullable Integer threads)
                throws IOException {
            byte[] content = Memory.read(model, STREAM);
            return of(ModelFile.loadAll(content, STREAM).model(), STREAM, threads);
        }
    }

    private static DigitClassifier of(ModelFile model, String name, @Nullable Integer threads)
            throws IOException {
        List<String> labels = model.card().labels();
        if (labels.size() != DIGITS && !labels.equals(ModelCard.DIGITS_AND_NONE)) {
            throw new IOException(
                    name
                            + " tells "
                            + labels.size()
                            + " classes apart, a model of ten digits expected");
        }
        DigitClassifier classifier;
        try {
            classifier =
                    new DigitClassifier(
                            model.network(), model.normalization(), model.card(), threads);
        } catch (RuntimeException e) {
            // DL4J checks some layers only when they compute
            throw new IOException(
                    name + " has a network that cannot take images of 28x28 pixels", e);
        }
        // finite weights can be so large that the answers are not
        for (byte ink : new byte[] {0, -1}) {
            byte[] image = new byte[AREA];
            Arrays.fill(image, ink);
            if (!Float.isFinite(classifier.classifyPixels(image).confidence())) {
                classifier.close();
                throw new IOException(name + " gives answers that are not numbers");
            }
        }
        return classifier;
    }

    private static byte[] pretrainedFile() throws IOException {
        try (InputStream in = DigitClassifier.class.getResourceAsStream(PRETRAINED)) {
            if (in == null) {
                throw new IOException("it is missing from the class path");
            }
            return in.readAllBytes();
        }
    }

    /**
     * The network in the jar. Its card says how it was trained and how accurate it is.
     *
     * @throws UncheckedIOException if it cannot be read
     */
    public static DigitClassifier pretrained() {
        try {
            return builder().build();
        } catch (IOException e) {
            throw new UncheckedIOException(UNREADABLE, e);
        }
    }

    /** Where the model comes from and how good it is. */
    public ModelCard card() {
        ModelCard known = card;
        if (known == null) {
            try {
                known = ModelFile.cardOf(pretrainedFile());
            } catch (IOException e) {
                throw new UncheckedIOException(UNREADABLE, e);
            }
            card = known;
        }
        return known;
    }

    /**
     * The confidence above which an answer is convincing: the card's threshold, chosen on
     * validation images, or 0.5 if it has none.
     */
    @Override
    public double threshold() {
        Double threshold = card().provenance().threshold();
        return threshold != null ? threshold : 0.5;
    }

    @Override
    public List<Prediction> classifyAllPixels(List<byte[]> images) {
        Pixels.check(images);
        float[] values = new float[images.size() * AREA];
        for (int i = 0; i < images.size(); i++) {
            normalize(images.get(i), values, i * AREA);
        }
        return predictions(predictor.output(values), images.size());
    }

    @Override
    public List<Prediction> classifyAllFloats(List<float[]> images) {
        float[] pixels = Pixels.ofFloats(images);
        return predictions(predictor.output(normalized(pixels)), images.size());
    }

    /**
     * Classifies a batch in MNIST's form.
     *
     * @param batch [n, 1, 28, 28] or [n, 784], 0 (paper) to 1 (ink), as DL4J's MnistDataSetIterator
     *     gives
     * @return n answers
     * @throws IllegalArgumentException for another shape or a value outside 0 to 1
     */
    public List<Prediction> classifyArray(INDArray batch) {
        Objects.requireNonNull(batch, "batch");
        boolean images =
                batch.rank() == 4 && Arrays.equals(tail(batch), new long[] {1, SIDE, SIDE});
        boolean rows = batch.rank() == 2 && batch.size(1) == AREA;
        if (!images && !rows) {
            throw new IllegalArgumentException(
                    "a batch of shape "
                            + Arrays.toString(batch.shape())
                            + ", [n, 1, 28, 28] or [n, 784] expected");
        }
        float[] pixels = batch.castTo(DataType.FLOAT).dup('c').data().asFloat();
        int count = (int) batch.size(0);
        return classifyAllFloats(
                IntStream.range(0, count)
                        .mapToObj(i -> Arrays.copyOfRange(pixels, i * AREA, (i + 1) * AREA))
                        .toList());
    }

    /**
     * What the network's convolutions make of an image in MNIST's form: for people who want to look
     * on. Takes far longer than a prediction.
     *
     * @param pixels as {@link #classifyPixels(byte[])} takes them
     * @return one for each convolution, the first first; none of a network without
     * @throws IllegalArgumentException for another length
     */
    public List<FeatureMaps> featureMaps(byte[] pixels) {
        Pixels.check(List.of(Objects.requireNonNull(pixels, "pixels")));
        float[] values = new float[AREA];
        normalize(pixels, values, 0);
        synchronized (network) { // its layers keep what they were given last
            return FeatureMaps.of(network, values);
        }
    }

    private void normalize(byte[] pixels, float[] to, int at) {
        for (int p = 0; p < AREA; p++) {
            to[at + p] = normalized[pixels[p] & 0xFF];
        }
    }

    private static long[] tail(INDArray batch) {
        return Arrays.copyOfRange(batch.shape(), 1, batch.rank());
    }

    private static List<Prediction> predictions(float[] all, int count) {
        var predictions = new ArrayList<Prediction>();
        int classes = all.length / Math.max(1, count);
        for (int at = 0; at < all.length; at += classes) {
            predictions.add(Prediction.of(Arrays.copyOfRange(all, at, at + classes)));
        }
        return List.copyOf(predictions);
    }

    @Override
    public List<Reading> readImage(int width, int height, int[] argb) {
        return Reading.allOn(width, height, argb, finder);
    }

    @Override
    public List<Reading> readImage(Gray image) {
        return Reading.allOn(image, finder);
    }

    @Override
    public Prediction classifyFile(byte[] content, String name) throws IOException {
        return classifyImage(loaded(content, name).image());
    }

    @Override
    public List<Reading> readFile(byte[] content, String name) throws IOException {
        LoadedImage loaded = loaded(content, name);
        return readImage(loaded.image()).stream().map(r -> r.times(loaded.reduction())).toList();
    }

    private static LoadedImage loaded(byte[] content, String name) throws IOException {
        return ImageLoader.read(
                Objects.requireNonNull(content, "content"), Objects.requireNonNull(name, "name"));
    }

    /**
     * Answers the finder. A network without an eleventh output takes for "not a digit" what it is
     * unsure of.
     */
    private float[] recognize(float[] images) {
        int count = images.length / AREA;
        float[] all = predictor.output(normalized(images));
        if (count == 0 || all.length == count * Recognizer.CLASSES) {
            return all;
        }
        float[] answers = new float[count * Recognizer.CLASSES];
        for (int i = 0; i < count; i++) {
            float sure = 0;
            for (int c = 0; c < DIGITS; c++) {
                sure = Math.max(sure, all[i * DIGITS + c]);
            }
            for (int c = 0; c < DIGITS; c++) {
                answers[i * Recognizer.CLASSES + c] = all[i * DIGITS + c] * sure;
            }
            answers[i * Recognizer.CLASSES + Recognizer.NONE] = 1 - sure;
        }
        return answers;
    }

    private float[] normalized(float[] pixels) {
        float[] values = new float[pixels.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = pixels[i] * scale + shift;
        }
        return values;
    }

    /** Frees native memory. Calls in progress finish normally. */
    @Override
    public void close() {
        predictor.close();
    }
}
