package io.github.mnist4j.lite.finder;

import java.util.Objects;

/**
 * An image in shades of gray.
 *
 * @param width in pixels, 1 or more
 * @param height in pixels, 1 or more
 * @param values width * height, row by row, 0 (black) to 255 (white)
 */
@SuppressWarnings("ArrayRecordComponent")
public record Gray(int width, int height, float[] values) {
    /** Which part of a color is looked at. */
    public enum Channel {
        LUMINANCE,
        RED,
        GREEN,
        BLUE
    }

    /**
     * @throws IllegalArgumentException if the sizes do not fit each other
     */
    public Gray {
        check(width, height, Objects.requireNonNull(values, "values").length);
    }

    /**
     * Whether there is a value for each pixel.
     *
     * @throws IllegalArgumentException if the sizes do not fit each other
     */
    public static void check(int width, int height, int values) {
        if (width < 1 || height < 1 || (long) width * height != values) {
            throw new IllegalArgumentException(
                    values + " values for " + width + "x" + height + " pixels");
        }
    }

    /** {@link #of(int, int, int[], Channel)} by luminance. */
    public static Gray of(int width, int height, int[] argb) {
        return of(width, height, argb, Channel.LUMINANCE);
    }

    /**
     * From an image in color. A transparent one is laid on white paper if its ink is dark, on black
     * if it is light.
     *
     * @param argb width * height pixels, row by row: alpha, red, green, blue, 8 bits each
     */
    public static Gray of(int width, int height, int[] argb, Channel channel) {
        float[] values = new float[argb.length];
        double ink = 0;
        double cover = 0;
        boolean clear = false;
        for (int i = 0; i < argb.length; i++) {
            int alpha = argb[i] >>> 24;
            values[i] = of(argb[i], channel);
            ink += values[i] * alpha;
            cover += alpha;
            clear |= alpha < 255;
        }
        if (clear) {
            float paper = cover > 0 && ink / cover > 128 ? 0 : 255;
            for (int i = 0; i < argb.length; i++) {
                float alpha = (argb[i] >>> 24) / 255f;
                values[i] = alpha * values[i] + (1 - alpha) * paper;
            }
        }
        return new Gray(width, height, values);
    }

    private static float of(int rgb, Channel channel) {
        return switch (channel) {
            case LUMINANCE ->
                    (rgb >> 16 & 0xFF) * 0.299f
                            + (rgb >> 8 & 0xFF) * 0.587f
                            + (rgb & 0xFF) * 0.114f;
            case RED -> rgb >> 16 & 0xFF;
            case GREEN -> rgb >> 8 & 0xFF;
            case BLUE -> rgb & 0xFF;
        };
    }

    /** The same, smaller: each pixel the mean over what it stands for. */
    Gray resized(int toWidth, int toHeight) {
        return new Gray(
                toWidth, toHeight, Normalizer.resized(values, width, height, toWidth, toHeight));
    }

    /** A rectangle of it. */
    Gray cut(int x, int y, int w, int h) {
        float[] v = new float[w * h];
        for (int row = 0; row < h; row++) {
            System.arraycopy(values, (y + row) * width + x, v, row * w, w);
        }
        return new Gray(w, h, v);
    }

    /** The same, light on dark where it was dark on light. */
    Gray inverted() {
        float[] v = new float[values.length];
        for (int i = 0; i < v.length; i++) {
            v[i] = 255 - values[i];
        }
        return new Gray(width, height, v);
    }

    /**
     * Turned clockwise.
     *
     * @param quarters how often by 90 degrees, 0 to 3
     */
    Gray turned(int quarters) {
        Gray g = this;
        for (int q = 0; q < quarters; q++) {
            float[] v = new float[g.values.length];
            for (int y = 0; y < g.height; y++) {
                for (int x = 0; x < g.width; x++) {
                    v[x * g.height + g.height - 1 - y] = g.values[y * g.width + x];
                }
            }
            g = new Gray(/* width= */ g.height, /* height= */ g.width, v);
        }
        return g;
    }
}
