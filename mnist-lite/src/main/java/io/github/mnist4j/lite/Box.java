package io.github.mnist4j.lite;

/**
 * A rectangle on an image, in its pixels.
 *
 * @param x of the left edge
 * @param y of the upper edge
 * @param width 1 or more
 * @param height 1 or more
 */
public record Box(int x, int y, int width, int height) {
    /**
     * @throws IllegalArgumentException if width or height is below 1
     */
    public Box {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "a box of " + width + "x" + height + " pixels, 1x1 or more expected");
        }
    }

    /** The same on an image enlarged by this factor. */
    public Box times(int factor) {
        return new Box(x * factor, y * factor, width * factor, height * factor);
    }
}
