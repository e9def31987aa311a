package io.github.mnist4j.train.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.mnist4j.train.TrainerTest;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values by hand, for a rate of 0.1 and 10 epochs of 100 batches. */
class SchedulesTest {
    private static final Offset<Double> CLOSE = within(1e-9);

    @ParameterizedTest(name = "{0} at iteration {1}")
    @CsvSource({
        "constant, 999, 0.1",
        "step:5:0.5, 499, 0.1",
        "step:5:0.5, 500, 0.05",
        "step:200it:0.1, 199, 0.1",
        "step:200it:0.1, 400, 0.001",
        "'multistep:3,6:0.1', 299, 0.1",
        "'multistep:3,6:0.1', 300, 0.01",
        "'multistep:3,6:0.1', 950, 0.001",
        "'multistep:10it,20it:0.5', 15, 0.05",
        "exponential:0.9, 250, 0.081",
        "poly:1, 500, 0.05",
        "poly:2, 500, 0.025",
        "cosine, 0, 0.1",
        "cosine, 500, 0.05",
        "cosine, 1000, 0",
        "cosine:1, 0, 0",
        "cosine:1, 50, 0.05",
        "cosine:1, 100, 0.1",
        "cosine:1, 550, 0.05",
        "cosine:200it, 100, 0.05",
        "onecycle, 0, 0.004",
        "onecycle, 300, 0.1",
        "onecycle, 1000, 0.0000004",
        "onecycle:0.5, 500, 0.1",
        "plateau:2:0.5, 700, 0.1",
    })
    void rates(String text, int iteration, double expected) {
        assertThat(Schedules.parse(text, 0.1, 1000, 100).valueAt(iteration, iteration / 100))
                .isCloseTo(expected, CLOSE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "fast",
                "step",
                "step:5",
                "step:0:0.5",
                "step:5:0",
                "step:5:1.5",
                "step:5:x",
                "multistep:5:0.1:3",
                "multistep:6,3:0.1",
                "multistep:3,5it:0.1",
                "exponential:2",
                "poly:-1",
                "poly:NaN",
                "cosine:-1",
                "onecycle:1",
                "plateau:2",
                "plateau:0:0.5",
                "constant:1"
            })
    void otherTextsAreRefusedWithTheFormsThatThereAre(String text) {
        assertThatThrownBy(() -> Schedules.parse(text, 0.1, 1000, 100))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("schedule '" + text + "'")
                .hasMessageContaining("onecycle");
    }

    /** Of 10 epochs of 100 batches too; the schedule has what the warm-up leaves. */
    @ParameterizedTest(name = "{0} after {1} epochs of warm-up, at iteration {2}")
    @CsvSource({
        "constant, 0, 0, 0.1",
        "constant, 0.5, 0, 0.002",
        "constant, 0.5, 24, 0.05",
        "constant, 0.5, 49, 0.1",
        "constant, 0.5, 50, 0.1",
        "constant, 0.004, 0, 0.1",
        "step:5:0.5, 1, 99, 0.1",
        "step:5:0.5, 1, 599, 0.1",
        "step:5:0.5, 1, 600, 0.05",
        "step:200it:0.1, 0.5, 249, 0.1",
        "step:200it:0.1, 0.5, 250, 0.01",
        "cosine, 2, 99, 0.05",
        "cosine, 2, 200, 0.1",
        "cosine, 2, 600, 0.05",
        "cosine, 2, 1000, 0",
        "poly:1, 5, 750, 0.05",
        "onecycle:0.5, 2, 199, 0.004",
        "onecycle:0.5, 2, 600, 0.1",
    })
    void warmUp(String text, double epochs, int iteration, double expected) {
        var plan =
                TrainingPlan.builder("mlp")
                        .optLearningRate(0.1)
                        .optEpochs(10)
                        .optSchedule(text)
                        .optWarmup(epochs)
                        .build();
        assertThat(Schedules.of(plan, 100).valueAt(iteration, iteration / 100))
                .isCloseTo(expected, CLOSE);
    }

    @Test
    void warmUpMustLeaveSomethingOfTheRun() {
        var plan = TrainingPlan.builder("mlp").optEpochs(3).optWarmup(3).build();
        assertThatThrownBy(() -> Schedules.of(plan, 100))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("warmup is 3.0 epochs, less than the run's 3 expected");
    }

    /** Where it rounds to all of the run's steps. */
    @Test
    void theLastStepIsTheSchedules() {
        var plan =
                TrainingPlan.builder("mlp")
                        .optLearningRate(0.1)
                        .optEpochs(3)
                        .optWarmup(2.99)
                        .build();
        assertThat(Schedules.of(plan, 10).valueAt(28, 2)).isCloseTo(0.1, CLOSE);
        assertThat(Schedules.of(plan, 10).valueAt(14, 1)).isCloseTo(0.1 * 15 / 29, CLOSE);
    }

    @Test
    void plateauLowersTheRateAfterEpochsWithoutALowerLoss() {
        var network = TrainerTest.tinyNetwork();
        var rate =
                new LearningRate(
                        TrainingPlan.builder("mlp")
                                .optLearningRate(0.1)
                                .optSchedule("plateau:2:0.5")
                                .build(),
                        100);
        double[] losses = {1.0, 0.9, 0.95, 0.92, 0.8, 0.9, 0.9, 0.9, 0.9};
        double[] expected = {0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.0125};
        for (int i = 0; i < losses.length; i++) {
            rate.afterEpoch(losses[i]);
            assertThat(rate.apply(network, 100 * i, i))
                    .as("after epoch %d", i + 1)
                    .isCloseTo(expected[i], CLOSE);
            assertThat(network.getLearningRate(0)).isCloseTo(expected[i], CLOSE);
        }
    }
}
