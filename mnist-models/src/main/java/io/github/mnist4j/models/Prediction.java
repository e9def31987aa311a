package io.github.mnist4j.models;

/**
 * What the network says about an image.
 *
 * @param digit the most likely digit, 0 to 9
 * @param confidence its probability, 0 to 1
 * @param probabilities of the ten digits; they sum to 1. The less the image looks like a digit, the
 *     more alike they are
 * @param isDigit the probability, 0 to 1, that the image shows a digit; 1 from a network that was
 *     not trained to tell
 */
@SuppressWarnings("ArrayRecordComponent")
public record Prediction(int digit, float confidence, float[] probabilities, float isDigit) {
    private static final int DIGITS = 10;

    /**
     * Interprets a network's outputs.
     *
     * @param answer probabilities of the ten digits, or of these and of "not a digit"
     */
    public static Prediction of(float[] answer) {
        float none = answer.length > DIGITS ? answer[DIGITS] : 0;
        float[] probabilities = new float[DIGITS];
        int best = 0;
        for (int i = 0; i < DIGITS; i++) {
            // "not a digit" speaks for no digit more than for another
            probabilities[i] = answer[i] + none / DIGITS;
            if (answer[i] > answer[best]) {
                best = i;
            }
        }
        return new Prediction(best, probabilities[best], probabilities, 1 - none);
    }
}
