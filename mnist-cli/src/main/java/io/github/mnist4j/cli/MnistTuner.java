package io.github.mnist4j.cli;

import io.github.mnist4j.cli.console.TrialTable;
import io.github.mnist4j.cli.options.DataOptions;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.train.backend.Failure;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import io.github.mnist4j.train.run.RunFolder;
import io.github.mnist4j.tune.SearchListener;
import io.github.mnist4j.tune.Tuner;
import io.github.mnist4j.tune.report.Report;
import io.github.mnist4j.tune.search.SearchConfig;
import io.github.mnist4j.tune.search.SearchResult;
import io.github.mnist4j.tune.search.SearchSpace;
import io.github.mnist4j.tune.search.Trial;
import io.github.mnist4j.tune.search.TrialLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
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
            "Search hyperparameters; rank the trials by what they reach on the validation images.",
            "At the end the search's folder holds report.html, and best-plan.json for mnist train --plan."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class MnistTuner implements Callable<Integer> {
    private static final int LEAST_HELD = 10;

    /** One image of so many is held back where there are few. */
    private static final int SPARED = 6;

    @Option(
            names = "--space",
            paramLabel = "FILE|NAME",
            defaultValue = "mlp",
            converter = NotEmpty.class,
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
    private SearchConfig.Method method;

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
            names = "--validation",
            paramLabel = "N|PART",
            converter = Held.Converter.class,
            description =
                    "Training images held back to rank the trials on: 5000, or a part of them, 0.1. Default: 5000, or a"
                            + " sixth of a set of fewer than 30000")
    private Held validation;

    @Option(
            names = "--score",
            paramLabel = "FIGURE",
            defaultValue = "accuracy",
            description =
                    "accuracy or loss, on the validation images: what ranks. Default: ${DEFAULT-VALUE}")
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
                    "Go on with the search in this folder, as it was asked for; of the other options only --data, --json"
                            + " and --skip-bad-trials count")
    private Path resume;

    @Option(
            names = TrialLog.SKIP,
            description =
                    "Go on though trials.jsonl has bad lines: their trials are run anew, and the file as it was stays, as"
                            + " trials.jsonl.bad")
    private boolean skipBad;

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
            Mnist.refuseAllBut(
                    Set.of("--resume", "--data", "--json", TrialLog.SKIP), "a search", spec);
            try (TrialLog log = TrialLog.resume(resume, skipBad)) {
                LogFile.open(log.folder().resolve("tune.log"), false);
                DatasetLoader.Loaded loaded = load(log.search());
                Tuner.check(log.search(), loaded);
                return run(log, loaded);
            }
        }
        if (skipBad) {
            throw new IllegalArgumentException(TrialLog.SKIP + " goes with --resume");
        }
        SearchConfig asked = asked();
        Path folder =
                out != null
                        ? out
                        : RunFolder.unused(Path.of("runs"), "tune-" + asked.space().model());
        TrialLog.refuseIfThereIsOne(folder);
        DatasetLoader.Loaded loaded = load(asked);
        SearchConfig search = fitted(asked, loaded.train().size());
        Tuner.check(search, loaded);
        try (TrialLog log = TrialLog.begin(folder, search)) {
            LogFile.open(log.folder().resolve("tune.log"), false);
            return run(log, loaded);
        }
    }

    private DatasetLoader.Loaded load(SearchConfig search) throws IOException {
        DatasetLoader.Loaded loaded =
                data.load(search.base().dataset(), search.base().data(), Mnist.terminal());
        loaded.notice()
                .ifPresent(notice -> System.err.println("NOTICE    " + Failure.printable(notice)));
        return loaded;
    }

    private int run(TrialLog log, DatasetLoader.Loaded loaded) throws IOException {
        var table = new TrialTable(System.err, log.search(), log.trials());
        try (var interrupt = new Interrupt()) {
            SearchResult result = Tuner.run(log, loaded, new Watching(table, interrupt));
            if (interrupt.stopRequested()) {
                System.err.println(
                        Failure.printable(
                                "Saved; go on with: mnist tune --resume " + log.folder()));
                return Mnist.INTERRUPTED;
            }
            return report(result);
        }
    }

    /** The search with as many images held back as was asked for, or as the data can spare. */
    private SearchConfig fitted(SearchConfig asked, int images) {
        int size =
                validation == null
                        ? Math.min(asked.base().validation(), Math.max(LEAST_HELD, images / SPARED))
                        : validation.size(images);
        return asked.toBuilder()
                .optBase(asked.base().toBuilder().optValidation(size).build())
                .build();
    }

    private record Watching(TrialTable table, Interrupt interrupt) implements SearchListener {
        @Override
        public void onTrial(Trial trial) {
            table.show(trial);
        }

        @Override
        public boolean stopRequested() {
            return interrupt.stopRequested();
        }
    }

    private SearchConfig asked() throws IOException {
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
        int most = method == SearchConfig.Method.GRID ? Integer.MAX_VALUE : 30;
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
                Failure.printable(result.folderOf(best).resolve("best.zip").toString()),
                Failure.printable(plan.toString()),
                Failure.printable(result.folder().resolve("report.html").toString()));
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
            System.out.println(JsonFile.line(tree));
        } else {
            System.out.printf(Locale.ROOT, "%.4f%n", best.score(result.search().score()));
        }
        return 0;
    }

    /**
     * Images held back.
     *
     * @param value a number of images, 10 or more, or a part of them, below 1
     */
    private record Held(double value) {
        int size(int images) {
            return value < 1 ? (int) Math.max(LEAST_HELD, Math.round(value * images)) : (int) value;
        }

        static final class Converter implements ITypeConverter<Held> {
            @Override
            public Held convert(String text) {
                if (text.matches("[0-9]{1,9}") && Integer.parseInt(text) >= LEAST_HELD) {
                    return new Held(Integer.parseInt(text));
                }
                if (text.matches("0?\\.[0-9]{1,9}") && Double.parseDouble(text) > 0) {
                    return new Held(Double.parseDouble(text));
                }
                throw new TypeConversionException(
                        "'"
                                + text
                                + "' is no number of images of 10 or more, and no part between 0 and 1");
            }
        }
    }

    /** A file, or the name of what is built in. */
    private static final class NotEmpty implements ITypeConverter<String> {
        @Override
        public String convert(String text) {
            Mnist.path(text);
            return text;
        }
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
