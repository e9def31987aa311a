package io.github.mnist4j.data.augment;

import java.util.random.RandomGenerator;

/**
 * Random erasing (Zhong et al. 2020): with some probability, turns a rectangle of 2 to 15 % of the
 * image into paper. The ratio of its sides is 1:3 to 3:1. Made by {@link Augmentation}.
 */
final class ErasingTransform extends DigitTransform {
    private final double probability;

    /**
     * @param probability that a rectangle is erased, 0 to 1
     */
    ErasingTransform(double probability) {
        this.probability = probability;
    }

    @Override
    public void apply(byte[] from, byte[] to, int rows, int columns, RandomGenerator random) {
        System.arraycopy(from, 0, to, 0, rows * columns);
        if (random.nextDouble() >= probability) {
            return;
        }
        double area = rows * columns * (0.02 + 0.13 * random.nextDouble());
        double ratio = Math.pow(3, 2 * random.nextDouble() - 1);
        int height = Math.min(rows, Math.max(1, (int) Math.round(Math.sqrt(area * ratio))));
        int width = Math.min(columns, Math.max(1, (int) Math.round(Math.sqrt(area / ratio))));
        int top = random.nextInt(rows - height + 1);
        int left = random.nextInt(columns - width + 1);
        for (int row = top; row < top + height; row++) {
            java.util.Arrays.fill(to, row * columns + left, row * columns + left + width, (byte) 0);
        }
    }
}
