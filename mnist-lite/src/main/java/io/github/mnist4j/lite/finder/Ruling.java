package io.github.mnist4j.lite.finder;

/** Thin straight lines that digits stand on or in: ruled and squared paper, boxes, axes. */
final class Ruling {
    private Ruling() {}

    /**
     * Takes out lines that cross the whole image, but not where a stroke crosses them.
     *
     * @return whether there were some
     */
    static boolean remove(boolean[] binary, int width, int height) {
        boolean any = false;
        for (boolean horizontal : new boolean[] {true, false}) {
            int along = horizontal ? width : height;
            if (along >= 100) {
                any |= remove(binary, width, height, horizontal, along / 3, 0.85 * along);
            }
        }
        return any;
    }

    /** Takes out the straight lines of boxes, grids and axes that other ink stands in. */
    static void removeBoxes(boolean[] binary, int width, int height) {
        Components components = Components.of(binary, width, height);
        for (int c = 1; c <= components.count(); c++) {
            int[] box = components.boxes().get(c);
            int w = box[2] - box[0];
            int h = box[3] - box[1];
            if (w < 20 || h < 20 || box[4] > 0.4 * w * h || !holdsOthers(components, c)) {
                continue;
            }
            boolean[] own = new boolean[w * h];
            for (int y = 0; y < h; y++) {
                for (int x = 0; x < w; x++) {
                    own[y * w + x] = components.labels()[(y + box[1]) * width + x + box[0]] == c;
                }
            }
            boolean[] across = runs(own, w, h, true, Math.max(15, 2 * w / 5));
            boolean[] down = runs(own, w, h, false, Math.max(15, 3 * h / 5));
            int straight = 0;
            for (int i = 0; i < own.length; i++) {
                straight += own[i] && (across[i] || down[i]) ? 1 : 0;
            }
            if (straight < 0.75 * box[4]) {
                continue;
            }
            for (int i = 0; i < own.length; i++) {
                if (own[i] && (across[i] || down[i])) {
                    binary[(i / w + box[1]) * width + i % w + box[0]] = false;
                }
            }
        }
    }

    /** Whether a component's box holds another one that is not dust. */
    private static boolean holdsOthers(Components components, int c) {
        int[] box = components.boxes().get(c);
        for (int other = 1; other <= components.count(); other++) {
            int[] o = components.boxes().get(other);
            if (other != c
                    && o[4] >= 20
                    && o[0] > box[0]
                    && o[1] > box[1]
                    && o[2] < box[2]
                    && o[3] < box[3]
                    && 6 * (o[3] - o[1]) > Math.min(box[2] - box[0], box[3] - box[1])) {
                return true;
            }
        }
        return false;
    }

    /**
     * Takes out straight lines of a length at least.
     *
     * @param run of ink without a gap, in pixels, that a line consists of
     * @param least length of a line that is taken out
     */
    static boolean remove(
            boolean[] binary, int width, int height, boolean horizontal, int run, double least) {
        int step = horizontal ? width : 1;
        int lines = horizontal ? height : width;
        boolean[] opened = runs(binary, width, height, horizontal, run);
        Components found = Components.of(opened, width, height);
        boolean[] ruling = new boolean[found.count() + 1];
        int widest = Math.max(12, height / 60);
        boolean any = false;
        for (int c = 1; c <= found.count(); c++) {
            int[] box = found.boxes().get(c);
            int extent = horizontal ? box[2] - box[0] : box[3] - box[1];
            ruling[c] = extent >= least && (double) box[4] / extent < widest;
            any |= ruling[c];
        }
        if (!any) {
            return false;
        }
        int[] labels = found.labels();
        boolean[] kept = binary.clone();
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int i = y * width + x;
                if (binary[i]
                        && ruling[labels[i]]
                        && !isCrossed(binary, labels, ruling, i, step, horizontal ? y : x, lines)) {
                    kept[i] = false;
                }
            }
        }
        System.arraycopy(kept, 0, binary, 0, binary.length);
        return true;
    }

    /** The pixels in runs of a length at least. */
    private static boolean[] runs(
            boolean[] binary, int width, int height, boolean horizontal, int run) {
        // a slanted line is thin in pieces only
        boolean[] thick = new boolean[binary.length];
        int slack = 2;
        int step = horizontal ? width : 1;
        int lines = horizontal ? height : width;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int i = y * width + x;
                if (binary[i]) {
                    int across = horizontal ? y : x;
                    for (int d = -Math.min(slack, across);
                            d <= Math.min(slack, lines - 1 - across);
                            d++) {
                        thick[i + d * step] = true;
                    }
                }
            }
        }
        boolean[] opened = new boolean[binary.length];
        int n = horizontal ? width : height;
        int next = horizontal ? 1 : width;
        for (int line = 0; line < lines; line++) {
            int at = line * step;
            int from = 0;
            for (int i = 0; i <= n; i++) {
                if (i == n || !thick[at + i * next]) {
                    if (i - from >= run) {
                        for (int k = from; k < i; k++) {
                            opened[at + k * next] = true;
                        }
                    }
                    from = i + 1;
                }
            }
        }
        return opened;
    }

    /** Whether a stroke goes on above or below the line (left or right of it). */
    private static boolean isCrossed(
            boolean[] binary,
            int[] labels,
            boolean[] ruling,
            int at,
            int step,
            int across,
            int lines) {
        for (int side = -1; side <= 1; side += 2) {
            int i = at;
            int a = across;
            while (a >= 0 && a < lines && ruling[labels[i]]) {
                a += side;
                i += side * step;
            }
            if (a >= 0 && a < lines && binary[i]) {
                return true;
            }
        }
        return false;
    }
}
