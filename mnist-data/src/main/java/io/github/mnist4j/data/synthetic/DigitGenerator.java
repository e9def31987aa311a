package io.github.mnist4j.data.synthetic;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Permutation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Draws handwritten-looking digits by MNIST's conventions: 28x28 pixels, ink 255 on paper 0,
 * anti-aliased strokes fitted into 20x20 with their proportions kept, the centre of mass in the
 * middle.
 *
 * <p>Each digit has several styles of writing, each a few strokes given by points on the unit
 * square. A digit is one of them with its points moved a little, curves laid through them, the
 * whole bent, widened, slanted and turned, and traced with a pen of some thickness, angle and
 * pressure. Image i depends on (seed, i) alone; images are drawn on all processors.
 */
public final class DigitGenerator {
    /** Of the digits that stand in for MNIST where it cannot be had. */
    public static final long DEFAULT_SEED = 20_261_124;

    private static final int SIDE = 28;
    private static final int BOX = 20;

    /** Points sampled between two neighbouring points of a style. */
    private static final int STEPS = 8;

    private final long seed;

    public DigitGenerator(long seed) {
        this.seed = seed;
    }

    /** Draws {@code count} digits in random order, every one of the ten about equally often. */
    public DigitSet generate(int count) {
        byte[] pixels = new byte[count * SIDE * SIDE];
        byte[] labels = new byte[count];
        IntStream.range(0, count)
                .parallel()
                .forEach(
                        i -> {
                            var random = new SplittableRandom(Permutation.seed(seed, i));
                            int digit = random.nextInt(DigitSet.CLASSES);
                            labels[i] = (byte) digit;
                            System.arraycopy(
                                    draw(digit, random), 0, pixels, i * SIDE * SIDE, SIDE * SIDE);
                        });
        return new DigitSet(SIDE, SIDE, pixels, labels);
    }

    /**
     * Draws one digit, 28x28 bytes row by row.
     *
     * @param digit 0 to 9
     */
    public byte[] draw(int digit, RandomGenerator random) {
        Style[] styles = STYLES[digit];
        return drawn(styles[pick(styles, random)], random);
    }

    /**
     * Draws any sign in a hand of the same kind, 28x28 bytes row by row.
     *
     * @param strokes points as {@code x,y} on the unit square, y downwards, parted by spaces;
     *     pieces of a stroke, which meet in a corner, parted by {@code |}; strokes by {@code ;}
     */
    public static byte[] draw(String strokes, RandomGenerator random) {
        return drawn(Style.of(1, strokes), random);
    }

    private static byte[] drawn(Style style, RandomGenerator random) {
        byte[] pixels = null;
        while (pixels == null) {
            List<Stroke> strokes = trace(style, random);
            bend(strokes, random);
            transform(strokes, random);
            pixels = render(strokes, new Pen(random));
        }
        return pixels;
    }

    /** A way to write a digit: strokes of pieces of points; pieces of a stroke meet in a corner. */
    private record Style(double weight, double[][][][] strokes) {

        /** Points as "x,y", pieces parted by "|", strokes by ";". */
        static Style of(double weight, String drawing) {
            double[][][][] strokes =
                    Arrays.stream(drawing.split(";"))
                            .map(
                                    stroke ->
                                            Arrays.stream(stroke.split("\\|"))
                                                    .map(
                                                            piece ->
                                                                    Arrays.stream(
                                                                                    piece.trim()
                                                                                            .split(
                                                                                                    "\\s+"))
                                                                            .map(
                                                                                    point ->
                                                                                            Arrays
                                                                                                    .stream(
                                                                                                            point
                                                                                                                    .split(
                                                                                                                            ","))
                                                                                                    .mapToDouble(
                                                                                                            Double
                                                                                                                    ::parseDouble)
                                                                                                    .toArray())
                                                                            .toArray(
                                                                                    double[][]
                                                                                            ::new))
                                                    .toArray(double[][][]::new))
                            .toArray(double[][][][]::new);
            return new Style(weight, strokes);
        }
    }

    private static int pick(Style[] styles, RandomGenerator random) {
        double total = 0;
        for (Style style : styles) {
            total += style.weight;
        }
        double at = random.nextDouble() * total;
        int i = 0;
        while (i < styles.length - 1 && (at -= styles[i].weight) >= 0) {
            i++;
        }
        return i;
    }

