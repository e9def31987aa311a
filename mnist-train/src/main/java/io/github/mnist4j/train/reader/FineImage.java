package io.github.mnist4j.train.reader;

import java.util.SplittableRandom;

/** Images at twice the size of MNIST's, 0 to 1, on which shapes are moved with little loss. */
final class FineImage {
    static final int SIDE = 28;
    static final int FINE = 2 * SIDE;

    /** Side of the grid that USPS's and Semeion's digits lie on. */
    private static final int COARSE = 16;

    private static final double WIDENED = 2.2;

    private FineImage() {}

    /** 28x28 bytes to 56x56, linearly. */
    static float[] enlarged(byte[] pixels) {
        float[] fine = new float[FINE * FINE];
        for (int y = 0; y < FINE; y++) {
            float sy = Math.max(0, Math.min(SIDE - 1, y / 2f - 0.25f));
            for (int x = 0; x < FINE; x++) {
                float sx = Math.max(0, Math.min(SIDE - 1, x / 2f - 0.25f));
                int x0 = (int) sx;
                int y0 = (int) sy;
                int x1 = Math.min(SIDE - 1, x0 + 1);
                int y1 = Math.min(SIDE - 1, y0 + 1);
                float fx = sx - x0;
                float fy = sy - y0;
                fine[y * FINE + x] =
                        ((pixels[y0 * SIDE + x0] & 0xFF) * (1 - fx) * (1 - fy)
                                        + (pixels[y0 * SIDE + x1] & 0xFF) * fx * (1 - fy)
                                        + (pixels[y1 * SIDE + x0] & 0xFF) * (1 - fx) * fy
                                        + (pixels[y1 * SIDE + x1] & 0xFF) * fx * fy)
                                / 255;
            }
        }
        return fine;
    }

