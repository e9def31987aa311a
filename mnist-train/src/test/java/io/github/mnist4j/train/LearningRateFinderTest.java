package io.github.mnist4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlanBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LearningRateFinderTest {
    @Test
    void theRatesAreReadOffTheCurve() {
        var points = new ArrayList<RangeTestResult.Point>();
        double[] losses = {2.3, 2.3, 2.2, 1.6, 0.9, 0.7, 0.6, 0.8, 2.0};
        for (int i = 0; i < losses.length; i++) {
            points.add(new RangeTestResult.Point(Math.pow(10, i - 6), losses[i]));
        }
        var found = RangeTestResult.of(points);
        assertThat(found.steepest()).isEqualTo(1e-3);
        assertThat(found.lowest()).isEqualTo(1);
        assertThatThrownBy(() -> RangeTestResult.of(points.subList(0, 2)))
                .hasMessageContaining("lower rate");
    }

    @Test
    void theRangeTestFindsARateThatTrains() throws IOException {
        var data =
                DatasetLoader.builder().optGeneratedSizes(900, 200).build().load(Dataset.GENERATED);
        TrainingPlanBuilder plan =
                TrainingPlan.builder("mlp").optValidation(100).optEpochs(3).optBatchSize(32);
        var found = LearningRateFinder.find(plan.build(), data, 1e-7, 100, 200);
        assertThat(found.points().size()).isLessThan(200); // 100 is far too much
        assertThat(found.points().get(0).learningRate()).isEqualTo(1e-7);
        assertThat(found.steepest()).isBetween(1e-5, 1e-2).isLessThan(found.lowest());
        List<EpochRecord> history =
                Trainer.fit(plan.optLearningRate(found.steepest()).build(), data).history();
        assertThat(history.get(2).validationAccuracy()).isGreaterThan(0.8);
        assertThat(LearningRateFinder.find(plan.build(), data, 1e-7, 100, 200)).isEqualTo(found);
        assertThatThrownBy(() -> LearningRateFinder.find(plan.build(), data, 1, 0.1, 200))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must rise");
    }
}
