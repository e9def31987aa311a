package io.github.mnist4j.data.augment;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Random rotation, shear, scaling, translation and elastic distortion, in a single bilinear
 * interpolation, because two in a row would blur the strokes. Each amount is uniformly distributed
 * in its range; an amount of 0 draws no random number. Made by {@link Augmentation}.
 *
 * <p>Elastic distortion is that of Simard, Steinkraus and Platt (2003): a random field moves the
 * place from which each pixel is read. The field is noise from -1 to 1, smoothed by a Gaussian and
 * multiplied by a strength.
 */
final class WarpTransform extends DigitTransform {
    private final double rotation;
    private final double shift;
    private final double scale;
    private final double shear;
    private final double strength;
    private final float @Nullable [] kernel;

    /**
     * @param rotation greatest angle about the center, degrees
     * @param shift greatest translation in each direction, as a part of the image's width
     * @param scale greatest change of size: 0.1 is 90 to 110 %
     * @param shear greatest angle by which uprights lean, degrees
     * @param strength of the elastic field, pixels; 34 in the paper
     * @param smoothness standard deviation of the elastic field's Gaussian, pixels; 4 in the paper
     */
    WarpTransform(
            double rotation,
            double shift,
            double scale,
            double shear,
            double strength,
            double smoothness) {
        this.rotation = rotation;
        this.shift = shift;
        this.scale = scale;
        this.shear = shear;
        this.strength = strength;
        this.kernel = strength > 0 ? gaussian(smoothness) : null;
    }

    private static float[] gaussian(double deviation) {
        int radius = (int) Math.ceil(3 * deviation);
        var kernel = new float[2 * radius + 1];
        double sum = 0;
        for (int i = 0; i < kernel.length; i++) {
            double z = (i - radius) / deviation;
            kernel[i] = (float) Math.exp(-z * z / 2);
            sum += kernel[i];
        }
        for (int i = 0; i < kernel.length; i++) {
            kernel[i] /= (float) sum;
        }
        return kernel;
    }

    private static double draw(double greatest, RandomGenerator random) {
        return greatest > 0 ? (2 * random.nextDouble() - 1) * greatest : 0;
    }

    @Override
    public void apply(byte[] from, byte[] to, int rows, int columns, RandomGenerator random) {
        double angle = Math.toRadians(draw(rotation, random));
        float cos = (float) Math.cos(angle);
        float sin = (float) Math.sin(angle);
        float lean = (float) Math.tan(Math.toRadians(draw(shear, random)));
        float zoom = (float) (1 / (1 + draw(scale, random)));
        float moveX = (float) (draw(shift, random) * columns);
        float moveY = (float) (draw(shift, random) * columns);
        // from a place in the result to one in the original: rotate, lean, resize
        float xx = zoom * (cos + lean * sin);
        float xy = zoom * (lean * cos - sin);
        float yx = zoom * sin;
        float yy = zoom * cos;
        float centerX = (columns - 1) / 2f;
        float centerY = (rows - 1) / 2f;
        float[] fieldX = kernel == null ? null : field(kernel, rows, columns, random);
        float[] fieldY = kernel == null ? null : field(kernel, rows, columns, random);
        for (int row = 0; row < rows; row++) {
            float y = row - centerY - moveY;
            // both grow by a constant from column to column
            float fromX = centerX - xx * (centerX + moveX) + xy * y;
            float fromY = centerY - yx * (centerX + moveX) + yy * y;
            for (int column = 0; column < columns; column++) {
                int at = row * columns + column;
                to[at] =
                        fieldX == null || fieldY == null
                                ? sample(from, rows, columns, fromX, fromY)
                                : sample(
                                        from,
                                        rows,
                                        columns,
                                        fromX + fieldX[at],
                                        fromY + fieldY[at]);
                fromX += xx;
                fromY += yx;
            }
        }
    }

    /**
     * Noise of -1 to 1, smoothed in both directions, times the strength; there is no noise outside.
     */
    private float[] field(float[] kernel, int rows, int columns, RandomGenerator random) {
        var noise = new float[rows * columns];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = (float) (strength * (2 * random.nextFloat() - 1));
        }
        var half = new float[noise.length];
        int radius = kernel.length / 2;
        for (int k = 0; k < kernel.length; k++) {
            int move = k - radius;
            int first = Math.max(0, -move);
            int last = Math.min(columns, columns - move);
            for (int row = 0; row < rows; row++) {
                for (int column = first; column < last; column++) {
                    half[row * columns + column] +=
                            kernel[k] * noise[row * columns + column + move];
                }
            }
        }
        var smooth = new float[noise.length];
        for (int k = 0; k < kernel.length; k++) {
            int move = k - radius;
            int last = Math.min(rows, rows - move) * columns;
            for (int i = Math.max(0, -move) * columns; i < last; i++) {
                smooth[i] += kernel[k] * half[i + move * columns];
            }
        }
        return smooth;
    }

    /** Bilinear, with paper beyond the border. */
    static byte sample(byte[] from, int rows, int columns, float x, float y) {
        // moved up by one so that the cast rounds down for everything inside or next to the image
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
}
