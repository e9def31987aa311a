package io.github.mnist4j.data.synthetic;

import io.github.mnist4j.data.PixelValues;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A pen of random thickness, angle and pressure, and how it draws on MNIST's 28x28 pixels. */
final class Pen {
    static final int SIDE = 28;
    private static final int BOX = 20;

    private final double radius;
    private final double nib;
    private final double nibAngle;
    private final double pressure;
    private final double pressurePhase;
    private final double taper;

    /** Over how many pixels ink fades into paper. */
    private final double edge;

    Pen(RandomGenerator random) {
        radius = Math.min(2.3, Math.max(0.6, 1.25 * Math.exp(0.3 * random.nextGaussian())));
        nib = 0.25 * random.nextDouble();
        nibAngle = Math.PI * random.nextDouble();
        pressure = 0.18 * random.nextDouble();
        pressurePhase = 2 * Math.PI * random.nextDouble();
        taper = random.nextDouble() < 0.3 ? 0.5 * random.nextDouble() : 0;
        edge = 0.9 + 0.7 * random.nextDouble();
    }

    /**
     * @param along how much of the stroke is written, 0 to 1
     * @param direction in which the pen moves, radians
     */
    private double radius(double along, double direction) {
        double end = Math.min(along, 1 - along) * 6;
        return radius
                * (1 + nib * Math.cos(2 * (direction - nibAngle)))
                * (1 + pressure * Math.sin(pressurePhase + 7 * along))
                * (1 - taper * Math.max(0, 1 - end));
    }

    /**
     * Draws a trace, fitted into 20x20 and centered.
     *
     * @return 28x28 bytes row by row; null if centering would push ink out of the image
     */
    byte @Nullable [] draw(Trace trace) {
        double minX = Double.MAX_VALUE;
        double maxX = -Double.MAX_VALUE;
        double minY = Double.MAX_VALUE;
        double maxY = -Double.MAX_VALUE;
        for (Trace.Stroke s : trace.strokes()) {
            for (int i = 0; i < s.size; i++) {
                minX = Math.min(minX, s.x[i]);
                maxX = Math.max(maxX, s.x[i]);
                minY = Math.min(minY, s.y[i]);
                maxY = Math.max(maxY, s.y[i]);
            }
        }
        // the box holds the ink, not only the middle of the stroke
        double scale = (BOX - 2 * radius) / Math.max(maxX - minX, maxY - minY);
        double toX = SIDE / 2.0 - scale * (minX + maxX) / 2 - 0.5;
        double toY = SIDE / 2.0 - scale * (minY + maxY) / 2 - 0.5;
        float[] ink = new float[SIDE * SIDE];
        for (Trace.Stroke s : trace.strokes()) {
            for (int i = 0; i + 1 < s.size || i == 0; i++) {
                int j = Math.min(i + 1, s.size - 1);
                double ax = s.x[i] * scale + toX;
                double ay = s.y[i] * scale + toY;
                double bx = s.x[j] * scale + toX;
                double by = s.y[j] * scale + toY;
                double r =
                        radius(s.size < 2 ? 0 : i / (s.size - 1.0), Math.atan2(by - ay, bx - ax));
                capsule(ink, ax, ay, bx, by, r);
            }
        }
        return centered(ink);
    }

    /** Ink for everything within r of the segment; overlaps do not add up. */
    private void capsule(float[] ink, double ax, double ay, double bx, double by, double r) {
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
     * Moved by whole pixels so that the center of mass comes to (14, 14), counting from 0, or
     * within half a pixel of it.
     */
    private static byte @Nullable [] centered(float[] ink) {
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
                pixels[(y + dy) * SIDE + x + dx] = PixelValues.toByte(ink[y * SIDE + x]);
            }
        }
        return pixels;
    }
}
