package io.github.mnist4j.lite.finder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Connected ink: pixels that touch, corners included.
 *
 * @param labels width * height: 0 for paper, else the number of its component
 * @param boxes by number from 1 on: left, top, right and bottom (both outside), pixels
 */
@SuppressWarnings("ArrayRecordComponent")
record Components(int width, int height, int[] labels, List<int[]> boxes) {
    static Components of(boolean[] binary, int width, int height) {
        int[] labels = new int[binary.length];
        int[] parent = new int[1024];
        int n = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int i = y * width + x;
                if (!binary[i]) {
                    continue;
                }
                int label = 0;
                if (x > 0 && labels[i - 1] > 0) {
                    label = labels[i - 1];
                }
                if (y > 0) {
                    for (int dx = -1; dx <= 1; dx++) {
                        int ax = x + dx;
                        int above = ax < 0 || ax >= width ? 0 : labels[i - width + dx];
                        if (above > 0) {
                            label = label == 0 ? above : union(parent, label, above);
                        }
                    }
                }
                if (label == 0) {
                    label = ++n;
                    if (n == parent.length) {
                        parent = Arrays.copyOf(parent, 2 * n);
                    }
                    parent[n] = n;
                }
                labels[i] = label;
            }
        }
        int[] number = new int[n + 1];
        var boxes = new ArrayList<int[]>();
        boxes.add(null);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int i = y * width + x;
                if (labels[i] == 0) {
                    continue;
                }
                int root = root(parent, labels[i]);
                if (number[root] == 0) {
                    number[root] = boxes.size();
                    boxes.add(new int[] {x, y, x + 1, y + 1, 0});
                }
                labels[i] = number[root];
                int[] box = boxes.get(number[root]);
                box[0] = Math.min(box[0], x);
                box[2] = Math.max(box[2], x + 1);
                box[3] = y + 1;
                box[4]++;
            }
        }
        return new Components(width, height, labels, boxes);
    }

    int count() {
        return boxes.size() - 1;
    }

    private static int root(int[] parent, int i) {
        int at = i;
        while (parent[at] != at) {
            parent[at] = parent[parent[at]];
            at = parent[at];
        }
        return at;
    }

    private static int union(int[] parent, int a, int b) {
        int ra = root(parent, a);
        int rb = root(parent, b);
        int least = Math.min(ra, rb);
        parent[ra] = least;
        parent[rb] = least;
        return least;
    }
}
