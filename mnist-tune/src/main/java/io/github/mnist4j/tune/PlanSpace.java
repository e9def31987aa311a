package io.github.mnist4j.tune;

import io.github.mnist4j.train.TrainingPlan;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.arbiter.optimize.api.AbstractParameterSpace;
import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;
import org.deeplearning4j.arbiter.optimize.distribution.LogUniformDistribution;
import org.deeplearning4j.arbiter.optimize.parameter.continuous.ContinuousParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.discrete.DiscreteParameterSpace;

/**
 * Arbiter's view of what is searched: learning rate (1e-4 to 1e-2, on a logarithmic scale), batch
 * size (32, 64, 128 or 256) and rotation (0 to 15 degrees), everything else as in a base plan.
 */
final class PlanSpace extends AbstractParameterSpace<TrainingPlan> {
    private final TrainingPlan base;
    private final ParameterSpace<Double> learningRate =
            new ContinuousParameterSpace(new LogUniformDistribution(1e-4, 1e-2));
    private final ParameterSpace<Integer> batchSize =
            new DiscreteParameterSpace<>(32, 64, 128, 256);
    private final ParameterSpace<Double> rotation = new ContinuousParameterSpace(0, 15);

    PlanSpace(TrainingPlan base) {
        this.base = base;
        setIndices(0, 1, 2);
    }

    @Override
    public TrainingPlan getValue(double[] position) {
        return base.toBuilder()
                .optBatchSize(batchSize.getValue(position))
                .optLearningRate(learningRate.getValue(position))
                .optRotation(rotation.getValue(position))
                .build();
    }

    @Override
    public int numParameters() {
        return 3;
    }

    @Override
    @SuppressWarnings("rawtypes")
    public List<ParameterSpace> collectLeaves() {
        return new ArrayList<>(List.of(learningRate, batchSize, rotation));
    }

    @Override
    public boolean isLeaf() {
        return false;
    }

    @Override
    public void setIndices(int... indices) {
        learningRate.setIndices(indices[0]);
        batchSize.setIndices(indices[1]);
        rotation.setIndices(indices[2]);
    }
}
