package io.github.mnist4j.models;

import io.github.mnist4j.data.photo.ImageLoader;
import io.github.mnist4j.lite.DigitFinder;
import io.github.mnist4j.lite.Recognizer;
import io.github.mnist4j.models.internal.Memory;
import io.github.mnist4j.onednn.OneDnn;
import io.github.mnist4j.onednn.Predictor;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Reads handwritten digits. One instance serves any number of threads.
 *
 * <pre>{@code
 * try (DigitClassifier classifier = DigitClassifier.pretrained()) {
 *     for (DigitClassifier.Reading r : classifier.read(ImageIO.read(photo))) {
 *         System.out.println(r.prediction().digit() + " " + r.prediction().confidence());
 *     }
 * }
 * }</pre>
 *
 * <p>{@code classify} takes images of one digit; {@code read} finds the digits on photos and
 * screenshots.
 */
public final class DigitClassifier implements AutoCloseable {
    private static final String PRETRAINED = "pretrained.zip";
    private static final String STREAM = "the stream";
    private static final int SIDE = 28;
    private static final int AREA = SIDE * SIDE;
    private static final int DIGITS = 10;

    private final Predictor predictor;
    private final MultiLayerNetwork network;
    private final ModelCard card;
    private final float[] normalized = new float[256];
    private final float scale;
    private final float shift;
    private final DigitFinder finder = new DigitFinder(this::recognize);

    private DigitClassifier(ModelFile file) {
        predictor = OneDnn.predictor(file.network(), 1, SIDE, SIDE);
        network = file.network();
        card = file.card();
        double deviation = file.normalization().standardDeviation();
        scale = (float) (1 / deviation);
        shift = (float) (-file.normalization().mean() / deviation);
        for (int v = 0; v < 256; v++) {
            normalized[v] = v / 255f * scale + shift;
        }
    }

    /**
     * Loads a model that the trainer wrote.
     *
     * @throws IOException if it is not such a model; the message says why
     */
    public static DigitClassifier load(Path model) throws IOException {
        return of(ModelFile.load(model), model.toString());
    }

    /**
     * As above, from a stream, which is read to its end and not closed.
     *
     * @throws IOException if it is not such a model; the message says why
     */
    public static DigitClassifier load(InputStream model) throws IOException {
        return of(ModelFile.loadAll(Memory.read(model, STREAM), STREAM).model(), STREAM);
    }

