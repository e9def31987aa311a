package io.github.mnist4j.train;

import io.github.mnist4j.data.DataSource;
import io.github.mnist4j.data.Normalization;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/**
 * What a run came to.
 *
 * @param plan what was asked for
 * @param data what it learnt from
 * @param history one record an epoch
 * @param bestEpoch the one with the highest validation accuracy, the earliest of several
 * @param network as it was after the best epoch
 * @param normalization what the network's input must go through
 * @param test the best network on the test set, which nothing was chosen on
 */
public record TrainingResult(
        TrainingPlan plan,
        DataSource.Loaded data,
        List<EpochRecord> history,
        EpochRecord bestEpoch,
        MultiLayerNetwork network,
        Normalization normalization,
        TestFigures test) {}
