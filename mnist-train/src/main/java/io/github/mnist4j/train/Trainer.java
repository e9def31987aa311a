package io.github.mnist4j.train;

import io.github.mnist4j.data.DigitIterator;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.Split;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.train.backend.Backend;
import io.github.mnist4j.train.evaluate.ClassificationMetrics;
import io.github.mnist4j.train.plan.Schedules;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.run.RunFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
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
     * @param split its training images parted in two
     * @param network initialized
     */
    public record Start(
            TrainingPlan plan, DatasetLoader.Loaded data, Split split, MultiLayerNetwork network) {}

    /**
     * Loads the data, trains as planned and tests the best epoch's network once. A run that
     * diverged is not tested: its result has no {@code test}, but the best epoch before.
     *
     * @throws IOException if the data cannot be had or a callback cannot write
     * @throws IllegalStateException if the loss or a weight was no number before an epoch was done
     */
    public static TrainingResult run(TrainingPlan plan, TrainingCallback... callbacks)
            throws IOException {
        DatasetLoader.Loaded data;
        try {
            data = load(plan);
        } catch (Throwable e) {
            Callbacks.of(callbacks).onClose();
            throw e;
        }
        return run(plan, data, callbacks);
    }

    /** As {@link #run(TrainingPlan, TrainingCallback...)} on data that is loaded already. */
    public static TrainingResult run(
            TrainingPlan plan, DatasetLoader.Loaded data, TrainingCallback... callbacks)
            throws IOException {
        try (var closing = Callbacks.of(callbacks).closing()) {
            check(data);
            return test(plan, data, begin(plan, data, callbacks), callbacks);
        }
    }

    /**
     * Goes on with a run from the folder that {@link RunFolder} wrote; the end is that of a run
     * that was never left.
     *
     * @param folder holds plan.json, last.zip and, after the first epoch, best.zip
     * @param data null to load the plan's
     * @throws IOException if there is nothing to resume; the message says why
     */
    public static TrainingResult resume(
            Path folder, DatasetLoader.Loaded data, TrainingCallback... callbacks)
            throws IOException {
        try (var closing = Callbacks.of(callbacks).closing()) {
            TrainingPlan plan = TrainingPlan.read(folder.resolve("plan.json"));
            Checkpoint from = Checkpoint.load(folder.resolve("last.zip"));
            INDArray best =
                    from.state().best() == null
                            ? null
                            : ModelFile.load(folder.resolve("best.zip")).network().params();
            DatasetLoader.Loaded loaded = data != null ? data : load(plan);
            check(loaded);
            int batches = trainingBatches(plan, loaded);
            checkPlan(plan, batches, loaded, folder);
            from.checkFits(plan, batches, best, folder);
            warnOfOtherThreads(from.state().threads());
            var state = new TrainingState(plan, batches, from, best);
            return test(plan, loaded, fit(plan, loaded, state, callbacks), callbacks);
        }
    }

    /** What is wrong with the plan is the file's fault here: nobody gave its values again. */
    private static void checkPlan(
            TrainingPlan plan, int batches, DatasetLoader.Loaded data, Path folder)
            throws IOException {
        try {
            DataCheck.validation(plan.validation(), data);
            Schedules.of(plan, batches);
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "the run cannot go on by "
                            + folder.resolve("plan.json")
                            + ": "
                            + e.getMessage(),
                    e);
        }
    }

    /** What only the end of a run would come upon. */
    private static void check(DatasetLoader.Loaded data) throws IOException {
        DataCheck.images(data.train(), "training", data);
        DataCheck.images(data.test(), "test", data);
    }

    /** Sums in another order round to other bits. */
    private static void warnOfOtherThreads(Backend.Threads before) {
        Backend.Threads now = Backend.threads();
        if (before != null && !before.equals(now)) {
            LOG.warn(
                    "This run began with {} and goes on with {}: it will not be the same bit for bit."
                            + " OMP_NUM_THREADS sets the number.",
                    before,
                    now);
        }
    }

    private static DatasetLoader.Loaded load(TrainingPlan plan) throws IOException {
        var source = DatasetLoader.builder();
        if (plan.data() != null) {
            source.optFolder(Path.of(plan.data()));
        }
        return source.build().load(plan.dataset());
    }

    private static TrainingResult test(
            TrainingPlan plan, DatasetLoader.Loaded data, Fit fit, TrainingCallback... callbacks)
            throws IOException {
        ClassificationMetrics test =
                fit.reason == StopReason.REQUESTED || fit.reason == StopReason.DIVERGED
                        ? null
                        : ClassificationMetrics.of(fit.network, data.test(), fit.normalization);
        var result =
                new TrainingResult(
                        plan,
                        data,
                        fit.history,
                        fit.bestEpoch,
                        fit.reason,
                        fit.advice,
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
     * @param bestEpoch the one with the highest validation accuracy, of several the one with the
     *     lowest loss; null if none was finished
     * @param reason why it ended
     * @param advice what was noticed on the way, a sentence each
     * @param network as it was after the best epoch
     * @param normalization what the network's input must go through
     */
    public record Fit(
            List<EpochRecord> history,
            EpochRecord bestEpoch,
            StopReason reason,
            List<String> advice,
            MultiLayerNetwork network,
            Normalization normalization) {}

    /** Learns and validates, but leaves the test set alone, and {@code onEnd} uncalled. */
    public static Fit fit(
            TrainingPlan plan, DatasetLoader.Loaded data, TrainingCallback... callbacks)
            throws IOException {
        try (var closing = Callbacks.of(callbacks).closing()) {
            return begin(plan, data, callbacks);
        }
    }

    private static Fit begin(
            TrainingPlan plan, DatasetLoader.Loaded data, TrainingCallback... callbacks)
            throws IOException {
        DataCheck.images(data.train(), "training", data);
        DataCheck.validation(plan.validation(), data);
        var state = new TrainingState(plan, trainingBatches(plan, data));
        return fit(plan, data, state, callbacks);
    }

    private static int trainingBatches(TrainingPlan plan, DatasetLoader.Loaded data) {
        int images = data.train().size() - plan.validation();
        return Math.max(1, (images + plan.batchSize() - 1) / plan.batchSize());
    }

    /** The loop itself. */
    private static Fit fit(
            TrainingPlan plan,
            DatasetLoader.Loaded data,
            TrainingState state,
            TrainingCallback... callbacks)
            throws IOException {
        LOG.info("{} on {}", plan, Backend.facts());
        var advice = new TrainingDiagnostics();
        var callback = Callbacks.of(callbacks).and(advice);
        Split split = Split.stratified(data.train(), plan.validation(), plan.splitSeed());
        callback.onStart(new Start(plan, data, split, state.network()));
        try (DigitIterator batches = batches(plan, split)) {
            while (state.goesOn()) {
                batches.startEpoch(state.epoch() - 1, state.batchesDone());
                callback.onEpochStart(state.epoch(), batches.batches());
                while (batches.hasNext() && state.goesOn()) {
                    callback.onStep(state.learn(batches.next()));
                    state.stopIf(callback.stopRequested());
                }
                state.checkWeights();
                if (state.isWhole(batches)) {
                    try (var averaged = state.averaged(batches)) {
                        ClassificationMetrics validation =
                                ClassificationMetrics.of(
                                        averaged.network(),
                                        split.validation(),
                                        plan.normalization());
                        if (state.isSound(averaged, validation)) {
                            EpochRecord record = state.endEpoch(validation);
                            LOG.info("{}", record);
                            callback.onEpochEnd(record, averaged.network(), state.isBest(record));
                        }
                    }
                    state.stopIf(callback.stopRequested());
                }
                if (state.reason() != StopReason.DIVERGED) {
                    callback.onCheckpoint(state.checkpoint());
                }
            }
        }
        state.takeBest();
        advice.conclude(state.reason());
        return new Fit(
                state.history(),
                state.best(),
                state.reason(),
                advice.lines(),
                state.network(),
                plan.normalization());
    }

    /** The training images as the plan wants them: shuffled, varied, smoothed. */
    static DigitIterator batches(TrainingPlan plan, Split split) {
        var batches =
                DigitIterator.builder(split.train())
                        .setBatchSize(plan.batchSize())
                        .optNormalization(plan.normalization())
                        .optShuffle(plan.seed())
                        .optLabelSmoothing(plan.labelSmoothing());
        if (!plan.augment().changesNothing()) {
            batches.optAugmentation(plan.augment().transform());
        }
        return batches.build();
    }
}
