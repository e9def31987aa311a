package io.github.mnist4j.tune.search;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a search.
 *
 * @param search its settings
 * @param folder the search's folder
 * @param trials the best first, failed ones last
 * @param winner the best trial on the test set; null if the search was left before its end or every
 *     trial failed
 */
public record SearchResult(
        SearchConfig search, Path folder, List<Trial> trials, @Nullable Winner winner) {
    /**
     * The test metrics of the best trial's network.
     *
     * @param trial its number, 1 or more
     * @param testAccuracy top-1, 0 to 1
     * @param testLoss mean cross-entropy, 0 or more
     */
    public record Winner(int trial, double testAccuracy, double testLoss) {
        /**
         * @throws IllegalArgumentException if a value is out of range; the message names it
         */
        public Winner {
            if (trial < 1
                    || !(testAccuracy >= 0 && testAccuracy <= 1)
                    || !(testLoss >= 0 && testLoss < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "trial "
                                + trial
                                + ", test accuracy "
                                + testAccuracy
                                + ", test loss "
                                + testLoss
                                + ": 1 or more, 0 to 1, and 0 or more expected");
            }
        }
    }

    /**
     * What the median rule saved.
     *
     * @param trials that it ended early
     * @param epochs that these did not run
     * @param seconds that those epochs would have taken at the pace of their trial
     */
    public record Saving(int trials, int epochs, double seconds) {}

    /** The trials that did not fail, the best first. */
    public List<Trial> finished() {
        return trials.stream().filter(t -> t.outcome() != Trial.Outcome.FAILED).toList();
    }

    /** The best trial; empty if all failed. */
    public Optional<Trial> best() {
        return finished().stream().findFirst();
    }

    /** The run folder of a trial, with its {@code best.zip}. */
    public Path folderOf(Trial trial) {
        return TrialLog.folderOf(folder, trial.number());
    }

    /** What ending poor trials early saved. */
    public Saving saving() {
        var ended = trials.stream().filter(t -> t.outcome() == Trial.Outcome.ENDED_EARLY).toList();
        int planned = search.base().epochs();
        return new Saving(
                ended.size(),
                ended.stream().mapToInt(t -> planned - t.epochs()).sum(),
                ended.stream()
                        .mapToDouble(t -> t.seconds() / t.epochs() * (planned - t.epochs()))
                        .sum());
    }
}
