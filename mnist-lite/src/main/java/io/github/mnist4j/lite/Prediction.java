package io.github.mnist4j.lite;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * What a network says about an image.
 *
 * @param digit the most likely digit, 0 to 9
 * @param confidence its probability, 0 to 1
 * @param probabilities of the ten digits; they sum to 1. The less the image looks like a digit, the
 *     more alike they are. In and out go copies
 * @param isDigit the probability, 0 to 1, that the image shows a digit; 1 from a network that was
 *     not trained to tell
 */
@SuppressWarnings("ArrayRecordComponent") // copied and compared by content below
public record Prediction(int digit, float confidence, float[] probabilities, float isDigit) {
    private static final int DIGITS = 10;

    /**
     * @throws IllegalArgumentException if the digit is not 0 to 9 or there are not ten
     *     probabilities
     */
    public Prediction {
        Objects.requireNonNull(probabilities, "probabilities");
        if (digit < 0 || digit >= DIGITS) {
            throw new IllegalArgumentException("digit " + digit + ", 0 to 9 expected");
        }
        if (probabilities.length != DIGITS) {
            throw new IllegalArgumentException(
                    probabilities.length + " probabilities, 10 expected");
        }
        probabilities = probabilities.clone();
    }

    /**
     * A digit with its probability.
     *
     * @param digit 0 to 9
     * @param probability 0 to 1
     */
    public record Candidate(int digit, float probability) {}

    /**
     * Interprets a network's outputs.
     *
     * @param answer probabilities of the ten digits, or of these and of "not a digit"
     * @throws IllegalArgumentException for another length
     */
    public static Prediction of(float[] answer) {
        Objects.requireNonNull(answer, "answer");
        if (answer.length != DIGITS && answer.length != DIGITS + 1) {
            throw new IllegalArgumentException(answer.length + " outputs, 10 or 11 expected");
        }
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

    @Override
    public float[] probabilities() {
        return probabilities.clone();
    }

    /**
     * The likeliest digits, the likeliest first; the first is {@link #digit}.
     *
     * @param k how many, 1 to 10
     * @throws IllegalArgumentException for another k
     */
    public List<Candidate> top(int k) {
        if (k < 1 || k > DIGITS) {
            throw new IllegalArgumentException("top " + k + ", 1 to 10 expected");
        }
        return IntStream.range(0, DIGITS)
                .mapToObj(d -> new Candidate(d, probabilities[d]))
                .sorted(
                        Comparator.comparingDouble((Candidate c) -> -c.probability)
                                // the share of "not a digit" can round two to one value
                                .thenComparing(c -> c.digit != digit))
                .limit(k)
                .toList();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Prediction p
                && digit == p.digit
                && Float.compare(confidence, p.confidence) == 0
                && Float.compare(isDigit, p.isDigit) == 0
                && Arrays.equals(probabilities, p.probabilities);
    }

    @Override
    public int hashCode() {
        return Objects.hash(digit, confidence, isDigit, Arrays.hashCode(probabilities));
    }

    /** {@code Prediction[digit=7, confidence=0.9971, isDigit=0.9998]}. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "Prediction[digit=%d, confidence=%.4f, isDigit=%.4f]",
                digit,
                confidence,
                isDigit);
    }
}
