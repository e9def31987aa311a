package io.github.mnist4j.lite;

import io.github.mnist4j.lite.finder.DigitFinder;
import io.github.mnist4j.lite.finder.Gray;
import io.github.mnist4j.lite.finder.Recognizer;
import io.github.mnist4j.lite.network.LiteNetwork;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Reads handwritten digits without a dependency and without native code.
 *
 * <pre>{@code
 * for (Reading r : LiteClassifier.pretrained().readFile(Path.of("photo.jpg"))) {
 *     System.out.println(r.prediction().digit());
 * }
 * }</pre>
 *
 * <p>Pixels, and images as {@code int[]}, need java.base alone. Files are decoded by ImageIO: PNG,
 * JPEG, GIF, BMP and TIFF, and what plug-ins on the class path add; a JPEG is turned upright by its
 * EXIF orientation. A file whose header announces more than 400 million pixels, or more than the
 * heap can hold, is refused before it is decoded.
 */
public final class LiteClassifier implements DigitReader {
    private static final double EVEN = 0.5;

    private final Recognizer recognizer;
    private final DigitFinder finder;
    private final double threshold;
    private final String card;

    private LiteClassifier(Builder builder) {
        recognizer = builder.recognizer;
        finder = new DigitFinder(recognizer);
        threshold = builder.threshold;
        card = builder.card;
    }

    /**
     * The network in the jar. Its card says how accurate it is.
     *
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    public static LiteClassifier pretrained() {
        return of(LiteNetwork.pretrained());
    }

    /**
     * Loads a network that {@code mnist export --to lite} wrote.
     *
     * @throws IOException if it cannot be read or is not such a file; the message says why
     */
    public static LiteClassifier load(Path model) throws IOException {
        return of(LiteNetwork.load(Objects.requireNonNull(model, "model")));
    }

    /**
     * As above, from a stream, which is read to its end and not closed.
     *
     * @throws IOException if it cannot be read or is not such a file; the message says why
     */
    public static LiteClassifier load(InputStream model) throws IOException {
        return of(LiteNetwork.load(Objects.requireNonNull(model, "model")));
    }

    private static LiteClassifier of(LiteNetwork network) {
        double threshold = network.card().threshold();
        return builder(network)
                .optThreshold(Double.isNaN(threshold) ? EVEN : threshold)
                .optCard(network.card().toString())
                .build();
    }

    /**
     * A classifier with a network of your own.
     *
     * @param recognizer that any number of threads may share, if they are to share the classifier
     */
    public static Builder builder(Recognizer recognizer) {
        return new Builder(Objects.requireNonNull(recognizer, "recognizer"));
    }

    /** What a classifier is made of. */
    public static final class Builder {
        private final Recognizer recognizer;
        private double threshold = EVEN;
        private String card = "";

        private Builder(Recognizer recognizer) {
            this.recognizer = recognizer;
        }

        /**
         * The confidence above which an answer is convincing; 0.5 if nothing is said.
         *
         * @param value 0 to 1
         * @throws IllegalArgumentException for another value
         */
        public Builder optThreshold(double value) {
            if (!(value >= 0 && value <= 1)) {
                throw new IllegalArgumentException("threshold is " + value + ", 0 to 1 expected");
            }
            threshold = value;
            return this;
        }

        /** Where the network comes from and how good it is; empty if nothing is said. */
        public Builder optCard(String text) {
            card = Objects.requireNonNull(text, "text");
            return this;
        }

        public LiteClassifier build() {
            return new LiteClassifier(this);
        }
    }

    /** Where the network comes from and how good it is. */
    public String card() {
        return card;
    }

    @Override
    public double threshold() {
        return threshold;
    }

    @Override
    public List<Prediction> classifyAllPixels(List<byte[]> images) {
        return predictions(Pixels.ofBytes(images));
    }

    @Override
    public List<Prediction> classifyAllFloats(List<float[]> images) {
        return predictions(Pixels.ofFloats(images));
    }

    private List<Prediction> predictions(float[] images) {
        var predictions = new ArrayList<Prediction>();
        if (images.length > 0) {
            float[] answers = recognizer.recognize(images);
            for (int at = 0; at < answers.length; at += Recognizer.CLASSES) {
                predictions.add(
                        Prediction.of(Arrays.copyOfRange(answers, at, at + Recognizer.CLASSES)));
            }
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
        ImageFiles.Loaded loaded = loaded(content, name);
        return readImage(loaded.image()).stream().map(r -> r.times(loaded.step())).toList();
    }

    private static ImageFiles.Loaded loaded(byte[] content, String name)
            throws NotAnImageException {
        return ImageFiles.read(
                Objects.requireNonNull(content, "content"), Objects.requireNonNull(name, "name"));
    }

    /** Holds nothing that needs to be freed. */
    @Override
    public void close() {}
}
