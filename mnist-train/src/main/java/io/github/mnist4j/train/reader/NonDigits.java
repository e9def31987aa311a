package io.github.mnist4j.train.reader;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.PixelValues;
import io.github.mnist4j.data.synthetic.DigitGenerator;
import io.github.mnist4j.lite.finder.Normalizer;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * What is not a digit: letters and symbols, pieces and pairs of digits, lines, corners of boxes,
 * textures, noise, blanks.
 */
final class NonDigits {
    /** What a network is to learn from the shape; textures have none. */
    record Shape(float[] fine, Kind kind) {}

    enum Kind {
        /** To be distorted and spoiled as digits are. */
        SHAPE,
        /** Like a digit, so it is to be distorted but a little. */
        ALIKE,
        /** Not to be moved about at all. */
        TEXTURE
    }

    private final DigitSet digits;
    private final PrintedSigns printed;

    NonDigits(DigitSet digits, PrintedSigns printed) {
        this.digits = digits;
        this.printed = printed;
    }

    Shape draw(SplittableRandom random) {
        double which = random.nextDouble();
        if (which < 0.34 && printed.areThere()) {
            return random.nextInt(4) == 0
                    ? new Shape(printed.alike(random), Kind.ALIKE)
                    : new Shape(printed.sign(random), Kind.SHAPE);
        }
        if (which < 0.50) {
            String sign = DrawnSigns.NON_DIGITS[random.nextInt(DrawnSigns.NON_DIGITS.length)];
            byte[] drawn = DigitGenerator.draw(sign, random);
            return new Shape(FineImage.enlarged(drawn), Kind.SHAPE);
        }
        if (which < 0.63) {
            return new Shape(piece(random), Kind.SHAPE);
        }
        if (which < 0.81) {
            return new Shape(pair(random), Kind.SHAPE);
        }
        if (which < 0.89) {
            return new Shape(lines(random), Kind.SHAPE);
        }
        float[] texture = texture(random);
        return new Shape(texture, random.nextInt(4) == 0 ? Kind.SHAPE : Kind.TEXTURE);
    }

    /** A part of a digit, cut off straight; one that could be a digit itself is avoided. */
    private float[] piece(SplittableRandom random) {
        while (true) {
            int n = random.nextInt(digits.size());
            int label = digits.label(n);
            float[] fine = FineImage.enlarged(digits.pixels(n));
            double angle =
                    random.nextInt(3) > 0
                            ? 0.25 * FineImage.uniform(random)
                            : 2 * Math.PI * random.nextDouble();
            angle += random.nextBoolean() ? Math.PI : 0;
            double nx = Math.cos(angle);
            double ny = Math.sin(angle);
            double off =
                    (nx + ny) * FineImage.FINE / 2
                            + 0.2 * FineImage.FINE * FineImage.uniform(random);
            double all = 0;
            double kept = 0;
            for (int i = 0; i < fine.length; i++) {
                all += fine[i];
                int row = i / FineImage.FINE;
                if (nx * (i % FineImage.FINE) + ny * row > off) {
                    fine[i] = 0;
                }
                kept += fine[i];
            }
            // the rest of a 1 is a 1, most of a digit is the digit, and right sides are often 1s
            if (label != 1 && kept > 0.2 * all && kept < 0.62 * all) {
                float[] whole = Normalizer.normalized(fine, FineImage.FINE, FineImage.FINE, false);
                int[] extent = FineImage.extent(whole);
                if (extent[0] * 2.2 > extent[1]) {
                    return FineImage.enlarged(PixelValues.toBytes(whole));
                }
            }
        }
    }

    /** Two digits side by side, now and then one and a part of another, or three. */
    private float[] pair(SplittableRandom random) {
        while (true) {
            float[] fine = somePair(random);
            int[] extent = FineImage.extent(FineImage.halved(fine));
            if (extent[0] > 0.8 * extent[1]) {
                return fine;
            }
        }
    }

    private float[] somePair(SplittableRandom random) {
        int count = random.nextInt(6) == 0 ? 3 : 2;
        float[] wide = new float[3 * FineImage.FINE * FineImage.FINE];
        int width = 3 * FineImage.FINE;
        int edge = 0;
        for (int n = 0; n < count; n++) {
            float[] one = FineImage.enlarged(digits.pixels(random.nextInt(digits.size())));
            one = FineImage.affine(one, random, 0.5);
            int left = FineImage.FINE;
            int right = -1;
            for (int i = 0; i < one.length; i++) {
                if (one[i] > 0.3) {
                    left = Math.min(left, i % FineImage.FINE);
                    right = Math.max(right, i % FineImage.FINE);
                }
            }
            if (right < 0) {
                continue;
            }
            int gap = n == 0 ? 0 : (int) (FineImage.FINE * (0.12 * random.nextDouble() - 0.08));
            int to = Math.max(0, edge + gap);
            for (int y = 0; y < FineImage.FINE; y++) {
                for (int x = left; x <= right && to + x - left < width; x++) {
                    int i = y * width + to + x - left;
                    wide[i] = Math.max(wide[i], one[y * FineImage.FINE + x]);
                }
            }
            edge = to + right - left + 1;
        }
        return FineImage.enlarged(
                PixelValues.toBytes(Normalizer.normalized(wide, width, FineImage.FINE, false)));
    }