    /** A stroke as a chain of points. */
    private static final class Stroke {
        double[] x = new double[64];
        double[] y = new double[64];
        int size;

        void add(double px, double py) {
            if (size == x.length) {
                x = Arrays.copyOf(x, 2 * size);
                y = Arrays.copyOf(y, 2 * size);
            }
            x[size] = px;
            y[size++] = py;
        }
    }

    private static List<Stroke> trace(Style style, RandomGenerator random) {
        double jitter = 0.015 + 0.05 * random.nextDouble();
        var strokes = new ArrayList<Stroke>();
        for (double[][][] pieces : style.strokes) {
            var stroke = new Stroke();
            double moveX = style.strokes.length > 1 ? 0.03 * random.nextGaussian() : 0;
            double moveY = style.strokes.length > 1 ? 0.03 * random.nextGaussian() : 0;
            double[] corner = null;
            for (double[][] piece : pieces) {
                double[][] points = new double[piece.length][];
                for (int i = 0; i < piece.length; i++) {
                    points[i] =
                            new double[] {
                                piece[i][0] + moveX + jitter * random.nextGaussian(),
                                piece[i][1] + moveY + jitter * random.nextGaussian()
                            };
                }
                if (corner != null) {
                    points[0] = corner; // where the piece before it ended
                }
                spline(points, stroke);
                corner = points[points.length - 1];
            }
            strokes.add(stroke);
        }
        return strokes;
    }

    /** Catmull-Rom: a smooth curve through the points. */
    private static void spline(double[][] points, Stroke into) {
        int last = points.length - 1;
        if (last == 0) {
            into.add(points[0][0], points[0][1]);
        }
        for (int i = 0; i < last; i++) {
            double[] before = points[Math.max(0, i - 1)];
            double[] from = points[i];
            double[] to = points[i + 1];
            double[] after = points[Math.min(last, i + 2)];
            for (int s = i == 0 ? 0 : 1; s <= STEPS; s++) {
                double t = (double) s / STEPS;
                into.add(
                        catmullRom(before[0], from[0], to[0], after[0], t),
                        catmullRom(before[1], from[1], to[1], after[1], t));
            }
        }
    }

    private static double catmullRom(double a, double b, double c, double d, double t) {
        return 0.5
                * (2 * b
                        + t
                                * (c
                                        - a
                                        + t
                                                * (2 * a
                                                        - 5 * b
                                                        + 4 * c
                                                        - d
                                                        + t * (3 * (b - c) + d - a))));
    }

    /** A smooth elastic deformation: three waves of random direction, about one to a digit. */
    private static void bend(List<Stroke> strokes, RandomGenerator random) {
        for (int wave = 0; wave < 3; wave++) {
            double direction = random.nextDouble() * 2 * Math.PI;
            double frequency = 2 + 4 * random.nextDouble();
            double kx = Math.cos(direction) * frequency;
            double ky = Math.sin(direction) * frequency;
            double phase = random.nextDouble() * 2 * Math.PI;
            double ax = 0.03 * random.nextGaussian();
            double ay = 0.03 * random.nextGaussian();
            for (Stroke s : strokes) {
                for (int i = 0; i < s.size; i++) {
                    double w = Math.sin(kx * s.x[i] + ky * s.y[i] + phase);
                    s.x[i] += ax * w;
                    s.y[i] += ay * w;
                }
            }
        }
    }

    /** Width, slant and rotation. */
    private static void transform(List<Stroke> strokes, RandomGenerator random) {
        double width = 0.85 * Math.exp(0.27 * random.nextGaussian());
        double slant = 0.12 + 0.24 * random.nextGaussian();
        double angle = Math.toRadians(8 * random.nextGaussian());
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        for (Stroke s : strokes) {
            for (int i = 0; i < s.size; i++) {
                double y = s.y[i] - 0.5;
                double x = (s.x[i] - 0.5) * width - slant * y;
                s.x[i] = cos * x - sin * y;
                s.y[i] = sin * x + cos * y;
            }
        }
    }

    /** Radius of the ink along a stroke, in pixels. */
    private static final class Pen {
        final double radius;
        final double nib;
        final double nibAngle;
        final double pressure;
        final double pressurePhase;
        final double taper;

        /** Over how many pixels ink fades into paper. */
        final double edge;

