package io.github.mnist4j.train;

import java.io.IOException;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/**
 * Hooks into a run of training; all empty. Progress, saving and charts are callbacks, and so may
 * yours be.
 */
public interface TrainingCallback {

    /** The data is loaded, the network initialised, nothing learnt yet. */
    default void onStart(Trainer.Start start) throws IOException {}

    /** An epoch begins; the first is 1. */
    default void onEpochStart(int epoch, int batches) throws IOException {}

    /**
     * A step is done.
     *
     * @param batch 1 or more
     * @param loss mean loss of the epoch's batches so far
     * @param examples pictures seen in this epoch so far
     */
    default void onBatchEnd(int batch, double loss, long examples) throws IOException {}

    /**
     * An epoch is done and validated.
     *
     * @param network as it stands; it goes on learning
     * @param best whether its validation accuracy is the highest so far
     */
    default void onEpochEnd(EpochRecord epoch, MultiLayerNetwork network, boolean best)
            throws IOException {}

    /** Everything is done; the result holds the best network and its test figures. */
    default void onEnd(TrainingResult result) throws IOException {}
}
