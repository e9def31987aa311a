package io.github.mnist4j.train;

import java.io.IOException;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/**
 * Hooks into a run of training; all empty. Progress, saving, charts and advice are callbacks, and
 * so may yours be.
 */
public interface TrainingCallback {

    /**
     * A step as it was taken.
     *
     * @param epoch 1 or more
     * @param batch of the epoch, 1 or more
     * @param iteration of the run, 1 or more
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

    /** The data is loaded, the network initialized, nothing learnt yet. */
    default void onStart(Trainer.Start start) throws IOException {}

    /** An epoch begins; the first is 1. */
    default void onEpochStart(int epoch, int batches) throws IOException {}

    /** A step is done. */
    default void onStep(Step step) throws IOException {}

    /**
     * An epoch is done and validated.
     *
     * @param network as it was validated: with averaged weights where the plan averages; it goes on
     *     learning
     * @param best whether its validation accuracy is the highest so far
     */
    default void onEpochEnd(EpochRecord epoch, MultiLayerNetwork network, boolean best)
            throws IOException {}

    /** A place from which the run can be resumed: after every epoch, and when asked to stop. */
    default void onCheckpoint(Checkpoint checkpoint) throws IOException {}

    /** Asked after every step and every epoch; true ends the run there, to be resumed or not. */
    default boolean stopRequested() {
        return false;
    }

    /**
     * Everything is done, or the run diverged after an epoch or more: then there is no test; or a
     * callback asked to stop: then there is no test, and there may be no best epoch.
     */
    default void onEnd(TrainingResult result) throws IOException {}

    /** The last call in any case, also where the run failed before its start: let go of things. */
    default void onClose() throws IOException {}
}
