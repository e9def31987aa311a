package io.github.mnist4j.data.synthetic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** The way of a pen's tip that writes a {@link Style}, a little different each time. */
final class Trace {
    /** Points sampled between two neighboring points of a style. */
    private static final int STEPS = 8;

    private final List<Stroke> strokes = new ArrayList<>();

    /** A stroke as a chain of points. */
    static final class Stroke {
        double[] x = new double[64];
        double[] y = new double[64];
        int size;

        private void add(double px, double py) {
            if (size == x.length) {
                x = Arrays.copyOf(x, 2 * size);
                y = Arrays.copyOf(y, 2 * size);
            }
            x[size] = px;
            y[size++] = py;
        }
    }

    Trace(Style style, RandomGenerator random) {
        double jitter = 0.015 + 0.05 * random.nextDouble();
        double apart = style.strokes().size() > 1 ? 0.03 : 0;
        for (List<List<Style.Point>> pieces : style.strokes()) {
            var stroke = new Stroke();
            double moveX = apart > 0 ? apart * random.nextGaussian() : 0;
            double moveY = apart > 0 ? apart * random.nextGaussian() : 0;
            Style.Point corner = null;
            for (List<Style.Point> piece : pieces) {
                var points = new ArrayList<Style.Point>();
                for (Style.Point point : piece) {
                    points.add(
                            new Style.Point(
                                    point.x() + moveX + jitter * random.nextGaussian(),
                                    point.y() + moveY + jitter * random.nextGaussian()));
                }
                if (corner != null) {
                    points.set(0, corner);
                }
                spline(points, stroke);
                corner = points.get(points.size() - 1);
            }
            strokes.add(stroke);
        }
    }

    List<Stroke> strokes() {
        return strokes;
    }

    /** Catmull-Rom: a smooth curve through the points. */
    private static void spline(List<Style.Point> points, Stroke into) {
        int last = points.size() - 1;
        if (last == 0) {
            into.add(points.get(0).x(), points.get(0).y());
        }
        for (int i = 0; i < last; i++) {
            Style.Point before = points.get(Math.max(0, i - 1));
            Style.Point from = points.get(i);
            Style.Point to = points.get(i + 1);
            Style.Point after = points.get(Math.min(last, i + 2));
            for (int s = i == 0 ? 0 : 1; s <= STEPS; s++) {
                double t = (double) s / STEPS;
                into.add(
                        catmullRom(before.x(), from.x(), to.x(), after.x(), t),
                        catmullRom(before.y(), from.y(), to.y(), after.y(), t));
            }
        }
    }

    private static double catmullRom(double a, double b, double c, double d, double t) {
        double cubic = 3 * (b - c) + d - a;
        double square = 2 * a - 5 * b + 4 * c - d;
        return 0.5 * (2 * b + t * (c - a + t * (square + t * cubic)));
    }

    /**
     * A smooth elastic deformation: three waves of random direction, each about as long as a digit.
     */
    void bend(RandomGenerator random) {
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

    /** Widens, slants and turns; the middle comes to (0, 0). */
    void transform(RandomGenerator random) {
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
}
