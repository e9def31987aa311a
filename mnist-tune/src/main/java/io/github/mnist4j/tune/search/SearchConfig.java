package io.github.mnist4j.tune.search;

import static io.github.mnist4j.tune.search.SearchSpace.check;

import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.Locale;
import java.util.Map;

/**
 * The settings of a search. Made by {@link #builder}.
 *
 * @param space the hyperparameters to search, with their values
 * @param base the plan that trials vary; each trial runs for its epochs
 * @param method how candidates are drawn
 * @param trials how many to run at most, 1 or more
 * @param gridSteps how many values a grid takes from each range, 2 to 1000; a grid has at most a
 *     million plans
 * @param seed decides which candidates are drawn
 * @param minutes after which no further trial begins; 0 for no limit
 * @param endPoorTrials whether to end a trial that, after an epoch, is worse than the median of
 *     earlier trials at the same epoch; the first five run to their end
 * @param score the validation metric that ranks the trials
 * @param parallel how many trials run at a time, each on its share of the processors; 1 to 256
 */
@RecordBuilder
@RecordBuilder.Options(setterPrefix = "opt")
public record SearchConfig(
        SearchSpace space,
        TrainingPlan base,
        Method method,
        int trials,
        int gridSteps,
        long seed,
        double minutes,
        boolean endPoorTrials,
        Monitor score,
        int parallel) {
    private static final int MOST_PARALLEL = 256;

    /** A grid is kept in memory, because its order is random. */
    private static final int MOST_PLANS = 1_000_000;

    /** How candidates are drawn. */
    public enum Method {
        /** Each at random, independently of the others. */
        RANDOM,
        /** Every combination of values, in a random order. */
        GRID,
        /** At random first, then by crossing and mutating the best so far. */
        GENETIC,
        /** At random first, then from where the best so far lie (Bergstra et al. 2011). */
        TPE
    }

    /**
     * @throws IllegalArgumentException if a value is out of range; the message names it
     */
    public SearchConfig {
        check(trials >= 1, "trials is " + trials + ", 1 or more expected");
        check(
                gridSteps >= 2 && gridSteps <= 1000,
                "grid steps is " + gridSteps + ", 2 to 1000 expected");
        check(
                minutes >= 0 && minutes < Double.POSITIVE_INFINITY,
                "minutes is " + minutes + ", 0 or more expected");
        check(
                parallel >= 1 && parallel <= MOST_PARALLEL,
                "parallel is " + parallel + ", 1 to " + MOST_PARALLEL + " expected");
        check(
                parallel == 1 || method == Method.RANDOM || method == Method.GRID,
                "genetic search and tpe learn from results in order: parallel is "
                        + parallel
                        + ", 1 expected");
        check(space != null && base != null, "space and plan are needed");
        check(method != null && score != null, "method and score are needed");
        if (method == Method.GRID) {
            double plans = Generators.mostOfGrid(space, gridSteps);
            check(
                    plans <= MOST_PLANS,
                    String.format(
                            Locale.ROOT,
                            "the grid has up to %.0f plans, at most %d expected: give fewer values or steps",
                            plans,
                            MOST_PLANS));
        }
    }

    /** Starts from a random search of 30 trials of 5 epochs each, ranked by accuracy. */
    public static SearchConfigBuilder builder(SearchSpace space) {
        return SearchConfigBuilder.builder()
                .optSpace(space)
                .optBase(TrainingPlan.builder(space.model()).optEpochs(5).build())
                .optMethod(Method.RANDOM)
                .optTrials(30)
                .optGridSteps(3)
                .optSeed(1)
                .optEndPoorTrials(true)
                .optScore(Monitor.ACCURACY)
                .optParallel(1);
    }

    /** Starts from the settings of this search. */
    public SearchConfigBuilder toBuilder() {
        return SearchConfigBuilder.builder(this);
    }

    /** How many trials there are at most: {@link #trials}, or the whole grid if that is smaller. */
    public int candidates() {
        return method == Method.GRID ? Math.min(trials, Generators.gridSize(this)) : trials;
    }

    /**
     * The plan of a trial with these hyperparameters.
     *
     * @throws IllegalArgumentException if they do not make a valid plan; the message says why
     */
    public TrainingPlan plan(Map<String, Object> values) {
        return Hyperparameter.apply(base, values);
    }
}
