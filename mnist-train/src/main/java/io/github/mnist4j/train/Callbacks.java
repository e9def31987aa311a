package io.github.mnist4j.train;

import java.io.IOException;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/** Several callbacks as one, called in their order. */
record Callbacks(List<TrainingCallback> all) implements TrainingCallback {
    static Callbacks of(TrainingCallback... callbacks) {
        return new Callbacks(List.of(callbacks));
    }

    @Override
    public void onStart(Trainer.Start start) throws IOException {
        for (var c : all) {
            c.onStart(start);
        }
    }

    @Override
    public void onEpochStart(int epoch, int batches) throws IOException {
        for (var c : all) {
            c.onEpochStart(epoch, batches);
        }
    }

    @Override
    public void onBatchEnd(int batch, double loss, long examples) throws IOException {
        for (var c : all) {
            c.onBatchEnd(batch, loss, examples);
        }
    }

    @Override
    public void onEpochEnd(EpochRecord epoch, MultiLayerNetwork network, boolean best)
            throws IOException {
        for (var c : all) {
            c.onEpochEnd(epoch, network, best);
        }
    }

    @Override
    public void onEnd(TrainingResult result) throws IOException {
        for (var c : all) {
            c.onEnd(result);
        }
    }
}
