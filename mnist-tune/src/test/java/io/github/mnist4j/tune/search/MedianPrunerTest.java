package io.github.mnist4j.tune.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The median rule on made-up trials; TunerTest checks it in a search. */
class MedianPrunerTest {
    private final List<Trial> before = new ArrayList<>();

    private static SearchConfig search(int epochs, Monitor score, boolean endPoorTrials) {
        return SearchConfig.builder(SearchSpace.builder("mlp").choice("width", 8, 16).build())
                .optBase(TrainingPlan.builder("mlp").optEpochs(epochs).build())
                .optScore(score)
                .optEndPoorTrials(endPoorTrials)
                .build();
    }

    private void ended(double... accuraciesAndLosses) {
        before.add(
                new Trial(
                        before.size() + 1,
                        Map.of("width", 8),
                        null,
                        Epochs.of(accuraciesAndLosses),
                        Trial.Outcome.DONE,
                        null,
                        0,
                        1));
    }

    /** After how many of its epochs a trial is ended; 0 for none. */
    private static int ended(SearchConfig search, Supplier<List<Trial>> before, double... own)
            throws Exception {
        var pruner = new MedianPruner(search, before);
        assertThat(pruner.stopRequested()).isFalse();
        List<EpochRecord> history = Epochs.of(own);
        for (EpochRecord epoch : history) {
            pruner.onEpochEnd(epoch, null, false);
            assertThat(pruner.stopRequested()).isEqualTo(pruner.isPoor());
            assertThat(pruner.history()).isEqualTo(history.subList(0, epoch.epoch()));
            if (pruner.isPoor()) {
                return epoch.epoch();
            }
        }
        return 0;
    }

    @ParameterizedTest
    @CsvSource({
        // the median of 0.1, 0.2, 0.4, 0.6, 0.9 is 0.4
        "5, 0.39, 1",
        "5, 0.4, 0",
        "5, 0.41, 0",
        // that of 0.1, 0.2, 0.4, 0.6, 0.9, 0.9 lies between 0.4 and 0.6
        "6, 0.49, 1",
        "6, 0.5, 0",
        // the first five are free
        "4, 0.01, 0",
        "0, 0.01, 0"
    })
    void endsWhatIsBelowTheMedianOfFiveOrMore(int others, double accuracy, int ended)
            throws Exception {
        double[] accuracies = {0.9, 0.1, 0.4, 0.2, 0.6, 0.9};
        for (int i = 0; i < others; i++) {
            ended(accuracies[i], 1);
        }
        assertThat(ended(search(3, Monitor.ACCURACY, true), () -> before, accuracy, 1))
                .isEqualTo(ended);
    }

    @Test
    void comparesTheBestSoFarAtTheSameEpoch() throws Exception {
        for (int i = 0; i < 5; i++) {
            ended(0.5, 1, 0.7, 1, 0.99, 1);
        }
        var search = search(4, Monitor.ACCURACY, true);
        // what the others reach later does not count, nor does a step back from one's own best
        assertThat(ended(search, () -> before, 0.8, 1, 0.1, 1, 0.2, 1)).isEqualTo(3);
        assertThat(ended(search, () -> before, 0.5, 1, 0.69, 1)).isEqualTo(2);
    }

    @Test
    void trialsThatDidNotComeAsFarDoNotCount() throws Exception {
        for (int i = 0; i < 4; i++) {
            ended(0.5, 1, 0.9, 1);
        }
        ended(0.5, 1);
        assertThat(ended(search(3, Monitor.ACCURACY, true), () -> before, 0.5, 1, 0.1, 1)).isZero();
        ended(0.5, 1, 0.9, 1);
        assertThat(ended(search(3, Monitor.ACCURACY, true), () -> before, 0.5, 1, 0.1, 1))
                .isEqualTo(2);
    }

    @Test
    void aHigherLossIsWorse() throws Exception {
        for (int i = 0; i < 5; i++) {
            ended(0.5, 0.3);
        }
        var search = search(2, Monitor.LOSS, true);
        assertThat(ended(search, () -> before, 0.9, 0.31)).isEqualTo(1);
        assertThat(ended(search, () -> before, 0.1, 0.29)).isZero();
    }

    @Test
    void lastEpochsAndSearchesWithoutTheRuleAreLeftAlone() throws Exception {
        for (int i = 0; i < 5; i++) {
            ended(0.9, 1, 0.9, 1);
        }
        assertThat(ended(search(1, Monitor.ACCURACY, true), () -> before, 0.1, 1)).isZero();
        assertThat(ended(search(2, Monitor.ACCURACY, true), () -> before, 0.1, 1)).isEqualTo(1);
        assertThat(ended(search(2, Monitor.ACCURACY, false), () -> before, 0.1, 1)).isZero();
    }
}
