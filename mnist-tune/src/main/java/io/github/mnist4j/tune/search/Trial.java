package io.github.mnist4j.tune.search;

import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A plan that a search tried, and what came of it.
 *
 * @param number 1 for the first that was drawn
 * @param values of the space's hyperparameters, by name
 * @param plan what was trained; null if the values do not make a valid plan
 * @param history the epochs that were run; of a trial from an old log, train metrics, rates and
 *     times are NaN
 * @param outcome how it ended
 * @param failure why it failed; null if it did not
 * @param began seconds that the search had run when it began; a resumed search counts on
 * @param ended seconds that the search had run when it ended
 */
public record Trial(
        int number,
        Map<String, Object> values,
        @Nullable TrainingPlan plan,
        List<EpochRecord> history,
        Outcome outcome,
        @Nullable String failure,
        double began,
        double ended) {
    /** How a trial ended. */
    public enum Outcome {
        /** After all its epochs. */
        DONE,
        /** By the median rule, see {@link MedianPruner}. */
        ENDED_EARLY,
        /**
         * With a NaN loss, an invalid plan, a network too large for the memory, or an exception.
         */
        FAILED
    }

    /**
     * The value of a hyperparameter.
     *
     * @throws NullPointerException if the search's space does not name it
     */
    public Object value(String name) {
        return Objects.requireNonNull(values.get(name), name);
    }

    /** The validation metric of the epoch whose network was kept; NaN if no epoch was run. */
    public double score(Monitor monitor) {
        return score(history, monitor);
    }

    private static double score(List<EpochRecord> history, Monitor monitor) {
        return history.stream()
                .reduce((best, epoch) -> epoch.isBetterThan(best) ? epoch : best)
                .map(
                        best ->
                                monitor == Monitor.ACCURACY
                                        ? best.validationAccuracy()
                                        : best.validationLoss())
                .orElse(Double.NaN);
    }

    /** The score, negated if lower is better; negative infinity if no epoch was run. */
    public double gain(Monitor monitor) {
        return gain(history, monitor);
    }

    /** As if the trial had ended after so many epochs. */
    double gainAt(int epochs, Monitor monitor) {
        return gain(history.subList(0, Math.min(epochs, history.size())), monitor);
    }

    static double gain(List<EpochRecord> history, Monitor monitor) {
        double score = score(history, monitor);
        return Double.isNaN(score)
                ? Double.NEGATIVE_INFINITY
                : monitor == Monitor.ACCURACY ? score : -score;
    }

    /** The best first, failed ones last; ties go to the lower loss, then to the lower number. */
    public static Comparator<Trial> ranking(Monitor monitor) {
        return Comparator.comparing((Trial t) -> t.outcome == Outcome.FAILED)
                .thenComparingDouble(t -> -t.gain(monitor))
                .thenComparingDouble(t -> t.score(Monitor.LOSS))
                .thenComparingInt(Trial::number);
    }

    /** How many epochs were run. */
    public int epochs() {
        return history.size();
    }

    /** How long it took. */
    public double seconds() {
        return ended - began;
    }
}
