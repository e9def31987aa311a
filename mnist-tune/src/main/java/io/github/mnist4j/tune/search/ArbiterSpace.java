package io.github.mnist4j.tune.search;

import io.github.mnist4j.train.plan.TrainingPlan;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.deeplearning4j.arbiter.optimize.api.AbstractParameterSpace;
import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;
import org.deeplearning4j.arbiter.optimize.distribution.LogUniformDistribution;
import org.deeplearning4j.arbiter.optimize.parameter.continuous.ContinuousParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.discrete.DiscreteParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.integer.IntegerParameterSpace;
import org.jspecify.annotations.Nullable;

/** A {@link SearchSpace} in Arbiter's terms, with a leaf for each hyperparameter it searches. */
public final class ArbiterSpace extends AbstractParameterSpace<ArbiterSpace.Proposal> {
    /** More digits would not make a trial better, only its plan harder to read. */
    private static final MathContext DIGITS = new MathContext(4);

    private final TrainingPlan base;
    private final SearchSpace space;
    private final Map<String, ParameterSpace<?>> leaves = new LinkedHashMap<>();

    /**
     * A candidate that Arbiter has drawn.
     *
     * @param values of the hyperparameters, by name
     * @param plan with these values; null if they do not make a valid plan
     * @param problem why there is no plan; null if there is one
     */
    public record Proposal(
            Map<String, Object> values, @Nullable TrainingPlan plan, @Nullable String problem)
            implements Serializable {
        /** Never throws: values that do not make a plan are a failed trial. */
        static Proposal of(TrainingPlan base, Map<String, Object> values) {
            try {
                return new Proposal(values, Hyperparameter.apply(base, values), null);
            } catch (IllegalArgumentException e) {
                return new Proposal(values, null, e.getMessage());
            }
        }
    }

    ArbiterSpace(SearchSpace space, TrainingPlan base) {
        this.base = base;
        this.space = space;
        for (String name : space.searched()) {
            leaves.put(name, leaf(space.values(name)));
        }
        setIndices(IntStream.range(0, leaves.size()).toArray());
    }

    private static ParameterSpace<?> leaf(SearchSpace.Values values) {
        if (values instanceof SearchSpace.Choice c) {
            return new DiscreteParameterSpace<>(c.values().toArray());
        }
        var range = (SearchSpace.Range) values;
        if (range.log()) {
            return new ContinuousParameterSpace(
                    new LogUniformDistribution(range.from(), range.to()));
        }
        return range.whole()
                ? new IntegerParameterSpace((int) range.from(), (int) range.to())
                : new ContinuousParameterSpace(range.from(), range.to());
    }

    @Override
    public Proposal getValue(double[] position) {
        var values = new LinkedHashMap<String, Object>();
        space.parameters()
                .forEach(
                        (name, possible) -> {
                            ParameterSpace<?> leaf = leaves.get(name);
                            values.put(
                                    name,
                                    leaf == null
                                            ? ((SearchSpace.Choice) possible).values().get(0)
                                            : tidied(possible, leaf.getValue(position)));
                        });
        return Proposal.of(base, values);
    }

    private static Object tidied(SearchSpace.Values possible, Object drawn) {
        return possible instanceof SearchSpace.Range range && drawn instanceof Double value
                ? range.value(
                        range.whole() ? value : new BigDecimal(value).round(DIGITS).doubleValue())
                : drawn;
    }

    /** The number of values in a dimension's list; 0 if it has a range. */
    int choices(int dimension) {
        return space.parameters().get(space.searched().get(dimension))
                        instanceof SearchSpace.Choice c
                ? c.values().size()
                : 0;
    }

    @Override
    public int numParameters() {
        return leaves.size();
    }

    @Override
    @SuppressWarnings("rawtypes")
    public List<ParameterSpace> collectLeaves() {
        return new ArrayList<>(leaves.values());
    }

    @Override
    public boolean isLeaf() {
        return false;
    }

    @Override
    public void setIndices(int... indices) {
        int i = 0;
        for (ParameterSpace<?> leaf : leaves.values()) {
            leaf.setIndices(indices[i++]);
        }
    }
}
