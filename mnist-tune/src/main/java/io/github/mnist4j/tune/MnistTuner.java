package io.github.mnist4j.tune;

import io.github.mnist4j.data.DataSource;
import io.github.mnist4j.data.WholeFile;
import io.github.mnist4j.train.TrainingPlan;
import io.github.mnist4j.train.cli.DataOptions;
import io.github.mnist4j.train.cli.Mnist;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The search's main class and the command {@code mnist tune}. */
@Command(
        name = "tune",
        description = {
            "Search hyperparameters at random; rank the trials by validation accuracy.",
            "Tried are learning rate, weight decay, batch size, schedule, dropout, label smoothing and augmentation."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class MnistTuner implements Callable<Integer> {
    @Option(
            names = "--model",
            paramLabel = "NAME",
            defaultValue = "mlp",
            description = "mlp or cnn. Default: ${DEFAULT-VALUE}")
    private String model;

    @Mixin private DataOptions data;

    @Option(
            names = "--trials",
            paramLabel = "N",
            defaultValue = "10",
            description = "Plans to try. Default: ${DEFAULT-VALUE}")
    private int trials;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            defaultValue = "3",
            description = "Of each trial. Default: ${DEFAULT-VALUE}")
    private int epochs;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of the search. Default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(
            names = "--minutes",
            paramLabel = "N",
            defaultValue = "0",
            description = "After which no further trial begins. Default: no limit")
    private double minutes;

    @Option(
            names = "--no-early-ending",
            description =
                    "Train every trial to its end. Else one is ended that is worse after an epoch than the median of"
                            + " those before it")
    private boolean toTheEnd;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "The search's folder. Default: runs/tune-<time>")
    private Path out;

    @Option(
            names = "--resume",
            paramLabel = "DIR",
            description = "Go on with the search in this folder, as it was asked for")
    private Path resume;

    private int all;
    private double highest;

    /** Ends the process with 0 when done, 1 when every trial failed, 2 for wrong options. */
    public static void main(String[] args) {
        System.exit(Mnist.execute(new MnistTuner(), args));
    }

    @Override
    public Integer call() throws IOException {
        DataSource.Loaded loaded;
        List<Trial> ranked;
        Path folder = resume != null ? resume : out != null ? out : newFolder();
        if (resume != null) {
            Search search = Journal.search(resume);
            TrainingPlan base = search.base();
            all = search.trials();
            loaded = data.load(base.dataset(), base.data(), Mnist.terminal());
            ranked = Tuner.resume(resume, loaded, this::show);
        } else {
            TrainingPlan base =
                    TrainingPlan.builder(model)
                            .optDataset(data.dataset())
                            .optData(data.folder())
                            .optEpochs(epochs)
                            .build();
            var search = new Search(base, trials, seed, minutes, !toTheEnd);
            all = trials;
            loaded = data.load(Mnist.terminal());
            ranked = Tuner.search(search, loaded, folder, this::show);
        }
        loaded.notice().ifPresent(notice -> System.err.println("NOTICE    " + notice));
        if (ranked.isEmpty()) {
            throw new IOException("no trial was begun within " + minutes + " minutes");
        }
        Trial best = ranked.get(0);
        if (best.outcome() == Trial.Outcome.FAILED) {
            throw new IOException("every trial failed, the first of them: " + best.failure());
        }
        Path plan = folder.resolve("best-plan.json");
        WholeFile.write(plan, best.plan().toJson().getBytes(StandardCharsets.UTF_8));
        Path model = Journal.folderOf(folder, best.number()).resolve("best.zip");
        System.err.printf(
                Locale.ROOT,
                "Best is trial %d with %.2f %%; its plan is %s, its model %s%n",
                best.number(),
                100 * best.score(),
                plan,
                model);
        System.out.printf(Locale.ROOT, "%.4f%n", best.score());
        return 0;
    }

    private static Path newFolder() {
        return Path.of("runs")
                .resolve(
                        "tune-"
                                + LocalDateTime.now()
                                        .format(
                                                DateTimeFormatter.ofPattern(
                                                        "yyyyMMdd-HHmmss", Locale.ROOT)));
    }

    private void show(Trial trial) {
        highest = Math.max(highest, Double.isNaN(trial.score()) ? 0 : trial.score());
        TrainingPlan p = trial.plan();
        System.err.printf(
                Locale.ROOT,
                "trial %3d/%d  rate %.5f  batch %3d  %-8s dropout %.2f  %-28s  %s  best %.2f %%%n",
                trial.number() + 1,
                all,
                p.learningRate(),
                p.batchSize(),
                p.schedule(),
                p.dropout(),
                p.augmentation(),
                switch (trial.outcome()) {
                    case FAILED -> "failed: " + trial.failure();
                    case ENDED_EARLY ->
                            String.format(
                                    Locale.ROOT,
                                    "%.2f %% (ended after epoch %d)",
                                    100 * trial.score(),
                                    trial.accuracies().size());
                    case DONE -> String.format(Locale.ROOT, "%.2f %%", 100 * trial.score());
                },
                100 * highest);
    }
}
