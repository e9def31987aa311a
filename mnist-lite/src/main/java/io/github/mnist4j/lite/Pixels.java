package io.github.mnist4j.lite;

import io.github.mnist4j.lite.finder.Gray;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Images in MNIST's form, 28x28 pixels of light ink on dark paper, checked and laid out for a
 * network: what the implementations of {@link DigitReader} share.
 */
public final class Pixels {
    /** Height and width of an image. */
    public static final int SIDE = 28;

    /** Pixels of an image. */
    public static final int AREA = SIDE * SIDE;

    /** Up to here a pixel on the border may be noise. */
    private static final int NOISE = 8;

    private Pixels() {}

    /**
     * Checks a list that {@link DigitReader#classifyAllPixels} was given.
     *
     * @param images of 784 bytes each
     * @throws IllegalArgumentException if one has another length
     */
    public static void check(List<byte[]> images) {
        Objects.requireNonNull(images, "images");
        for (int i = 0; i < images.size(); i++) {
            check(required(images.get(i), i).length);
        }
    }

    /**
     * As one array.
     *
     * @param images of 784 bytes each, 0 (paper) to 255 (ink)
     * @return n * 784 values, 0 to 1
     * @throws IllegalArgumentException if one has another length
     */
    public static float[] ofBytes(List<byte[]> images) {
        check(images);
        float[] values = new float[images.size() * AREA];
        for (int i = 0; i < images.size(); i++) {
            byte[] image = images.get(i);
            for (int p = 0; p < AREA; p++) {
                values[i * AREA + p] = (image[p] & 0xFF) / 255f;
            }
        }
        return values;
    }

    /**
     * As one array.
     *
     * @param images of 784 values each, 0 (paper) to 1 (ink)
     * @return n * 784 values
     * @throws IllegalArgumentException if one has another length, or a value is outside 0 to 1
     */
    public static float[] ofFloats(List<float[]> images) {
        Objects.requireNonNull(images, "images");
        float[] values = new float[images.size() * AREA];
        for (int i = 0; i < images.size(); i++) {
            float[] image = required(images.get(i), i);
            check(image.length);
            for (int p = 0; p < AREA; p++) {
                if (!(image[p] >= 0 && image[p] <= 1)) {
                    throw new IllegalArgumentException(
                            "value " + image[p] + " at " + p + ", 0 (paper) to 1 (ink) expected");
                }
            }
            System.arraycopy(image, 0, values, i * AREA, AREA);
        }
        return values;
    }

    /** The 28 rows of an image one behind the other. */
    static float[] flat(float[][] rows) {
        if (rows.length != SIDE) {
            throw new IllegalArgumentException(rows.length + " rows, 28 of 28 values expected");
        }
        float[] image = new float[AREA];
        for (int y = 0; y < SIDE; y++) {
            float[] row = Objects.requireNonNull(rows[y], "a row of the image");
            if (row.length != SIDE) {
                throw new IllegalArgumentException(
                        row.length + " values in row " + y + ", 28 rows of 28 values expected");
            }
            System.arraycopy(row, 0, image, y * SIDE, SIDE);
        }
        return image;
    }

    private static <T> T required(@Nullable T image, int index) {
        if (image == null) {
            throw new NullPointerException("images[" + index + "]");
        }
        return image;
    }

    static void check(int length) {
        if (length != AREA) {
            throw new IllegalArgumentException(
                    length + " values, 784 for an image of 28x28 pixels expected");
        }
    }

    /** The pixels of an image that is in MNIST's form already, else null. */
    static byte @Nullable [] asMnist(int width, int height, int[] argb) {
        if (width != SIDE || height != SIDE) {
            return null;
        }
        int[] values = new int[AREA];
        for (int i = 0; i < AREA; i++) {
            int rgb = argb[i];
            if (rgb >>> 24 != 255) {
                return null;
            }
            values[i] =
                    ((rgb >> 16 & 0xFF) * 299 + (rgb >> 8 & 0xFF) * 587 + (rgb & 0xFF) * 114 + 500)
                            / 1000;
        }
        return asMnist(values);
    }

    /** The same of an image in shades of gray. */
    static byte @Nullable [] asMnist(Gray image) {
        if (image.width() != SIDE || image.height() != SIDE) {
            return null;
        }
        int[] values = new int[AREA];
        for (int i = 0; i < AREA; i++) {
            values[i] = Math.round(Math.max(0, Math.min(255, image.values()[i])));
        }
        return asMnist(values);
    }

    private static byte @Nullable [] asMnist(int[] values) {
        byte[] pixels = new byte[AREA];
        int inkOnBorder = 0;
        for (int i = 0; i < AREA; i++) {
            int x = i % SIDE;
            int y = i / SIDE;
            boolean border = x == 0 || y == 0 || x == SIDE - 1 || y == SIDE - 1;
            inkOnBorder += border && values[i] > NOISE ? 1 : 0;
            pixels[i] = (byte) values[i];
        }
        // a stroke may end there
        return inkOnBorder <= SIDE / 2 ? pixels : null;
    }
}
