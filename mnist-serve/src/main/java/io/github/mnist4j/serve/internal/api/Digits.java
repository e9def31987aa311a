package io.github.mnist4j.serve.internal.api;

import io.github.mnist4j.data.io.IoErrors;
import io.github.mnist4j.data.photo.ImageLoader;
import io.github.mnist4j.data.photo.LoadedImage;
import io.github.mnist4j.lite.NoDigitException;
import io.github.mnist4j.lite.Prediction;
import io.github.mnist4j.lite.Reading;
import io.github.mnist4j.models.DigitClassifier;
import io.github.mnist4j.models.FeatureMaps;
import io.github.mnist4j.models.ModelCard;
import io.github.mnist4j.serve.internal.http.Problem;
import io.github.mnist4j.serve.internal.http.Traffic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The classifier as the service uses it: the one class that knows it. */
public final class Digits {
    static final int AREA = 28 * 28;

    /** Of an image that somebody uploads; {@code ./mnist predict} takes more. */
    static final long MOST_PIXELS = 20_000_000;

    private static final String NAME = "the image";

    private final DigitClassifier classifier;
    private final Traffic traffic;

    public Digits(DigitClassifier classifier, Traffic traffic) {
        this.classifier = classifier;
        this.traffic = traffic;
    }

    /**
     * What the network says of one digit.
     *
     * @param probabilities of the ten digits
     * @param isDigit the probability, 0 to 1, that it is one
     * @param unsure whether the answer should not be trusted
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Guess(
            int digit, float confidence, float[] probabilities, float isDigit, boolean unsure) {}

    /**
     * A digit on an image.
     *
     * @param line 0 for the top line
     * @param pixels what the network saw, 28 * 28 bytes
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Found(int line, int x, int y, int width, int height, byte[] pixels, Guess guess) {}

    /**
     * A whole image.
     *
     * @param width upright, in the file's pixels
     * @param height upright, in the file's pixels
     */
    record Page(int width, int height, List<Found> digits) {}

    ModelCard card() {
        return classifier.card();
    }

    double threshold() {
        return classifier.threshold();
    }

    private Guess guess(Prediction p) {
        boolean unsure = p.confidence() < threshold() || p.isDigit() < 0.5;
        traffic.digit(!unsure);
        return new Guess(p.digit(), p.confidence(), p.probabilities(), p.isDigit(), unsure);
    }

    /**
     * One image in MNIST's form.
     *
     * @param pixels 784 bytes, 0 (paper) to 255 (ink)
     */
    Guess classify(byte[] pixels) throws Problem {
        for (byte pixel : pixels) {
            if (pixel != 0) {
                return guess(classifier.classifyPixels(pixels));
            }
        }
        throw noDigit();
    }

    /**
     * A batch.
     *
     * @param pixels n * 784 values, 0 (paper) to 1 (ink)
     */
    List<Guess> classifyAll(float[] pixels) {
        var images = new ArrayList<float[]>();
        for (int at = 0; at < pixels.length; at += AREA) {
            images.add(Arrays.copyOfRange(pixels, at, at + AREA));
        }
        return classifier.classifyAllFloats(images).stream().map(this::guess).toList();
    }

    /** The largest digit on an image file. */
    Guess classifyImage(byte[] file) throws Problem {
        LoadedImage picture = picture(file);
        Prediction prediction;
        try {
            prediction = classifier.classifyImage(picture.image());
        } catch (NoDigitException e) {
            throw noDigit();
        }
        return guess(prediction);
    }

    /** Every digit on an image file. */
    Page read(byte[] file) throws Problem {
        LoadedImage picture = picture(file);
        int factor = picture.reduction();
        List<Found> found =
                classifier.readImage(picture.image()).stream()
                        .map(r -> found(r.times(factor)))
                        .toList();
        if (found.isEmpty()) {
            traffic.rejected();
        }
        return new Page(
                picture.image().getWidth() * factor, picture.image().getHeight() * factor, found);
    }

    private Found found(Reading r) {
        return new Found(
                r.line(),
                r.box().x(),
                r.box().y(),
                r.box().width(),
                r.box().height(),
                r.pixels(),
                guess(r.prediction()));
    }

    /** What the first convolutions make of an image in MNIST's form. */
    List<FeatureMaps> featureMaps(byte[] pixels) {
        return classifier.featureMaps(pixels);
    }

    private Problem noDigit() {
        traffic.rejected();
        return new Problem(422, "no digit: there is none on the image");
    }

    private static LoadedImage picture(byte[] file) throws Problem {
        if (!ImageLoader.isImage(file)) {
            throw new Problem(
                    415, "this is not an image that can be read (PNG, JPEG, GIF, BMP, TIFF, WebP)");
        }
        if (ImageLoader.pixels(file) > MOST_PIXELS) {
            throw new Problem(
                    413, "the image has more than " + MOST_PIXELS / 1_000_000 + " million pixels");
        }
        try {
            return ImageLoader.read(file, NAME, MOST_PIXELS);
        } catch (IOException e) {
            throw new Problem(IoErrors.isMachinesFault(e) ? 503 : 400, e.getMessage() + "");
        }
    }
}
