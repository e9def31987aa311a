package io.github.mnist4j.data.augment;

import java.util.random.RandomGenerator;

/**
 * Makes strokes thicker or thinner: mixes the image, to a random degree, with its 3x3 dilation (the
 * greatest of nine neighbors) or erosion (the least; beyond the border lies paper). Made by {@link
 * Augmentation}.
 */
final class StrokeTransform extends DigitTransform {
    private final double amount;

    /**
     * @param amount greatest share of the dilated or eroded image, 0 to 1
     */
    StrokeTransform(double amount) {
        this.amount = amount;
    }

    @Override
    public void apply(byte[] from, byte[] to, int rows, int columns, RandomGenerator random) {
        float share = (float) ((2 * random.nextDouble() - 1) * amount);
        boolean dilate = share > 0;
        share = Math.abs(share);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                int own = from[row * columns + column] & 0xFF;
                int extreme = own;
                for (int y = row - 1; y <= row + 1; y++) {
                    for (int x = column - 1; x <= column + 1; x++) {
                        boolean inside = y >= 0 && y < rows && x >= 0 && x < columns;
                        int value = inside ? from[y * columns + x] & 0xFF : 0;
                        extreme = dilate ? Math.max(extreme, value) : Math.min(extreme, value);
                    }
                }
                to[row * columns + column] = (byte) (own + share * (extreme - own) + 0.5f);
            }
        }
    }
}
