package io.github.mnist4j.tune;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.io.IoErrors;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.train.DataCheck;
import io.github.mnist4j.train.StopReason;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.TrainingCallback;
import io.github.mnist4j.train.backend.Backend;
import io.github.mnist4j.train.evaluate.ClassificationMetrics;
import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import io.github.mnist4j.train.run.RunFolder;
import io.github.mnist4j.tune.report.Report;
import io.github.mnist4j.tune.search.ArbiterSpace;
import io.github.mnist4j.tune.search.Generators;
import io.github.mnist4j.tune.search.MedianPruner;
import io.github.mnist4j.tune.search.SearchConfig;
import io.github.mnist4j.tune.search.SearchResult;
import io.github.mnist4j.tune.search.Trial;
import io.github.mnist4j.tune.search.TrialLog;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.CandidateGenerator;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.api.TaskCreator;
import org.deeplearning4j.arbiter.optimize.api.data.DataProvider;
import org.deeplearning4j.arbiter.optimize.api.score.ScoreFunction;
import org.deeplearning4j.arbiter.optimize.api.termination.TerminationCondition;
import org.deeplearning4j.arbiter.optimize.config.OptimizationConfiguration;
import org.deeplearning4j.arbiter.optimize.runner.CandidateInfo;
import org.deeplearning4j.arbiter.optimize.runner.CandidateStatus;
import org.deeplearning4j.arbiter.optimize.runner.IOptimizationRunner;
import org.deeplearning4j.arbiter.optimize.runner.LocalOptimizationRunner;
import org.deeplearning4j.arbiter.optimize.runner.listener.StatusListener;
import org.nd4j.nativeblas.NativeOpsHolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries many plans and ranks them by a validation figure: Arbiter draws the candidates and runs the
 * search, each trial goes through {@link Trainer#fit}. The test set is looked at once, at the end,
 * with the winner. No Arbiter type stands in this interface.
 *
 * <pre>{@code
 * SearchConfig search = SearchConfig.builder(SearchSpace.named("mlp")).optTrials(30).build();
 * SearchResult result = Tuner.search(search, data, folder, new Tuner.Watcher() {});
 * Trainer.run(result.best().orElseThrow().plan());
 * }</pre>
 *
 * <p>A search's folder holds {@code search.json}, {@code trials.jsonl} and a run folder for each
 * trial; at the end {@code best-plan.json}, {@code result.json} and {@code report.html}. A search
 * that was killed goes on with {@link #resume}: the trials that ended are not run again, and the
 * others are those that it would have tried.
 */
public final class Tuner {
    private static final Logger LOG = LoggerFactory.getLogger(Tuner.class);
    private static final Pattern CLASS_NAME =
            Pattern.compile("\\b[a-z]\\w*(\\.\\w+)+\\.[A-Z]\\w*|Exception\\b");

    private Tuner() {}

    /** Told how a search goes; calls may come from several threads, one at a time. */
    public interface Watcher {
        /** A trial has ended, and stands in the journal. */
        default void onTrial(Trial trial) {}

        /** Asked after every step of every trial; true leaves the search, to be resumed. */
        default boolean stopRequested() {
            return false;
        }
    }

    /**
     * Searches. The same seed draws the same candidates.
     *
     * @param folder new, or empty
     * @throws IOException if the folder holds a search already, another process uses it, or the
     *     machine fails (a full disk, used-up memory): then the search can be resumed; or if the
     *     data have no images, or of another size than the networks take
     * @throws IllegalArgumentException if the data are too few for the plan's validation size
     */
    public static SearchResult search(
            SearchConfig search, DatasetLoader.Loaded data, Path folder, Watcher watcher)
            throws IOException {
        check(search, data);
        try (TrialLog journal = TrialLog.begin(folder, search)) {
            return run(journal, data, watcher);
        }
    }

    /**
     * Goes on with a search that was left; the watcher is told of the trials that are run now.
     *
     * @throws IOException as {@link #search} does, or if the folder holds no search, or a line of
     *     its journal is not a trial of it; the message names the line, and the file stays as it is
     */
    public static SearchResult resume(Path folder, DatasetLoader.Loaded data, Watcher watcher)
            throws IOException {
        return resume(folder, data, watcher, false);
    }

    /**
     * As above, with a choice.
     *
     * @param skipBadTrials whether trials of which the journal's line is bad are run anew; the
     *     journal as it was stays in the folder, as {@code trials.jsonl.bad}
     */
    public static SearchResult resume(
            Path folder, DatasetLoader.Loaded data, Watcher watcher, boolean skipBadTrials)
            throws IOException {
        try (TrialLog journal = TrialLog.resume(folder, skipBadTrials)) {
            return run(journal, data, watcher);
        }
    }

    /**
     * What every trial would fail at, or the last look.
     *
     * @throws IOException if there are no images, or of another size than the networks take, or too
     *     few whatever the validation size
     * @throws IllegalArgumentException if they are too few for the plan's validation size; the
     *     message says how many are expected
     */
    public static void check(SearchConfig search, DatasetLoader.Loaded data) throws IOException {
        DigitSet train = data.train();
        DataCheck.images(train, "training", data);
        DataCheck.images(data.test(), "test", data);
        int most = train.size() - DigitSet.CLASSES;
        int held = search.base().validation();
        if (most < DigitSet.CLASSES) {
            throw new IOException(
                    String.format(
                            Locale.ROOT,
                            "there are only %d training images in %s from %s: %d or more expected",
                            train.size(),
                            data.dataset(),
                            data.origin(),
                            2 * DigitSet.CLASSES));
        }
        if (held > most) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "validation size is %d, 10 to %d expected for %d training images; set it with --validation",
                            held,
                            most,
                            train.size()));
        }
    }

    /**
     * Runs what is left of a search; the journal stays open.
     *
     * @throws IOException if the machine fails (a full disk, used-up memory): then the search can
     *     be resumed
     */
    public static SearchResult run(TrialLog journal, DatasetLoader.Loaded data, Watcher watcher)
            throws IOException {
        SearchConfig search = journal.search();
        Path folder = journal.folder();
        check(search, data);
        var score = new TrialScore(search.score());
        CandidateGenerator candidates = Generators.of(search, score);
        var trials = new Trials(search, data, journal, watcher);
        var configuration =
                new OptimizationConfiguration.Builder()
                        .candidateGenerator(candidates)
                        .scoreFunction(score)
                        .terminationConditions(new NothingLeft(trials, candidates))
                        .rngSeed(search.seed())
                        .build();
        new LocalOptimizationRunner(search.parallel(), configuration, trials).execute();
        trials.throwProblem();
        var ranked = new ArrayList<>(journal.trials());
        ranked.sort(Trial.ranking(search.score()));
        var result = new SearchResult(search, folder, List.copyOf(ranked), null);
        if (!watcher.stopRequested() && result.best().isPresent()) {
            result = new SearchResult(search, folder, result.trials(), winner(result, data));
        }
        write(result);
        return result;
    }

    /**
     * The test set is for one look: where it was taken already, for the same trial, that counts.
     */
    private static SearchResult.Winner winner(SearchResult result, DatasetLoader.Loaded data)
            throws IOException {
        Trial best = result.best().orElseThrow();
        Path file = result.folder().resolve("result.json");
        if (Files.exists(file)) {
            var before = JsonFile.read(file, SearchResult.Winner.class);
            if (before.trial() == best.number()) {
                return before;
            }
        }
        ModelFile model = ModelFile.load(result.folderOf(best).resolve("best.zip"));
        var figures = ClassificationMetrics.of(model.network(), data.test(), model.normalization());
        var winner = new SearchResult.Winner(best.number(), figures.accuracy(), figures.loss());
        JsonFile.write(file, winner);
        return winner;
    }

    private static void write(SearchResult result) throws IOException {
        if (result.best().isPresent()) {
            AtomicFile.write(
                    result.folder().resolve("best-plan.json"),
                    result.best().get().plan().toJson().getBytes(StandardCharsets.UTF_8));
        }
        AtomicFile.write(
                result.folder().resolve("report.html"),
                Report.of(result).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Whether it is the machine that failed, not the trial. ND4J says of its own memory only that
     * an allocation failed.
     */
    static boolean isMachinesFault(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t.getMessage() != null && t.getMessage().contains("llocation failed")) {
                return true;
            }
        }
        return IoErrors.isMachinesFault(e);
    }

    /** Arbiter ends when a trial too many was drawn, or when there is none left to draw. */
    private record NothingLeft(Trials trials, CandidateGenerator candidates)
            implements TerminationCondition {
        @Override
        public void initialize(IOptimizationRunner runner) {}

        @Override
        public boolean terminate(IOptimizationRunner runner) {
            return trials.over
                    || (!candidates.hasMoreCandidates() && runner.numCandidatesQueued() == 0);
        }
    }

    /** Makes Arbiter's tasks train by our trainer. */
    private static final class Trials implements TaskCreator {
        private final SearchConfig search;
        private final DatasetLoader.Loaded data;
        private final TrialLog journal;
        private final Watcher watcher;
        private final int most;
        private final long start;
        private final int threads;
        private final AtomicReference<Throwable> problem = new AtomicReference<>();

        /** A candidate too many was drawn: Arbiter is to end when those before it have. */
        private volatile boolean over;

        /** No trial is to begin any more. */
        private volatile boolean left;

        Trials(SearchConfig search, DatasetLoader.Loaded data, TrialLog journal, Watcher watcher) {
            this.search = search;
            this.data = data;
            this.journal = journal;
            this.watcher = watcher;
            most = search.candidates();
            // seconds count on from where a search was left
            double before = journal.trials().stream().mapToDouble(Trial::ended).max().orElse(0);
            start = System.nanoTime() - (long) (1e9 * before);
            threads =
                    Math.max(
                            1,
                            Integer.parseInt(Backend.facts().get("threads")) / search.parallel());
        }

        /** The first one counts: what comes after it may be its consequence. */
        private void stop(Throwable e) {
            problem.compareAndSet(null, e);
            leave();
        }

        private void leave() {
            left = true;
            over = true;
        }

        /**
         * @throws IOException if the search cannot go on; one sentence that names what failed
         */
        void throwProblem() throws IOException {
            Throwable e = problem.get();
            if (e instanceof Error error && !isMachinesFault(e)) {
                throw error;
            }
            if (e != null) {
                throw new IOException(
                        "the search in "
                                + journal.folder()
                                + " cannot go on: "
                                + sentence(e)
                                + (isMachinesFault(e)
                                        ? "; when that is mended, go on with --resume"
                                        : ""),
                        e);
            }
        }

        private double now() {
            return (System.nanoTime() - start) / 1e9;
        }

        @Override
        @SuppressWarnings("rawtypes")
        public Callable<OptimizationResult> create(
                Candidate candidate,
                Class<? extends org.deeplearning4j.arbiter.optimize.api.data.DataSource> source,
                Properties properties,
                ScoreFunction score,
                List<StatusListener> listeners,
                IOptimizationRunner runner) {
            return () -> run(candidate);
        }

        @Override
        @Deprecated
        @SuppressWarnings("rawtypes")
        public Callable<OptimizationResult> create(
                Candidate candidate,
                DataProvider provider,
                ScoreFunction score,
                List<StatusListener> listeners,
                IOptimizationRunner runner) {
            return () -> run(candidate);
        }

        private OptimizationResult run(Candidate<?> candidate) {
            int number = candidate.getIndex() + 1;
            var proposal = (ArbiterSpace.Proposal) candidate.getValue();
            Trial trial = journal.trial(number).orElse(null);
            if (trial != null && !trial.values().equals(proposal.values())) {
                stop(
                        new IOException(
                                "its trials.jsonl is of another search than its search.json, with another space or seed:"
                                        + " trial "
                                        + number
                                        + " has other values than are drawn for it"));
                return result(candidate, CandidateStatus.Cancelled, null);
            }
            if (trial == null) {
                boolean late = search.minutes() > 0 && now() >= 60 * search.minutes();
                if (number > most) {
                    // not for those before it, which other threads may only be about to begin
                    over = true;
                    return result(candidate, CandidateStatus.Cancelled, null);
                }
                if (late || left || watcher.stopRequested()) {
                    leave();
                    return result(candidate, CandidateStatus.Cancelled, null);
                }
                try {
                    trial = tried(number, proposal);
                } catch (Throwable e) {
                    stop(e);
                }
                if (trial == null) {
                    leave(); // in the middle: a resumed search runs it anew
                    return result(candidate, CandidateStatus.Cancelled, null);
                }
                try {
                    synchronized (this) {
                        journal.add(trial);
                        watcher.onTrial(trial);
                    }
                } catch (IOException | RuntimeException e) {
                    stop(e);
                    return result(candidate, CandidateStatus.Cancelled, null);
                }
            }
            boolean failed = trial.outcome() == Trial.Outcome.FAILED;
            return result(
                    candidate, failed ? CandidateStatus.Failed : CandidateStatus.Complete, trial);
        }

        /** One at a time: those before it, though another may have been run anew after them. */
        private List<Trial> before(int number) {
            return search.parallel() > 1
                    ? journal.trials()
                    : journal.trials().stream().filter(t -> t.number() < number).toList();
        }

        /**
         * @return null if the watcher asked to stop
         * @throws IOException if the machine failed: a full disk is not the trial's fault
         */
        private Trial tried(int number, ArbiterSpace.Proposal proposal) throws IOException {
            double began = now();
            var rule = new MedianPruner(search, () -> before(number));
            var outcome = Trial.Outcome.DONE;
            String failure = proposal.problem();
            if (failure == null) {
                failure = TrialSize.problem(proposal.plan(), search.parallel());
            }
            if (failure == null) {
                try {
                    if (search.parallel() > 1) {
                        // OpenMP's number of threads is the calling thread's own
                        NativeOpsHolder.getInstance()
                                .getDeviceNativeOps()
                                .setOmpNumThreads(threads);
                    }
                    Path folder = journal.folderOf(number);
                    clear(folder); // of a trial that was under way when the search was killed
                    TrainingCallback stop =
                            new TrainingCallback() {
                                @Override
                                public boolean stopRequested() {
                                    return watcher.stopRequested();
                                }
                            };
                    var fit =
                            Trainer.fit(
                                    proposal.plan(),
                                    data,
                                    RunFolder.at(folder).optLean(),
                                    rule,
                                    stop);
                    if (fit.reason() == StopReason.REQUESTED) {
                        if (!rule.isPoor()) {
                            return null;
                        }
                        outcome = Trial.Outcome.ENDED_EARLY;
                    } else if (fit.reason() == StopReason.DIVERGED) {
                        failure = StopReason.DIVERGED.sentence();
                    }
                } catch (Exception | OutOfMemoryError e) {
                    LOG.info("trial {}", number, e);
                    if (isMachinesFault(e)) {
                        throw fault(e, number);
                    }
                    failure = sentence(e); // recorded, and the search goes on
                }
            }
            return new Trial(
                    number,
                    proposal.values(),
                    proposal.plan(),
                    rule.accuracies(),
                    rule.losses(),
                    failure == null ? outcome : Trial.Outcome.FAILED,
                    failure,
                    began,
                    now());
        }

        /** What failed, by its file's name. */
        private IOException fault(Throwable e, int number) {
            for (Throwable t = e; t != null; t = t.getCause()) {
                if (t instanceof IOException io) {
                    return io.getMessage() != null && io.getMessage().startsWith("cannot ")
                            ? io
                            : IoErrors.named("write", journal.folderOf(number), io);
                }
            }
            return new IOException(
                    "memory is used up in trial "
                            + number
                            + "; give it more, or run fewer trials at a time",
                    e);
        }

        /** A line without the name of a class. */
        private static String sentence(Throwable e) {
            String message = e.getMessage() == null ? "" : e.getMessage().strip();
            String line = message.lines().findFirst().orElse("");
            return line.isEmpty() || CLASS_NAME.matcher(line).find()
                    ? "an unexpected error, which stands in tune.log"
                    : line;
        }

        private static void clear(Path folder) throws IOException {
            if (Files.exists(folder)) {
                try (var files = Files.walk(folder)) {
                    files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
                }
            }
        }

        /**
         * @param trial null if the candidate was not tried
         */
        private OptimizationResult result(
                Candidate<?> candidate, CandidateStatus status, Trial trial) {
            Double score = status == CandidateStatus.Complete ? trial.score(search.score()) : null;
            long now = System.currentTimeMillis();
            var info =
                    new CandidateInfo(
                            candidate.getIndex(),
                            status,
                            score,
                            now,
                            now,
                            now,
                            candidate.getFlatParameters(),
                            trial == null ? null : trial.failure());
            return new OptimizationResult(
                    candidate, score, candidate.getIndex(), trial, info, null);
        }
    }

    /** Only tells Arbiter whether more is better: the score comes with the trial. */
    private record TrialScore(Monitor monitor) implements ScoreFunction {
        @Override
        @SuppressWarnings("deprecation")
        public double score(Object model, DataProvider provider, Map<String, Object> parameters) {
            throw new UnsupportedOperationException("trials bring their score");
        }

        @Override
        public double score(
                Object model,
                Class<? extends org.deeplearning4j.arbiter.optimize.api.data.DataSource> source,
                Properties properties) {
            throw new UnsupportedOperationException("trials bring their score");
        }

        @Override
        public boolean minimize() {
            return monitor == Monitor.LOSS;
        }

        @Override
        public List<Class<?>> getSupportedModelTypes() {
            return List.of();
        }

        @Override
        public List<Class<?>> getSupportedDataTypes() {
            return List.of();
        }
    }
}
