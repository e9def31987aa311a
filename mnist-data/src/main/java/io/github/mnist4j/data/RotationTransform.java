package io.github.mnist4j.data;

import java.util.random.RandomGenerator;

/**
 * Rotation about the centre by an angle drawn evenly from -degrees to +degrees, with bilinear
 * interpolation.
 */
public final class RotationTransform extends DigitTransform {
    private final double degrees;

    /**
     * @param degrees 0 to 180
     * @throws IllegalArgumentException outside that range
     */
    public RotationTransform(double degrees) {
        if (!(degrees >= 0 && degrees <= 180)) {
            throw new IllegalArgumentException(
                    "rotation by " + degrees + " degrees, 0 to 180 expected");
        }
        this.degrees = degrees;
    }

    @Override
    public void apply(byte[] from, byte[] to, int rows, int columns, RandomGenerator random) {
        double angle = Math.toRadians((2 * random.nextDouble() - 1) * degrees);
        float cos = (float) Math.cos(angle);
        float sin = (float) Math.sin(angle);
        float centreX = (columns - 1) / 2f;
        float centreY = (rows - 1) / 2f;
        for (int row = 0; row < rows; row++) {
            float y = row - centreY;
            // where this row of the result lies in the original; both grow by a constant from
            // column to column
            float fromX = centreX - cos * centreX - sin * y;
            float fromY = centreY - sin * centreX + cos * y;
            for (int column = 0; column < columns; column++) {
                to[row * columns + column] = sample(from, rows, columns, fromX, fromY);
                fromX += cos;
                fromY += sin;
            }
        }
    }

    /** Bilinear, with paper beyond the border. */
    static byte sample(byte[] from, int rows, int columns, float x, float y) {
        // moved up by one so that the cast rounds down for everything inside or next to the picture
        int left = (int) (x + 1) - 1;
        int top = (int) (y + 1) - 1;
        if (x <= -1 || y <= -1 || left >= columns || top >= rows) {
            return 0;
        }
        float u = x - left;
        float v = y - top;
        float upper =
                value(from, rows, columns, left, top) * (1 - u)
                        + value(from, rows, columns, left + 1, top) * u;
        float lower =
                value(from, rows, columns, left, top + 1) * (1 - u)
                        + value(from, rows, columns, left + 1, top + 1) * u;
        return (byte) (upper * (1 - v) + lower * v + 0.5f);
    }

    private static int value(byte[] from, int rows, int columns, int x, int y) {
        return x < 0 || y < 0 || x >= columns || y >= rows ? 0 : from[y * columns + x] & 0xFF;
    }

    @Override
    public String toString() {
        return "rotation(" + degrees + ")";
    }
}
