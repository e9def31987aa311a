package io.github.mnist4j.tune.search;

import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.TrainingCallback;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/**
 * Writes a trial's epochs down and, by the median rule (Golovin et al. 2017, Google Vizier), ends
 * it if its best so far is worse than the median of the trials before it at the same epoch.
 */
public final class MedianPruner implements TrainingCallback {
    /** Trials that must have come as far, before one is ended. */
    private static final int FREE = 5;

    private final SearchConfig search;
    private final Supplier<List<Trial>> before;
    private final List<EpochRecord> history = new ArrayList<>();
    private boolean poor;

    /**
     * @param before those that have ended so far
     */
    public MedianPruner(SearchConfig search, Supplier<List<Trial>> before) {
        this.search = search;
        this.before = before;
    }

    /** The epochs that have been run. */
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
        // after its last epoch there is nothing to save
        if (!search.endPoorTrials() || epochs == search.base().epochs()) {
            return;
        }
        double[] others =
                before.get().stream()
                        .filter(t -> t.epochs() >= epochs)
                        .mapToDouble(t -> t.gainAt(epochs, search.score()))
                        .sorted()
                        .toArray();
        poor = others.length >= FREE && Trial.gain(history, search.score()) < median(others);
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
