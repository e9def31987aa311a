package io.github.mnist4j.lite.finder;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Brings the ink of one digit to MNIST's conventions: its longer side 20 pixels, its center of mass
 * in the middle of 28x28, its strokes about as wide as MNIST's.
 */
public final class Normalizer {
    /** Height and width of what comes out. */
    public static final int SIDE = 28;

    private static final int BOX = 20;

    /** From this value on, 0 to 1, a pixel counts when the ink's bounds are taken. */
    private static final float BOUND = 0.16f;

    /** MNIST's strokes, in pixels of its box: narrower ones are thickened, wider ones thinned. */
    private static final double THINNEST = 1.9;

    private static final double THICKEST = 3.8;

    /** Longer side on which stroke widths are measured and changed: four pixels to one of MNIST. */
    private static final int FINE = 4 * BOX;

    /** From this longer side on the shape alone says everything, and widths may be changed. */
    private static final int LARGE = 36;

    private Normalizer() {}

    /**
     * The ink of one digit as a network wants it.
     *
     * @param ink width * height values, row by row, 0 (paper) to 1 (ink)
     * @return 28 * 28 values, 0 to 1; all 0 if there is no ink
     */
    public static float[] normalized(float[] ink, int width, int height) {
        return normalized(ink, width, height, true);
    }

