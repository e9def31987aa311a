package io.github.mnist4j.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.data.DataSource;
import io.github.mnist4j.data.DataSource.Dataset;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.TrainingPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TunerTest {
    private static DataSource.Loaded data;
    private static final TrainingPlan BASE =
            TrainingPlan.builder("mlp").optEpochs(1).optValidationSize(100).build();

    @BeforeAll
    static void generate() throws IOException {
        data = DataSource.builder().optGeneratedSizes(600, 20).build().load(Dataset.GENERATED);
    }

    @Test
    void ranksExactlyAsManyTrialsAsWereAskedFor() throws IOException {
        var watched = new ArrayList<Tuner.Trial>();
        List<Tuner.Trial> ranked = Tuner.randomSearch(BASE, data, 4, 7, watched::add);
        assertThat(ranked).hasSize(4).containsExactlyInAnyOrderElementsOf(watched);
        assertThat(watched).extracting(Tuner.Trial::number).containsExactly(0, 1, 2, 3);
        assertThat(ranked)
                .extracting(Tuner.Trial::score)
                .isSortedAccordingTo((a, b) -> Double.compare(b, a));
        for (Tuner.Trial t : ranked) {
            assertThat(t.plan().learningRate()).isBetween(1e-4, 1e-2);
            assertThat(t.plan().batchSize()).isIn(32, 64, 128, 256);
            assertThat(t.plan().augmentation().rotation()).isBetween(0.0, 15.0);
        }
        // a trial is a training like any other
        Tuner.Trial best = ranked.get(0);
        assertThat(Trainer.fit(best.plan(), data).bestEpoch().validationAccuracy())
                .isEqualTo(best.score());
    }

    @Test
    void theSeedDecidesTheCandidates() {
        List<TrainingPlan> a = plans(3);
        assertThat(plans(3)).isEqualTo(a);
        assertThat(plans(4)).isNotEqualTo(a);
    }

    private static List<TrainingPlan> plans(long seed) {
        var plans = new ArrayList<TrainingPlan>();
        Tuner.randomSearch(BASE, data, 2, seed, t -> plans.add(t.plan()));
        return plans;
    }

    @Test
    void aFailedTrialIsRecordedAndTheSearchGoesOn() {
        // more pictures to validate on than there are
        TrainingPlan impossible =
                TrainingPlan.builder("mlp").optEpochs(1).optValidationSize(5000).build();
        List<Tuner.Trial> ranked = Tuner.randomSearch(impossible, data, 2, 1, t -> {});
        assertThat(ranked)
                .hasSize(2)
                .allSatisfy(
                        t -> {
                            assertThat(t.failure()).contains("validation size 5000");
                            assertThat(t.score()).isNaN();
                        });
        assertThatThrownBy(() -> Tuner.randomSearch(BASE, data, 0, 1, t -> {}))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
