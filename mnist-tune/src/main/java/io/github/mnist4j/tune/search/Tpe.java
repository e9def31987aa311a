package io.github.mnist4j.tune.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.math3.special.Erf;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.generator.BaseCandidateGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The tree-structured Parzen estimator (Bergstra et al. 2011) as one of Arbiter's generators. The
 * first ten trials are random. After them it draws each hyperparameter, on its own, from where the
 * best tenth of the trials lie more densely than the others.
 */
@SuppressWarnings({"rawtypes", "unchecked"}) // Arbiter's interface has raw candidates
final class Tpe extends BaseCandidateGenerator<ArbiterSpace.Proposal> {
    private static final int RANDOM_TRIALS = 10;
    private static final double GOOD_PART = 0.1;
    private static final int MOST_GOOD = 25;
    private static final int DRAWS = 24;

    /** More epochs first: a trial that was ended early is not better than one that was not. */
    private static final Comparator<Observation> BEST_FIRST =
            Comparator.comparingInt((Observation o) -> -o.epochs).thenComparingDouble(o -> -o.gain);

    private final ArbiterSpace space;
    private final SearchConfig search;
    private final Random random;
    private final List<Observation> observations = new ArrayList<>();

    /** A trial's position in the unit cube, and how good it was. */
    private record Observation(double[] position, int epochs, double gain) {}

    Tpe(ArbiterSpace space, SearchConfig search) {
        super(space, null, false);
        this.space = space;
        this.search = search;
        random = new Random(search.seed());
    }

    @Override
    public boolean hasMoreCandidates() {
        return true;
    }

    @Override
    public @Nullable Class<?> getCandidateType() {
        return null;
    }

    @Override
    public void reportResults(OptimizationResult result) {
        if (result.getModelSpecificResults() instanceof Trial trial) {
            observations.add(
                    new Observation(
                            result.getCandidate().getFlatParameters(),
                            trial.epochs(),
                            trial.gain(search.score())));
        }
    }

    @Override
    public Candidate getCandidate() {
        double[] position = new double[space.numParameters()];
        if (observations.size() < RANDOM_TRIALS) {
            Arrays.setAll(position, d -> random.nextDouble());
        } else {
            observations.sort(BEST_FIRST);
            int good = (int) Math.min(MOST_GOOD, Math.ceil(GOOD_PART * observations.size()));
            Arrays.setAll(
                    position,
                    d ->
                            drawn(
                                    along(d, observations.subList(0, good)),
                                    along(d, observations.subList(good, observations.size())),
                                    space.choices(d)));
        }
        return new Candidate(
                space.getValue(position), candidateCounter.getAndIncrement(), position);
    }

    private static double[] along(int dimension, List<Observation> observations) {
        return observations.stream().mapToDouble(o -> o.position[dimension]).sorted().toArray();
    }

    /** Draws near the good ones; of several draws, keeps the one likeliest to be good. */
    private double drawn(double[] good, double[] bad, int choices) {
        DoubleUnaryOperator likely = density(good, choices);
        DoubleUnaryOperator unlikely = density(bad, choices);
        double best = Double.NaN;
        double highest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < DRAWS; i++) {
            double x = draw(good, choices);
            double ratio = likely.applyAsDouble(x) / unlikely.applyAsDouble(x);
            if (ratio > highest) {
                highest = ratio;
                best = x;
            }
        }
        return best;
    }

    /** Draws from one of the kernels or from the prior, each equally likely. */
    private double draw(double[] centers, int choices) {
        int kernel = random.nextInt(centers.length + 1);
        if (kernel == centers.length) {
            return random.nextDouble();
        }
        if (choices > 0) {
            return centers[kernel];
        }
        double width = widths(centers)[kernel];
        double x;
        do {
            x = centers[kernel] + width * random.nextGaussian();
        } while (x < 0 || x > 1);
        return x;
    }

    /**
     * @param choices number of words to choose from, all equally far from each other; 0 for a range
     */
    private static DoubleUnaryOperator density(double[] centers, int choices) {
        if (choices > 0) {
            return x -> {
                long same =
                        Arrays.stream(centers)
                                .filter(c -> choice(c, choices) == choice(x, choices))
                                .count();
                return (same + 1.0 / choices) / (centers.length + 1);
            };
        }
        double[] widths = widths(centers);
        return x -> {
            double sum = 1; // the prior is uniform
            for (int i = 0; i < centers.length; i++) {
                double inside =
                        normal((1 - centers[i]) / widths[i]) - normal(-centers[i] / widths[i]);
                double z = (x - centers[i]) / widths[i];
                sum += Math.exp(-z * z / 2) / (Math.sqrt(2 * Math.PI) * widths[i] * inside);
            }
            return sum / (centers.length + 1);
        };
    }

    private static int choice(double position, int choices) {
        return (int) Math.min(choices - 1, position * choices);
    }

    /** The distance to the farther neighbor, but not below a bound that falls as trials come in. */
    private static double[] widths(double[] sorted) {
        double[] widths = new double[sorted.length];
        for (int i = 0; i < sorted.length; i++) {
            double left = sorted[i] - (i == 0 ? 0 : sorted[i - 1]);
            double right = (i == sorted.length - 1 ? 1 : sorted[i + 1]) - sorted[i];
            widths[i] = Math.max(1.0 / Math.min(100, sorted.length + 2), Math.max(left, right));
        }
        return widths;
    }

    /** The distribution function of the standard normal distribution. */
    private static double normal(double z) {
        return Erf.erfc(-z / Math.sqrt(2)) / 2;
    }
}