    /** Straight lines: corners, crossings, grids; a single one is a 1 and not among them. */
    private static float[] lines(SplittableRandom random) {
        while (true) {
            float[] fine = someLines(random);
            int[] extent = FineImage.extent(FineImage.halved(fine));
            if (extent[0] >= 6 && extent[0] > 0.75 * extent[1]) {
                return fine;
            }
        }
    }

    private static float[] someLines(SplittableRandom random) {
        float[] fine = new float[FineImage.FINE * FineImage.FINE];
        int count = 2 + random.nextInt(4);
        double base = random.nextInt(3) == 0 ? Math.PI * random.nextDouble() : 0;
        double width = 1 + 5 * random.nextDouble();
        for (int n = 0; n < count; n++) {
            double angle = base + (n % 2) * Math.PI / 2 + 0.05 * FineImage.uniform(random);
            double nx = Math.cos(angle);
            double ny = Math.sin(angle);
            double off =
                    (nx + ny) * FineImage.FINE / 2
                            + 0.35 * FineImage.FINE * FineImage.uniform(random);
            double from =
                    FineImage.FINE
                            * (random.nextDouble() < 0.5 ? -0.6 : 0.6 * FineImage.uniform(random));
            double to =
                    FineImage.FINE
                            * (random.nextDouble() < 0.5 ? 0.6 : 0.6 * FineImage.uniform(random));
            for (int i = 0; i < fine.length; i++) {
                double x = i % FineImage.FINE;
                int row = i / FineImage.FINE;
                double y = row;
                double along = -ny * (x - FineImage.FINE / 2) + nx * (y - FineImage.FINE / 2);
                if (along >= Math.min(from, to) - 2 && along <= Math.max(from, to) + 2) {
                    double away = Math.abs(nx * x + ny * y - off);
                    float v = (float) Math.max(0, Math.min(1, width / 2 - away + 0.5));
                    fine[i] = Math.max(fine[i], v);
                }
            }
        }
        return fine;
    }

    /** Blank, one gray, noise fine and coarse, shades, stripes, blots. */
    private static float[] texture(SplittableRandom random) {
        float[] fine = new float[FineImage.FINE * FineImage.FINE];
        float base = random.nextInt(2) * (float) random.nextDouble();
        Arrays.fill(fine, base);
        int kind = random.nextInt(7);
        if (kind == 1 || kind == 2) {
            for (int i = 0; i < fine.length; i++) {
                int cell = i / FineImage.FINE / 2 * 2 * FineImage.FINE + i % FineImage.FINE / 2 * 2;
                fine[i] = cell == i ? (float) random.nextDouble() : fine[cell];
            }
            if (kind == 2) {
                FineImage.blur(fine, FineImage.FINE, 1 + random.nextInt(20));
            }
        } else if (kind == 3) {
            float dx = (float) FineImage.uniform(random) / FineImage.FINE;
            float dy = (float) FineImage.uniform(random) / FineImage.FINE;
            for (int i = 0; i < fine.length; i++) {
                float shade =
                        0.5f
                                + dx * (i % FineImage.FINE - FineImage.FINE / 2)
                                + dy * (i / FineImage.FINE - FineImage.FINE / 2);
                fine[i] = Math.max(0, Math.min(1, shade));
            }
        } else if (kind == 4) {
            double angle = Math.PI * random.nextDouble();
            double wave = 2 * Math.PI / (4 + 20 * random.nextDouble());
            for (int i = 0; i < fine.length; i++) {
                int row = i / FineImage.FINE;
                double at = Math.cos(angle) * (i % FineImage.FINE) + Math.sin(angle) * row;
                fine[i] = (float) (0.5 + 0.5 * Math.sin(wave * at));
            }
        } else if (kind >= 5) {
            Arrays.fill(fine, 0);
            int blots = 1 + random.nextInt(5);
            for (int n = 0; n < blots; n++) {
                double cx = FineImage.FINE * (0.2 + 0.6 * random.nextDouble());
                double cy = FineImage.FINE * (0.2 + 0.6 * random.nextDouble());
                double rx = 2 + 16 * random.nextDouble();
                double ry = rx * Math.exp(0.5 * FineImage.uniform(random));
                for (int i = 0; i < fine.length; i++) {
                    double x = (i % FineImage.FINE - cx) / rx;
                    int row = i / FineImage.FINE;
                    double y = (row - cy) / ry;
                    double in = (1 - Math.sqrt(x * x + y * y)) * Math.min(rx, ry);
                    fine[i] = Math.max(fine[i], (float) Math.max(0, Math.min(1, in + 0.5)));
                }
            }
        }
        return fine;
    }
}
