package io.github.mnist4j.data;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Labeled gray images in memory, one byte per pixel: all of MNIST takes 55 MB. Immutable, so
 * threads and subsets share it freely.
 */
public final class DigitSet {
    /** MNIST has ten classes. */
    public static final int CLASSES = 10;

    private final int rows;
    private final int columns;
    private final byte[] pixels;
    private final byte[] labels;

    /** Indices into {@link #pixels} of the images of this set, in order; null for all. */
    private final int @Nullable [] selection;

    /**
     * @param pixels labels.length * rows * columns bytes, 0 (paper) to 255 (ink); not copied
     * @param labels 0 to 9; not copied
     * @throws IllegalArgumentException if the lengths do not match
     */
    public DigitSet(int rows, int columns, byte[] pixels, byte[] labels) {
        this(rows, columns, pixels, labels, null);
        if (pixels.length != (long) rows * columns * labels.length) {
            throw new IllegalArgumentException(
                    pixels.length
                            + " bytes for "
                            + labels.length
                            + " images of "
                            + rows
                            + "x"
                            + columns);
        }
    }

    private DigitSet(
            int rows, int columns, byte[] pixels, byte[] labels, int @Nullable [] selection) {
        this.rows = rows;
        this.columns = columns;
        this.pixels = pixels;
        this.labels = labels;
        this.selection = selection;
    }

    /**
     * Makes a set from your own images.
     *
     * @param pixels labels.length * rows * columns bytes, 0 (paper) to 255 (ink), image by image,
     *     row by row; copied
     * @param labels 0 to 9; copied
     * @throws IllegalArgumentException if the lengths do not match or a label is out of range
     */
    public static DigitSet of(int rows, int columns, byte[] pixels, byte[] labels) {
        for (byte label : labels) {
            if (label < 0 || label >= CLASSES) {
                throw new IllegalArgumentException("label " + (label & 0xFF) + ", 0 to 9 expected");
            }
        }
        return new DigitSet(rows, columns, pixels.clone(), labels.clone());
    }

    /** Number of images. */
    public int size() {
        return selection == null ? labels.length : selection.length;
    }

    /** Height of each image in pixels. */
    public int rows() {
        return rows;
    }

    /** Width of each image in pixels. */
    public int columns() {
        return columns;
    }

    /** The digit that image {@code i} shows, 0 to 9. */
    public int label(int i) {
        return labels[at(i)];
    }

    /**
     * Copies image {@code i}, row by row, 0 (paper) to 255 (ink), to the first rows * columns bytes
     * of the array.
     */
    public void copyPixels(int i, byte[] into) {
        System.arraycopy(pixels, at(i) * rows * columns, into, 0, rows * columns);
    }

    /** A copy of image {@code i}, row by row, 0 (paper) to 255 (ink). */
    public byte[] pixels(int i) {
        byte[] copy = new byte[rows * columns];
        copyPixels(i, copy);
        return copy;
    }

    private int at(int i) {
        return selection == null ? i : selection[i];
    }

    /** The images with these indices, in this order, without copying them. */
    public DigitSet subset(int[] indices) {
        int[] chosen = new int[indices.length];
        for (int i = 0; i < chosen.length; i++) {
            chosen[i] = at(indices[i]);
        }
        return new DigitSet(rows, columns, pixels, labels, chosen);
    }

    /**
     * The first {@code n} images, or all if there are fewer.
     *
     * @throws IllegalArgumentException if {@code n} is negative
     */
    public DigitSet first(int n) {
        if (n < 0) {
            throw new IllegalArgumentException(n + " images, 0 or more expected");
        }
        int[] indices = new int[Math.min(n, size())];
        Arrays.setAll(indices, i -> i);
        return subset(indices);
    }

    /** The number of images of each digit, 0 to 9. */
    public int[] countByLabel() {
        int[] counts = new int[CLASSES];
        for (int i = 0; i < size(); i++) {
            counts[label(i)]++;
        }
        return counts;
    }

    /**
     * SHA-256 over size, images and labels in order: sets with the same digest train the same
     * model.
     */
    public String digest() {
        try {
            var sha = MessageDigest.getInstance("SHA-256");
            sha.update(
                    (size() + "x" + rows + "x" + columns)
                            .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            byte[] image = new byte[rows * columns];
            for (int i = 0; i < size(); i++) {
                copyPixels(i, image);
                sha.update(image);
                sha.update((byte) label(i));
            }
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
