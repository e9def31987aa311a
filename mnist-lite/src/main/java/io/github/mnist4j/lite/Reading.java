package io.github.mnist4j.lite;

import io.github.mnist4j.lite.finder.DigitFinder;
import io.github.mnist4j.lite.finder.Gray;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A digit that was found on an image.
 *
 * @param box its place in pixels of the image
 * @param line 0 for the top line
 * @param pixels what the network saw: 28 * 28 bytes, row by row, 0 (paper) to 255 (ink). In and out
 *     go copies
 * @param prediction what the network said
 */
@SuppressWarnings("ArrayRecordComponent") // copied and compared by content below
public record Reading(Box box, int line, byte[] pixels, Prediction prediction) {
    /**
     * @throws IllegalArgumentException if the line is below 0 or there are not 784 pixels
     */
    public Reading {
        Objects.requireNonNull(box, "box");
        Objects.requireNonNull(pixels, "pixels");
        Objects.requireNonNull(prediction, "prediction");
        if (line < 0) {
            throw new IllegalArgumentException("line " + line + ", 0 or more expected");
        }
        Pixels.check(pixels.length);
        pixels = pixels.clone();
    }

    /**
     * What a reader answers for an image in color.
     *
     * @param argb width * height pixels, row by row: alpha, red, green, blue, 8 bits each
     * @throws IllegalArgumentException if the sizes do not fit each other
     */
    public static List<Reading> allOn(int width, int height, int[] argb, DigitFinder finder) {
        Gray.check(width, height, Objects.requireNonNull(argb, "argb").length);
        return finder.read(width, height, argb).stream().map(Reading::of).toList();
    }

    /** What a reader answers for an image in shades of gray. */
    public static List<Reading> allOn(Gray image, DigitFinder finder) {
        return finder.read(Objects.requireNonNull(image, "image")).stream()
                .map(Reading::of)
                .toList();
    }

    /** What a finder found, as a reader answers. */
    static Reading of(DigitFinder.Found found) {
        byte[] pixels = new byte[Pixels.AREA];
        for (int i = 0; i < Pixels.AREA; i++) {
            pixels[i] = (byte) Math.round(255 * found.pixels()[i]);
        }
        return new Reading(
                new Box(found.x(), found.y(), found.width(), found.height()),
                found.line(),
                pixels,
                Prediction.of(found.probabilities()));
    }

    @Override
    public byte[] pixels() {
        return pixels.clone();
    }

    /** The same digit on an image enlarged by this factor. */
    public Reading times(int factor) {
        return factor == 1 ? this : new Reading(box.times(factor), line, pixels, prediction);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Reading r
                && line == r.line
                && box.equals(r.box)
                && prediction.equals(r.prediction)
                && Arrays.equals(pixels, r.pixels);
    }

    @Override
    public int hashCode() {
        return Objects.hash(box, line, prediction, Arrays.hashCode(pixels));
    }

    /** Without the pixels. */
    @Override
    public String toString() {
        return "Reading[line=" + line + ", box=" + box + ", prediction=" + prediction + "]";
    }
}