    static float[] halved(float[] fine) {
        float[] small = new float[SIDE * SIDE];
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                int i = 2 * y * FINE + 2 * x;
                small[y * SIDE + x] =
                        (fine[i] + fine[i + 1] + fine[i + FINE] + fine[i + FINE + 1]) / 4;
            }
        }
        return small;
    }

    /** Turned, sheared, of another width and height, moved; all the more the larger the part. */
    static float[] affine(float[] from, SplittableRandom random, double part) {
        double turn = random.nextInt(4) == 0 ? 40 : 15;
        double angle = Math.toRadians(part * turn * uniform(random));
        double shear = Math.tan(Math.toRadians(part * 15 * uniform(random)));
        double width = Math.exp(part * (0.35 * uniform(random)));
        double height = Math.exp(part * (0.2 * uniform(random)));
        double moveX = part * 0.08 * FINE * uniform(random);
        double moveY = part * 0.08 * FINE * uniform(random);
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        double a = cos / width;
        double b = (sin - shear * cos) / width;
        double c = -sin / height;
        double d = (cos + shear * sin) / height;
        double middle = (FINE - 1) / 2.0;
        float[] to = new float[FINE * FINE];
        for (int y = 0; y < FINE; y++) {
            double py = y - middle - moveY;
            for (int x = 0; x < FINE; x++) {
                double px = x - middle - moveX;
                double sx = a * px + b * py + middle;
                double sy = c * px + d * py + middle;
                if (sx > -1 && sy > -1 && sx < FINE && sy < FINE) {
                    to[y * FINE + x] = at(from, sx, sy);
                }
            }
        }
        return to;
    }

    /**
     * Stretched to a square, as Semeion's digits are and those of programs that resize the bounds
     * of the ink; half of them on a grid of 16x16, of grays or black and white. A narrow digit is
     * widened 2.2 times at most, so that a bar is never a block.
     */
    static float[] squared(float[] from, SplittableRandom random) {
        int left = FINE;
        int right = 0;
        int top = FINE;
        int bottom = 0;
        for (int i = 0; i < from.length; i++) {
            if (from[i] > 0.3) {
                left = Math.min(left, i % FINE);
                right = Math.max(right, i % FINE);
                top = Math.min(top, i / FINE);
                bottom = Math.max(bottom, i / FINE);
            }
        }
        double w = right - left + 1;
        double h = bottom - top + 1;
        if (w < 2 || h < 2) {
            return from;
        }
        double target = 40;
        double toH = target * Math.exp(0.15 * uniform(random));
        double toW = Math.min(target * Math.exp(0.15 * uniform(random)), w / h * toH * WIDENED);
        int cells = random.nextInt(2) == 0 ? COARSE : FINE;
        boolean hard = cells == COARSE && random.nextInt(3) > 0;
        float[] to = new float[FINE * FINE];
        for (int y = 0; y < FINE; y++) {
            for (int x = 0; x < FINE; x++) {
                // in parts of the box, of which a coarse grid has cells
                double u = (x + 0.5 - FINE / 2.0) / toW + 0.5;
                double v = (y + 0.5 - FINE / 2.0) / toH + 0.5;
                if (u < -0.1 || v < -0.1 || u > 1.1 || v > 1.1) {
                    continue;
                }
                if (cells == COARSE) {
                    u = (Math.floor(u * COARSE) + 0.5) / COARSE;
                    v = (Math.floor(v * COARSE) + 0.5) / COARSE;
                }
                float ink = at(from, left + u * w - 0.5, top + v * h - 0.5);
                to[y * FINE + x] = hard ? (ink > 0.5f ? 1 : 0) : ink;
            }
        }
        return to;
    }

    private static float at(float[] from, double sx, double sy) {
        int x0 = (int) Math.floor(sx);
        int y0 = (int) Math.floor(sy);
        float fx = (float) (sx - x0);
        float fy = (float) (sy - y0);
        if (x0 >= 0 && y0 >= 0 && x0 < FINE - 1 && y0 < FINE - 1) {
            int i = y0 * FINE + x0;
            float above = from[i] + fx * (from[i + 1] - from[i]);
            float below = from[i + FINE] + fx * (from[i + FINE + 1] - from[i + FINE]);
            return above + fy * (below - above);
        }
        return pixel(from, x0, y0) * (1 - fx) * (1 - fy)
                + pixel(from, x0 + 1, y0) * fx * (1 - fy)
                + pixel(from, x0, y0 + 1) * (1 - fx) * fy
                + pixel(from, x0 + 1, y0 + 1) * fx * fy;
    }

    private static float pixel(float[] from, int x, int y) {
        return x < 0 || y < 0 || x >= FINE || y >= FINE ? 0 : from[y * FINE + x];
    }

    /** -1 to 1. */
    static double uniform(SplittableRandom random) {
        return 2 * random.nextDouble() - 1;
    }

    /** Strokes up to two fine pixels wider on each side, or one narrower. */
    static void stroke(float[] fine, SplittableRandom random) {
        boolean wider = random.nextDouble() < 0.6;
        int times = wider ? 1 + random.nextInt(random.nextInt(4) == 0 ? 6 : 3) : 1;
        float share = wider ? 1 : 0.3f + 0.5f * (float) random.nextDouble();
        for (int n = 0; n < times; n++) {
            float[] old = fine.clone();
            for (int y = 1; y < FINE - 1; y++) {
                for (int x = 1; x < FINE - 1; x++) {
                    int i = y * FINE + x;
                    float v = old[i];
                    float best =
                            wider
                                    ? Math.max(
                                            Math.max(v, Math.max(old[i - 1], old[i + 1])),
                                            Math.max(old[i - FINE], old[i + FINE]))
                                    : Math.min(
                                            Math.min(v, Math.min(old[i - 1], old[i + 1])),
                                            Math.min(old[i - FINE], old[i + FINE]));
                    fine[i] = v + share * (best - v);
                }
            }
        }
    }

    static void blur(float[] image, int side, int times) {
        float[] row = new float[side];
        for (int n = 0; n < times; n++) {
            for (int direction = 0; direction < 2; direction++) {
                int step = direction == 0 ? 1 : side;
                int stride = direction == 0 ? side : 1;
                for (int line = 0; line < side; line++) {
                    for (int i = 0; i < side; i++) {
                        row[i] = image[line * stride + i * step];
                    }
                    for (int i = 0; i < side; i++) {
                        float before = i > 0 ? row[i - 1] : row[i];
                        float after = i < side - 1 ? row[i + 1] : row[i];
                        image[line * stride + i * step] = (before + 2 * row[i] + after) / 4;
                    }
                }
            }
        }
    }

    /** A straight line through an image, of this width. */
    static void cross(float[] image, int side, SplittableRandom random, double width) {
        double angle = Math.PI * random.nextDouble();
        double nx = Math.cos(angle);
        double ny = Math.sin(angle);
        double off = nx * side / 2 + ny * side / 2 + 0.4 * side * uniform(random);
        float ink = 0.4f + 0.6f * (float) random.nextDouble();
        for (int i = 0; i < image.length; i++) {
            int row = i / side;
            double from = Math.abs(nx * (i % side) + ny * row - off);
            float v = (float) Math.max(0, Math.min(1, width / 2 - from + 0.5)) * ink;
            image[i] = Math.max(image[i], v);
        }
    }

    static int[] extent(float[] image) {
        int left = SIDE;
        int right = 0;
        int top = SIDE;
        int bottom = 0;
        for (int i = 0; i < image.length; i++) {
            if (image[i] > 0.3) {
                left = Math.min(left, i % SIDE);
                right = Math.max(right, i % SIDE);
                top = Math.min(top, i / SIDE);
                bottom = Math.max(bottom, i / SIDE);
            }
        }
        return new int[] {right - left + 1, bottom - top + 1};
    }
}
