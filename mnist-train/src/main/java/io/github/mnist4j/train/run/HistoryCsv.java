package io.github.mnist4j.train.run;

import io.github.mnist4j.train.EpochRecord;
import java.util.List;
import java.util.Locale;

/** A run's history as {@code history.csv}. */
final class HistoryCsv {
    private HistoryCsv() {}

    /** A header, and a line for each epoch. */
    static String of(List<EpochRecord> history) {
        var text =
                new StringBuilder(
                        "epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate,seconds\n");
        for (EpochRecord e : history) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            "%d,%.8f,%.6f,%.8f,%.6f,%.8g,%.3f\n",
                            e.epoch(),
                            e.trainLoss(),
                            e.trainAccuracy(),
                            e.validationLoss(),
                            e.validationAccuracy(),
                            e.learningRate(),
                            e.seconds()));
        }
        return text.toString();
    }
}
