package io.github.mnist4j.train;

import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.train.evaluate.ClassificationMetrics;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/**
 * What a run came to.
 *
 * @param plan what was asked for
 * @param data what it learnt from
 * @param history one record an epoch
 * @param bestEpoch the one with the highest validation accuracy, of several the one with the lowest
 *     loss; null if none was finished
 * @param reason why the run ended
 * @param advice what was noticed on the way, a sentence each
 * @param network as it was after the best epoch
 * @param normalization what the network's input must go through
 * @param test the best network on the test set, which nothing was chosen on; null if a callback
 *     asked to stop, for such a run may be resumed, and null if the run diverged
 */
public record TrainingResult(
        TrainingPlan plan,
        DatasetLoader.Loaded data,
        List<EpochRecord> history,
        EpochRecord bestEpoch,
        StopReason reason,
        List<String> advice,
        MultiLayerNetwork network,
        Normalization normalization,
        ClassificationMetrics test) {}
