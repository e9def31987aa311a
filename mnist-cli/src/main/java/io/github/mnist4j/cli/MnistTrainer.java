package io.github.mnist4j.cli;

import static java.util.Objects.requireNonNull;

import io.github.mnist4j.cli.console.ConsoleProgress;
import io.github.mnist4j.cli.console.Terminal;
import io.github.mnist4j.cli.options.Arguments;
import io.github.mnist4j.cli.options.PlanOptions;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.StopReason;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.TrainingCallback;
import io.github.mnist4j.train.TrainingResult;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.run.RunFolder;
import io.github.mnist4j.train.run.RunRecorder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The trainer's main class and the command {@code mnist train}: options to a plan, the plan to a
 * run folder.
 */
@Command(
        name = "train",
        description = "Train a network and keep its best epoch.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class MnistTrainer implements Callable<Integer> {
    @Mixin private PlanOptions options;

    @Option(
            names = "--plan",
            paramLabel = "FILE",
            description = "Start from the settings of a plan.json; other options override them")
    private @Nullable Path planFile;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "The run's folder. Default: runs/<time>-<model>")
    private @Nullable Path out;

    @Option(
            names = "--resume",
            paramLabel = "DIR",
            description =
                    "Resume the run in this folder with its own plan; of the other options only --data,"
                            + " --checkpoint-every, --keep, --quiet, --verbose and --json are allowed")
    private @Nullable Path resume;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "N",
            defaultValue = "1",
            description = "Epochs between checkpoints. Default: ${DEFAULT-VALUE}")
    private int every;

    @Option(
            names = "--keep",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "How many checkpoints to keep, the newest ones. Default: ${DEFAULT-VALUE} (last.zip)")
    private int keep;

    @Option(names = "--quiet", description = "Print only errors, and the result on standard output")
    private boolean quiet;

    @Option(names = "--verbose", description = "Print the log (train.log) to the screen too")
    private boolean verbose;

    @Option(names = "--json", description = "Print report.json instead of the accuracy")
    private boolean json;

    @Spec private CommandSpec spec;

    /** Ends the process with 0 when trained, 1 when that failed, 2 for wrong options. */
    public static void main(String[] args) {
        System.exit(Mnist.execute(new MnistTrainer(), args));
    }

    @Override
    public Integer call() throws IOException {
        if (resume != null) {
            Arguments.refuseAllBut(
                    Set.of(
                            "--resume",
                            "--data",
                            "--quiet",
                            "--verbose",
                            "--json",
                            "--checkpoint-every",
                            "--keep"),
                    "cannot be changed when a run is resumed",
                    spec);
            try (RunFolder folder = RunFolder.resume(resume)) {
                return train(folder.saved().orElseThrow().plan(), folder);
            }
        }
        TrainingPlan plan =
                options.apply(
                        planFile != null
                                ? TrainingPlan.read(planFile)
                                : TrainingPlan.builder(options.model()).build());
        try (RunFolder folder =
                out != null ? RunFolder.at(out) : RunFolder.below(Path.of("runs"), plan.model())) {
            return train(plan, folder);
        }
    }

    private int train(TrainingPlan plan, RunFolder folder) throws IOException {
        var recorder = new RunRecorder(folder).optCheckpoints(every, keep);
        LogFile.open(folder.path().resolve(RunFolder.LOG_FILE), verbose);
        DatasetLoader.Loaded loaded = options.load(plan);
        var callbacks = new ArrayList<TrainingCallback>(List.of(recorder));
        if (!quiet) {
            callbacks.add(new ConsoleProgress(System.err, Terminal.isAttached()));
        }
        try (var interrupt = new Interrupt()) {
            callbacks.add(interrupt);
            TrainingCallback[] all = callbacks.toArray(new TrainingCallback[0]);
            TrainingResult result =
                    folder.saved().isPresent()
                            ? Trainer.resume(folder.saved().get(), loaded, all)
                            : Trainer.run(plan, loaded, all);
            return report(folder, result);
        }
    }

    private int report(RunFolder folder, TrainingResult result) throws IOException {
        if (result.reason() == StopReason.DIVERGED) {
            // a run that diverged in its first epoch has failed before
            EpochRecord best = requireNonNull(result.bestEpoch());
            throw new IllegalStateException(
                    String.format(
                            Locale.ROOT,
                            "in epoch %d %s; epoch %d is kept, untested, with validation accuracy %.2f %%: %s",
                            result.history().size() + 1,
                            StopReason.DIVERGED.sentence(),
                            best.epoch(),
                            100 * best.validationAccuracy(),
                            folder.path().resolve("best.zip")));
        }
        if (result.test() == null) {
            Terminal.tell("Saved; resume with: mnist train --resume " + folder.path());
            return Mnist.INTERRUPTED;
        }
        if (!quiet) {
            Terminal.tell("Written to " + folder.path());
        }
        if (json) {
            System.out.println(Files.readString(folder.path().resolve("report.json")));
        } else {
            System.out.printf(Locale.ROOT, "%.4f%n", result.test().accuracy());
        }
        return 0;
    }
}
