package io.github.mnist4j.train;

import static java.util.Objects.requireNonNull;

import io.github.mnist4j.data.DigitIterator;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.onednn.AcceleratedNetwork;
import io.github.mnist4j.onednn.OneDnn;
import io.github.mnist4j.train.backend.Backend;
import io.github.mnist4j.train.evaluate.ClassificationMetrics;
import io.github.mnist4j.train.plan.LearningRate;
import io.github.mnist4j.train.plan.Optimizers;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.WeightAverage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** The state of a run between steps and between epochs: all that a checkpoint must hold. */
public final class TrainingState {
    private final TrainingPlan plan;
    private final MultiLayerNetwork network;
    private final LearningRate rate;
    private final EarlyStopping stopping;
    private final @Nullable WeightAverage average;
    private final List<EpochRecord> history = new ArrayList<>();
    private @Nullable Best best;
    private int epoch = 1;
    private RunningMetrics seen;
    private @Nullable StopReason reason;
    private long epochStart;
    private double lastRate;

    /**
     * The best epoch so far.
     *
     * @param validation null where the process that was there before validated it
     */
    private record Best(
            EpochRecord epoch, INDArray parameters, @Nullable ClassificationMetrics validation) {}

    /** A run's beginning. */
    TrainingState(TrainingPlan plan, int batches) {
        this(plan, batches, begin(plan), RunningMetrics.State.NONE);
    }

    /** A run as it was left. */
    TrainingState(SavedRun run, int batches) {
        this(
                run.plan(),
                batches,
                accelerated(run.plan(), run.checkpoint().network()),
                run.checkpoint().state().seen());
        Checkpoint.State state = run.checkpoint().state();
        epoch = state.epoch();
        history.addAll(state.history());
        if (state.best() != null) {
            best = new Best(state.best(), requireNonNull(run.bestParameters()), null);
        }
        stopping.restore(state.stopping());
        rate.restore(state.rate());
        if (average != null) {
            average.restore(run.checkpoint().average(), state.averaged());
        }
        // to be asked to stop is the one reason that a resumed run does not inherit
        reason = state.ended() == StopReason.REQUESTED ? null : state.ended();
    }

    private TrainingState(
            TrainingPlan plan, int batches, MultiLayerNetwork network, RunningMetrics.State seen) {
        this.plan = plan;
        this.network = network;
        rate = new LearningRate(plan, batches);
        stopping = new EarlyStopping(plan);
        average = WeightAverage.parse(plan.average());
        this.seen = new RunningMetrics(network, seen);
        epochStart = System.nanoTime();
    }

    private static MultiLayerNetwork accelerated(TrainingPlan plan, MultiLayerNetwork network) {
        return plan.onednn() ? OneDnn.accelerate(network, plan.precision()) : network;
    }

    /** Whether oneDNN computes the steps; what it leaves to DL4J draws and tells as DL4J does. */
    static boolean isAccelerated(MultiLayerNetwork network) {
        return network instanceof AcceleratedNetwork fast && fast.isAccelerated();
    }

    /** The plan's network with its initial weights, ready to train. */
    public static MultiLayerNetwork begin(TrainingPlan plan) {
        var settings =
                new MnistModels.Settings(
                        plan.seed(),
                        Optimizers.of(plan.optimizer(), plan.learningRate(), plan.momentum()),
                        plan.dropout(),
                        plan.convDropout(),
                        plan.l1(),
                        plan.l2(),
                        plan.weightDecay(),
                        plan.clip());
        var network = new MultiLayerNetwork(MnistModels.byName(plan.model(), settings));
        network.init();
        return accelerated(plan, network);
    }

    /** How many parameters the plan's network has. */
    static long parameters(TrainingPlan plan) {
        var network =
                new MultiLayerNetwork(
                        MnistModels.byName(plan.model(), MnistModels.Settings.DEFAULT));
        network.init();
        return network.numParams();
    }

    boolean goesOn() {
        return reason == null;
    }

    void stopIf(boolean requested) {
        if (requested && reason == null) {
            reason = StopReason.REQUESTED;
        }
    }

    /** One step. */
    TrainingCallback.Step learn(DataSet batch) {
        int iteration = network.getIterationCount();
        lastRate = rate.apply(network, iteration, epoch - 1);
        if (!isAccelerated(network)) {
            // DL4J's dropout takes from one global stream, which a resumed run could not find again
            Nd4j.getRandom().setSeed(MnistModels.nd4jSeed(31 * plan.seed() + iteration));
        }
        network.fit(batch);
        seen.add(batch);
        if (average != null) {
            average.afterStep(network.params());
        }
        reason = stopping.afterBatch(network.score(), secondsOfEpoch()).orElse(reason);
        return new TrainingCallback.Step(
                epoch,
                seen.batches(),
                iteration + 1,
                network.score(),
                seen.loss(),
                seen.examples(),
                lastRate);
    }

