package io.github.mnist4j.data;

import java.io.Serializable;
import org.nd4j.linalg.dataset.api.preprocessor.ImagePreProcessingScaler;

/**
 * Turns bytes into a network's input: (pixel / 255 - mean) / standardDeviation.
 *
 * @param mean of pixel / 255, 0 to 1
 * @param standardDeviation of pixel / 255, above 0
 */
public record Normalization(double mean, double standardDeviation) implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Mean and standard deviation of MNIST's training set, to four decimals. */
    public static final Normalization MNIST = new Normalization(0.1307, 0.3081);

    /** Those of Fashion-MNIST's training set (Xiao et al. 2017). */
    public static final Normalization FASHION_MNIST = new Normalization(0.2860, 0.3530);

    /**
     * @throws IllegalArgumentException if the mean is outside 0 to 1 or the standard deviation is
     *     not positive
     */
    public Normalization {
        if (!(mean >= 0 && mean <= 1)) {
            throw new IllegalArgumentException("mean " + mean + ", 0 to 1 expected");
        }
        if (!(standardDeviation > 0 && standardDeviation < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "standard deviation " + standardDeviation + ", more than 0 expected");
        }
    }

    /**
     * Parses what {@link #toString} writes: {@code 0.1307,0.3081}.
     *
     * @throws IllegalArgumentException if it is something else, or a value is out of range
     */
    public static Normalization parse(String text) {
        String[] parts = text.split(",", -1);
        if (parts.length == 2) {
            double mean;
            double standardDeviation;
            try {
                mean = Double.parseDouble(parts[0]);
                standardDeviation = Double.parseDouble(parts[1]);
            } catch (NumberFormatException e) {
                throw notTwoNumbers(text);
            }
            return new Normalization(mean, standardDeviation);
        }
        throw notTwoNumbers(text);
    }

    private static IllegalArgumentException notTwoNumbers(String text) {
        return new IllegalArgumentException(
                "'"
                        + text
                        + "' found, a mean and a standard deviation such as "
                        + MNIST
                        + " expected");
    }

    /** Mean and standard deviation, separated by a comma. */
    @Override
    public String toString() {
        return mean + "," + standardDeviation;
    }

    /**
     * Computes mean and standard deviation over all pixels of a set. Use the training split, not
     * the test set.
     *
     * @throws IllegalArgumentException if the set is empty
     */
    public static Normalization of(DigitSet set) {
        if (set.size() == 0) {
            throw new IllegalArgumentException("the set has no images");
        }
        long[] histogram = new long[256];
        byte[] image = new byte[set.rows() * set.columns()];
        for (int i = 0; i < set.size(); i++) {
            set.copyPixels(i, image);
            for (byte b : image) {
                histogram[b & 0xFF]++;
            }
        }
        double n = (double) set.size() * image.length;
        double sum = 0;
        double squares = 0;
        for (int v = 0; v < 256; v++) {
            double value = PixelValues.toValue((byte) v);
            sum += histogram[v] * value;
            squares += histogram[v] * value * value;
        }
        double mean = sum / n;
        double variance = squares / n - mean * mean;
        // a set of blank images has no spread; 1 leaves its values finite
        return new Normalization(mean, variance > 1e-12 ? Math.sqrt(variance) : 1);
    }

    /**
     * Normalizes a value.
     *
     * @param value of a pixel, 0 (paper) to 1 (ink)
     */
    public double apply(double value) {
        return (value - mean) / standardDeviation;
    }

    /** The normalized values of all 256 bytes; that of byte {@code b} is at {@code b & 0xFF}. */
    public float[] table() {
        float[] table = new float[256];
        for (int v = 0; v < 256; v++) {
            table[v] = (float) apply(PixelValues.toValue((byte) v));
        }
        return table;
    }

    /**
     * The factor of normalization as a linear function of a value from 0 to 1: {@code value *
     * scale() + shift()}. For a pixel from 0 to 255 the factor is {@code scale() / 255}. The result
     * may differ from {@link #apply} in the last bits.
     */
    public double scale() {
        return 1 / standardDeviation;
    }

    /** The summand that belongs to {@link #scale}: the normalized value of paper. */
    public double shift() {
        return apply(0);
    }

    /**
     * The equivalent DL4J normalizer, which DL4J saves in a model file and restores. It takes
     * pixels from 0 to 255 in any shape.
     */
    public ImagePreProcessingScaler toDl4j() {
        return new ImagePreProcessingScaler(apply(0), apply(1), 8);
    }

    /** The inverse of {@link #toDl4j}. */
    public static Normalization from(ImagePreProcessingScaler scaler) {
        double range = scaler.getMaxRange() - scaler.getMinRange();
        return new Normalization(-scaler.getMinRange() / range, 1 / range);
    }
}
