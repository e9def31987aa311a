package io.github.mnist4j.train;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/** Several callbacks as one, called in their order. */
record Callbacks(List<TrainingCallback> all) implements TrainingCallback, Closeable {
    static Callbacks of(TrainingCallback... callbacks) {
        return new Callbacks(List.of(callbacks));
    }

    Callbacks and(TrainingCallback last) {
        var more = new ArrayList<>(all);
        more.add(last);
        return new Callbacks(List.copyOf(more));
    }

    private interface Call {
        void on(TrainingCallback callback) throws IOException;
    }

    private void each(Call call) throws IOException {
        for (var c : all) {
            call.on(c);
        }
    }

    @Override
    public void onStart(Trainer.Start start) throws IOException {
        each(c -> c.onStart(start));
    }

    @Override
    public void onEpochStart(int epoch, int batches) throws IOException {
        each(c -> c.onEpochStart(epoch, batches));
    }

    @Override
    public void onStep(Step step) throws IOException {
        each(c -> c.onStep(step));
    }

    @Override
    public void onEpochEnd(EpochRecord epoch, MultiLayerNetwork network, boolean best)
            throws IOException {
        each(c -> c.onEpochEnd(epoch, network, best));
    }

    @Override
    public void onCheckpoint(Checkpoint checkpoint) throws IOException {
        each(c -> c.onCheckpoint(checkpoint));
    }

    @Override
    public boolean stopRequested() {
        return all.stream().anyMatch(TrainingCallback::stopRequested);
    }

    /** Closes all of them, whatever one throws. */
    @Override
    public void close() throws IOException {
        IOException first = null;
        for (var c : all) {
            try {
                c.onClose();
            } catch (IOException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    @Override
    public void onClose() throws IOException {
        close();
    }

    @Override
    public void onEnd(TrainingResult result) throws IOException {
        each(c -> c.onEnd(result));
    }
}
