package io.github.mnist4j.train;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.models.ModelCard;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.train.backend.Backend;
import io.github.mnist4j.train.plan.LearningRate;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A state from which a run continues as if it had never stopped: the network with its updater, and
 * the rest of the run's state. On disk it is a model file with two more entries.
 *
 * @param network with weights, updater state and number of iterations
 * @param state the rest
 * @param average averaged weights; null if there are none
 */
public record Checkpoint(MultiLayerNetwork network, State state, @Nullable INDArray average) {
    /**
     * @param epoch the current one, 1 or more; after the last, their number + 1
     * @param seen metrics of that epoch so far
     * @param history one record per finished epoch
     * @param best of them; null if none is finished
     * @param stopping early stopping's counters
     * @param rate the learning rate's state
     * @param averaged number of updates of the weight average
     * @param ended why the run is over; null if it is not
     * @param threads that computed; null in older checkpoints
     */
    public record State(
            int epoch,
            RunningMetrics.State seen,
            List<EpochRecord> history,
            @Nullable EpochRecord best,
            EarlyStopping.State stopping,
            LearningRate.State rate,
            long averaged,
            @Nullable StopReason ended,
            @JsonProperty Backend.@Nullable Threads threads) {
        /**
         * @throws IllegalArgumentException if a value is out of range or they contradict each
         *     other; the message says which
         */
        public State {
            Objects.requireNonNull(seen);
            Objects.requireNonNull(stopping);
            Objects.requireNonNull(rate);
            history = List.copyOf(history);
            check(epoch >= 1, "epoch is " + epoch + ", 1 or more expected");
            check(
                    history.size() == epoch - 1,
                    "the history has " + history.size() + " epochs, " + (epoch - 1) + " expected");
            for (int i = 0; i < history.size(); i++) {
                check(history.get(i).epoch() == i + 1, "the history's epochs are not in order");
            }
            check(
                    history.isEmpty() ? best == null : history.contains(best),
                    "the best epoch is not one of the history");
            check(averaged >= 0, "averaged is " + averaged + ", 0 or more expected");
            for (EpochRecord e : history) {
                part("accuracy", e.trainAccuracy());
                part("accuracy", e.validationAccuracy());
                finite("loss", e.trainLoss());
                finite("loss", e.validationLoss());
                notNegative("learning rate", e.learningRate());
                notNegative("seconds", e.seconds());
            }
            notNegative("seen batches", seen.batches());
            notNegative("seen examples", (double) seen.examples());
            notNegative("right answers", (double) seen.right());
            check(seen.right() <= seen.examples(), "more right answers than examples");
            finite("sum of losses", seen.loss());
            check(!Double.isNaN(stopping.best()), "the best figure is not a number");
            notNegative("waited epochs", stopping.waited());
            notNegative("seconds", stopping.seconds());
            part("reduction of the learning rate", rate.reduction());
            check(!Double.isNaN(rate.best()), "the lowest loss is not a number");
            notNegative("waited epochs", rate.waited());
            check(ended != StopReason.DIVERGED, "a run that diverged has no checkpoint");
        }
    }

    private static void finite(String name, double value) {
        check(Double.isFinite(value), name + " is " + value + ", a finite number expected");
    }

    private static void notNegative(String name, double value) {
        finite(name, value);
        check(value >= 0, name + " is " + value + ", 0 or more expected");
    }

    private static void part(String name, double value) {
        check(value >= 0 && value <= 1, name + " is " + value + ", 0 to 1 expected");
    }

    private static void check(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /**
     * Writes it; the file appears whole or not at all.
     *
     * @param normalization what the network's input must go through
     */
    public void save(Path file, Normalization normalization, ModelCard card) throws IOException {
        Map<String, byte[]> more = new LinkedHashMap<>();
        more.put(ModelFile.TRAINING, JsonFile.bytes(state));
        if (average != null) {
            float[] values = average.toFloatVector();
            ByteBuffer bytes =
                    ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(values);
            more.put(ModelFile.AVERAGE, bytes.array());
        }
        ModelFile.save(file, network, normalization, card, true, more);
    }

    /**
     * Reads what {@link #save} wrote.
     *
     * @throws IOException if it is not there or is not a checkpoint; the message says so
     */
    public static Checkpoint load(Path file) throws IOException {
        ModelFile.Contents contents = ModelFile.loadAll(file);
        if (contents.training() == null) {
            throw new IOException(
                    file + " is a model, not a checkpoint: it has no " + ModelFile.TRAINING);
        }
        State state =
                JsonFile.parse(
                        contents.training(),
                        file + ", " + ModelFile.TRAINING,
                        1,
                        State.class,
                        true);
        if (contents.average() == null != (state.averaged == 0)) {
            throw new IOException(
                    file + ", " + ModelFile.TRAINING + " and " + ModelFile.AVERAGE + " do not fit");
        }
        MultiLayerNetwork network = contents.model().network();
        if (!contents.hasUpdater() && network.getUpdater().getStateViewArray() != null) {
            // the run would go on with other steps than those it was left with
            throw new IOException(file + " is not a checkpoint: it has no state of the optimizer");
        }
        return new Checkpoint(network, state, contents.average());
    }
}
