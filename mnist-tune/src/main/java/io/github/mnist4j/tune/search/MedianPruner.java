package io.github.mnist4j.tune.search;

import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.TrainingCallback;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/**
 * Records a trial's epochs, and ends the trial by the median rule (Golovin et al. 2017, Google
 * Vizier): when its best score so far is worse than the median of earlier trials' at the same
 * epoch.
 */
public final class MedianPruner implements TrainingCallback {
    /** A median of fewer trials is not trusted. */
    private static final int LEAST_TRIALS = 5;

    private final SearchConfig search;
    private final Supplier<List<Trial>> before;
    private final List<EpochRecord> history = new ArrayList<>();
    private boolean poor;

    /**
     * @param before gives the trials to compare with
     */
    public MedianPruner(SearchConfig search, Supplier<List<Trial>> before) {
        this.search = search;
        this.before = before;
    }

    /** The epochs run so far. */
    public List<EpochRecord> history() {
        return List.copyOf(history);
    }

    /** Whether the trial is worse than the median. */
    public boolean isPoor() {
        return poor;
    }

    @Override
    public void onEpochEnd(EpochRecord epoch, MultiLayerNetwork network, boolean best) {
        history.add(epoch);
        int epochs = history.size();
        // nothing is saved by ending a trial after its last epoch
        if (!search.endPoorTrials() || epochs == search.base().epochs()) {
            return;
        }
        double[] others =
                before.get().stream()
                        .filter(t -> t.epochs() >= epochs)
                        .mapToDouble(t -> t.gainAt(epochs, search.score()))
                        .sorted()
                        .toArray();
        poor =
                others.length >= LEAST_TRIALS
                        && Trial.gain(history, search.score()) < median(others);
    }

    private static double median(double[] sorted) {
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    @Override
    public boolean stopRequested() {
        return poor;
    }
}
