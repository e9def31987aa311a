package io.github.mnist4j.train;

import java.io.IOException;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/**
 * Hooks into a training run; each does nothing by default. Progress, saving, charts and advice are
 * callbacks, and you can add your own.
 */
public interface TrainingCallback {

    /**
     * One training step.
     *
     * @param epoch 1 or more
     * @param batch within the epoch, 1 or more
     * @param iteration within the run, 1 or more
     * @param loss of this batch, penalties included
     * @param meanLoss of the epoch's batches so far
     * @param examples images seen in this epoch so far
     * @param learningRate that the step was taken with
     */
    record Step(
            int epoch,
            int batch,
            int iteration,
            double loss,
            double meanLoss,
            long examples,
            double learningRate) {}

    /** The data is loaded and the network initialized; no step has been taken. */
    default void onStart(Trainer.Start start) throws IOException {}

    /** An epoch begins; the first is 1. */
    default void onEpochStart(int epoch, int batches) throws IOException {}

    /** A step is done. */
    default void onStep(Step step) throws IOException {}

    /**
     * An epoch is done and validated.
     *
     * @param network as it was validated: with averaged weights where the plan averages; it keeps
     *     training
     * @param best whether it is the best so far, by {@link EpochRecord#isBetterThan}
     */
    default void onEpochEnd(EpochRecord epoch, MultiLayerNetwork network, boolean best)
            throws IOException {}

    /**
     * The run can be resumed from here: called after every epoch, and when the run is asked to
     * stop.
     */
    default void onCheckpoint(Checkpoint checkpoint) throws IOException {}

    /** Asked after every step and every epoch; true ends the run there, to be resumed or not. */
    default boolean stopRequested() {
        return false;
    }

    /**
     * The run is over. If it diverged after an epoch or more, or a callback asked to stop, there
     * are no test metrics; a stopped run may have no best epoch.
     */
    default void onEnd(TrainingResult result) throws IOException {}

    /**
     * The last call in every case, even if the run failed before its start: release resources here.
     */
    default void onClose() throws IOException {}
}