    /**
     * As above, with or without a change of the strokes' width.
     *
     * @param strokes whether strokes far from MNIST's width are brought nearer to it
     */
    public static float[] normalized(float[] ink, int width, int height, boolean strokes) {
        int left = width;
        int right = -1;
        int top = height;
        int bottom = -1;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                if (ink[y * width + x] > BOUND) {
                    left = Math.min(left, x);
                    right = Math.max(right, x);
                    top = Math.min(top, y);
                    bottom = y;
                }
            }
        }
        float[] out = new float[SIDE * SIDE];
        if (right < 0) {
            return out;
        }
        int w = right - left + 1;
        int h = bottom - top + 1;
        float[] tight = new float[w * h];
        for (int y = 0; y < h; y++) {
            System.arraycopy(ink, (y + top) * width + left, tight, y * w, w);
        }
        if (strokes && Math.max(w, h) > LARGE) {
            double scale = (double) FINE / Math.max(w, h);
            int fw = Math.max(1, (int) Math.round(w * scale));
            int fh = Math.max(1, (int) Math.round(h * scale));
            float[] fine = restroked(resized(tight, w, h, fw, fh), fw, fh);
            if (fine != null) {
                // its bounds have changed
                return normalized(fine, fw + 2 * MARGIN, fh + 2 * MARGIN, false);
            }
        }
        double scale = (double) BOX / Math.max(w, h);
        int sw = Math.max(1, (int) Math.round(w * scale));
        int sh = Math.max(1, (int) Math.round(h * scale));
        float[] small = resized(tight, w, h, sw, sh);
        float most = 1e-6f;
        double mass = 0;
        double mx = 0;
        double my = 0;
        for (int i = 0; i < small.length; i++) {
            most = Math.max(most, small[i]);
            mass += small[i];
            mx += (double) small[i] * (i % sw);
            int row = i / sw;
            my += (double) small[i] * row;
        }
        int dx = within(SIDE / 2.0 - mx / mass, SIDE - sw);
        int dy = within(SIDE / 2.0 - my / mass, SIDE - sh);
        for (int y = 0; y < sh; y++) {
            for (int x = 0; x < sw; x++) {
                out[(y + dy) * SIDE + x + dx] = Math.min(1, small[y * sw + x] / most);
            }
        }
        return out;
    }

    private static int within(double shift, int most) {
        return (int) Math.max(0, Math.min(most, Math.round(shift)));
    }

    private static final int MARGIN = 8;
    private static final float DIAGONAL = 1.4142f;

    /** The same with strokes of MNIST's width and a margin around; null if they have it. */
    private static float @Nullable [] restroked(float[] ink, int width, int height) {
        int w = width + 2 * MARGIN;
        int h = height + 2 * MARGIN;
        boolean[] inside = new boolean[w * h];
        float most = 0;
        for (float v : ink) {
            most = Math.max(most, v);
        }
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                inside[(y + MARGIN) * w + x + MARGIN] = ink[y * width + x] > most / 2;
            }
        }
        float[] in = distances(inside, w, h, false);
        double ridge = 0;
        int ridges = 0;
        for (int y = 1; y < h - 1; y++) {
            for (int x = 1; x < w - 1; x++) {
                int i = y * w + x;
                float v = in[i];
                if (v > 0
                        && ((v >= in[i - 1] && v >= in[i + 1])
                                || (v >= in[i - w] && v >= in[i + w]))) {
                    ridge += v;
                    ridges++;
                }
            }
        }
        if (ridges == 0) {
            return null;
        }
        double stroke = Math.max(1, 2 * ridge / ridges - 0.5) * BOX / FINE;
        double wanted = Math.min(THICKEST, Math.max(THINNEST, stroke));
        double change = (wanted - stroke) * FINE / BOX / 2;
        if (Math.abs(change) < 0.5) {
            return null;
        }
        change = Math.max(-MARGIN, Math.min(MARGIN - 1, change));
        float[] out = distances(inside, w, h, true);
        float[] changed = new float[w * h];
        for (int i = 0; i < changed.length; i++) {
            double toEdge = inside[i] ? in[i] - 0.5 : 0.5 - out[i];
            changed[i] = (float) Math.max(0, Math.min(1, toEdge + change + 0.5));
        }
        return changed;
    }

    /**
     * Distance of each pixel inside (or outside) from the nearest that is not; chamfer 1, 1.4. The
     * outermost pixels are paper, and as far away as can be.
     */
    private static float[] distances(boolean[] inside, int w, int h, boolean outside) {
        float far = w + h;
        float[] d = new float[w * h];
        for (int i = 0; i < d.length; i++) {
            d[i] = inside[i] != outside ? far : 0;
        }
        for (int y = 1; y < h - 1; y++) {
            for (int i = y * w + 1; i < (y + 1) * w - 1; i++) {
                if (d[i] > 0) {
                    d[i] = nearer(d, i, -1, -w);
                }
            }
        }
        for (int y = h - 2; y > 0; y--) {
            for (int i = (y + 1) * w - 2; i > y * w; i--) {
                if (d[i] > 0) {
                    d[i] = nearer(d, i, 1, w);
                }
            }
        }
        return d;
    }

    /** By way of the four neighbors that a pass has been at. */
    private static float nearer(float[] d, int i, int beside, int row) {
        float straight = Math.min(d[i + beside], d[i + row]) + 1;
        float slanted = Math.min(d[i + row - 1], d[i + row + 1]) + DIAGONAL;
        return Math.min(d[i], Math.min(straight, slanted));
    }

    /** Mean over each new pixel's area where it shrinks, linear interpolation where it grows. */
    static float[] resized(float[] from, int w, int h, int toW, int toH) {
        if (w == toW && h == toH) {
            return from.clone();
        }
        float[] rows = new float[toW * h];
        along(from, w, h, 1, w, rows, toW, 1, toW);
        float[] out = new float[toW * toH];
        along(rows, h, toW, toW, 1, out, toH, toW, 1);
        return out;
    }

    /** One direction: n values a step apart, in lines a stride apart, to m values. */
    private static void along(
            float[] from,
            int n,
            int lines,
            int step,
            int stride,
            float[] to,
            int m,
            int toStep,
            int toStride) {
        double scale = (double) n / m;
        double reach = Math.max(1, scale);
        for (int j = 0; j < m; j++) {
            double center = (j + 0.5) * scale - 0.5;
            int first;
            int last;
            float[] weights;
            if (scale > 1) {
                double a = j * scale;
                double b = a + scale;
                first = (int) Math.floor(a);
                last = Math.min(n - 1, (int) Math.ceil(b) - 1);
                weights = new float[last - first + 1];
                for (int i = first; i <= last; i++) {
                    weights[i - first] = (float) ((Math.min(b, i + 1) - Math.max(a, i)) / reach);
                }
            } else {
                double at = Math.max(0, Math.min(n - 1, center));
                first = (int) at;
                last = Math.min(n - 1, first + 1);
                weights = new float[last - first + 1];
                weights[0] = (float) (1 - (at - first));
                if (last > first) {
                    weights[1] = (float) (at - first);
                } else {
                    Arrays.fill(weights, 1);
                }
            }
            for (int line = 0; line < lines; line++) {
                float sum = 0;
                for (int i = first; i <= last; i++) {
                    sum += weights[i - first] * from[line * stride + i * step];
                }
                to[line * toStride + j * toStep] = sum;
            }
        }
    }
}
