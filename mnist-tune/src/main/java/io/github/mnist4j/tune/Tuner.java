package io.github.mnist4j.tune;

import io.github.mnist4j.data.DataSource;
import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.TrainingPlan;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.api.TaskCreator;
import org.deeplearning4j.arbiter.optimize.api.data.DataProvider;
import org.deeplearning4j.arbiter.optimize.api.score.ScoreFunction;
import org.deeplearning4j.arbiter.optimize.api.termination.MaxCandidatesCondition;
import org.deeplearning4j.arbiter.optimize.config.OptimizationConfiguration;
import org.deeplearning4j.arbiter.optimize.generator.RandomSearchGenerator;
import org.deeplearning4j.arbiter.optimize.runner.CandidateInfo;
import org.deeplearning4j.arbiter.optimize.runner.CandidateStatus;
import org.deeplearning4j.arbiter.optimize.runner.IOptimizationRunner;
import org.deeplearning4j.arbiter.optimize.runner.LocalOptimizationRunner;
import org.deeplearning4j.arbiter.optimize.runner.listener.StatusListener;

/**
 * Tries many plans and ranks them by validation accuracy: Arbiter draws the candidates and runs the
 * search, each trial goes through {@link Trainer#fit}. The test set is not touched. No Arbiter type
 * stands in this interface.
 */
public final class Tuner {
    private Tuner() {}

    /**
     * One plan that was tried.
     *
     * @param number 0 for the first that was drawn
     * @param plan what was tried
     * @param best its best epoch, null if it failed
     * @param failure why it failed, null if it did not
     */
    public record Trial(int number, TrainingPlan plan, EpochRecord best, String failure) {
        /** Validation accuracy of the best epoch, 0 to 1; NaN if the trial failed. */
        public double score() {
            return best == null ? Double.NaN : best.validationAccuracy();
        }
    }

    /**
     * Random search over learning rate, batch size and rotation around a plan. The same seed draws
     * the same candidates.
     *
     * @param trials 1 or more
     * @param watcher told of each trial as it ends
     * @return all trials, the best first, those that failed last
     */
    public static List<Trial> randomSearch(
            TrainingPlan base,
            DataSource.Loaded data,
            int trials,
            long seed,
            Consumer<Trial> watcher) {
        if (trials < 1) {
            throw new IllegalArgumentException("trials is " + trials + ", 1 or more expected");
        }
        List<Trial> done = Collections.synchronizedList(new ArrayList<>());
        var configuration =
                new OptimizationConfiguration.Builder()
                        .candidateGenerator(new RandomSearchGenerator(new PlanSpace(base)))
                        .scoreFunction(new ValidationAccuracy())
                        .terminationConditions(new MaxCandidatesCondition(trials))
                        .rngSeed(seed)
                        .build();
        new LocalOptimizationRunner(
                        1,
                        configuration,
                        new TrialCreator(
                                data,
                                trials,
                                trial -> {
                                    done.add(trial);
                                    watcher.accept(trial);
                                }))
                .execute();
        var ranked = new ArrayList<>(done);
        ranked.sort(
                Comparator.comparingDouble((Trial t) -> Double.isNaN(t.score()) ? -1 : t.score())
                        .reversed());
        return List.copyOf(ranked);
    }

    /** Makes Arbiter's tasks train by our trainer. */
    private record TrialCreator(DataSource.Loaded data, int trials, Consumer<Trial> watcher)
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
            var plan = (TrainingPlan) candidate.getValue();
            long start = System.currentTimeMillis();
            if (number >= trials) {
                // Arbiter draws one more before it looks whether there are enough
                return result(candidate, start, CandidateStatus.Cancelled, null, null);
            }
            try {
                EpochRecord best = Trainer.fit(plan, data).bestEpoch();
                watcher.accept(new Trial(number, plan, best, null));
                return result(
                        candidate,
                        start,
                        CandidateStatus.Complete,
                        best.validationAccuracy(),
                        null);
            } catch (Exception | OutOfMemoryError e) {
                // recorded, and the search goes on
                watcher.accept(new Trial(number, plan, null, e.toString()));
                return result(candidate, start, CandidateStatus.Failed, null, e.toString());
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
