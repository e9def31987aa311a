package io.github.mnist4j.train.reader;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The fifteen corruptions of MNIST-C (Mu and Gilmer 2019), by their published definitions and
 * severities, drawn anew: the same kinds of damage, not the same random numbers.
 */
enum MnistC {
    SHOT_NOISE("shot noise") {
        @Override
        void apply(float[] x, SplittableRandom random) {
            for (int i = 0; i < AREA; i++) {
                x[i] = poisson(3 * x[i], random) / 3f;
            }
        }
    },
    IMPULSE_NOISE("impulse noise") {
        @Override
        void apply(float[] x, SplittableRandom random) {
            for (int i = 0; i < AREA; i++) {
                if (random.nextDouble() < 0.17) {
                    x[i] = random.nextInt(2);
                }
            }
        }
    },
    GLASS_BLUR("glass blur") {
        @Override
        void apply(float[] x, SplittableRandom random) {
            blur(x, 0.7);
            for (int pass = 0; pass < 2; pass++) {
                for (int row = SIDE - 1; row > 1; row--) {
                    for (int column = SIDE - 1; column > 1; column--) {
                        if (random.nextBoolean()) {
                            int to = (row - random.nextInt(2)) * SIDE + column - random.nextInt(2);
                            float swapped = x[to];
                            x[to] = x[row * SIDE + column];
                            x[row * SIDE + column] = swapped;
                        }
                    }
                }
            }
            blur(x, 0.7);
        }
    },
    MOTION_BLUR("motion blur") {
        @Override
        void apply(float[] x, SplittableRandom random) {
            // one half of a bell, along the way that the camera went
            int radius = 10;
            double sigma = 3;
            double angle = Math.toRadians(random.nextDouble(-45, 45));
            float[] from = x.clone();
            Arrays.fill(x, 0);
            double all = 0;
            for (int step = 0; step <= 2 * radius; step++) {
                double weight = Math.exp(-step * step / (2 * sigma * sigma));
                all += weight;
                int dx = (int) Math.ceil(step * Math.cos(angle) - 0.5);
                int dy = (int) Math.ceil(step * Math.sin(angle) - 0.5);
                for (int i = 0; i < AREA; i++) {
                    int px = Math.max(0, Math.min(SIDE - 1, i % SIDE + dx));
                    int py = Math.max(0, Math.min(SIDE - 1, i / SIDE + dy));
                    x[i] += (float) (weight * from[py * SIDE + px]);
                }
            }
            for (int i = 0; i < AREA; i++) {
                x[i] /= (float) all;
            }
        }
    },
    SHEAR("shear") {
        @Override
        void apply(float[] x, SplittableRandom random) {
            double c = 0.4 * sign(random);
            warp(x, 1, -Math.sin(c), 0, Math.cos(c));
        }
    },
    SCALE("scale") {
        @Override
        void apply(float[] x, SplittableRandom random) {
            warp(x, 1 / 0.7, 0, 0, 1 / 0.7);
        }
    },
    ROTATE("rotate") {
        @Override
        void apply(float[] x, SplittableRandom random) {
            double c = 0.4 * sign(random);
            warp(x, Math.cos(c), -Math.sin(c), Math.sin(c), Math.cos(c));
        }
    },
    BRIGHTNESS("brightness") {
        @Override
        void apply(float[] x, SplittableRandom random) {
            for (int i = 0; i < AREA; i++) {
                x[i] += 0.5f;
            }
        }
    },
    TRANSLATE("translate") {
        @Override
        void apply(float[] x, SplittableRandom random) {
            int dx = 3 * sign(random);
            int dy = 3 * sign(random);
            float[] from = x.clone();
            for (int i = 0; i < AREA; i++) {
                int px = i % SIDE + dx;
                int py = i / SIDE + dy;
                boolean inside = px >= 0 && py >= 0 && px < SIDE && py < SIDE;
                x[i] = inside ? from[py * SIDE + px] : 0;
            }
        }
    },
    STRIPE("stripe") {
        @Override
        void apply(float[] x, SplittableRandom random) {
            for (int i = 0; i < AREA; i++) {
                int column = i % SIDE;
                x[i] = column < 7 || column >= 21 ? 1 - x[i] : x[i];
            }
        }
    },
    FOG("fog") {
        @Override
        void apply(float[] x, SplittableRandom random) {
            float[] fog = plasma(random);
            float most = 0;
            for (float v : x) {
                most = Math.max(most, v);
            }
            for (int i = 0; i < AREA; i++) {
                int row = i / SIDE;
                x[i] = (x[i] + 3 * fog[row * PLASMA + i % SIDE]) * most / (most + 3);
            }
        }
    },
    SPATTER("spatter") {
        @Override
        void apply(float[] x, SplittableRandom random) {
            float[] mud = new float[AREA];
            for (int i = 0; i < AREA; i++) {
                mud[i] = (float) (0.65 + 0.3 * random.nextGaussian());
            }
            blur(mud, 1);
            for (int i = 0; i < AREA; i++) {
                mud[i] = mud[i] > 0.65f ? 1 : 0;
            }
            blur(mud, 1.5);
            for (int i = 0; i < AREA; i++) {
                float m = mud[i] < 0.8f ? 0 : mud[i];
                x[i] = x[i] * (1 - m) + 63 / 255f * m;
            }
        }
    },
    DOTTED_LINE("dotted line") {
        @Override
        void apply(float[] x, SplittableRandom random) {
            float[] line = line(0, random.nextInt(27), 27, random.nextInt(27));
            for (int i = 0; i < AREA; i++) {
                x[i] += i % SIDE % 4 < 2 ? 0 : line[i];
            }
        }
    },
    ZIGZAG("zigzag") {
        @Override
        void apply(float[] x, SplittableRandom random) {
            double reach = 2;
            int from = 2;
            int row = random.nextInt(27);
            double theta = Math.atan((random.nextInt(10) - 5) / 23.0);
            double length = 23 / Math.cos(theta);
            int turns = (int) Math.floor((length - reach) / (2 * reach)) + 1;
            double[][] points = new double[turns + 2][];
            points[0] = new double[2];
            for (int i = 0; i < turns; i++) {
                double side = i % 2 == 0 ? reach : -reach;
                points[i + 1] = new double[] {(2 * i + 1) * reach, side};
            }
            double last = 2 * reach * Math.floor(length / (2 * reach));
            int n = turns + 1;
            if (length != last) {
                points[n++] = new double[] {length, points[turns][1] / (2 * (length - last))};
            }
            for (int i = 1; i < n; i++) {
                double[] a = turned(points[i - 1], theta, from, row);
                double[] b = turned(points[i], theta, from, row);
                float[] line = line(a[0], a[1], b[0], b[1]);
                for (int p = 0; p < AREA; p++) {
                    x[p] = Math.min(1, x[p] + line[p]);
                }
            }
        }
    },
    CANNY_EDGES("canny edges") {
        @Override
        void apply(float[] x, SplittableRandom random) {
            canny(x);
        }
    };

