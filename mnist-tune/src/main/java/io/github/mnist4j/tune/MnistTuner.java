package io.github.mnist4j.tune;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.github.mnist4j.data.DataSource;
import io.github.mnist4j.train.TrainingPlan;
import io.github.mnist4j.train.cli.DataOptions;
import io.github.mnist4j.train.cli.Mnist;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The search's main class and the command {@code mnist tune}. */
@Command(
        name = "tune",
        description =
                "Search learning rate, batch size and rotation at random; rank them by validation accuracy.",
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
            names = "--out",
            paramLabel = "FILE",
            defaultValue = "best-plan.json",
            description = "Where the best plan goes. Default: ${DEFAULT-VALUE}")
    private Path out;

    /** Ends the process with 0 when done, 1 when every trial failed, 2 for wrong options. */
    public static void main(String[] args) {
        System.exit(Mnist.execute(new MnistTuner(), args));
    }

    @Override
    public Integer call() throws IOException {
        TrainingPlan base =
                TrainingPlan.builder(model)
                        .optDataset(data.dataset())
                        .optData(data.folder())
                        .optEpochs(epochs)
                        .build();
        DataSource.Loaded loaded = data.load(Mnist.terminal());
        loaded.notice().ifPresent(notice -> System.err.println("NOTICE    " + notice));
        List<Tuner.Trial> ranked = Tuner.randomSearch(base, loaded, trials, seed, this::show);
        Tuner.Trial best = ranked.get(0);
        if (best.failure() != null) {
            throw new IOException("every trial failed, the first of them: " + best.failure());
        }
        Path temporary = out.resolveSibling(out.getFileName() + ".tmp");
        Files.write(
                temporary,
                new ObjectMapper()
                        .enable(SerializationFeature.INDENT_OUTPUT)
                        .writeValueAsBytes(best.plan()));
        Files.move(
                temporary,
                out,
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.ATOMIC_MOVE);
        System.err.println("Best plan written to " + out);
        System.out.printf(Locale.ROOT, "%.4f%n", best.score());
        return 0;
    }

    private void show(Tuner.Trial trial) {
        System.err.printf(
                Locale.ROOT,
                "trial %3d/%d  learning rate %.5f  batch %3d  rotation %4.1f  %s%n",
                trial.number() + 1,
                trials,
                trial.plan().learningRate(),
                trial.plan().batchSize(),
                trial.plan().augmentation().rotation(),
                trial.failure() != null
                        ? "failed: " + trial.failure()
                        : String.format(
                                Locale.ROOT, "validation accuracy %.2f %%", 100 * trial.score()));
    }
}
