package io.github.mnist4j.tune.search;

import static io.github.mnist4j.tune.search.SearchSpace.check;

import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.Locale;
import java.util.Map;

/**
 * What a search is asked for. Made by {@link #builder}.
 *
 * @param space what may be chosen from
 * @param base the plan around which is searched; its epochs are those of a trial
 * @param method how candidates are drawn
 * @param trials at most, 1 or more
 * @param gridSteps values that the grid takes of each range, 2 to 1000; a grid has at most a
 *     million plans
 * @param seed draws the candidates
 * @param minutes after which no further trial begins; 0 for no limit
 * @param endPoorTrials whether a trial is ended that is worse, after an epoch, than the median of
 *     the trials before it at the same epoch (the first five run to their end)
 * @param score the validation figure that trials are ranked by
 * @param parallel trials at a time, each with its share of the processors; 1 to 256
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

    /** A grid is kept in memory, for its order is drawn. */
    private static final int MOST_PLANS = 1_000_000;

    /** How candidates are drawn. */
    public enum Method {
        /** Each on its own, at random. */
        RANDOM,
        /** Every combination of values, in an order that the seed decides. */
        GRID,
        /** At random at first, then from the best so far, crossed and mutated. */
        GENETIC,
        /** At random at first, then from where the best so far lie (Bergstra et al. 2011). */
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
                "genetic search and tpe learn from the results in their order: parallel is "
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
                            "the grid has up to %.0f plans, at most %d expected: fewer values or steps",
                            plans,
                            MOST_PLANS));
        }
    }

    /** Begins with a random search of 30 trials of 5 epochs, ranked by accuracy. */
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

    /** Begins with this search's settings. */
    public SearchConfigBuilder toBuilder() {
        return SearchConfigBuilder.builder(this);
    }

    /** How many trials there can be: what was asked for, or the whole grid if that is less. */
    public int candidates() {
        return method == Method.GRID ? Math.min(trials, Generators.gridSize(this)) : trials;
    }

    /**
     * The plan of a trial with these values.
     *
     * @throws IllegalArgumentException if they make no plan; the message says why
     */
    public TrainingPlan plan(Map<String, Object> values) {
        return Hyperparameter.apply(base, values);
    }
}
