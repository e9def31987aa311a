package io.github.mnist4j.lite.finder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Images on an image: upright rectangles of one shade with something on them. */
final class Frames {
    /** Longest side on which they are looked for. */
    private static final int SIDE = 300;

    private Frames() {}

    /**
     * Left, top, right and bottom (both outside) of each, without its outermost pixels; the largest
     * first.
     */
    static List<int[]> of(Gray gray) {
        double scale = Math.min(1, (double) SIDE / Math.max(gray.width(), gray.height()));
        int w = Math.max(1, (int) Math.round(gray.width() * scale));
        int h = Math.max(1, (int) Math.round(gray.height() * scale));
        Gray small = gray.resized(w, h);
        float[] sorted = small.values().clone();
        Arrays.sort(sorted);
        float middle =
                (sorted[sorted.length / 50] + sorted[sorted.length - 1 - sorted.length / 50]) / 2;
        var frames = new ArrayList<int[]>();
        for (boolean dark : new boolean[] {true, false}) {
            boolean[] binary = new boolean[w * h];
            for (int i = 0; i < binary.length; i++) {
                binary[i] = small.values()[i] < middle == dark;
            }
            Components components = Components.of(binary, w, h);
            for (int c = 1; c <= components.count(); c++) {
                int[] box = trimmed(components, c);
                int bw = box[2] - box[0];
                int bh = box[3] - box[1];
                boolean sized =
                        bw >= 20 && bh >= 20 && bw * bh > 0.04 * w * h && bw * bh < 0.97 * w * h;
                if (sized
                        && components.boxes().get(c)[4] > 0.5 * bw * bh
                        && isFramed(components, c, box)
                        && standsOut(small, box, sorted)) {
                    double inset = 1 / scale + 1;
                    int left = (int) Math.ceil(box[0] / scale + inset);
                    int top = (int) Math.ceil(box[1] / scale + inset);
                    int right = (int) Math.floor(box[2] / scale - inset);
                    int bottom = (int) Math.floor(box[3] / scale - inset);
                    if (right - left >= 10 && bottom - top >= 10) {
                        frames.add(new int[] {left, top, right, bottom});
                    }
                }
            }
        }
        frames.sort((a, b) -> area(b) - area(a));
        return frames;
    }

    private static int area(int[] box) {
        return (box[2] - box[0]) * (box[3] - box[1]);
    }

    /** Without what sticks out of it, such as the ticks of axes. */
    private static int[] trimmed(Components components, int c) {
        int[] box = components.boxes().get(c).clone();
        while (box[2] - box[0] > 20
                && own(components, c, box[0], box[1], box[0] + 1, box[3]) < 0.6) {
            box[0]++;
        }
        while (box[2] - box[0] > 20
                && own(components, c, box[2] - 1, box[1], box[2], box[3]) < 0.6) {
            box[2]--;
        }
        while (box[3] - box[1] > 20
                && own(components, c, box[0], box[1], box[2], box[1] + 1) < 0.6) {
            box[1]++;
        }
        while (box[3] - box[1] > 20
                && own(components, c, box[0], box[3] - 1, box[2], box[3]) < 0.6) {
            box[3]--;
        }
        return box;
    }

    /** Which part of a rectangle is the component's. */
    private static double own(
            Components components, int c, int left, int top, int right, int bottom) {
        int own = 0;
        for (int y = top; y < bottom; y++) {
            for (int x = left; x < right; x++) {
                own += components.labels()[y * components.width() + x] == c ? 1 : 0;
            }
        }
        return (double) own / ((right - left) * (bottom - top));
    }

    /** Whether the shade changes all along the box's edge, as it does not where a shadow falls. */
    private static boolean standsOut(Gray gray, int[] box, float[] sorted) {
        float range = sorted[sorted.length - 1 - sorted.length / 50] - sorted[sorted.length / 50];
        int changes = 0;
        int all = 0;
        for (int y = box[1]; y < box[3]; y++) {
            for (int side = 0; side < 2; side++) {
                int in = side == 0 ? box[0] + 1 : box[2] - 2;
                int out = side == 0 ? box[0] - 2 : box[2] + 1;
                if (out >= 0 && out < gray.width()) {
                    changes += differ(gray, in, y, out, y) > range / 2 ? 1 : 0;
                    all++;
                }
            }
        }
        for (int x = box[0]; x < box[2]; x++) {
            for (int side = 0; side < 2; side++) {
                int in = side == 0 ? box[1] + 1 : box[3] - 2;
                int out = side == 0 ? box[1] - 2 : box[3] + 1;
                if (out >= 0 && out < gray.height()) {
                    changes += differ(gray, x, in, x, out) > range / 2 ? 1 : 0;
                    all++;
                }
            }
        }
        return all > 0 && changes > 0.8 * all;
    }

    private static float differ(Gray gray, int x, int y, int otherX, int otherY) {
        return Math.abs(
                gray.values()[y * gray.width() + x]
                        - gray.values()[otherY * gray.width() + otherX]);
    }

    /** Whether nearly all of the box's second outermost pixels are the component's. */
    private static boolean isFramed(Components components, int c, int[] box) {
        double top = own(components, c, box[0], box[1] + 1, box[2], box[1] + 2);
        double bottom = own(components, c, box[0], box[3] - 2, box[2], box[3] - 1);
        double left = own(components, c, box[0] + 1, box[1], box[0] + 2, box[3]);
        double right = own(components, c, box[2] - 2, box[1], box[2] - 1, box[3]);
        return Math.min(Math.min(top, bottom), Math.min(left, right)) > 0.9;
    }
}
