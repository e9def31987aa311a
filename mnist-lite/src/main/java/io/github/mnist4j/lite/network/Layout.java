package io.github.mnist4j.lite.network;

/**
 * Where the values of some square images lie in an array: plane by plane, each plane one wide image
 * with the images side by side. Zeros between and around them are the padding of the convolution
 * that reads them, so that a shift of the whole plane shifts each image.
 */
final class Layout {
    final int side;

    /** Columns between images, and rows below. */
    private final int after;

    /** From one row to the next. */
    final int row;

    /** From one plane to the next. */
    final int plane;

    private final int origin;

    /**
     * @param side of the images, in pixels
     * @param images side by side
     * @param kernel height and width of the convolution that reads them
     */
    Layout(int side, int images, int kernel) {
        this.side = side;
        int before = (kernel - 1) / 2;
        after = kernel / 2; // an even kernel reaches one pixel further to the right and down
        row = images * (side + after);
        plane = before + (before + side + after) * row;
        origin = before + before * row;
    }

    /** Where an image's row begins. */
    int at(int channel, int image, int y) {
        return channel * plane + origin + y * row + image * (side + after);
    }

    /** How many values so many rows take, from the first pixel to the last. */
    int length(int rows) {
        return rows * row - after;
    }
}
