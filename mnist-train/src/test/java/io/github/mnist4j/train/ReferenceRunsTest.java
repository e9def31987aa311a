package io.github.mnist4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.mnist4j.data.DataSource;
import io.github.mnist4j.data.DataSource.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Full trainings on real MNIST: {@code mvn -B verify -Plong}. About half an hour on two cores. */
@Tag("long")
@Timeout(7200)
class ReferenceRunsTest {
    private static DataSource.Loaded mnist() throws IOException {
        String named = System.getenv("MNIST4J_DATA");
        Path folder =
                named != null
                        ? Path.of(named)
                        : Path.of("").toAbsolutePath().resolve("../../shared/mnist");
        assumeTrue(Files.isDirectory(folder), "no real MNIST: set MNIST4J_DATA to its folder");
        return DataSource.builder().optFolder(folder).build().load(Dataset.MNIST);
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

    /** What generated digits are worth: learnt from them alone, tested on MNIST. */
    @Test
    void generatedDigitsTeachToReadRealOnes() throws IOException {
        var generated = DataSource.builder().build().load(Dataset.GENERATED);
        var mixed =
                new DataSource.Loaded(
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
                "learnt from generated digits, on MNIST's test set: " + result.test().accuracy());
        assertThat(result.test().accuracy()).isGreaterThan(0.95);
    }
}
