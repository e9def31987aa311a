package quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.plan.TrainingPlan;
import org.junit.jupiter.api.Test;

/** The calls of {@link Quickstart} on a few generated digits, so that the test needs neither network nor minutes. */
class QuickstartTest {
    @Test
    void trainsOnGeneratedDigits() throws Exception {
        var digits = DatasetLoader.builder().optGeneratedSizes(2000, 200).build().load(DatasetLoader.Dataset.GENERATED);
        var plan = TrainingPlan.builder("mlp").optEpochs(2).optValidation(200).build();
        var result = Trainer.run(plan, digits);
        assertEquals(2, result.history().size());
        assertTrue(result.test().accuracy() > 0.7, () -> "accuracy " + result.test().accuracy());
    }
}
