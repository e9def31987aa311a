package io.github.mnist4j.train;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.source.DatasetLoader;
import java.io.IOException;

/** Whether data is what the networks take, asked before anything is done with it. */
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
     * @param size images to hold back from the training set
     * @throws IllegalArgumentException if too few are left to learn from
     */
    static void validation(int size, DatasetLoader.Loaded from) {
        int most = from.train().size() - DigitSet.CLASSES;
        if (size > most) {
            throw new IllegalArgumentException(
                    most < DigitSet.CLASSES
                            ? "there are only "
                                    + from.train().size()
                                    + " training images in "
                                    + from.dataset()
                                    + " from "
                                    + from.origin()
                                    + ": 20 or more expected"
                            : "--validation (images to hold back) is "
                                    + size
                                    + ", at most "
                                    + most
                                    + " expected for the "
                                    + from.train().size()
                                    + " training images");
        }
    }
}
