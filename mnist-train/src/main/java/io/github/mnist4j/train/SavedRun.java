package io.github.mnist4j.train;

import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.WeightAverage;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An interrupted run as its folder holds it. {@link #read} reads each file once; nobody looks into
 * the folder again.
 *
 * @param folder where it was read from
 * @param plan from {@code plan.json}
 * @param checkpoint from {@code last.zip}
 * @param bestParameters from {@code best.zip}; null if no epoch was finished
 */
public record SavedRun(
        Path folder, TrainingPlan plan, Checkpoint checkpoint, @Nullable INDArray bestParameters) {
    /**
     * Reads a run's folder.
     *
     * @throws IOException if a file is missing or damaged; the message names it
     */
    public static SavedRun read(Path folder) throws IOException {
        TrainingPlan plan = TrainingPlan.read(folder.resolve("plan.json"));
        Checkpoint checkpoint = Checkpoint.load(folder.resolve("last.zip"));
        INDArray best =
                checkpoint.state().best() == null
                        ? null
                        : ModelFile.load(folder.resolve("best.zip")).network().params();
        return new SavedRun(folder, plan, checkpoint, best);
    }

    /**
     * Checks that it can continue with this data. Whatever is wrong is the files' fault: the user
     * gave no plan.
     *
     * @param batches per epoch
     * @throws IOException if it cannot; the message names the file
     */
    void check(DatasetLoader.Loaded data, int batches) throws IOException {
        try {
            DataCheck.validation(plan.validation(), data);
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "the run cannot continue with "
                            + folder.resolve("plan.json")
                            + ": "
                            + e.getMessage(),
                    e);
        }
        String misfit = misfit(batches);
        if (misfit != null) {
            throw new IOException(
                    folder.resolve("last.zip")
                            + " is not from the run that plan.json describes: "
                            + misfit);
        }
    }

    /** Why the plan's run cannot have left this checkpoint; null if it can. */
    private @Nullable String misfit(int batches) {
        Checkpoint.State state = checkpoint.state();
        // a run that is over is behind its last epoch; any other would go on for ever there
        boolean over = state.ended() != null && state.ended() != StopReason.REQUESTED;
        if (state.epoch() > plan.epochs() + (over ? 1 : 0)) {
            return "it is in epoch " + state.epoch() + " of " + plan.epochs();
        }
        if (state.seen().batches() > batches) {
            return "it has seen " + state.seen().batches() + " of " + batches + " batches";
        }
        long parameters = checkpoint.network().numParams();
        if (TrainingState.parameters(plan) != parameters) {
            return "its network has a different number of weights";
        }
        if (bestParameters != null && bestParameters.length() != parameters) {
            return "best.zip has a different number of weights";
        }
        if (checkpoint.average() != null && WeightAverage.parse(plan.average()) == null) {
            return "it has averaged weights";
        }
        return null;
    }
}