    private static final int SIDE = 28;
    private static final int AREA = SIDE * SIDE;

    /** Side of the map that fog is cut from. */
    private static final int PLASMA = 256;

    /** As a table has it. */
    final String title;

    MnistC(String title) {
        this.title = title;
    }

    abstract void apply(float[] x, SplittableRandom random);

    /**
     * A corrupted image.
     *
     * @param pixels 28 * 28, 0 (paper) to 255 (ink)
     * @param random fixes what is left to chance
     * @return 28 * 28 values, 0 to 1
     */
    float[] of(byte[] pixels, SplittableRandom random) {
        float[] x = new float[AREA];
        for (int i = 0; i < AREA; i++) {
            x[i] = (pixels[i] & 0xFF) / 255f;
        }
        apply(x, random);
        for (int i = 0; i < AREA; i++) {
            x[i] = Math.max(0, Math.min(1, x[i]));
        }
        return x;
    }

    private static int sign(SplittableRandom random) {
        return random.nextBoolean() ? 1 : -1;
    }

    /** By multiplying uniform numbers (Knuth): the mean is 3 at most. */
    private static int poisson(double mean, SplittableRandom random) {
        double limit = Math.exp(-mean);
        int n = 0;
        for (double p = random.nextDouble(); p > limit; p *= random.nextDouble()) {
            n++;
        }
        return n;
    }

