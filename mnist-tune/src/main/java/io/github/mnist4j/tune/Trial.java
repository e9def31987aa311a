package io.github.mnist4j.tune;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.github.mnist4j.train.TrainingPlan;
import java.util.List;

/**
 * One plan that was tried.
 *
 * @param number 0 for the first that was drawn
 * @param plan what was tried
 * @param accuracies on the validation pictures, 0 to 1, after each epoch that was run
 * @param outcome how it went
 * @param failure why it failed, null if it did not
 * @param seconds it took
 */
public record Trial(
        int number,
        TrainingPlan plan,
        List<Double> accuracies,
        Outcome outcome,
        String failure,
        double seconds) {
    /** How a trial went. */
    public enum Outcome {
        DONE,
        /** Worse than the median of the others at the same epoch. */
        ENDED_EARLY,
        FAILED
    }

    /** Highest validation accuracy, 0 to 1; NaN if there was none. */
    @JsonIgnore
    public double score() {
        return accuracies.stream().mapToDouble(a -> a).max().orElse(Double.NaN);
    }

    /** The highest of the first so many epochs, or of all if there were fewer. */
    double scoreAt(int epochs) {
        return accuracies.stream().limit(epochs).mapToDouble(a -> a).max().orElse(Double.NaN);
    }
}