    private double secondsOfEpoch() {
        return (System.nanoTime() - epochStart) / 1e9;
    }

    /**
     * Ends the run where a weight is not a number any more: the loss alone does not tell, for a
     * layer can hide it.
     */
    void checkWeights() {
        if (!allFinite(network.params())) {
            reason = StopReason.DIVERGED;
        }
    }

    /** Whether the network that was validated is one to keep; if not, the run ends here. */
    boolean isSound(ClassificationMetrics validation) {
        if (!Double.isFinite(validation.loss()) || !allFinite(network.params())) {
            reason = StopReason.DIVERGED;
        }
        return reason != StopReason.DIVERGED;
    }

    private static boolean allFinite(INDArray values) {
        for (float value : values.toFloatVector()) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the epoch is to be validated: it is done, or there is no time for the rest of it. */
    boolean isWhole(DigitIterator batches) {
        return reason == StopReason.TIME || (reason != StopReason.DIVERGED && !batches.hasNext());
    }

    /** Puts the weights that the run learns with back into the network. */
    interface Restore extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Puts the weights to validate and save into the network: the averaged ones where the plan
     * averages.
     */
    Restore takeAverage(DigitIterator batches) {
        if (average != null) {
            average.afterEpoch(network.params(), epoch);
        }
        if (average == null || average.average() == null) {
            return () -> {};
        }
        INDArray own = average.swapIn(network, batches, epoch - 1);
        return () -> network.setParams(own);
    }

    /** Writes the epoch down and goes to the next. */
    EpochRecord endEpoch(ClassificationMetrics validation) {
        var record =
                new EpochRecord(
                        epoch,
                        seen.loss(),
                        seen.accuracy(),
                        validation.loss(),
                        validation.accuracy(),
                        lastRate,
                        secondsOfEpoch());
        history.add(record);
        if (best == null || record.isBetterThan(best.epoch)) {
            best = new Best(record, network.params().dup(), validation);
        }
        rate.afterEpoch(record.validationLoss());
        Optional<StopReason> stop = stopping.afterEpoch(record);
        if (reason == null || reason == StopReason.REQUESTED) {
            reason = stop.orElse(epoch >= plan.epochs() ? StopReason.EPOCHS : reason);
        }
        network.incrementEpochCount();
        epoch++;
        seen = new RunningMetrics(network, RunningMetrics.State.NONE);
        epochStart = System.nanoTime();
        return record;
    }

    @SuppressWarnings("ReferenceEquality") // the very epoch, not one with the same figures
    boolean isBest(EpochRecord record) {
        return record == best();
    }

    /** Puts the best epoch's weights into the network. */
    void takeBest() {
        if (best != null) {
            network.setParams(best.parameters);
        } else if (reason == StopReason.DIVERGED) {
            throw new IllegalStateException(
                    "after "
                            + seen.batches()
                            + " batches of epoch "
                            + epoch
                            + " "
                            + StopReason.DIVERGED.sentence()
                            + "; no epoch was done, no model is kept");
        }
    }

    /**
     * Metrics of the best epoch's network, which {@link #takeBest} has put into place. Computed
     * only if another process validated that epoch.
     */
    ClassificationMetrics bestValidation(DigitSet validation) {
        return best != null && best.validation != null
                ? best.validation
                : ClassificationMetrics.of(network, validation, plan.normalization());
    }

    Checkpoint checkpoint() {
        var state =
                new Checkpoint.State(
                        epoch,
                        seen.state(),
                        history,
                        best(),
                        stopping.state(),
                        rate.state(),
                        average == null ? 0 : average.updates(),
                        reason,
                        Backend.threads());
        return new Checkpoint(network, state, average == null ? null : average.average());
    }

    MultiLayerNetwork network() {
        return network;
    }

    int epoch() {
        return epoch;
    }

    int batchesDone() {
        return seen.batches();
    }

    /** The epochs done; a view that grows with the run. */
    List<EpochRecord> history() {
        return Collections.unmodifiableList(history);
    }

    @Nullable EpochRecord best() {
        return best == null ? null : best.epoch;
    }

    @Nullable StopReason reason() {
        return reason;
    }
}
