package io.github.mnist4j.models;

/**
 * An answer.
 *
 * @param digit the likeliest, 0 to 9
 * @param confidence its probability, 0 to 1
 * @param probabilities of the ten digits; they sum to 1. The less the image looks like a digit at
 *     all, the more alike they are
 * @param isDigit the probability, 0 to 1, that the image shows a digit at all; 1 from a network
 *     that was not trained to tell
 */
@SuppressWarnings("ArrayRecordComponent")
public record Prediction(int digit, float confidence, float[] probabilities, float isDigit) {
    private static final int DIGITS = 10;

    /**
     * What a network's outputs mean.
     *
     * @param answer probabilities of ten digits, or of these and of none
     */
    public static Prediction of(float[] answer) {
        float none = answer.length > DIGITS ? answer[DIGITS] : 0;
        float[] probabilities = new float[DIGITS];
        int best = 0;
        for (int i = 0; i < DIGITS; i++) {
            // what is not a digit is each of them as little as any other
            probabilities[i] = answer[i] + none / DIGITS;
            if (answer[i] > answer[best]) {
                best = i;
            }
        }
        return new Prediction(best, probabilities[best], probabilities, 1 - none);
    }
}
