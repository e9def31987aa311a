package io.github.mnist4j.lite.finder;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ink that may be one digit: components, or what lies between two cuts of one.
 *
 * @param parts at least one
 */
record Segment(List<Part> parts, int left, int top, int right, int bottom) {
    /**
     * A component, or the slice of it whose x - slope * y lies between two values.
     *
     * @param label in {@link Components}
     */
    record Part(int label, double slope, double from, double to) {
        static Part of(int label, double slope, double from, double to) {
            boolean slice = from > Double.NEGATIVE_INFINITY || to < Double.POSITIVE_INFINITY;
            return new Part(label, slice ? slope : 0, from, to);
        }

        boolean isSlice() {
            return from > Double.NEGATIVE_INFINITY || to < Double.POSITIVE_INFINITY;
        }

        boolean holds(int x, int y) {
            double at = x - slope * y;
            return at >= from && at < to;
        }
    }

    /** A whole component. */
    static Segment of(Components components, int label) {
        int[] box = components.boxes().get(label);
        return new Segment(
                List.of(new Part(label, 0, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY)),
                box[0],
                box[1],
                box[2],
                box[3]);
    }

    /** A slice of a component; null if there is no ink in it. */
    static @Nullable Segment slice(Components components, Part part) {
        int[] box = components.boxes().get(part.label);
        int left = Integer.MAX_VALUE;
        int right = -1;
        int top = Integer.MAX_VALUE;
        int bottom = -1;
        for (int y = box[1]; y < box[3]; y++) {
            for (int x = box[0]; x < box[2]; x++) {
                if (components.labels()[y * components.width() + x] == part.label
                        && part.holds(x, y)) {
                    left = Math.min(left, x);
                    right = Math.max(right, x);
                    top = Math.min(top, y);
                    bottom = y;
                }
            }
        }
        return right < 0 ? null : new Segment(List.of(part), left, top, right + 1, bottom + 1);
    }

    /** Whether it is one component, uncut. */
    boolean isWhole() {
        return parts.size() == 1 && !parts.get(0).isSlice();
    }

    Segment and(Segment other) {
        var all = new ArrayList<Part>(parts);
        for (Part part : other.parts) {
            Part last = all.get(all.size() - 1);
            boolean next = last.label == part.label && last.isSlice() && last.to == part.from;
            if (next) {
                // two neighboring slices are one, and all of them the component
                all.set(all.size() - 1, Part.of(part.label, last.slope, last.from, part.to));
            } else {
                all.add(part);
            }
        }
        return new Segment(
                List.copyOf(all),
                Math.min(left, other.left),
                Math.min(top, other.top),
                Math.max(right, other.right),
                Math.max(bottom, other.bottom));
    }

    int width() {
        return right - left;
    }

    int height() {
        return bottom - top;
    }

    int longer() {
        return Math.max(width(), height());
    }

    double centerX() {
        return (left + right) / 2.0;
    }

    double centerY() {
        return (top + bottom) / 2.0;
    }

    /** Its ink alone, with the soft edge that the threshold cut off. */
    float[] normalized(Ink ink, Components components) {
        int w = width() + 4;
        int h = height() + 4;
        boolean[] own = new boolean[w * h];
        int pixels = 0;
        double sum = 0;
        for (int y = 2; y < h - 2; y++) {
            for (int x = 2; x < w - 2; x++) {
                int px = left + x - 2;
                int py = top + y - 2;
                int label = components.labels()[py * ink.width() + px];
                if (label == 0) {
                    continue;
                }
                for (Part part : parts) {
                    if (part.label == label && part.holds(px, py)) {
                        own[y * w + x] = true;
                        sum += ink.values()[py * ink.width() + px];
                        pixels++;
                    }
                }
            }
        }
        float full = (float) (1.1 * sum / Math.max(1, pixels));
        float[] cut = new float[w * h];
        for (int y = 1; y < h - 1; y++) {
            for (int x = 1; x < w - 1; x++) {
                int i = y * w + x;
                int px = left + x - 2;
                int py = top + y - 2;
                boolean near =
                        own[i]
                                || own[i - 1]
                                || own[i + 1]
                                || own[i - w]
                                || own[i + w]
                                || own[i - w - 1]
                                || own[i - w + 1]
                                || own[i + w - 1]
                                || own[i + w + 1];
                boolean inside = px >= 0 && py >= 0 && px < ink.width() && py < ink.height();
                if (near && inside) {
                    cut[i] = Math.min(1, ink.values()[py * ink.width() + px] / full);
                }
            }
        }
        return Normalizer.normalized(cut, w, h);
    }
}
