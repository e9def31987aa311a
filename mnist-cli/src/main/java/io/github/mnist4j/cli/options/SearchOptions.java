package io.github.mnist4j.cli.options;

import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import io.github.mnist4j.tune.search.SearchConfig;
import io.github.mnist4j.tune.search.SearchSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is searched, and how. */
public final class SearchOptions {
    private static final int TRIALS = 30;

    @Option(
            names = "--space",
            paramLabel = "FILE|NAME",
            defaultValue = "mlp",
            converter = Arguments.NotBlank.class,
            description =
                    "The search space: a YAML or JSON file, or mlp or cnn. Default: ${DEFAULT-VALUE}")
    private String space;

    @Mixin private DataOptions data;

    @Option(
            names = "--search",
            paramLabel = "METHOD",
            defaultValue = "random",
            description =
                    "random, tpe (near the best trials so far), genetic (crosses and mutates the best trials so far) or"
                            + " grid (every combination). Default: ${DEFAULT-VALUE}")
    private SearchConfig.Method method;

    @Option(
            names = "--grid-steps",
            paramLabel = "N",
            defaultValue = "3",
            description = "Values that a grid takes from each range. Default: ${DEFAULT-VALUE}")
    private int gridSteps;

    @Option(
            names = "--trials",
            paramLabel = "N",
            description = "Trials to run. Default: " + TRIALS + "; a grid's all")
    private @Nullable Integer trials;

    @Option(
            names = "--time",
            paramLabel = "TIME",
            converter = Arguments.Minutes.class,
            defaultValue = "0s",
            description = "Start no trial after this time: 90s, 30m, 1h30m. Default: no limit")
    private double minutes;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            defaultValue = "5",
            description = "Epochs of each trial. Default: ${DEFAULT-VALUE}")
    private int epochs;

    @Option(
            names = "--validation",
            paramLabel = "N|SHARE",
            converter = HeldOut.Converter.class,
            description =
                    "Training images held out to rank the trials on: a number such as 5000, or a share such as 0.1."
                            + " Default: 5000, or a sixth of a set of fewer than 30000")
    private @Nullable HeldOut heldOut;

    @Option(
            names = "--score",
            paramLabel = "METRIC",
            defaultValue = "accuracy",
            description =
                    "Validation metric to rank by: accuracy or loss. Default: ${DEFAULT-VALUE}")
    private Monitor score;

    @Option(
            names = "--no-early-ending",
            description =
                    "Train every trial to its end. Otherwise a trial ends when after an epoch it is worse than the median"
                            + " of those before it")
    private boolean toTheEnd;

    @Option(
            names = "--parallel",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Trials at a time, each with its share of the processors. Default: ${DEFAULT-VALUE}")
    private int parallel;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Seed of the search. Default: ${DEFAULT-VALUE}")
    private long seed;

    /** Where a search's data comes from. */
    public DataOptions data() {
        return data;
    }

    /**
     * The search that was asked for, before its data is known.
     *
     * @throws IOException if the space is a file that cannot be read
     * @throws IllegalArgumentException if a value is out of range
     */
    public SearchConfig asked() throws IOException {
        SearchSpace what = isFile() ? SearchSpace.read(Path.of(space)) : SearchSpace.named(space);
        TrainingPlan base =
                TrainingPlan.builder(what.model())
                        .optDataset(data.dataset())
                        .optData(data.folder())
                        .optEpochs(epochs)
                        .build();
        int most = method == SearchConfig.Method.GRID ? Integer.MAX_VALUE : TRIALS;
        return SearchConfig.builder(what)
                .optBase(base)
                .optMethod(method)
                .optGridSteps(gridSteps)
                .optTrials(trials != null ? trials : most)
                .optMinutes(minutes)
                .optScore(score)
                .optEndPoorTrials(!toTheEnd)
                .optParallel(parallel)
                .optSeed(seed)
                .build();
    }

    private boolean isFile() {
        return !SearchSpace.NAMES.contains(space)
                && (space.contains(".") || Files.exists(Path.of(space)));
    }

    /**
     * The search with as many images held out as were asked for, or as the data can spare.
     *
     * @param images in the training set
     */
    public SearchConfig fitted(SearchConfig asked, int images) {
        int size =
                heldOut == null
                        ? HeldOut.size(asked.base().validation(), images)
                        : heldOut.size(images);
        return asked.toBuilder()
                .optBase(asked.base().toBuilder().optValidation(size).build())
                .build();
    }
}
