package io.github.mnist4j.lite.finder;

import java.util.Arrays;

/**
 * How much darker (or lighter) than its paper each pixel is.
 *
 * @param values width * height, 0 (paper) to 1
 * @param threshold from which value on a pixel is ink; above all of them if there is no ink
 */
@SuppressWarnings("ArrayRecordComponent")
record Ink(int width, int height, float[] values, float threshold) {
    /** Darker than the paper by half of this part of its brightness at least, or it is no ink. */
    private static final float FAINTEST = 0.11f;

    /** Side of the image on which the paper is estimated. */
    private static final int COARSE = 160;

    static boolean isLightOnDark(Gray gray) {
        int reach = Math.max(3, Math.min(gray.width(), gray.height()) / 3) | 1;
        float[] around = boxBlur(gray.values(), gray.width(), gray.height(), reach / 2);
        double cubes = 0;
        for (int i = 0; i < around.length; i++) {
            double d = gray.values()[i] - around[i];
            cubes += d * d * d;
        }
        return cubes > 0;
    }

    /** Whether the pixels along the border are, in the middle, darker than half of the range. */
    static boolean hasDarkBorder(Gray gray) {
        float[] all = gray.values().clone();
        Arrays.sort(all);
        float middle = (all[all.length / 100] + all[all.length - 1 - all.length / 100]) / 2;
        return border(gray) < middle;
    }

    private static float border(Gray gray) {
        int w = gray.width();
        int h = gray.height();
        float[] ring = new float[2 * (w + h)];
        int n = 0;
        for (int x = 0; x < w; x++) {
            ring[n++] = gray.values()[x];
            ring[n++] = gray.values()[(h - 1) * w + x];
        }
        for (int y = 0; y < h; y++) {
            ring[n++] = gray.values()[y * w];
            ring[n++] = gray.values()[y * w + w - 1];
        }
        Arrays.sort(ring);
        return ring[n / 2];
    }

    /**
     * Against the paper around each pixel, which may be shaded.
     *
     * @param dark dark on light
     */
    static Ink local(Gray dark) {
        int w = dark.width();
        int h = dark.height();
        int least = Math.min(w, h);
        double part = Math.min(1, (double) COARSE / least);
        int sw = Math.max(1, (int) Math.round(w * part));
        int sh = Math.max(1, (int) Math.round(h * part));
        float[] small = Normalizer.resized(dark.values(), w, h, sw, sh);
        int reach = Math.max(2, (int) (Math.min(sw, sh) / (least < 64 ? 4.0 : 8.0)));
        float[] paper = extreme(extreme(small, sw, sh, reach, true), sw, sh, reach, false);
        paper = boxBlur(paper, sw, sh, reach);
        float[] full = Normalizer.resized(paper, sw, sh, w, h);
        float[] ink = new float[full.length];
        for (int i = 0; i < ink.length; i++) {
            // shadow darkens ink and paper alike: by the paper's brightness
            ink[i] = Math.max(0, Math.min(1, (full[i] - dark.values()[i]) / Math.max(32, full[i])));
        }
        if (least > 60) {
            smooth(ink, w, h);
        }
        return of(w, h, ink);
    }

    /**
     * Against one paper for the whole image: its light side.
     *
     * @param dark dark on light
     */
    static Ink global(Gray dark) {
        float[] sorted = dark.values().clone();
        Arrays.sort(sorted);
        float darkest = sorted[sorted.length / 200];
        float lightest = sorted[sorted.length - 1 - sorted.length / 20];
        float range = Math.max(1, lightest - darkest);
        float[] ink = new float[dark.values().length];
        if (range > 255 * FAINTEST / 2) {
            for (int i = 0; i < ink.length; i++) {
                ink[i] = Math.max(0, Math.min(1, (lightest - dark.values()[i]) / range));
            }
        }
        return of(dark.width(), dark.height(), ink);
    }

    private static Ink of(int w, int h, float[] ink) {
        float contrast = otsu(ink);
        float threshold = contrast < FAINTEST / 2 ? 2 : Math.max(contrast * 0.9f, FAINTEST / 2);
        return new Ink(w, h, ink, threshold);
    }

