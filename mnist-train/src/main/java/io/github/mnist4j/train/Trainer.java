package io.github.mnist4j.train;

import static java.util.Objects.requireNonNull;

import io.github.mnist4j.data.DigitIterator;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.Split;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.train.backend.Backend;
import io.github.mnist4j.train.evaluate.ClassificationMetrics;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
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
     * @param plan the run's settings
     * @param data the images it learns from and will be tested on
     * @param split the training images, split into training and validation
     * @param network with its first weights, or as the resumed run left it
     * @param history the finished epochs: none, or those of the resumed run; a view that grows with
     *     the run
     */
    public record Start(
            TrainingPlan plan,
            DatasetLoader.Loaded data,
            Split split,
            MultiLayerNetwork network,
            List<EpochRecord> history) {}

    /**
     * The result of a run before its test.
     *
     * @param history one record per epoch
     * @param bestEpoch the epoch whose network is kept, by {@link EpochRecord#isBetterThan}; null
     *     if none was finished
     * @param reason why it ended
     * @param advice mistakes noticed on the way, one sentence each
     * @param network as it was after the best epoch
     * @param normalization what the network's input must go through
     * @param validation metrics of the network on the validation images; null if the run diverged
     *     or a callback asked to stop
     */
    public record Fit(
            List<EpochRecord> history,
            @Nullable EpochRecord bestEpoch,
            StopReason reason,
            List<String> advice,
            MultiLayerNetwork network,
            Normalization normalization,
            @Nullable ClassificationMetrics validation) {}

    /** Where a run's images come from; asked when its callbacks are sure to be closed. */
    private interface Source {
        DatasetLoader.Loaded load() throws IOException;
    }

    /**
     * Loads the plan's data, trains, and tests the best epoch's network once. A run that diverged
     * after an epoch or more is not tested.
     *
     * @throws IOException if the data cannot be loaded or a callback cannot write
     * @throws IllegalStateException if the loss or a weight became NaN or infinite before the end
     *     of the first epoch
     */
    public static TrainingResult run(TrainingPlan plan, TrainingCallback... callbacks)
            throws IOException {
        return run(plan, () -> load(plan), Callbacks.of(callbacks));
    }

    /** As {@link #run(TrainingPlan, TrainingCallback...)} on data that is loaded already. */
    public static TrainingResult run(
            TrainingPlan plan, DatasetLoader.Loaded data, TrainingCallback... callbacks)
            throws IOException {
        return run(plan, () -> data, Callbacks.of(callbacks));
    }

    private static TrainingResult run(TrainingPlan plan, Source source, Callbacks callbacks)
            throws IOException {
        try (callbacks) {
            DatasetLoader.Loaded data = source.load();
            check(data);
            return test(plan, data, begin(plan, data, callbacks), callbacks);
        }
    }

    /**
     * Continues an interrupted run. On the same machine with the same number of threads it ends
     * with the same bits as a run that was never interrupted.
     *
     * @throws IOException if the run does not fit its plan or data, or a callback cannot write
     */
    public static TrainingResult resume(
            SavedRun run, DatasetLoader.Loaded data, TrainingCallback... callbacks)
            throws IOException {
        return resume(run, () -> data, Callbacks.of(callbacks));
    }

    /** As above; loads the plan's data. */
    public static TrainingResult resume(SavedRun run, TrainingCallback... callbacks)
            throws IOException {
        return resume(run, () -> load(run.plan()), Callbacks.of(callbacks));
    }

    private static TrainingResult resume(SavedRun run, Source source, Callbacks callbacks)
            throws IOException {
        try (callbacks) {
            DatasetLoader.Loaded data = source.load();
            check(data);
            int batches = batchesPerEpoch(run.plan(), data);
            run.check(data, batches);
            warnOfOtherThreads(run.checkpoint().state().threads());
            Fit fit = fit(run.plan(), data, new TrainingState(run, batches), callbacks);
            return test(run.plan(), data, fit, callbacks);
        }
    }

    /** Trains and validates, but leaves the test set alone and does not call {@code onEnd}. */
    public static Fit fit(
            TrainingPlan plan, DatasetLoader.Loaded data, TrainingCallback... callbacks)
            throws IOException {
        try (Callbacks all = Callbacks.of(callbacks)) {
            DataCheck.images(data.train(), "training", data);
            return begin(plan, data, all);
        }
    }

    private static DatasetLoader.Loaded load(TrainingPlan plan) throws IOException {
        var source = DatasetLoader.builder();
        if (plan.data() != null) {
            source.optFolder(Path.of(plan.data()));
        }
        return source.build().load(plan.dataset());
    }

    /** The test images too: a run should not fail at its end. */
    private static void check(DatasetLoader.Loaded data) throws IOException {
        DataCheck.images(data.train(), "training", data);
        DataCheck.images(data.test(), "test", data);
    }

    /** Sums in another order round to other bits. */
    private static void warnOfOtherThreads(Backend.@Nullable Threads before) {
        Backend.Threads now = Backend.threads();
        if (before != null && !before.equals(now)) {
            LOG.warn(
                    "This run began with {} and continues with {}: its results may differ in the last bits."
                            + " OMP_NUM_THREADS sets the number.",
                    before,
                    now);
        }
    }

    private static int batchesPerEpoch(TrainingPlan plan, DatasetLoader.Loaded data) {
        int images = data.train().size() - plan.validation();
        return Math.max(1, (images + plan.batchSize() - 1) / plan.batchSize());
    }

    private static Fit begin(TrainingPlan plan, DatasetLoader.Loaded data, Callbacks callbacks)
            throws IOException {
        DataCheck.validation(plan.validation(), data);
        return fit(plan, data, new TrainingState(plan, batchesPerEpoch(plan, data)), callbacks);
    }

    /** Trains and validates epoch after epoch, until the state says that it is enough. */
    private static Fit fit(
            TrainingPlan plan, DatasetLoader.Loaded data, TrainingState state, Callbacks callbacks)
            throws IOException {
        LOG.info("{} on {}", plan, Backend.facts());
        var advice = new TrainingDiagnostics();
        Callbacks callback = callbacks.and(advice);
        Split split = Split.stratified(data.train(), plan.validation(), plan.splitSeed());
        callback.onStart(new Start(plan, data, split, state.network(), state.history()));
        try (DigitIterator batches = batches(plan, split)) {
            while (state.goesOn()) {
                train(state, batches, callback);
                if (state.isWhole(batches)) {
                    validate(state, batches, split.validation(), plan.normalization(), callback);
                }
                if (state.reason() != StopReason.DIVERGED) {
                    callback.onCheckpoint(state.checkpoint());
                }
            }
        }
        StopReason reason = requireNonNull(state.reason());
        state.takeBest();
        advice.conclude(reason);
        return new Fit(
                List.copyOf(state.history()),
                state.best(),
                reason,
                advice.lines(),
                state.network(),
                plan.normalization(),
                reason.isFinal() ? state.bestValidation(split.validation()) : null);
    }

    /** Takes the steps of an epoch, or those of them that are left. */
    private static void train(TrainingState state, DigitIterator batches, Callbacks callback)
            throws IOException {
        batches.startEpoch(state.epoch() - 1, state.batchesDone());
        callback.onEpochStart(state.epoch(), batches.batches());
        while (batches.hasNext() && state.goesOn()) {
            callback.onStep(state.learn(batches.next()));
            state.stopIf(callback.stopRequested());
        }
        state.checkWeights();
    }

    /** Ends an epoch: with averaged weights where the plan averages. */
    private static void validate(
            TrainingState state,
            DigitIterator batches,
            DigitSet images,
            Normalization normalization,
            Callbacks callback)
            throws IOException {
        try (var restore = state.takeAverage(batches)) {
            var validation = ClassificationMetrics.of(state.network(), images, normalization);
            if (state.isSound(validation)) {
                EpochRecord record = state.endEpoch(validation);
                LOG.info("{}", record);
                callback.onEpochEnd(record, state.network(), state.isBest(record));
            }
        }
        state.stopIf(callback.stopRequested());
    }

    /** Tests the best network, once, if the run came to its end. */
    private static TrainingResult test(
            TrainingPlan plan, DatasetLoader.Loaded data, Fit fit, Callbacks callbacks)
            throws IOException {
        ClassificationMetrics test =
                fit.reason.isFinal()
                        ? ClassificationMetrics.of(fit.network, data.test(), fit.normalization)
                        : null;
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
                        fit.validation,
                        test);
        callbacks.onEnd(result);
        return result;
    }

    /** The training images as the plan wants them: shuffled, augmented, labels smoothed. */
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
