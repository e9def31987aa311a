package io.github.mnist4j.tune;

import io.github.mnist4j.data.io.IoErrors;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.train.StopReason;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.TrainingCallback;
import io.github.mnist4j.train.backend.Backend;
import io.github.mnist4j.train.backend.Failure;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.run.RunFolder;
import io.github.mnist4j.train.run.RunRecorder;
import io.github.mnist4j.tune.search.ArbiterSpace;
import io.github.mnist4j.tune.search.MedianPruner;
import io.github.mnist4j.tune.search.SearchConfig;
import io.github.mnist4j.tune.search.Trial;
import io.github.mnist4j.tune.search.TrialLog;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.nativeblas.NativeOpsHolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trains the plan of one trial, in a run folder of its own. Several threads may do so at once. */
final class TrialRunner {
    private static final Logger LOG = LoggerFactory.getLogger(TrialRunner.class);

    private final TrialLog log;
    private final SearchConfig search;
    private final DatasetLoader.Loaded data;
    private final SearchListener listener;
    private final long start;
    private final int threads;

    TrialRunner(TrialLog log, DatasetLoader.Loaded data, SearchListener listener) {
        this.log = log;
        this.data = data;
        this.listener = listener;
        search = log.search();
        double before = log.trials().stream().mapToDouble(Trial::ended).max().orElse(0);
        start = System.nanoTime() - (long) (1e9 * before);
        int processors = Integer.parseInt(Backend.facts().get("threads"));
        threads = Math.max(1, processors / search.parallel());
    }

    /** Time spent searching, including that of earlier processes. */
    double seconds() {
        return (System.nanoTime() - start) / 1e9;
    }

    /**
     * Trains a plan. If that fails, the trial says why.
     *
     * @return null if the listener asked to stop
     * @throws IOException if the machine failed, not the trial (a full disk, no memory left); one
     *     sentence that names what failed
     */
    @Nullable Trial run(int number, ArbiterSpace.Proposal proposal) throws IOException {
        double began = seconds();
        var pruner = new MedianPruner(search, () -> comparable(number));
        var outcome = Trial.Outcome.DONE;
        TrainingPlan plan = proposal.plan();
        String failure =
                plan == null ? proposal.problem() : TrialSize.problem(plan, search.parallel());
        if (plan != null && failure == null) {
            try {
                StopReason reason = train(number, plan, pruner);
                if (reason == StopReason.REQUESTED) {
                    if (!pruner.isPoor()) {
                        return null;
                    }
                    outcome = Trial.Outcome.ENDED_EARLY;
                } else if (reason == StopReason.DIVERGED) {
                    failure = reason.sentence();
                }
            } catch (Exception | OutOfMemoryError e) {
                LOG.info("trial {}", number, e);
                if (isMachinesFault(e)) {
                    throw fault(number, e);
                }
                failure = Failure.sentence(e);
            }
        }
        return new Trial(
                number,
                proposal.values(),
                plan,
                pruner.history(),
                failure == null ? outcome : Trial.Outcome.FAILED,
                failure,
                began,
                seconds());
    }

    private StopReason train(int number, TrainingPlan plan, MedianPruner pruner)
            throws IOException {
        if (search.parallel() > 1) {
            // OpenMP keeps a number of threads for each calling thread
            NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(threads);
        }
        Path folder = log.folderOf(number);
        delete(folder); // a killed search leaves the folder of its unfinished trial
        TrainingCallback stop =
                new TrainingCallback() {
                    @Override
                    public boolean stopRequested() {
                        return listener.stopRequested();
                    }
                };
        var recorder = new RunRecorder(RunFolder.at(folder)).withoutCheckpoints();
        return Trainer.fit(plan, data, recorder, pruner, stop).reason();
    }

    /**
     * The trials that the median rule compares with. One at a time, these are the ones with lower
     * numbers: a resumed search may run one again after later ones.
     */
    private List<Trial> comparable(int number) {
        return search.parallel() > 1
                ? log.trials()
                : log.trials().stream().filter(t -> t.number() < number).toList();
    }

    /** Whether the machine failed, not the trial. */
    static boolean isMachinesFault(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            // all that ND4J says when its own memory runs out
            if (t.getMessage() != null && t.getMessage().contains("llocation failed")) {
                return true;
            }
        }
        return IoErrors.isMachinesFault(e);
    }

    private IOException fault(int number, Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof IOException io) {
                return io.getMessage() != null && io.getMessage().startsWith("cannot ")
                        ? io
                        : IoErrors.named("write", log.folderOf(number), io);
            }
        }
        return new IOException(
                "trial " + number + " ran out of memory; allow more, or run fewer trials at a time",
                e);
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (var files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
            }
        }
    }
}
