package io.github.mnist4j.tune;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.mnist4j.data.DataSource;
import io.github.mnist4j.train.RunFolder;
import io.github.mnist4j.train.TrainingPlan;
import io.github.mnist4j.train.TrainingPlan.Monitor;
import io.github.mnist4j.train.cli.DataOptions;
import io.github.mnist4j.train.cli.Interrupt;
import io.github.mnist4j.train.cli.LogFile;
import io.github.mnist4j.train.cli.Mnist;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The search's main class and the command {@code mnist tune}. */
@Command(
        name = "tune",
        description = {
            "Search hyperparameters; rank the trials by what they reach on the validation pictures.",
            "At the end the search's folder holds report.html, and best-plan.json for mnist train --plan."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class MnistTuner implements Callable<Integer> {
    @Option(
            names = "--space",
            paramLabel = "FILE|NAME",
            defaultValue = "mlp",
            description =
                    "What may be chosen from: a YAML or JSON file, or mlp or cnn. Default: ${DEFAULT-VALUE}")
    private String space;

    @Option(
            names = "--show-space",
            paramLabel = "NAME",
            description = "Print the file of a named space, to make one's own of, and do no more")
    private String show;

    @Mixin private DataOptions data;

    @Option(
            names = "--search",
            paramLabel = "METHOD",
            defaultValue = "random",
            description =
                    "random, tpe (from where the best so far lie), genetic (crossed and mutated from the best so far) or"
                            + " grid (every combination). Default: ${DEFAULT-VALUE}")
    private Search.Method method;

    @Option(
            names = "--grid-steps",
            paramLabel = "N",
            defaultValue = "3",
            description = "Values that a grid takes of each range. Default: ${DEFAULT-VALUE}")
    private int gridSteps;

    @Option(
            names = "--trials",
            paramLabel = "N",
            description = "Plans to try. Default: 30, of a grid all")
    private Integer trials;

    @Option(
            names = "--time",
            paramLabel = "TIME",
            converter = Minutes.class,
            defaultValue = "0s",
            description = "After which no further trial begins: 90s, 30m, 1h30m. Default: no limit")
    private double minutes;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            defaultValue = "5",
            description = "Of each trial. Default: ${DEFAULT-VALUE}")
    private int epochs;

    @Option(
            names = "--score",
            paramLabel = "FIGURE",
            defaultValue = "accuracy",
            description =
                    "accuracy or loss, on the validation pictures: what ranks. Default: ${DEFAULT-VALUE}")
    private Monitor score;

    @Option(
            names = "--no-early-ending",
            description =
                    "Train every trial to its end. Else one is ended that is worse after an epoch than the median of"
                            + " those before it")
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
            description = "Of the search. Default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "The search's folder. Default: runs/<time>-tune-<model>")
    private Path out;

    @Option(
            names = "--resume",
            paramLabel = "DIR",
            description =
                    "Go on with the search in this folder, as it was asked for; of the other options only --data and"
                            + " --json count")
    private Path resume;

    @Option(
            names = "--json",
            description = "The winner as JSON on standard output instead of its score")
    private boolean json;

    @Spec private CommandSpec spec;

    /** Ends the process with 0 when done, 1 when every trial failed, 2 for wrong options. */
    public static void main(String[] args) {
        System.exit(Mnist.execute(new MnistTuner(), args));
    }

    @Override
    public Integer call() throws IOException {
        if (show != null) {
            System.out.print(SearchSpace.text(show));
            return 0;
        }
        if (resume != null) {
            Mnist.refuseAllBut(Set.of("--resume", "--data", "--json"), "a search", spec);
        }
        Search search = resume != null ? Journal.search(resume) : asked();
        Path folder =
                resume != null
                        ? resume
                        : out != null
                                ? out
                                : RunFolder.unused(
                                        Path.of("runs"), "tune-" + search.space().model());
        if (Files.isRegularFile(folder)) {
            throw new IOException("cannot write to " + folder + ": it is a file, not a folder");
        }
        Files.createDirectories(folder);
        LogFile.open(folder.resolve("tune.log"), false);
        DataSource.Loaded loaded =
                data.load(search.base().dataset(), search.base().data(), Mnist.terminal());
        loaded.notice().ifPresent(notice -> System.err.println("NOTICE    " + notice));
        var before = resume != null ? Journal.resume(folder).trials() : List.<Trial>of();
        try (var interrupt = new Interrupt()) {
            var watcher = new Watching(new TrialTable(System.err, search, before), interrupt);
            SearchResult result =
                    resume != null
                            ? Tuner.resume(folder, loaded, watcher)
                            : Tuner.search(search, loaded, folder, watcher);
            if (interrupt.stopRequested()) {
                System.err.println("Saved; go on with: mnist tune --resume " + folder);
                return Mnist.INTERRUPTED;
            }
            return report(result);
        }
    }

    private record Watching(TrialTable table, Interrupt interrupt) implements Tuner.Watcher {
        @Override
        public void onTrial(Trial trial) {
            table.show(trial);
        }

        @Override
        public boolean stopRequested() {
            return interrupt.stopRequested();
        }
    }

    private Search asked() throws IOException {
        SearchSpace what =
                SearchSpace.NAMES.contains(space)
                        ? SearchSpace.named(space)
                        : Files.exists(Path.of(space)) || space.contains(".")
                                ? SearchSpace.read(Path.of(space))
                                : SearchSpace.named(space);
        TrainingPlan base =
                TrainingPlan.builder(what.model())
                        .optDataset(data.dataset())
                        .optData(data.folder())
                        .optEpochs(epochs)
                        .build();
        int most = method == Search.Method.GRID ? Integer.MAX_VALUE : 30;
        return Search.builder(what)
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

    private int report(SearchResult result) throws IOException {
        if (result.trials().isEmpty()) {
            throw new IOException("no trial was begun within the time");
        }
        Trial best =
                result.best()
                        .orElseThrow(
                                () ->
                                        new IOException(
                                                "every trial failed, the first of them: "
                                                        + result.trials().get(0).failure()));
        SearchResult.Saving saving = result.saving();
        if (saving.trials() > 0) {
            System.err.printf(
                    Locale.ROOT,
                    "* Ended early: %d of %d trials, which spared %d epochs, some %s%n",
                    saving.trials(),
                    result.trials().size(),
                    saving.epochs(),
                    Report.time(saving.seconds()));
        }
        Path plan = result.folder().resolve("best-plan.json");
        System.err.printf(
                Locale.ROOT,
                "Best is trial %d: validation accuracy %.2f %%, loss %.4f; test accuracy %.2f %%, looked at once%n",
                best.number(),
                100 * best.score(Monitor.ACCURACY),
                best.score(Monitor.LOSS),
                100 * result.winner().testAccuracy());
        System.err.printf(
                Locale.ROOT,
                "Its model is %s%nTrain it in full: mnist train --plan %s --epochs N%nReport    %s%n",
                result.folderOf(best).resolve("best.zip"),
                plan,
                result.folder().resolve("report.html"));
        if (json) {
            var tree = new LinkedHashMap<String, Object>();
            tree.put("trial", best.number());
            tree.put("validationAccuracy", best.score(Monitor.ACCURACY));
            tree.put("validationLoss", best.score(Monitor.LOSS));
            tree.put("testAccuracy", result.winner().testAccuracy());
            tree.put("testLoss", result.winner().testLoss());
            tree.put("values", best.values());
            tree.put("trials", result.trials().size());
            tree.put("folder", result.folder().toString());
            System.out.println(new ObjectMapper().writeValueAsString(tree));
        } else {
            System.out.printf(Locale.ROOT, "%.4f%n", best.score(result.search().score()));
        }
        return 0;
    }

    /** 90s, 30m, 1h30m. */
    private static final class Minutes implements ITypeConverter<Double> {
        @Override
        public Double convert(String text) {
            try {
                Duration time = Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
                if (!time.isNegative()) {
                    return time.toMillis() / 60_000.0;
                }
            } catch (DateTimeParseException e) {
                // said below
            }
            throw new TypeConversionException(
                    "'" + text + "' is no time, one such as 90s, 30m or 1h30m expected");
        }
    }
}
