package io.github.mnist4j.tune;

import io.github.mnist4j.data.Augmentation;
import io.github.mnist4j.train.TrainingPlan;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.arbiter.optimize.api.AbstractParameterSpace;
import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;
import org.deeplearning4j.arbiter.optimize.distribution.LogUniformDistribution;
import org.deeplearning4j.arbiter.optimize.parameter.continuous.ContinuousParameterSpace;
import org.deeplearning4j.arbiter.optimize.parameter.discrete.DiscreteParameterSpace;

/**
 * Arbiter's view of what is searched, everything else as in a base plan: learning rate (1e-4 to
 * 1e-2) and weight decay (1e-6 to 1e-2), both on a logarithmic scale, batch size, schedule, dropout
 * (0 to 0.5), label smoothing and augmentation policy.
 */
final class PlanSpace extends AbstractParameterSpace<TrainingPlan> {
    private final TrainingPlan base;
    private final ParameterSpace<Double> learningRate =
            new ContinuousParameterSpace(new LogUniformDistribution(1e-4, 1e-2));
    private final ParameterSpace<Double> weightDecay =
            new ContinuousParameterSpace(new LogUniformDistribution(1e-6, 1e-2));
    private final ParameterSpace<Integer> batchSize =
            new DiscreteParameterSpace<>(32, 64, 128, 256);
    private final ParameterSpace<String> schedule =
            new DiscreteParameterSpace<>("constant", "cosine", "onecycle");
    private final ParameterSpace<Double> dropout = new ContinuousParameterSpace(0, 0.5);
    private final ParameterSpace<Double> smoothing = new DiscreteParameterSpace<>(0.0, 0.05, 0.1);
    private final ParameterSpace<String> augmentation =
            new DiscreteParameterSpace<>("none", "rotate", "affine");
    private final List<ParameterSpace<?>> leaves =
            List.of(
                    learningRate,
                    weightDecay,
                    batchSize,
                    schedule,
                    dropout,
                    smoothing,
                    augmentation);

    PlanSpace(TrainingPlan base) {
        this.base = base;
        for (int i = 0; i < leaves.size(); i++) {
            leaves.get(i).setIndices(i);
        }
    }

    @Override
    public TrainingPlan getValue(double[] position) {
        return base.toBuilder()
                .optLearningRate(learningRate.getValue(position))
                .optWeightDecay(weightDecay.getValue(position))
                .optBatchSize(batchSize.getValue(position))
                .optSchedule(schedule.getValue(position))
                .optDropout(dropout.getValue(position))
                .optLabelSmoothing(smoothing.getValue(position))
                .optAugmentation(Augmentation.of(augmentation.getValue(position)))
                .build();
    }

    @Override
    public int numParameters() {
        return leaves.size();
    }

    @Override
    @SuppressWarnings("rawtypes")
    public List<ParameterSpace> collectLeaves() {
        return new ArrayList<>(leaves);
    }

    @Override
    public boolean isLeaf() {
        return false;
    }

    @Override
    public void setIndices(int... indices) {
        for (int i = 0; i < indices.length; i++) {
            leaves.get(i).setIndices(indices[i]);
        }
    }
}
