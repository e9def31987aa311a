package io.github.mnist4j.data;

import java.io.Serializable;
import org.nd4j.linalg.dataset.api.preprocessor.ImagePreProcessingScaler;

/**
 * From bytes to what a network reads: (pixel / 255 - mean) / standardDeviation.
 *
 * @param mean of pixel / 255, 0 to 1
 * @param standardDeviation of pixel / 255, above 0
 */
public record Normalization(double mean, double standardDeviation) implements Serializable {
    private static final long serialVersionUID = 1L;

    /** The figures that everybody uses for MNIST's training set. */
    public static final Normalization MNIST = new Normalization(0.1307, 0.3081);

    /** The same for Fashion-MNIST (Xiao et al. 2017). */
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
     * What {@link #toString} wrote: {@code 0.1307,0.3081}.
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

    /** Mean and standard deviation with a comma between them. */
    @Override
    public String toString() {
        return mean + "," + standardDeviation;
    }

    /**
     * Computed from all pixels of a set: the training split's, not the test set's.
     *
     * @throws IllegalArgumentException if the set is empty
     */
    public static Normalization of(DigitSet set) {
        if (set.size() == 0) {
            throw new IllegalArgumentException("no images to take mean and deviation of");
        }
        long[] histogram = new long[256];
        byte[] picture = new byte[set.rows() * set.columns()];
        for (int i = 0; i < set.size(); i++) {
            set.copyPixels(i, picture);
            for (byte b : picture) {
                histogram[b & 0xFF]++;
            }
        }
        double n = (double) set.size() * picture.length;
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
     * Normalizes one value.
     *
     * @param value of a pixel, 0 (paper) to 1 (ink)
     */
    public double apply(double value) {
        return (value - mean) / standardDeviation;
    }

    /**
     * The normalized value of each byte: 256 floats, that of byte {@code b} at {@code b & 0xFF}.
     */
    public float[] table() {
        float[] table = new float[256];
        for (int v = 0; v < 256; v++) {
            table[v] = (float) apply(PixelValues.toValue((byte) v));
        }
        return table;
    }

    /**
     * The factor of the same as a linear function, {@code value * scale() + shift()}, of values
     * from 0 to 1; for pixels from 0 to 255 it is {@code scale() / 255}. Rounding differs from
     * {@link #apply} in the last bits.
     */
    public double scale() {
        return 1 / standardDeviation;
    }

    /** The summand that goes with {@link #scale}: what paper becomes. */
    public double shift() {
        return apply(0);
    }

    /**
     * The same as a normaliser that DL4J saves in a model file and restores: it takes pixels of 0
     * to 255 in any shape.
     */
    public ImagePreProcessingScaler toDl4j() {
        return new ImagePreProcessingScaler(apply(0), apply(1), 8);
    }

    /** What {@link #toDl4j} made of it. */
    public static Normalization from(ImagePreProcessingScaler scaler) {
        double range = scaler.getMaxRange() - scaler.getMinRange();
        return new Normalization(-scaler.getMinRange() / range, 1 / range);
    }
}
