package io.github.mnist4j.train;

import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.train.evaluate.ClassificationMetrics;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;

/**
 * The result of a run.
 *
 * @param plan the run's settings
 * @param data the images it learned from and was tested on
 * @param history one record per epoch
 * @param bestEpoch the epoch whose network is kept, by {@link EpochRecord#isBetterThan}; null if
 *     none was finished
 * @param reason why the run ended
 * @param advice mistakes noticed on the way, one sentence each
 * @param network as it was after the best epoch
 * @param normalization what the network's input must go through
 * @param validation metrics of the network on the validation images; null where {@code test} is
 * @param test metrics of the network on the test set, which no choice was made on; null if the run
 *     diverged, or a callback asked to stop: that run may be resumed
 */
public record TrainingResult(
        TrainingPlan plan,
        DatasetLoader.Loaded data,
        List<EpochRecord> history,
        @Nullable EpochRecord bestEpoch,
        StopReason reason,
        List<String> advice,
        MultiLayerNetwork network,
        Normalization normalization,
        @Nullable ClassificationMetrics validation,
        @Nullable ClassificationMetrics test) {}
