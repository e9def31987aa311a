package io.github.mnist4j.lite.finder;

/** Says which digits images of 28x28 pixels show, if any. */
@FunctionalInterface
public interface Recognizer {
    /** Values of each answer: ten digits and "not a digit". */
    int CLASSES = 11;

    /** Where an answer holds the probability that the image does not show a digit. */
    int NONE = 10;

    /**
     * Any number of images at once.
     *
     * @param images n * 28 * 28 values, row by row, 0 (paper) to 1 (ink), by MNIST's conventions
     * @return n * 11 probabilities: of the digits 0 to 9 and of none; each eleven sum to 1
     */
    float[] recognize(float[] images);
}
