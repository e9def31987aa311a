package io.github.mnist4j.tune.search;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.commons.math3.random.JDKRandomGenerator;
import org.apache.commons.math3.random.RandomGenerator;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.CandidateGenerator;
import org.deeplearning4j.arbiter.optimize.api.score.ScoreFunction;
import org.deeplearning4j.arbiter.optimize.generator.BaseCandidateGenerator;
import org.deeplearning4j.arbiter.optimize.generator.GeneticSearchCandidateGenerator;
import org.deeplearning4j.arbiter.optimize.generator.GridSearchCandidateGenerator;
import org.deeplearning4j.arbiter.optimize.generator.RandomSearchGenerator;
import org.deeplearning4j.arbiter.optimize.generator.genetic.crossover.SinglePointCrossover;
import org.deeplearning4j.arbiter.optimize.generator.genetic.crossover.parentselection.RandomTwoParentSelection;
import org.deeplearning4j.arbiter.optimize.generator.genetic.mutation.RandomMutationOperator;
import org.deeplearning4j.arbiter.optimize.generator.genetic.population.PopulationModel;
import org.deeplearning4j.arbiter.optimize.generator.genetic.selection.GeneticSelectionOperator;
import org.jspecify.annotations.Nullable;

/** Arbiter's candidate generators, and ours, all reproducible from a search's seed. */
public final class Generators {
    private Generators() {}

    /** The generator for a search's method. */
    public static CandidateGenerator of(SearchConfig search, ScoreFunction score) {
        var space = new ArbiterSpace(search.space(), search.base());
        return switch (search.method()) {
            case RANDOM -> new RandomSearchGenerator(space);
            case GRID -> new ShuffledGrid(space, search.gridSteps(), search.seed());
            case GENETIC -> genetic(space, score, search);
            case TPE -> new Tpe(space, search);
        };
    }

    /** How many plans a search's grid has. */
    static int gridSize(SearchConfig search) {
        return new GridSearchCandidateGenerator(
                        new ArbiterSpace(search.space(), search.base()),
                        search.gridSteps(),
                        GridSearchCandidateGenerator.Mode.Sequential,
                        null)
                .getTotalNumCandidates();
    }

    /** At least as many plans as the grid has; a double, because an int could overflow. */
    static double mostOfGrid(SearchSpace space, int steps) {
        double size = 1;
        for (SearchSpace.Values values : space.parameters().values()) {
            size *= values instanceof SearchSpace.Choice c ? c.values().size() : steps;
        }
        return size;
    }

    /**
     * Arbiter's genetic search, with one seeded source of randomness: by default its operators use
     * their own, which no seed reaches. Arbiter's mutation rate of 0.005 per gene would leave a
     * population of ten without anything new.
     */
    private static CandidateGenerator genetic(
            ArbiterSpace space, ScoreFunction score, SearchConfig search) {
        RandomGenerator random = new JDKRandomGenerator();
        random.setSeed(search.seed());
        int population = Math.max(6, Math.min(30, search.trials() / 3));
        return new GeneticSearchCandidateGenerator.Builder(space, score)
                .populationModel(new PopulationModel.Builder().populationSize(population).build())
                .selectionOperator(
                        new GeneticSelectionOperator.Builder()
                                .randomGenerator(random)
                                .crossoverOperator(
                                        new SinglePointCrossover.Builder()
                                                .randomGenerator(random)
                                                .parentSelection(
                                                        new RandomTwoParentSelection(random))
                                                .build())
                                .mutationOperator(
                                        new RandomMutationOperator.Builder()
                                                .randomGenerator(random)
                                                .mutationRate(0.1)
                                                .build())
                                .build())
                .build();
    }

    /**
     * Arbiter's grid, shuffled by the search's seed. In Arbiter's sequential order a search that is
     * cut short sees only one corner; its own random order changes with every start.
     */
    @SuppressWarnings({"rawtypes", "unchecked"}) // Arbiter's interface has raw candidates
    private static final class ShuffledGrid extends BaseCandidateGenerator<ArbiterSpace.Proposal> {
        private final List<Candidate> candidates = new ArrayList<>();

        ShuffledGrid(ArbiterSpace space, int steps, long seed) {
            super(space, null, false);
            var grid =
                    new GridSearchCandidateGenerator(
                            space, steps, GridSearchCandidateGenerator.Mode.Sequential, null);
            while (grid.hasMoreCandidates()) {
                candidates.add(grid.getCandidate());
            }
            Collections.shuffle(candidates, new Random(seed));
        }

        @Override
        public boolean hasMoreCandidates() {
            return candidateCounter.get() < candidates.size();
        }

        @Override
        public Candidate getCandidate() {
            int index = candidateCounter.getAndIncrement();
            Candidate drawn = candidates.get(index);
            return new Candidate(drawn.getValue(), index, drawn.getFlatParameters());
        }

        @Override
        public @Nullable Class<?> getCandidateType() {
            return null;
        }
    }
}
