package io.github.mnist4j.train;

import io.github.mnist4j.data.DataSource;
import io.github.mnist4j.data.DigitIterator;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.RotationTransform;
import io.github.mnist4j.data.Split;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.onednn.OneDnn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a network by a plan.
 *
 * <pre>{@code
 * TrainingResult result = Trainer.run(TrainingPlan.builder("mlp").build());
 * System.out.println(result.test().accuracy());
 * }</pre>
 */
public final class Trainer {
    private static final Logger LOG = LoggerFactory.getLogger(Trainer.class);

    private Trainer() {}

    /**
     * What is known before the first step.
     *
     * @param plan what was asked for
     * @param data what was found
     * @param split its training pictures parted in two
     * @param network initialised
     */
    public record Start(
            TrainingPlan plan, DataSource.Loaded data, Split split, MultiLayerNetwork network) {}

    /**
     * Loads the data, trains for the plan's epochs and tests the best epoch's network once.
     *
     * @throws IOException if the data cannot be had or a callback cannot write
     */
    public static TrainingResult run(TrainingPlan plan, TrainingCallback... callbacks)
            throws IOException {
        var source = DataSource.builder();
        if (plan.data() != null) {
            source.optFolder(Path.of(plan.data()));
        }
        return run(plan, source.build().load(plan.dataset()), callbacks);
    }

    /** As {@link #run(TrainingPlan, TrainingCallback...)} on data that is loaded already. */
    public static TrainingResult run(
            TrainingPlan plan, DataSource.Loaded data, TrainingCallback... callbacks)
            throws IOException {
        Fit fit = fit(plan, data, callbacks);
        TestFigures test = TestFigures.of(fit.network, data.test(), fit.normalization);
        var result =
                new TrainingResult(
                        plan,
                        data,
                        fit.history,
                        fit.bestEpoch,
                        fit.network,
                        fit.normalization,
                        test);
        Callbacks.of(callbacks).onEnd(result);
        return result;
    }

    /**
     * A run that has not seen the test set.
     *
     * @param history one record an epoch
     * @param bestEpoch the one with the highest validation accuracy, the earliest of several
     * @param network as it was after the best epoch
     * @param normalization what the network's input must go through
     */
    public record Fit(
            List<EpochRecord> history,
            EpochRecord bestEpoch,
            MultiLayerNetwork network,
            Normalization normalization) {}

    /**
     * The loop itself: learns and validates, but leaves the test set alone, and {@code onEnd}
     * uncalled.
     */
    public static Fit fit(TrainingPlan plan, DataSource.Loaded data, TrainingCallback... callbacks)
            throws IOException {
        LOG.info("{} on {}", plan, Backend.facts());
        var callback = Callbacks.of(callbacks);
        Split split = Split.stratified(data.train(), plan.validationSize(), plan.splitSeed());
        MultiLayerNetwork network = network(plan);
        var history = new ArrayList<EpochRecord>();
        EpochRecord best = null;
        INDArray bestParameters = null;
        callback.onStart(new Start(plan, data, split, network));
        try (DigitIterator batches = batches(plan, split)) {
            for (int epoch = 1; epoch <= plan.epochs(); epoch++) {
                long start = System.nanoTime();
                var seen = new RunningMetrics(network);
                batches.startEpoch(epoch - 1);
                callback.onEpochStart(epoch, batches.batches());
                while (batches.hasNext()) {
                    DataSet batch = batches.next();
                    network.fit(batch);
                    seen.add(batch);
                    callback.onBatchEnd(seen.batches(), seen.loss(), seen.examples());
                }
                double rate = network.getLearningRate(0);
                network.incrementEpochCount();
                TestFigures validation =
                        TestFigures.of(network, split.validation(), Normalization.MNIST);
                var record =
                        new EpochRecord(
                                epoch,
                                seen.loss(),
                                seen.accuracy(),
                                validation.loss(),
                                validation.accuracy(),
                                rate,
                                (System.nanoTime() - start) / 1e9);
                LOG.info("{}", record);
                history.add(record);
                boolean better =
                        best == null || record.validationAccuracy() > best.validationAccuracy();
                if (better) {
                    best = record;
                    bestParameters = network.params().dup();
                }
                callback.onEpochEnd(record, network, better);
            }
        }
        network.setParams(bestParameters);
        return new Fit(List.copyOf(history), best, network, Normalization.MNIST);
    }

    private static MultiLayerNetwork network(TrainingPlan plan) {
        var updater = new Adam(Schedules.parse(plan.schedule(), plan.learningRate()));
        var network =
                new MultiLayerNetwork(
                        MnistModels.byName(
                                plan.model(), new MnistModels.Settings(plan.seed(), updater)));
        network.init();
        return plan.accelerated() ? OneDnn.accelerate(network, plan.precision()) : network;
    }

    private static DigitIterator batches(TrainingPlan plan, Split split) {
        var batches =
                DigitIterator.builder(split.train())
                        .setBatchSize(plan.batchSize())
                        .optShuffle(plan.seed());
        if (plan.rotation() > 0) {
            batches.optAugmentation(new RotationTransform(plan.rotation()));
        }
        return batches.build();
    }
}