    /** Gaussian blur; outside of the image its border goes on. */
    private static void blur(float[] x, double sigma) {
        int reach = (int) (4 * sigma + 0.5);
        double[] bell = new double[2 * reach + 1];
        double all = 0;
        for (int k = -reach; k <= reach; k++) {
            bell[k + reach] = Math.exp(-k * k / (2 * sigma * sigma));
            all += bell[k + reach];
        }
        for (int step : new int[] {1, SIDE}) {
            float[] from = x.clone();
            for (int i = 0; i < AREA; i++) {
                int at = step == 1 ? i % SIDE : i / SIDE;
                double sum = 0;
                for (int k = -reach; k <= reach; k++) {
                    int other = Math.max(0, Math.min(SIDE - 1, at + k));
                    sum += bell[k + reach] * from[i + (other - at) * step];
                }
                x[i] = (float) (sum / all);
            }
        }
    }

    /** Each pixel from where the matrix sends it, about the center; linear interpolation. */
    private static void warp(float[] x, double xx, double xy, double yx, double yy) {
        float[] from = x.clone();
        double center = (SIDE - 1) / 2.0;
        for (int i = 0; i < AREA; i++) {
            int row = i / SIDE;
            double dx = i % SIDE - center;
            double dy = row - center;
            double px = xx * dx + xy * dy + center;
            double py = yx * dx + yy * dy + center;
            int left = (int) Math.floor(px);
            int top = (int) Math.floor(py);
            double value = 0;
            for (int k = 0; k < 4; k++) {
                int u = left + k % 2;
                int v = top + k / 2;
                if (u >= 0 && v >= 0 && u < SIDE && v < SIDE) {
                    value += (1 - Math.abs(px - u)) * (1 - Math.abs(py - v)) * from[v * SIDE + u];
                }
            }
            x[i] = (float) value;
        }
    }

    private static double[] turned(double[] point, double theta, int dx, int dy) {
        return new double[] {
            Math.cos(theta) * point[0] - Math.sin(theta) * point[1] + dx,
            Math.sin(theta) * point[0] + Math.cos(theta) * point[1] + dy
        };
    }

    /** A soft line from left to right: log(1 - d / 2.3) + 1 at d pixels above or below it. */
    private static float[] line(double x0, double y0, double x1, double y1) {
        float[] line = new float[AREA];
        if (x0 == x1) {
            return line;
        }
        double slope = (y1 - y0) / (x1 - x0);
        for (int x = (int) Math.max(0, Math.floor(x0)); x < Math.min(SIDE, Math.ceil(x1)); x++) {
            for (int y = 0; y < SIDE; y++) {
                double apart = Math.abs(y - (slope * (x - x0) + y0));
                if (apart < 2.3) {
                    line[y * SIDE + x] = (float) Math.max(0, Math.log(1 - apart / 2.3) + 1);
                }
            }
        }
        return line;
    }

