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
 * One plan that was tried.
 *
 * @param number 1 for the first that was drawn
 * @param values of the hyperparameters in the space, by name
 * @param plan what was tried; null if the values make no plan
 * @param history the epochs that were run; of a trial from an old log, train metrics, rates and
 *     times are NaN
 * @param outcome how it went
 * @param failure why it failed, null if it did not
 * @param began seconds of searching before it
 * @param ended seconds of searching when it ended; a search that is resumed goes on where it was
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
    /** How a trial went. */
    public enum Outcome {
        DONE,
        /** Worse than the median of the others at the same epoch. */
        ENDED_EARLY,
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

    /** The score as a number of which more is better; negative infinity if there is none. */
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

    /**
     * The best first, of equally accurate ones that with the lower loss; those that failed last.
     */
    public static Comparator<Trial> ranking(Monitor monitor) {
        return Comparator.comparing((Trial t) -> t.outcome == Outcome.FAILED)
                .thenComparingDouble(t -> -t.gain(monitor))
                .thenComparingDouble(t -> t.score(Monitor.LOSS))
                .thenComparingInt(Trial::number);
    }

    /** That were run. */
    public int epochs() {
        return history.size();
    }

    /** That it took. */
    public double seconds() {
        return ended - began;
    }
}
