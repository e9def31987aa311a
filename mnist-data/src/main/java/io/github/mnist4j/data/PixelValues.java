package io.github.mnist4j.data;

/**
 * Converts pixels between bytes, 0 (paper) to 255 (ink), and values, 0 to 1. Bytes are unsigned:
 * Java's -1 is 255.
 */
public final class PixelValues {
    private PixelValues() {}

    /**
     * A byte as a value, 0 to 1. Cast to float it is the float nearest to the quotient, as {@link
     * #toValues} gives it.
     */
    public static double toValue(byte pixel) {
        return (pixel & 0xFF) / 255.0;
    }

    /** Bytes as values, 0 to 1, in the same order. */
    public static float[] toValues(byte[] pixels) {
        float[] values = new float[pixels.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) toValue(pixels[i]);
        }
        return values;
    }

    /**
     * The byte nearest to a value. The inverse of {@link #toValue}.
     *
     * @param value 0 to 1; any other gives a byte without meaning
     */
    public static byte toByte(float value) {
        return (byte) Math.round(255 * value);
    }

    /**
     * The bytes nearest to values, in the same order.
     *
     * @param values 0 to 1 each
     */
    public static byte[] toBytes(float[] values) {
        byte[] pixels = new byte[values.length];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = toByte(values[i]);
        }
        return pixels;
    }
}