        Pen(RandomGenerator random) {
            radius = Math.min(2.3, Math.max(0.6, 1.25 * Math.exp(0.3 * random.nextGaussian())));
            nib = 0.25 * random.nextDouble();
            nibAngle = Math.PI * random.nextDouble();
            pressure = 0.18 * random.nextDouble();
            pressurePhase = 2 * Math.PI * random.nextDouble();
            taper = random.nextDouble() < 0.3 ? 0.5 * random.nextDouble() : 0;
            edge = 0.9 + 0.7 * random.nextDouble();
        }

        double at(double along, double direction) {
            double end = Math.min(along, 1 - along) * 6;
            return radius
                    * (1 + nib * Math.cos(2 * (direction - nibAngle)))
                    * (1 + pressure * Math.sin(pressurePhase + 7 * along))
                    * (1 - taper * Math.max(0, 1 - end));
        }
    }

    /** Null for the odd digit whose ink would be pushed out of the image by centring it. */
    private static byte @Nullable [] render(List<Stroke> strokes, Pen pen) {
        double minX = Double.MAX_VALUE;
        double maxX = -Double.MAX_VALUE;
        double minY = Double.MAX_VALUE;
        double maxY = -Double.MAX_VALUE;
        for (Stroke s : strokes) {
            for (int i = 0; i < s.size; i++) {
                minX = Math.min(minX, s.x[i]);
                maxX = Math.max(maxX, s.x[i]);
                minY = Math.min(minY, s.y[i]);
                maxY = Math.max(maxY, s.y[i]);
            }
        }
        // the box holds the ink, not only the middle of the stroke
        double scale = (BOX - 2 * pen.radius) / Math.max(maxX - minX, maxY - minY);
        double toX = SIDE / 2.0 - scale * (minX + maxX) / 2 - 0.5;
        double toY = SIDE / 2.0 - scale * (minY + maxY) / 2 - 0.5;
        float[] ink = new float[SIDE * SIDE];
        for (Stroke s : strokes) {
            for (int i = 0; i + 1 < s.size || i == 0; i++) {
                int j = Math.min(i + 1, s.size - 1);
                double ax = s.x[i] * scale + toX;
                double ay = s.y[i] * scale + toY;
                double bx = s.x[j] * scale + toX;
                double by = s.y[j] * scale + toY;
                double r =
                        pen.at(s.size < 2 ? 0 : i / (s.size - 1.0), Math.atan2(by - ay, bx - ax));
                capsule(ink, ax, ay, bx, by, r, pen.edge);
            }
        }
        return centred(ink);
    }

