package io.github.mnist4j.models;

/**
 * An answer.
 *
 * @param digit the likeliest, 0 to 9
 * @param confidence its probability, 0 to 1
 * @param probabilities of the ten digits; they sum to 1
 */
@SuppressWarnings("ArrayRecordComponent")
public record Prediction(int digit, float confidence, float[] probabilities) {
    static Prediction of(float[] probabilities) {
        int best = 0;
        for (int i = 1; i < probabilities.length; i++) {
            if (probabilities[i] > probabilities[best]) {
                best = i;
            }
        }
        return new Prediction(best, probabilities[best], probabilities);
    }
}
