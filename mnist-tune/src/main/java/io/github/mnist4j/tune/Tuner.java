package io.github.mnist4j.tune;

import io.github.mnist4j.data.DataSource;
import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.RunFolder;
import io.github.mnist4j.train.StopReason;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.TrainingCallback;
import io.github.mnist4j.train.TrainingPlan;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.api.TaskCreator;
import org.deeplearning4j.arbiter.optimize.api.data.DataProvider;
import org.deeplearning4j.arbiter.optimize.api.score.ScoreFunction;
import org.deeplearning4j.arbiter.optimize.api.termination.MaxCandidatesCondition;
import org.deeplearning4j.arbiter.optimize.api.termination.MaxTimeCondition;
import org.deeplearning4j.arbiter.optimize.api.termination.TerminationCondition;
import org.deeplearning4j.arbiter.optimize.config.OptimizationConfiguration;
import org.deeplearning4j.arbiter.optimize.generator.RandomSearchGenerator;
import org.deeplearning4j.arbiter.optimize.runner.CandidateInfo;
import org.deeplearning4j.arbiter.optimize.runner.CandidateStatus;
import org.deeplearning4j.arbiter.optimize.runner.IOptimizationRunner;
import org.deeplearning4j.arbiter.optimize.runner.LocalOptimizationRunner;
import org.deeplearning4j.arbiter.optimize.runner.listener.StatusListener;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/**
 * Tries many plans and ranks them by validation accuracy: Arbiter draws the candidates and runs the
 * search, each trial goes through {@link Trainer#fit}. The test set is not touched. No Arbiter type
 * stands in this interface.
 *
 * <p>A search's folder holds {@code search.json}, {@code trials.jsonl} and a run folder for each
 * trial. A search that was killed goes on with {@link #resume}: the trials that ended are not run
 * again, and the others are those that it would have tried.
 */
public final class Tuner {
    private Tuner() {}

    /**
     * Random search. The same seed draws the same candidates.
     *
     * @param folder new, or empty
     * @param watcher told of each trial as it ends
     * @return all trials, the best first, those that failed last
     * @throws IOException if the folder holds a search already or cannot be written to
     */
    public static List<Trial> search(
            Search search, DataSource.Loaded data, Path folder, Consumer<Trial> watcher)
            throws IOException {
        return run(search, data, Journal.begin(folder, search), watcher);
    }

    /**
     * Goes on with a search that was left; the watcher is told of the trials that are run now.
     *
     * @throws IOException if the folder holds no search
     */
    public static List<Trial> resume(Path folder, DataSource.Loaded data, Consumer<Trial> watcher)
            throws IOException {
        return run(Journal.search(folder), data, Journal.resume(folder), watcher);
    }

    private static List<Trial> run(
            Search search, DataSource.Loaded data, Journal journal, Consumer<Trial> watcher) {
        var conditions =
                new ArrayList<TerminationCondition>(
                        List.of(new MaxCandidatesCondition(search.trials())));
        if (search.minutes() > 0) {
            conditions.add(
                    new MaxTimeCondition(
                            (long) (60_000 * search.minutes()), TimeUnit.MILLISECONDS));
        }
        var configuration =
                new OptimizationConfiguration.Builder()
                        .candidateGenerator(new RandomSearchGenerator(new PlanSpace(search.base())))
                        .scoreFunction(new ValidationAccuracy())
                        .terminationConditions(conditions.toArray(new TerminationCondition[0]))
                        .rngSeed(search.seed())
                        .build();
        long end =
                search.minutes() > 0
                        ? System.nanoTime() + (long) (60e9 * search.minutes())
                        : Long.MAX_VALUE;
        new LocalOptimizationRunner(
                        1, configuration, new TrialCreator(search, data, journal, watcher, end))
                .execute();
        var ranked = new ArrayList<>(journal.trials());
        ranked.sort(
                Comparator.comparingDouble((Trial t) -> Double.isNaN(t.score()) ? -1 : t.score())
                        .reversed());
        return List.copyOf(ranked);
    }

    /** The median rule (Golovin et al. 2017, Google Vizier), asked after every epoch of a trial. */
    private static final class MedianRule implements TrainingCallback {
        private static final int FREE = 5;
        private final List<Trial> before;
        private final List<Double> accuracies = new ArrayList<>();
        private boolean poor;