    private static DigitClassifier of(ModelFile model, String name) throws IOException {
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
            classifier = new DigitClassifier(model);
        } catch (RuntimeException e) {
            // DL4J checks some layers only when they compute
            throw new IOException(
                    name + " has a network that cannot take images of 28x28 pixels", e);
        }
        // finite weights can be so large that the answers are not
        for (byte ink : new byte[] {0, -1}) {
            byte[] image = new byte[AREA];
            Arrays.fill(image, ink);
            if (!Float.isFinite(classifier.classify(image).confidence())) {
                classifier.close();
                throw new IOException(name + " gives answers that are not numbers");
            }
        }
        return classifier;
    }

    /**
     * The network in the jar. Its card says how it was trained and how accurate it is.
     *
     * @throws UncheckedIOException if it cannot be read
     */
    public static DigitClassifier pretrained() {
        try (InputStream in = DigitClassifier.class.getResourceAsStream(PRETRAINED)) {
            return load(in);
        } catch (IOException e) {
            throw new UncheckedIOException("the pretrained network cannot be read", e);
        }
    }

    /** Where the model comes from and how good it is. */
    public ModelCard card() {
        return card;
    }

    /**
     * The confidence above which an answer is convincing: the card's threshold, chosen on
     * validation images, or 0.5 if it has none.
     */
    public double threshold() {
        Double threshold = card.provenance().threshold();
        return threshold != null ? threshold : 0.5;
    }

    /**
     * Classifies an image in MNIST's form.
     *
     * @param pixels 28 * 28 bytes, row by row, 0 (paper) to 255 (ink)
     * @throws IllegalArgumentException for another length
     */
    public Prediction classify(byte[] pixels) {
        return classifyAll(List.of(pixels)).get(0);
    }

    /**
     * Classifies any number of images as one batch, which is faster than one by one. oneDNN sums in
     * another order for a batch, so probabilities may differ in their last bits.
     *
     * @param images of 28 * 28 bytes each, as {@link #classify(byte[])} takes one
     * @return an answer for each
     * @throws IllegalArgumentException if one has another length
     */
    public List<Prediction> classifyAll(List<byte[]> images) {
        float[] values = new float[images.size() * AREA];
        for (int i = 0; i < images.size(); i++) {
            byte[] pixels = images.get(i);
            check(pixels.length, AREA);
            for (int p = 0; p < AREA; p++) {
                values[i * AREA + p] = normalized[pixels[p] & 0xFF];
            }
        }
        return predictions(predictor.output(values), images.size());
    }

    /**
     * Classifies one or more images in MNIST's form.
     *
     * @param pixels n * 28 * 28 values, row by row, 0 (paper) to 1 (ink)
     * @return n answers
     * @throws IllegalArgumentException if the length is not a multiple of 784 or a value is outside
     *     0 to 1
     */
    public List<Prediction> classify(float[] pixels) {
        if (pixels.length % AREA != 0) {
            check(pixels.length, AREA);
        }
        float[] values = new float[pixels.length];
        for (int i = 0; i < values.length; i++) {
            if (!(pixels[i] >= 0 && pixels[i] <= 1)) {
                throw new IllegalArgumentException(
                        "value " + pixels[i] + " at " + i + ", 0 to 1 expected");
            }
            values[i] = pixels[i] * scale + shift;
        }
        return predictions(predictor.output(values), values.length / AREA);
    }

    /**
     * Classifies a batch in MNIST's form.
     *
     * @param batch [n, 1, 28, 28] or [n, 784], 0 (paper) to 255 (ink), as DL4J's own MNIST
     *     iterators give before normalization
     * @return n answers
     * @throws IllegalArgumentException for another shape
     */
    public List<Prediction> classify(INDArray batch) {
        boolean images =
                batch.rank() == 4 && Arrays.equals(tail(batch), new long[] {1, SIDE, SIDE});
        boolean rows = batch.rank() == 2 && batch.size(1) == AREA;
        if (!images && !rows) {
            throw new IllegalArgumentException(
                    "a batch of shape "
                            + Arrays.toString(batch.shape())
                            + ", [n, 1, 28, 28] or [n, 784] expected");
        }
        INDArray values = batch.castTo(DataType.FLOAT).mul(scale / 255).addi(shift);
        return predictions(predictor.output(values.dup('c').data().asFloat()), (int) batch.size(0));
    }

    /**
     * Classifies the digit on an image of any size, dark on light or light on dark; the largest if
     * there are several. An image of 28x28 pixels with a black border (a stroke may touch it) is in
     * MNIST's form and classified as it is.
     *
     * @throws IllegalArgumentException if there is no digit on it
     */
    public Prediction classify(BufferedImage image) {
        byte[] mnist = GrayImages.asMnist(image);
        if (mnist != null) {
            return classify(mnist);
        }
        return read(image).stream()
                .max(Comparator.comparingInt(r -> r.box.width * r.box.height))
                .orElseThrow(() -> new IllegalArgumentException("there is no digit on the image"))
                .prediction();
    }

    /**
     * As above, from a stream of a PNG, JPEG, GIF, BMP, TIFF or WebP file, which is read to its end
     * and not closed.
     *
     * @throws IOException if it is not an image or is damaged
     * @throws IllegalArgumentException if there is no digit on it
     */
    public Prediction classify(InputStream file) throws IOException {
        return classify(ImageLoader.read(Memory.read(file, STREAM), STREAM).image());
    }

    /**
     * What the network's convolutions make of an image in MNIST's form: for people who want to look
     * on. Takes far longer than a prediction.
     *
     * @param pixels as {@link #classify(byte[])} takes them
     * @return one for each convolution, the first first; none of a network without
     * @throws IllegalArgumentException for another length
     */
    public List<FeatureMaps> featureMaps(byte[] pixels) {
        check(pixels.length, AREA);
        float[] values = new float[AREA];
        for (int p = 0; p < AREA; p++) {
            values[p] = normalized[pixels[p] & 0xFF];
        }
        synchronized (network) { // its layers keep what they were given last
            return FeatureMaps.of(network, values);
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

    private static void check(int length, int expected) {
        if (length != expected) {
            throw new IllegalArgumentException(
                    length + " values, " + expected + " for an image of 28x28 expected");
        }
    }

    /**
     * A digit on an image.
     *
     * @param box its place in pixels of the image
     * @param line 0 for the top line
     * @param pixels what the network saw: 28 * 28 bytes in MNIST's form
     * @param prediction what the network said
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Reading(Rectangle box, int line, byte[] pixels, Prediction prediction) {
        /** The same digit on an image enlarged by this factor. */
        public Reading times(int factor) {
            return new Reading(
                    new Rectangle(
                            box.x * factor,
                            box.y * factor,
                            box.width * factor,
                            box.height * factor),
                    line,
                    pixels,
                    prediction);
        }
    }

    /**
     * Reads every digit on a photo or screenshot of any size, dark on light or light on dark, line
     * by line from left to right; empty if there is none. See {@link DigitFinder}.
     */
    public List<Reading> read(BufferedImage image) {
        return GrayImages.found(finder, image).stream().map(DigitClassifier::reading).toList();
    }

    private static Reading reading(DigitFinder.Found found) {
        byte[] pixels = new byte[AREA];
        for (int i = 0; i < AREA; i++) {
            pixels[i] = (byte) Math.round(255 * found.pixels()[i]);
        }
        return new Reading(
                new Rectangle(found.x(), found.y(), found.width(), found.height()),
                found.line(),
                pixels,
                Prediction.of(found.probabilities()));
    }

    /**
     * Answers the finder. A network without an eleventh output takes for "not a digit" what it is
     * unsure of.
     */
    private float[] recognize(float[] images) {
        float[] values = new float[images.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = images[i] * scale + shift;
        }
        int count = images.length / AREA;
        float[] all = predictor.output(values);
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

    /**
     * As above, from a stream of a PNG, JPEG, GIF, BMP, TIFF or WebP file, turned upright by its
     * EXIF orientation. The stream is read to its end, not closed.
     *
     * @throws IOException if it is not an image or is damaged
     */
    public List<Reading> read(InputStream file) throws IOException {
        return read(Memory.read(file, STREAM), STREAM);
    }

    /**
     * As above, from a file's content.
     *
     * @throws IOException if it is not an image or is damaged
     */
    public List<Reading> read(byte[] file) throws IOException {
        return read(file, "the image");
    }

    private List<Reading> read(byte[] file, String name) throws IOException {
        ImageLoader.Picture picture = ImageLoader.read(file, name);
        return read(picture.image()).stream().map(r -> r.times(picture.reduction())).toList();
    }

    /** Frees native memory. Calls in progress finish normally. */
    @Override
    public void close() {
        predictor.close();
    }
}
