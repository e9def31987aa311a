package io.github.mnist4j.cli;

import io.github.mnist4j.cli.console.SearchSummary;
import io.github.mnist4j.cli.console.Terminal;
import io.github.mnist4j.cli.console.TrialTable;
import io.github.mnist4j.cli.options.Arguments;
import io.github.mnist4j.cli.options.SearchOptions;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.train.run.RunFolder;
import io.github.mnist4j.tune.SearchListener;
import io.github.mnist4j.tune.Tuner;
import io.github.mnist4j.tune.search.SearchConfig;
import io.github.mnist4j.tune.search.SearchResult;
import io.github.mnist4j.tune.search.SearchSpace;
import io.github.mnist4j.tune.search.Trial;
import io.github.mnist4j.tune.search.TrialLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The search's main class and the command {@code mnist tune}. */
@Command(
        name = "tune",
        description = {
            "Search hyperparameters; trials are ranked on validation images.",
            "At the end the search's folder holds report.html, and best-plan.json for mnist train --plan."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class MnistTuner implements Callable<Integer> {
    @Mixin private SearchOptions options;

    @Option(
            names = "--show-space",
            paramLabel = "NAME",
            description = "Print a built-in space as a file to edit, and stop")
    private @Nullable String show;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "The search's folder. Default: runs/<time>-tune-<model>")
    private @Nullable Path out;

    @Option(
            names = "--resume",
            paramLabel = "DIR",
            description =
                    "Resume the search in this folder with its own options; of the others only --data, --json and"
                            + " --skip-bad-trials are allowed")
    private @Nullable Path resume;

    @Option(
            names = TrialLog.SKIP,
            description =
                    "With --resume: skip bad lines of trials.jsonl and run their trials again; the file as it was is kept"
                            + " as trials.jsonl.bad")
    private boolean skipBad;

    @Option(names = "--json", description = "Print the winner as JSON instead of its score")
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
            Arguments.refuseAllBut(
                    Set.of("--resume", "--data", "--json", TrialLog.SKIP),
                    "cannot be changed when a search is resumed",
                    spec);
            try (TrialLog log = TrialLog.resume(resume, skipBad)) {
                openLogFile(log);
                DatasetLoader.Loaded loaded = load(log.search());
                Tuner.check(log.search(), loaded);
                return run(log, loaded);
            }
        }
        if (skipBad) {
            throw new IllegalArgumentException(TrialLog.SKIP + " goes with --resume");
        }
        SearchConfig asked = options.asked();
        Path folder =
                out != null
                        ? out
                        : RunFolder.unused(Path.of("runs"), "tune-" + asked.space().model());
        TrialLog.refuseIfThereIsOne(folder);
        DatasetLoader.Loaded loaded = load(asked);
        SearchConfig search = options.fitted(asked, loaded.train().size());
        Tuner.check(search, loaded);
        try (TrialLog log = TrialLog.begin(folder, search)) {
            openLogFile(log);
            return run(log, loaded);
        }
    }

    private static void openLogFile(TrialLog log) {
        LogFile.open(log.folder().resolve("tune.log"), false);
    }

    private DatasetLoader.Loaded load(SearchConfig search) throws IOException {
        return options.data().load(search.base().dataset(), search.base().data());
    }

    private int run(TrialLog log, DatasetLoader.Loaded loaded) throws IOException {
        var table = new TrialTable(System.err, log.search(), log.trials());
        try (var interrupt = new Interrupt()) {
            SearchResult result = Tuner.run(log, loaded, new Watching(table, interrupt));
            if (interrupt.stopRequested()) {
                Terminal.tell("Saved; resume with: mnist tune --resume " + log.folder());
                return Mnist.INTERRUPTED;
            }
            var summary = new SearchSummary(result);
            summary.print(System.err);
            System.out.println(json ? summary.json() : summary.score());
            return 0;
        }
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
}
