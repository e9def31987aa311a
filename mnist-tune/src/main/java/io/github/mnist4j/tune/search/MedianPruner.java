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
    private final List<Double> accuracies = new ArrayList<>();
    private final List<Double> losses = new ArrayList<>();
    private boolean poor;

    /**
     * @param before those that have ended so far
     */
    public MedianPruner(SearchConfig search, Supplier<List<Trial>> before) {
        this.search = search;
        this.before = before;
    }

    public List<Double> accuracies() {
        return accuracies;
    }

    public List<Double> losses() {
        return losses;
    }

    public boolean isPoor() {
        return poor;
    }

    @Override
    public void onEpochEnd(EpochRecord epoch, MultiLayerNetwork network, boolean best) {
        accuracies.add(epoch.validationAccuracy());
        losses.add(epoch.validationLoss());
        int epochs = accuracies.size();
        // after its last epoch there is nothing to save
        if (!search.endPoorTrials() || epochs == search.base().epochs()) {
            return;
        }
        double[] others =
                before.get().stream()
                        .filter(t -> t.epochs() >= epochs)
                        .mapToDouble(t -> t.gain(epochs, search.score()))
                        .sorted()
                        .toArray();
        int half = others.length / 2;
        poor =
                others.length >= FREE
                        && own().gain(epochs, search.score())
                                < (others.length % 2 == 1
                                        ? others[half]
                                        : (others[half - 1] + others[half]) / 2);
    }

    private Trial own() {
        return new Trial(0, null, null, accuracies, losses, null, null, 0, 0);
    }

    @Override
    public boolean stopRequested() {
        return poor;
    }
}