    /** A landscape by midpoint displacement on a torus, scaled to 0 to 1; 256 * 256 heights. */
    private static float[] plasma(SplittableRandom random) {
        double[] map = new double[PLASMA * PLASMA];
        double wibble = 100;
        for (int step = PLASMA; step >= 2; step /= 2) {
            int half = step / 2;
            for (int y = half; y < PLASMA; y += step) {
                for (int x = half; x < PLASMA; x += step) {
                    double sum =
                            height(map, x - half, y - half)
                                    + height(map, x + half, y - half)
                                    + height(map, x - half, y + half)
                                    + height(map, x + half, y + half);
                    map[y * PLASMA + x] = displaced(sum, wibble, random);
                }
            }
            for (int y = 0; y < PLASMA; y += half) {
                for (int x = y / half % 2 == 0 ? half : 0; x < PLASMA; x += step) {
                    double sum =
                            height(map, x - half, y)
                                    + height(map, x + half, y)
                                    + height(map, x, y - half)
                                    + height(map, x, y + half);
                    map[y * PLASMA + x] = displaced(sum, wibble, random);
                }
            }
            wibble /= 1.4;
        }
        double least = Arrays.stream(map).min().orElseThrow();
        double most = Arrays.stream(map).max().orElseThrow();
        float[] scaled = new float[map.length];
        for (int i = 0; i < map.length; i++) {
            scaled[i] = (float) ((map[i] - least) / (most - least));
        }
        return scaled;
    }

    private static double height(double[] map, int x, int y) {
        return map[Math.floorMod(y, PLASMA) * PLASMA + Math.floorMod(x, PLASMA)];
    }

    private static double displaced(double sum, double wibble, SplittableRandom random) {
        return sum / 4 + wibble * wibble * (2 * random.nextDouble() - 1);
    }

    /** Canny's edges (1986): sigma 1, thresholds 0.1 and 0.2 on Sobel's unscaled gradient. */
    private static void canny(float[] x) {
        blur(x, 1);
        double[] gx = new double[AREA];
        double[] gy = new double[AREA];
        double[] size = new double[AREA];
        for (int i = 0; i < AREA; i++) {
            int column = i % SIDE;
            int row = i / SIDE;
            if (column == 0 || row == 0 || column == SIDE - 1 || row == SIDE - 1) {
                continue;
            }
            gx[i] =
                    x[i - SIDE + 1]
                            + 2 * x[i + 1]
                            + x[i + SIDE + 1]
                            - x[i - SIDE - 1]
                            - 2 * x[i - 1]
                            - x[i + SIDE - 1];
            gy[i] =
                    x[i + SIDE - 1]
                            + 2 * x[i + SIDE]
                            + x[i + SIDE + 1]
                            - x[i - SIDE - 1]
                            - 2 * x[i - SIDE]
                            - x[i - SIDE + 1];
            size[i] = Math.hypot(gx[i], gy[i]);
        }
        int[] strength = new int[AREA];
        for (int i = 0; i < AREA; i++) {
            if (size[i] >= 0.1 && isRidge(size, gx[i], gy[i], i)) {
                strength[i] = size[i] >= 0.2 ? 2 : 1;
            }
        }
        // weak edges that a strong one goes on in
        boolean again = true;
        while (again) {
            again = false;
            for (int i = SIDE; i < AREA - SIDE; i++) {
                for (int k = 0; k < 9 && strength[i] == 1; k++) {
                    if (strength[i + (k / 3 - 1) * SIDE + k % 3 - 1] == 2) {
                        strength[i] = 2;
                        again = true;
                    }
                }
            }
        }
        for (int i = 0; i < AREA; i++) {
            x[i] = strength[i] == 2 ? 1 : 0;
        }
    }

    /** Whether the gradient is as large on neither side, along its own direction. */
    private static boolean isRidge(double[] size, double gx, double gy, int at) {
        boolean steep = Math.abs(gy) > Math.abs(gx);
        double part = steep ? Math.abs(gx / gy) : Math.abs(gy / gx);
        int straight = steep ? SIDE : 1;
        int slanted = gx * gy >= 0 ? SIDE + 1 : SIDE - 1;
        if (!steep && gx * gy < 0) {
            // to the right and up
            slanted = 1 - SIDE;
        }
        for (int side = -1; side <= 1; side += 2) {
            double other =
                    (1 - part) * size[at + side * straight] + part * size[at + side * slanted];
            if (size[at] < other) {
                return false;
            }
        }
        return true;
    }
}
