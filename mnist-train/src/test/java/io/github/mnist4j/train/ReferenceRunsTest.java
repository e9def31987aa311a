package io.github.mnist4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.testkit.SharedData;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Full trainings on real MNIST: {@code mvn -B verify -Plong}. About half an hour on two cores. */
@Tag("long")
@Timeout(7200)
class ReferenceRunsTest {
    private static DatasetLoader.Loaded mnist() throws IOException {
        return DatasetLoader.builder().optFolder(SharedData.mnist()).build().load(Dataset.MNIST);
    }

    @Test
    void thePerceptronReachesTheTutorialsAccuracy() throws IOException {
        assertThat(Trainer.run(TrainingPlan.builder("mlp").build(), mnist()).test().accuracy())
                .isGreaterThan(0.978);
    }

    @Test
    void theConvolutionalNetworkReachesTheTutorialsAccuracy() throws IOException {
        assertThat(Trainer.run(TrainingPlan.builder("cnn").build(), mnist()).test().accuracy())
                .isGreaterThan(0.993);
    }

    /** What generated digits are worth: learned from them alone, tested on MNIST. */
    @Test
    void generatedDigitsTeachToReadRealOnes() throws IOException {
        var generated = DatasetLoader.builder().build().load(Dataset.GENERATED);
        var mixed =
                new DatasetLoader.Loaded(
                        Dataset.GENERATED,
                        generated.train(),
                        mnist().test(),
                        "generated to learn, MNIST to test",
                        generated.notice());
        TrainingResult result =
                Trainer.run(
                        TrainingPlan.builder("cnn").optEpochs(6).optSchedule("step:2:0.5").build(),
                        mixed);
        System.out.println(
                "learned from generated digits, on MNIST's test set: " + result.test().accuracy());
        assertThat(result.test().accuracy()).isGreaterThan(0.95);
    }
}
