package io.github.mnist4j.tune.search;

import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * One plan that was tried.
 *
 * @param number 1 for the first that was drawn
 * @param values of the hyperparameters in the space, by name
 * @param plan what was tried; null if the values make no plan
 * @param accuracies on the validation images, 0 to 1, after each epoch that was run
 * @param losses likewise, mean cross-entropy
 * @param outcome how it went
 * @param failure why it failed, null if it did not
 * @param began seconds of searching before it
 * @param ended seconds of searching when it ended; a search that is resumed goes on where it was
 */
public record Trial(
        int number,
        Map<String, Object> values,
        TrainingPlan plan,
        List<Double> accuracies,
        List<Double> losses,
        Outcome outcome,
        String failure,
        double began,
        double ended) {
    /** How a trial went. */
    public enum Outcome {
        DONE,
        /** Worse than the median of the others at the same epoch. */
        ENDED_EARLY,
        FAILED
    }

    /** The validation figure of the epoch whose network was kept; NaN if there is none. */
    public double score(Monitor monitor) {
        return scoreAt(accuracies.size(), monitor);
    }

    /** As if it had ended after so many epochs. */
    public double scoreAt(int epochs, Monitor monitor) {
        int best = -1;
        for (int i = 0; i < Math.min(epochs, accuracies.size()); i++) {
            // what a run keeps: the highest accuracy, of equal ones the lowest loss
            if (best < 0
                    || accuracies.get(i) > accuracies.get(best)
                    || (accuracies.get(i).equals(accuracies.get(best))
                            && losses.get(i) < losses.get(best))) {
                best = i;
            }
        }
        if (best < 0) {
            return Double.NaN;
        }
        return monitor == Monitor.ACCURACY ? accuracies.get(best) : losses.get(best);
    }

    /** More is better, whatever the figure; those that have none come last. */
    public double gain(int epochs, Monitor monitor) {
        double score = scoreAt(epochs, monitor);
        if (Double.isNaN(score)) {
            return Double.NEGATIVE_INFINITY;
        }
        return monitor == Monitor.ACCURACY ? score : -score;
    }

    /**
     * The best first, of equally accurate ones that with the lower loss; those that failed last.
     */
    public static Comparator<Trial> ranking(Monitor monitor) {
        return Comparator.comparing((Trial t) -> t.outcome == Outcome.FAILED)
                .thenComparingDouble(t -> -t.gain(t.epochs(), monitor))
                .thenComparingDouble(t -> t.score(Monitor.LOSS))
                .thenComparingInt(Trial::number);
    }

    /** That were run. */
    public int epochs() {
        return accuracies.size();
    }

    /** That it took. */
    public double seconds() {
        return ended - began;
    }
}
