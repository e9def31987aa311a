package io.github.mnist4j.tune.search;

import io.github.mnist4j.train.EpochRecord;
import java.util.ArrayList;
import java.util.List;

/** Histories of made-up trials. */
public final class Epochs {
    private Epochs() {}

    /** Validation accuracy and loss of each epoch, one after the other. */
    public static List<EpochRecord> of(double... accuraciesAndLosses) {
        var history = new ArrayList<EpochRecord>();
        for (int i = 0; i < accuraciesAndLosses.length; i += 2) {
            history.add(
                    new EpochRecord(
                            i / 2 + 1,
                            0.25,
                            0.75,
                            accuraciesAndLosses[i + 1],
                            accuraciesAndLosses[i],
                            1e-3,
                            2));
        }
        return history;
    }

    /** Validation accuracies and losses of a trial, for comparing. */
    public static List<List<Double>> of(Trial trial) {
        return trial.history().stream()
                .map(e -> List.of(e.validationAccuracy(), e.validationLoss()))
                .toList();
    }
}