    private static float otsu(float[] values) {
        int[] histogram = new int[256];
        double all = 0;
        for (float v : values) {
            int bin = Math.min(255, (int) (v * 255 + 0.5f));
            histogram[bin]++;
            all += bin;
        }
        double below = 0;
        long n = 0;
        double best = -1;
        int from = 0;
        int to = 0;
        for (int t = 0; t < 255; t++) {
            n += histogram[t];
            below += (double) t * histogram[t];
            long rest = values.length - n;
            if (n > 0 && rest > 0) {
                double d = below / n - (all - below) / rest;
                double between = d * d * n * rest;
                if (between > best * (1 + 1e-9)) {
                    best = between;
                    from = t;
                    to = t;
                } else if (between >= best * (1 - 1e-9)) {
                    // no values between the two sides: the middle of the gap
                    to = t;
                }
            }
        }
        return ((from + to) / 2f + 0.5f) / 255;
    }

    /** 1 2 1 in both directions. */
    private static void smooth(float[] v, int w, int h) {
        float[] row = new float[w];
        for (int y = 0; y < h; y++) {
            System.arraycopy(v, y * w, row, 0, w);
            for (int x = 0; x < w; x++) {
                v[y * w + x] =
                        (row[Math.max(0, x - 1)] + 2 * row[x] + row[Math.min(w - 1, x + 1)]) / 4;
            }
        }
        float[] above = Arrays.copyOfRange(v, 0, w);
        float[] here = new float[w];
        for (int y = 0; y < h; y++) {
            System.arraycopy(v, y * w, here, 0, w);
            int below = Math.min(h - 1, y + 1) * w;
            for (int x = 0; x < w; x++) {
                v[y * w + x] = (above[x] + 2 * here[x] + v[below + x]) / 4;
            }
            float[] old = above;
            above = here;
            here = old;
        }
    }

    /** Mean over squares of 2 * reach + 1, the border's values going on outside. */
    static float[] boxBlur(float[] v, int w, int h, int reach) {
        float[] rows = new float[v.length];
        for (int y = 0; y < h; y++) {
            blurLine(v, rows, y * w, 1, w, reach);
        }
        float[] out = new float[v.length];
        for (int x = 0; x < w; x++) {
            blurLine(rows, out, x, w, h, reach);
        }
        return out;
    }

    private static void blurLine(float[] v, float[] to, int at, int step, int n, int reach) {
        double sum = 0;
        for (int i = -reach; i <= reach; i++) {
            sum += v[at + Math.max(0, Math.min(n - 1, i)) * step];
        }
        for (int i = 0; i < n; i++) {
            to[at + i * step] = (float) (sum / (2 * reach + 1));
            sum += v[at + Math.min(n - 1, i + reach + 1) * step];
            sum -= v[at + Math.max(0, i - reach) * step];
        }
    }

    /** Greatest (least) value over squares of 2 * reach + 1. */
    private static float[] extreme(float[] v, int w, int h, int reach, boolean most) {
        float[] rows = new float[v.length];
        for (int y = 0; y < h; y++) {
            extremeLine(v, rows, y * w, 1, w, reach, most);
        }
        float[] out = new float[v.length];
        for (int x = 0; x < w; x++) {
            extremeLine(rows, out, x, w, h, reach, most);
        }
        return out;
    }

    /** By a queue of the candidates, each better than those after it. */
    private static void extremeLine(
            float[] v, float[] to, int at, int step, int n, int reach, boolean most) {
        int[] queue = new int[n];
        int head = 0;
        int tail = 0;
        for (int i = 0; i < n + reach; i++) {
            if (i < n) {
                float value = v[at + i * step];
                while (tail > head
                        && (most
                                ? v[at + queue[tail - 1] * step] <= value
                                : v[at + queue[tail - 1] * step] >= value)) {
                    tail--;
                }
                queue[tail++] = i;
            }
            int center = i - reach;
            if (center >= 0) {
                while (queue[head] < center - reach) {
                    head++;
                }
                to[at + center * step] = v[at + queue[head] * step];
            }
        }
    }
}