    /** Ink for everything within r of the segment; overlaps do not add up. */
    private static void capsule(
            float[] ink, double ax, double ay, double bx, double by, double r, double edge) {
        double reach = r + edge;
        int left = Math.max(0, (int) Math.ceil(Math.min(ax, bx) - reach));
        int right = Math.min(SIDE - 1, (int) Math.floor(Math.max(ax, bx) + reach));
        int top = Math.max(0, (int) Math.ceil(Math.min(ay, by) - reach));
        int bottom = Math.min(SIDE - 1, (int) Math.floor(Math.max(ay, by) + reach));
        double dx = bx - ax;
        double dy = by - ay;
        double length = Math.max(1e-12, dx * dx + dy * dy);
        for (int y = top; y <= bottom; y++) {
            for (int x = left; x <= right; x++) {
                double t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length));
                double ex = x - ax - t * dx;
                double ey = y - ay - t * dy;
                double distance = Math.sqrt(ex * ex + ey * ey);
                float value = (float) Math.max(0, Math.min(1, (r - distance) / edge + 0.5));
                ink[y * SIDE + x] = Math.max(ink[y * SIDE + x], value);
            }
        }
    }

    /**
     * Moved by whole pixels so that the centre of mass comes to (14, 14), counting from 0, or
     * within half a pixel of it.
     */
    private static byte @Nullable [] centred(float[] ink) {
        double mass = 0;
        double mx = 0;
        double my = 0;
        for (int i = 0; i < ink.length; i++) {
            mass += ink[i];
            mx += ink[i] * (i % SIDE);
            int row = i / SIDE;
            my += ink[i] * row;
        }
        int dx = (int) Math.round(SIDE / 2.0 - mx / mass);
        int dy = (int) Math.round(SIDE / 2.0 - my / mass);
        int margin = (SIDE - BOX) / 2;
        if (Math.abs(dx) > margin || Math.abs(dy) > margin) {
            return null;
        }
        byte[] pixels = new byte[ink.length];
        for (int y = Math.max(0, -dy); y < Math.min(SIDE, SIDE - dy); y++) {
            for (int x = Math.max(0, -dx); x < Math.min(SIDE, SIDE - dx); x++) {
                pixels[(y + dy) * SIDE + x + dx] = (byte) Math.round(255 * ink[y * SIDE + x]);
            }
        }
        return pixels;
    }

    private static final Style[][] STYLES = {
        { // 0
            Style.of(
                    3,
                    "0.55,0.0 0.2,0.12 0.03,0.5 0.2,0.9 0.5,1.0 0.82,0.88 0.97,0.5 0.82,0.12 0.5,0.0"),
            Style.of(
                    3,
                    "0.7,0.08 0.35,0.02 0.08,0.3 0.05,0.7 0.35,1.0 0.75,0.92 0.97,0.6 0.9,0.2 0.6,0.02 0.4,0.1"),
            Style.of(
                    2, "0.45,0.05 0.1,0.3 0.1,0.75 0.45,1.0 0.85,0.8 0.92,0.35 0.65,0.05 0.5,0.03"),
            Style.of(
                    1,
                    "0.3,0.1 0.08,0.45 0.2,0.9 0.6,1.0 0.95,0.65 0.85,0.2 0.5,0.0 0.25,0.12 0.4,0.25"),
        },
        { // 1
            Style.of(6, "0.5,0.0 0.5,0.5 0.5,1.0"),
            Style.of(2, "0.25,0.22 0.4,0.12 0.55,0.0 | 0.55,0.0 0.54,0.5 0.53,1.0"),
            Style.of(
                    1,
                    "0.25,0.22 0.4,0.12 0.5,0.0 | 0.5,0.0 0.5,0.5 0.5,1.0; 0.15,1.0 0.5,1.0 0.85,0.99"),
            Style.of(1, "0.45,0.0 0.52,0.5 0.48,1.0"),
        },
        { // 2
            Style.of(
                    3,
                    "0.05,0.25 0.2,0.05 0.55,0.0 0.85,0.15 0.85,0.4 0.6,0.65 0.3,0.85 0.05,1.0 | "
                            + "0.05,1.0 0.5,0.97 0.97,0.97"),
            Style.of(
                    3,
                    "0.08,0.22 0.3,0.02 0.65,0.02 0.85,0.25 0.7,0.55 0.4,0.85 0.15,1.0 0.03,0.88 0.2,0.77 "
                            + "0.5,0.88 0.75,0.98 0.98,0.9"),
            Style.of(
                    2,
                    "0.1,0.12 0.5,0.02 0.85,0.1 0.8,0.35 0.45,0.7 0.08,0.98 | 0.08,0.98 0.5,0.92 0.9,1.0"),
            Style.of(
                    1,
                    "0.15,0.3 0.25,0.08 0.5,0.0 0.72,0.15 0.65,0.45 0.35,0.75 0.05,0.95 | "
                            + "0.05,0.95 0.4,0.85 0.7,0.95 1.0,0.85"),
            Style.of(
                    3,
                    "0.15,0.2 0.4,0.0 0.75,0.08 0.8,0.4 0.55,0.8 0.25,1.0 0.02,0.85 0.2,0.65 0.5,0.75 0.75,0.95 1.0,0.95"),
            Style.of(
                    2,
                    "0.1,0.35 0.3,0.05 0.6,0.0 0.7,0.3 0.45,0.75 0.15,0.98 0.08,0.75 0.5,0.75 1.1,0.8"),
            Style.of(
                    2,
                    "0.25,0.25 0.35,0.02 0.6,0.05 0.65,0.4 0.4,0.85 0.15,1.0 0.0,0.8 0.2,0.62 0.5,0.8 0.85,1.0 1.2,0.9"),
        },
        { // 3
            Style.of(
                    3,
                    "0.1,0.12 0.4,0.0 0.8,0.12 0.8,0.35 0.45,0.47 | 0.45,0.47 0.85,0.6 0.9,0.82 0.5,1.0 0.05,0.88"),
            Style.of(
                    3,
                    "0.1,0.15 0.45,0.0 0.8,0.15 0.75,0.38 0.45,0.5 0.4,0.48 0.75,0.55 0.92,0.75 0.7,0.97 0.35,1.0 "
                            + "0.05,0.88"),
            Style.of(
                    1,
                    "0.1,0.03 0.45,0.03 0.85,0.02 | 0.85,0.02 0.6,0.22 0.42,0.42 | "
                            + "0.42,0.42 0.8,0.5 0.92,0.75 0.6,1.0 0.1,0.92"),
            Style.of(
                    1,
                    "0.2,0.05 0.55,0.02 0.8,0.2 0.55,0.42 0.3,0.48 | 0.3,0.48 0.7,0.5 0.88,0.72 0.6,0.95 0.1,1.0"),
        },
        { // 4
            Style.of(
                    4,
                    "0.2,0.0 0.12,0.3 0.08,0.55 | 0.08,0.55 0.5,0.55 0.95,0.5; 0.75,0.0 0.72,0.5 0.7,1.0"),
            Style.of(
                    2,
                    "0.65,0.0 0.35,0.3 0.03,0.65 | 0.03,0.65 0.5,0.66 0.97,0.64; 0.68,0.0 0.67,0.5 0.66,1.0"),
            Style.of(3, "0.1,0.0 0.05,0.35 0.2,0.55 0.5,0.55 0.8,0.4; 0.85,0.0 0.8,0.5 0.75,1.0"),
            Style.of(
                    2,
                    "0.15,0.02 0.08,0.42 | 0.08,0.42 0.45,0.5 0.8,0.4 | 0.8,0.4 0.85,0.05 | 0.85,0.05 0.8,0.5 0.78,1.0"),
            Style.of(1, "0.3,0.05 0.1,0.5 | 0.1,0.5 0.5,0.48 0.9,0.45; 0.6,0.25 0.55,0.6 0.5,1.0"),
        },
        { // 5
            Style.of(
                    3,
                    "0.25,0.05 0.2,0.25 0.15,0.45 | 0.15,0.45 0.5,0.38 0.85,0.55 0.85,0.8 0.5,1.0 0.05,0.92; "
                            + "0.25,0.03 0.6,0.02 0.95,0.0"),
            Style.of(
                    3,
                    "0.9,0.02 0.55,0.03 0.28,0.05 | 0.28,0.05 0.2,0.25 0.15,0.42 | "
                            + "0.15,0.42 0.5,0.38 0.85,0.55 0.85,0.82 0.5,1.0 0.05,0.9"),
            Style.of(2, "0.9,0.05 0.5,0.03 0.25,0.2 0.35,0.42 0.7,0.58 0.8,0.8 0.5,0.98 0.1,0.93"),
            Style.of(
                    1,
                    "0.95,0.0 0.6,0.03 0.4,0.08 | 0.4,0.08 0.3,0.4 | 0.3,0.4 0.65,0.5 0.7,0.75 0.4,0.95 0.05,0.98"),
        },
        { // 6
            Style.of(
                    3,
                    "0.7,0.0 0.35,0.2 0.1,0.55 0.12,0.85 0.45,1.0 0.8,0.85 0.8,0.62 0.5,0.52 0.2,0.65 0.12,0.8"),
            Style.of(
                    3,
                    "0.5,0.0 0.25,0.35 0.08,0.7 0.2,0.97 0.6,0.98 0.85,0.78 0.7,0.58 0.35,0.6 0.12,0.78"),
            Style.of(
                    1,
                    "0.85,0.08 0.5,0.02 0.15,0.35 0.05,0.7 0.3,1.0 0.7,0.95 0.85,0.7 0.6,0.5 0.2,0.62 0.08,0.8"),
            Style.of(
                    1,
                    "0.3,0.0 0.12,0.4 0.08,0.75 0.3,1.0 0.65,0.95 0.8,0.75 0.6,0.6 0.3,0.72 0.2,0.9"),
            Style.of(
                    2,
                    "0.4,0.0 0.1,0.4 0.05,0.8 0.35,1.0 0.85,0.95 0.95,0.75 0.7,0.62 0.3,0.72 0.1,0.88"),
        },
        { // 7
            Style.of(4, "0.03,0.08 0.5,0.05 0.95,0.02 | 0.95,0.02 0.65,0.45 0.4,1.0"),
            Style.of(
                    2,
                    "0.03,0.08 0.5,0.05 0.95,0.02 | 0.95,0.02 0.65,0.45 0.45,1.0; 0.25,0.5 0.55,0.5 0.9,0.48"),
            Style.of(
                    2,
                    "0.05,0.25 0.07,0.05 | 0.07,0.05 0.5,0.05 0.95,0.03 | 0.95,0.03 0.7,0.4 0.5,1.0"),
            Style.of(2, "0.05,0.15 0.4,0.05 0.8,0.02 0.9,0.15 0.7,0.5 0.5,1.0"),
            Style.of(1, "0.0,0.18 0.2,0.02 0.55,0.1 0.95,0.0 | 0.95,0.0 0.65,0.5 0.5,1.0"),
            Style.of(1, "0.0,0.1 0.45,0.05 0.9,0.1 | 0.9,0.1 0.85,0.5 0.75,1.0"),
        },
        { // 8
            Style.of(
                    4,
                    "0.75,0.12 0.45,0.0 0.18,0.18 0.35,0.42 0.7,0.6 0.8,0.82 0.48,1.0 0.15,0.82 0.3,0.58 0.65,0.4 "
                            + "0.82,0.2 0.72,0.08"),
            Style.of(
                    2,
                    "0.5,0.48 0.22,0.35 0.25,0.1 0.5,0.0 0.78,0.12 0.78,0.36 0.5,0.48; "
                            + "0.5,0.48 0.15,0.62 0.15,0.9 0.5,1.0 0.85,0.88 0.85,0.62 0.5,0.48"),
            Style.of(
                    2,
                    "0.8,0.1 0.5,0.0 0.25,0.15 0.4,0.4 0.65,0.62 0.7,0.85 0.45,1.0 0.2,0.85 0.35,0.6 0.6,0.38 0.85,0.1"),
            Style.of(
                    2,
                    "0.95,0.0 0.5,0.08 0.2,0.25 0.45,0.45 0.75,0.65 0.7,0.92 0.35,1.0 0.15,0.8 0.4,0.55 0.75,0.3 "
                            + "0.95,0.05"),
            Style.of(
                    2,
                    "0.85,0.2 0.6,0.02 0.25,0.08 0.2,0.3 0.5,0.45 0.75,0.6 0.7,0.9 0.4,1.0 0.25,0.8 0.45,0.55 0.75,0.38 "
                            + "1.0,0.15"),
            Style.of(
                    1,
                    "0.6,0.45 0.3,0.3 0.35,0.05 0.7,0.0 0.85,0.2 0.6,0.45 0.2,0.65 0.05,0.85 0.3,1.0 0.65,0.9 0.7,0.65 "
                            + "0.55,0.45"),
        },
        { // 9
            Style.of(
                    4,
                    "0.8,0.15 0.45,0.0 0.12,0.18 0.15,0.42 0.45,0.5 0.75,0.35 0.82,0.12 | 0.82,0.1 0.78,0.5 0.75,1.0"),
            Style.of(
                    2,
                    "0.8,0.15 0.45,0.0 0.12,0.18 0.15,0.42 0.45,0.5 0.75,0.35 0.85,0.1 | "
                            + "0.85,0.1 0.85,0.5 0.7,0.85 0.35,1.0"),
            Style.of(
                    1,
                    "0.82,0.15 0.45,0.0 0.12,0.2 0.2,0.45 0.5,0.5 0.8,0.3 0.85,0.15 | "
                            + "0.85,0.15 0.85,0.7 0.6,1.0 0.2,0.92"),
            Style.of(
                    2,
                    "0.85,0.08 0.5,0.0 0.15,0.2 0.2,0.45 0.55,0.5 0.85,0.2 | 0.85,0.2 0.75,0.6 0.6,1.0"),
            Style.of(
                    2,
                    "0.6,0.08 0.3,0.05 0.1,0.2 0.25,0.38 0.55,0.3 0.7,0.1 | 0.7,0.1 0.7,0.5 0.6,1.0"),
            Style.of(
                    1,
                    "0.6,0.05 0.2,0.1 0.02,0.35 0.3,0.5 0.75,0.35 0.95,0.0 | 0.95,0.0 0.85,0.5 0.6,1.0"),
        },
    };
}
