package io.github.mnist4j.train;

import io.github.mnist4j.data.DataSource;
import io.github.mnist4j.onednn.OneDnn;
import io.github.mnist4j.train.cli.DataOptions;
import io.github.mnist4j.train.cli.LogFile;
import io.github.mnist4j.train.cli.Mnist;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The trainer's main class and the command {@code mnist train}: options to a plan, the plan to a
 * run folder.
 */
@Command(
        name = "train",
        description = "Train a network and keep the best of its epochs.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class MnistTrainer implements Callable<Integer> {
    @Option(
            names = "--model",
            paramLabel = "NAME",
            defaultValue = "mlp",
            description = "mlp or cnn. Default: ${DEFAULT-VALUE}")
    private String model;

    @Mixin private DataOptions data;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Passes over the training pictures. Default: mlp 10, cnn 15")
    private Integer epochs;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            description = "Pictures a step. Default: mlp 64, cnn 128")
    private Integer batchSize;

    @Option(names = "--learning-rate", paramLabel = "X", description = "Of Adam. Default: 0.001")
    private Double learningRate;

    @Option(
            names = "--schedule",
            paramLabel = "S",
            description = "constant, or step:EPOCHS:FACTOR. Default: mlp constant, cnn step:5:0.5")
    private String schedule;

    @Option(
            names = "--rotate",
            paramLabel = "DEGREES",
            description = "Greatest angle of random rotation. Default: mlp 0, cnn 10")
    private Double rotation;

    @Option(
            names = "--validation",
            paramLabel = "N",
            description = "Pictures held back to choose the best epoch on. Default: 5000")
    private Integer validationSize;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "The run's folder. Default: runs/<time>-<model>")
    private Path out;

    @Option(names = "--no-onednn", description = "Compute with DL4J's own layers only")
    private boolean noOneDnn;

    @Option(
            names = "--precision",
            paramLabel = "P",
            defaultValue = "fp32",
            description =
                    "fp32, or bf16: faster in training where the processor multiplies bfloat16. Default: ${DEFAULT-VALUE}")
    private OneDnn.Precision precision;

    /** Ends the process with 0 when trained, 1 when that failed, 2 for wrong options. */
    public static void main(String[] args) {
        System.exit(Mnist.execute(new MnistTrainer(), args));
    }

    @Override
    public Integer call() throws IOException {
        TrainingPlan plan = plan();
        RunFolder folder =
                out != null ? RunFolder.at(out) : RunFolder.below(Path.of("runs"), plan.model());
        LogFile.open(folder.path().resolve("train.log"));
        DataSource.Loaded loaded = data.load(Mnist.terminal());
        TrainingResult result =
                Trainer.run(
                        plan, loaded, folder, new ConsoleProgress(System.err, Mnist.terminal()));
        System.err.println("Written to " + folder.path());
        System.out.printf(Locale.ROOT, "%.4f%n", result.test().accuracy());
        return 0;
    }

    private TrainingPlan plan() {
        var plan =
                TrainingPlan.builder(model)
                        .optDataset(data.dataset())
                        .optData(data.folder())
                        .optSeed(seed)
                        .optAccelerated(!noOneDnn)
                        .optPrecision(precision);
        if (epochs != null) {
            plan.optEpochs(epochs);
        }
        if (batchSize != null) {
            plan.optBatchSize(batchSize);
        }
        if (learningRate != null) {
            plan.optLearningRate(learningRate);
        }
        if (schedule != null) {
            plan.optSchedule(schedule);
        }
        if (rotation != null) {
            plan.optRotation(rotation);
        }
        if (validationSize != null) {
            plan.optValidationSize(validationSize);
        }
        return plan.build();
    }
}
