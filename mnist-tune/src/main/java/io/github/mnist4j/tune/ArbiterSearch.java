package io.github.mnist4j.tune;

import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.train.backend.Failure;
import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import io.github.mnist4j.tune.search.ArbiterSpace;
import io.github.mnist4j.tune.search.Generators;
import io.github.mnist4j.tune.search.SearchConfig;
import io.github.mnist4j.tune.search.Trial;
import io.github.mnist4j.tune.search.TrialLog;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.CandidateGenerator;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.api.TaskCreator;
import org.deeplearning4j.arbiter.optimize.api.data.DataProvider;
import org.deeplearning4j.arbiter.optimize.api.data.DataSource;
import org.deeplearning4j.arbiter.optimize.api.score.ScoreFunction;
import org.deeplearning4j.arbiter.optimize.api.termination.TerminationCondition;
import org.deeplearning4j.arbiter.optimize.config.OptimizationConfiguration;
import org.deeplearning4j.arbiter.optimize.runner.CandidateInfo;
import org.deeplearning4j.arbiter.optimize.runner.CandidateStatus;
import org.deeplearning4j.arbiter.optimize.runner.IOptimizationRunner;
import org.deeplearning4j.arbiter.optimize.runner.LocalOptimizationRunner;
import org.deeplearning4j.arbiter.optimize.runner.listener.StatusListener;
import org.jspecify.annotations.Nullable;

/**
 * A search as Arbiter runs it: Arbiter draws candidates and runs a task for each, which takes the
 * trial from the log or, where it has not ended yet, trains it.
 */
final class ArbiterSearch implements TaskCreator {
    private final TrialLog log;
    private final SearchConfig search;
    private final SearchListener listener;
    private final TrialRunner runner;
    private final int candidates;
    private final AtomicReference<Throwable> problem = new AtomicReference<>();

    /** Arbiter draws no more, and ends when the trials under way have. */
    private volatile boolean ending;

    /** No further trial begins. */
    private volatile boolean stopped;

    ArbiterSearch(TrialLog log, DatasetLoader.Loaded data, SearchListener listener) {
        this.log = log;
        this.listener = listener;
        search = log.search();
        runner = new TrialRunner(log, data, listener);
        candidates = search.candidates();
    }

    /**
     * Runs the trials that are not in the log yet.
     *
     * @throws IOException if the search cannot go on; one sentence that names what failed
     */
    void run() throws IOException {
        var score = new TrialScore(search.score());
        CandidateGenerator generator = Generators.of(search, score);
        var configuration =
                new OptimizationConfiguration.Builder()
                        .candidateGenerator(generator)
                        .scoreFunction(score)
                        .terminationConditions(new NothingLeft(this, generator))
                        .rngSeed(search.seed())
                        .build();
        new LocalOptimizationRunner(search.parallel(), configuration, this).execute();
        Throwable e = problem.get();
        boolean machine = e != null && TrialRunner.isMachinesFault(e);
        if (e instanceof Error error && !machine) {
            throw error;
        }
        if (e != null) {
            throw new IOException(
                    "the search in "
                            + log.folder()
                            + " cannot go on: "
                            + Failure.sentence(e)
                            + (machine ? "; when that is fixed, continue with --resume" : ""),
                    e);
        }
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Callable<OptimizationResult> create(
            Candidate candidate,
            Class<? extends DataSource> source,
            Properties properties,
            ScoreFunction score,
            List<StatusListener> listeners,
            IOptimizationRunner arbiter) {
        return () -> result(candidate);
    }

    @Override
    @Deprecated
    @SuppressWarnings("rawtypes")
    public Callable<OptimizationResult> create(
            Candidate candidate,
            DataProvider provider,
            ScoreFunction score,
            List<StatusListener> listeners,
            IOptimizationRunner arbiter) {
        return () -> result(candidate);
    }

    private OptimizationResult result(Candidate<?> candidate) {
        Trial trial = null;
        try {
            trial = trial(candidate.getIndex() + 1, (ArbiterSpace.Proposal) candidate.getValue());
        } catch (Throwable e) {
            problem.compareAndSet(null, e); // later ones may follow from the first
            stop();
        }
        boolean failed = trial != null && trial.outcome() == Trial.Outcome.FAILED;
        CandidateStatus status =
                trial == null
                        ? CandidateStatus.Cancelled
                        : failed ? CandidateStatus.Failed : CandidateStatus.Complete;
        Double score = trial == null || failed ? null : trial.score(search.score());
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
        return new OptimizationResult(candidate, score, candidate.getIndex(), trial, info, null);
    }

    /**
     * @return null if the candidate is not tried because the search ends
     */
    private @Nullable Trial trial(int number, ArbiterSpace.Proposal proposal) throws IOException {
        Optional<Trial> logged = log.trial(number);
        if (logged.isPresent()) {
            if (!logged.get().values().equals(proposal.values())) {
                throw new IOException(
                        "its trials.jsonl belongs to a search with another space or seed than its search.json: trial "
                                + number
                                + " has other values than are drawn for it");
            }
            return logged.get();
        }
        if (number > candidates) {
            // does not stop earlier candidates that other threads have yet to begin
            ending = true;
            return null;
        }
        boolean late = search.minutes() > 0 && runner.seconds() >= 60 * search.minutes();
        Trial trial =
                late || stopped || listener.stopRequested() ? null : runner.run(number, proposal);
        if (trial == null) {
            stop();
            return null;
        }
        synchronized (this) {
            log.add(trial);
            listener.onTrial(trial);
        }
        return trial;
    }

    private void stop() {
        stopped = true;
        ending = true;
    }

    private record NothingLeft(ArbiterSearch search, CandidateGenerator generator)
            implements TerminationCondition {
        @Override
        public void initialize(IOptimizationRunner arbiter) {}

        @Override
        public boolean terminate(IOptimizationRunner arbiter) {
            return search.ending
                    || (!generator.hasMoreCandidates() && arbiter.numCandidatesQueued() == 0);
        }
    }

    /** Only tells Arbiter whether more is better: each trial brings its own score. */
    private record TrialScore(Monitor monitor) implements ScoreFunction {
        @Override
        @SuppressWarnings("deprecation")
        public double score(Object model, DataProvider provider, Map<String, Object> parameters) {
            throw new UnsupportedOperationException("each trial brings its own score");
        }

        @Override
        public double score(
                Object model, Class<? extends DataSource> source, Properties properties) {
            throw new UnsupportedOperationException("each trial brings its own score");
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
