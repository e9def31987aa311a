package io.github.mnist4j.train;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.source.DatasetLoader;
import java.io.IOException;

/** Checks that data fits the networks, before anything is done with it. */
public final class DataCheck {
    /** Rows and columns of the images that every network of MNIST4J takes. */
    private static final int SIDE = 28;

    private DataCheck() {}

    /**
     * @param part which of the data's two sets it is, in words: training, test
     * @throws IOException if there are no images, or of another size than 28x28; the message says
     *     where they come from
     */
    public static void images(DigitSet set, String part, DatasetLoader.Loaded from)
            throws IOException {
        if (set.size() == 0) {
            throw new IOException(
                    "no " + part + " images in " + from.dataset() + " from " + from.origin());
        }
        if (set.rows() != SIDE || set.columns() != SIDE) {
            throw new IOException(
                    "the "
                            + part
                            + " images in "
                            + from.dataset()
                            + " from "
                            + from.origin()
                            + " have "
                            + set.rows()
                            + "x"
                            + set.columns()
                            + " pixels, the networks take "
                            + SIDE
                            + "x"
                            + SIDE);
        }
    }

    /**
     * @param size images to hold out of the training set
     * @throws IllegalArgumentException if too few are left to learn from
     * @throws IOException if no size would leave enough: the data is too small
     */
    public static void validation(int size, DatasetLoader.Loaded from) throws IOException {
        int images = from.train().size();
        int most = images - DigitSet.CLASSES;
        if (most < DigitSet.CLASSES) {
            // plans hold back at least one of each digit
            throw new IOException(
                    from.dataset()
                            + " from "
                            + from.origin()
                            + " has too few training images: "
                            + images
                            + ", "
                            + 2 * DigitSet.CLASSES
                            + " or more expected");
        }
        if (size > most) {
            throw new IllegalArgumentException(
                    "--validation (images to hold back) is "
                            + size
                            + ", at most "
                            + most
                            + " expected for the "
                            + images
                            + " training images");
        }
    }
}