        MedianRule(List<Trial> trials) {
            before = trials.stream().filter(t -> t.outcome() != Trial.Outcome.FAILED).toList();
        }

        @Override
        public void onEpochEnd(EpochRecord epoch, MultiLayerNetwork network, boolean best) {
            accuracies.add(epoch.validationAccuracy());
            int epochs = accuracies.size();
            double[] others =
                    before.stream()
                            .filter(t -> t.accuracies().size() >= epochs)
                            .mapToDouble(t -> t.scoreAt(epochs))
                            .sorted()
                            .toArray();
            double own = accuracies.stream().mapToDouble(a -> a).max().orElseThrow();
            int half = others.length / 2;
            poor =
                    others.length >= FREE
                            && own
                                    < (others.length % 2 == 1
                                            ? others[half]
                                            : (others[half - 1] + others[half]) / 2);
        }

        @Override
        public boolean stopRequested() {
            return poor;
        }
    }

    /** Makes Arbiter's tasks train by our trainer. */
    private record TrialCreator(
            Search search,
            DataSource.Loaded data,
            Journal journal,
            Consumer<Trial> watcher,
            long end)
            implements TaskCreator {

        @Override
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
        public Callable<OptimizationResult> create(
                Candidate candidate,
                DataProvider provider,
                ScoreFunction score,
                List<StatusListener> listeners,
                IOptimizationRunner runner) {
            return () -> run(candidate);
        }

        private OptimizationResult run(Candidate candidate) {
            int number = candidate.getIndex();
            long start = System.currentTimeMillis();
            if (number >= search.trials() || System.nanoTime() > end) {
                // Arbiter draws some more before it looks whether there are enough
                return result(candidate, start, CandidateStatus.Cancelled, null, null);
            }
            Trial trial =
                    journal.trials().stream()
                            .filter(t -> t.number() == number)
                            .findFirst()
                            .orElse(null);
            if (trial == null) {
                trial = tried(number, (TrainingPlan) candidate.getValue());
                try {
                    journal.add(trial);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                watcher.accept(trial);
            }
            return trial.outcome() == Trial.Outcome.FAILED
                    ? result(candidate, start, CandidateStatus.Failed, null, trial.failure())
                    : result(candidate, start, CandidateStatus.Complete, trial.score(), null);
        }

        private Trial tried(int number, TrainingPlan plan) {
            long start = System.nanoTime();
            var accuracies = new ArrayList<Double>();
            try {
                Path folder = journal.folderOf(number);
                clear(folder); // of a trial that was under way when the search was killed
                var rule = new MedianRule(search.endPoorTrials() ? journal.trials() : List.of());
                var fit = Trainer.fit(plan, data, RunFolder.at(folder), rule);
                fit.history().forEach(e -> accuracies.add(e.validationAccuracy()));
                return new Trial(
                        number,
                        plan,
                        accuracies,
                        fit.reason() == StopReason.REQUESTED
                                ? Trial.Outcome.ENDED_EARLY
                                : Trial.Outcome.DONE,
                        null,
                        seconds(start));
            } catch (Exception | OutOfMemoryError e) {
                // recorded, and the search goes on
                return new Trial(
                        number,
                        plan,
                        accuracies,
                        Trial.Outcome.FAILED,
                        e.toString(),
                        seconds(start));
            }
        }

        private static double seconds(long start) {
            return (System.nanoTime() - start) / 1e9;
        }

        private static void clear(Path folder) throws IOException {
            if (Files.exists(folder)) {
                try (var files = Files.walk(folder)) {
                    files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
                }
            }
        }

        private static OptimizationResult result(
                Candidate candidate,
                long start,
                CandidateStatus status,
                Double score,
                String failure) {
            long end = System.currentTimeMillis();
            var info =
                    new CandidateInfo(
                            candidate.getIndex(),
                            status,
                            score,
                            start,
                            start,
                            end,
                            candidate.getFlatParameters(),
                            failure);
            return new OptimizationResult(candidate, score, candidate.getIndex(), null, info, null);
        }
    }

    /** Only tells Arbiter that more is better: the score comes with the trial. */
    private static final class ValidationAccuracy implements ScoreFunction {
        private static final long serialVersionUID = 1L;

        @Override
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
            return false;
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
