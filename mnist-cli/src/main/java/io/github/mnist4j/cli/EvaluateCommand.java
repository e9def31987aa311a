package io.github.mnist4j.cli;

import io.github.mnist4j.cli.console.Terminal;
import io.github.mnist4j.cli.options.Arguments;
import io.github.mnist4j.cli.options.AugmentationOptions;
import io.github.mnist4j.cli.options.DataOptions;
import io.github.mnist4j.cli.options.ReaderOptions;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.augment.Augmentation;
import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.io.OutputFolder;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.models.DigitClassifier;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.onednn.OneDnn;
import io.github.mnist4j.train.DataCheck;
import io.github.mnist4j.train.chart.Charts;
import io.github.mnist4j.train.chart.DigitSheets;
import io.github.mnist4j.train.evaluate.ClassificationMetrics;
import io.github.mnist4j.train.evaluate.EvaluationReport;
import io.github.mnist4j.train.evaluate.EvaluationReport.Mistake;
import io.github.mnist4j.train.reader.ReadingBenchmark;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Looks closer at a saved model than its training did. */
@Command(
        name = "evaluate",
        description = {
            "Evaluate a saved model on a data set's test images, or with --images the reader on your own images.",
            "Prints the metrics and writes evaluation.json, confusion.png, reliability.png (accuracy by confidence)"
                    + " and mistakes.png: the wrong answers the network was surest of, each with true digit>predicted digit and confidence."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class EvaluateCommand implements Callable<Integer> {
    private static final int COLUMNS = 12;
    private static final int ROWS = 8;

    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL",
            description =
                    "A model file: best.zip of a run's folder. With --images the default is the one in the jar")
    private @Nullable Path model;

    @Option(
            names = "--images",
            paramLabel = "TABLE",
            description = {
                "Read images instead and count the right ones by kind. TABLE is a CSV file whose first line names the"
                        + " columns file, digits and kind; files are relative to its folder"
            })
    private @Nullable Path images;

    @Option(
            names = "--report",
            paramLabel = "DIR",
            description =
                    "With --images: write images.json, failures.png and reliability.png there")
    private @Nullable Path report;

    @Mixin private ReaderOptions reader;

    @Mixin private DataOptions data;

    @Option(
            names = "--tta",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Test-time augmentation: average the answers to the image and N variants of it. Default: 0")
    private int variants;

    @Mixin private AugmentationOptions augmentation = new AugmentationOptions("affine with --tta");

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder for the files. Default: <model>-on-<dataset> beside the model")
    private @Nullable Path out;

    @Option(names = "--no-onednn", description = "Compute with DL4J's own layers only")
    private boolean plain;

    @Option(names = "--json", description = "Print JSON instead of the table")
    private boolean json;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (images != null) {
            Arguments.refuseAllBut(
                    Set.of("--images", "--report", "--threshold", "--json"),
                    "does not go with --images",
                    spec);
            return readImages(images);
        }
        if (model == null) {
            throw new IllegalArgumentException("name a model file, or --images TABLE");
        }
        if (report != null || reader.hasThreshold()) {
            throw new IllegalArgumentException("--report and --threshold go with --images TABLE");
        }
        Arguments.atLeast(0, "tta", variants);
        Augmentation how = augmentation.apply(Augmentation.NONE);
        if (variants > 0 && how.changesNothing()) {
            how = Augmentation.of("affine");
        } else if (variants == 0 && !how.changesNothing()) {
            throw new IllegalArgumentException(
                    "an augmentation was given but no number of variants; add --tta 8");
        }
        OutputFolder.refuseFile(out);
        ModelFile file = ModelFile.load(model);
        DatasetLoader.Loaded loaded = data.load();
        DigitSet test = loaded.test();
        DataCheck.images(test, "test", loaded);
        MultiLayerNetwork network =
                plain ? file.network() : OneDnn.accelerate(file.network(), OneDnn.Precision.FP32);
        ClassificationMetrics metrics =
                ClassificationMetrics.of(network, test, file.normalization(), how, variants);
        EvaluationReport evaluation = evaluation(test, metrics);
        Path folder = out != null ? out : beside(model, loaded.dataset());
        OutputFolder.create(folder);
        JsonFile.write(folder.resolve("evaluation.json"), evaluation);
        AtomicFile.write(folder.resolve("confusion.png"), Charts.confusion(metrics.confusion()));
        AtomicFile.write(
                folder.resolve("reliability.png"), Charts.reliability(evaluation.reliability()));
        AtomicFile.write(folder.resolve("mistakes.png"), mistakes(test, evaluation.mistakes()));
        if (json) {
            Terminal.printJson(evaluation);
        } else {
            System.out.print(evaluation);
            System.out.println();
            Terminal.print("Written to " + folder);
        }
        return 0;
    }

    private EvaluationReport evaluation(DigitSet test, ClassificationMetrics metrics)
            throws IOException {
        try {
            return EvaluationReport.of(test, metrics);
        } catch (IllegalStateException e) {
            throw new IOException(model + " gives answers that are not numbers", e);
        }
    }

    private int readImages(Path table) throws IOException {
        reader.check();
        OutputFolder.refuseFile(report);
        try (DigitClassifier classifier = ReaderOptions.classifier(model)) {
            ReadingBenchmark benchmark =
                    ReadingBenchmark.of(table, classifier, reader.threshold(classifier));
            if (report != null) {
                OutputFolder.create(report);
                JsonFile.write(report.resolve("images.json"), benchmark.images());
                AtomicFile.write(
                        report.resolve("failures.png"),
                        benchmark.failures(
                                Objects.requireNonNull(table.toAbsolutePath().getParent()), 400));
                AtomicFile.write(
                        report.resolve("reliability.png"),
                        Charts.reliability(benchmark.reliability()));
            }
            if (json) {
                Terminal.printJson(benchmark.images());
            } else {
                benchmark.images().stream()
                        .filter(p -> p.problem() != null)
                        .forEach(p -> Terminal.tell("failed: " + p.problem()));
                System.out.print(benchmark);
            }
            // the others were read all the same
            boolean whole = benchmark.images().stream().allMatch(p -> p.problem() == null);
            return whole ? 0 : Mnist.FAILED;
        }
    }

    private static Path beside(Path model, DatasetLoader.Dataset dataset) {
        String name = model.getFileName().toString().replaceFirst("\\.zip$", "");
        return model.resolveSibling(name + "-on-" + dataset);
    }

    private static BufferedImage mistakes(DigitSet test, List<Mistake> mistakes) {
        List<Mistake> shown = mistakes.subList(0, Math.min(ROWS * COLUMNS, mistakes.size()));
        int columns = Math.max(1, Math.min(COLUMNS, shown.size()));
        return DigitSheets.grid(
                test.subset(shown.stream().mapToInt(Mistake::example).toArray()),
                Math.max(1, (shown.size() + columns - 1) / columns),
                columns,
                i ->
                        new DigitSheets.Caption(
                                String.format(
                                        Locale.ROOT,
                                        "%d>%d %.0f%%",
                                        shown.get(i).actual(),
                                        shown.get(i).predicted(),
                                        100 * shown.get(i).confidence()),
                                false));
    }
}
