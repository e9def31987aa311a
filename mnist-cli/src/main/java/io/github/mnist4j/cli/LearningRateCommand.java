package io.github.mnist4j.cli;

import io.github.mnist4j.cli.options.DataOptions;
import io.github.mnist4j.cli.options.PlanOptions;
import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.train.DataCheck;
import io.github.mnist4j.train.LearningRateFinder;
import io.github.mnist4j.train.RangeTestResult;
import io.github.mnist4j.train.backend.Failure;
import io.github.mnist4j.train.chart.Charts;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The learning-rate range test. */
@Command(
        name = "lr-find",
        description = {
            "Find a learning rate: train for a few hundred steps while it rises, and record the loss (Smith 2017).",
            "Draws the curve and prints the rate at which the loss falls fastest. Takes the options of train;"
                    + " those for the learning rate, its schedule and the number of epochs have no effect."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class LearningRateCommand implements Callable<Integer> {
    @Option(
            names = "--from",
            paramLabel = "X",
            defaultValue = "1e-6",
            description = "First rate. Default: ${DEFAULT-VALUE}")
    private double from;

    @Option(
            names = "--to",
            paramLabel = "X",
            defaultValue = "1",
            description = "Last rate, unless the loss explodes before. Default: ${DEFAULT-VALUE}")
    private double to;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "300",
            description = "Steps from the first rate to the last. Default: ${DEFAULT-VALUE}")
    private int steps;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            defaultValue = "lr-find.png",
            description =
                    "The curve; its numbers go to a .csv of the same name. Default: ${DEFAULT-VALUE}")
    private Path out;

    @Mixin private PlanOptions options;

    @Override
    public Integer call() throws IOException {
        if (out.getFileName() == null || Files.isDirectory(out)) {
            throw new IOException("cannot write " + out + ": it is a folder");
        }
        TrainingPlan plan = options.apply(TrainingPlan.builder(options.model()).build());
        DatasetLoader.Loaded loaded = DataOptions.announced(options.load(plan));
        DataCheck.images(loaded.train(), "training", loaded);
        RangeTestResult found = LearningRateFinder.find(plan, loaded, from, to, steps);
        var csv = new StringBuilder("learning_rate,loss\n");
        for (RangeTestResult.Point p : found.points()) {
            csv.append(String.format(Locale.ROOT, "%.8g,%.8f\n", p.learningRate(), p.loss()));
        }
        String name = out.getFileName().toString().replaceFirst("\\.png$", "");
        AtomicFile.write(
                out.resolveSibling(name + ".csv"), csv.toString().getBytes(StandardCharsets.UTF_8));
        AtomicFile.write(out, Charts.learningRates(found));
        System.err.printf(
                Locale.ROOT,
                "The loss falls fastest at %.2g and is lowest at %.2g; see %s%n",
                found.steepest(),
                found.lowest(),
                Failure.printable(out.toString()));
        System.out.printf(Locale.ROOT, "%.2g%n", found.steepest());
        return 0;
    }
}
