package io.github.mnist4j.tune.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrialTest {
    private static Trial trial(int number, Trial.Outcome outcome, double... accuraciesAndLosses) {
        return new Trial(
                number,
                Map.of("width", 8),
                null,
                Epochs.of(accuraciesAndLosses),
                outcome,
                outcome == Trial.Outcome.FAILED ? "it is too large" : null,
                10 * number,
                10 * number + 6);
    }

    @Test
    void scoreIsThatOfTheEpochThatIsKept() {
        Trial trial = trial(1, Trial.Outcome.DONE, 0.8, 0.2, 0.9, 0.4, 0.85, 0.1, 0.9, 0.3);
        assertThat(trial.score(Monitor.ACCURACY)).isEqualTo(0.9);
        assertThat(trial.score(Monitor.LOSS)).isEqualTo(0.3);
        assertThat(trial.gain(Monitor.LOSS)).isEqualTo(-0.3);
        assertThat(trial.gainAt(1, Monitor.ACCURACY)).isEqualTo(0.8);
        assertThat(trial.gainAt(2, Monitor.LOSS)).isEqualTo(-0.4);
        assertThat(trial.gainAt(9, Monitor.LOSS)).isEqualTo(-0.3);
        Trial none = trial(1, Trial.Outcome.FAILED);
        assertThat(none.score(Monitor.ACCURACY)).isNaN();
        assertThat(none.gain(Monitor.LOSS)).isEqualTo(Double.NEGATIVE_INFINITY);
    }

    @Test
    void theBestIsRankedFirstAndFailuresLast() {
        Trial failed = trial(1, Trial.Outcome.FAILED, 0.99, 0.01);
        Trial good = trial(2, Trial.Outcome.DONE, 0.9, 0.5);
        Trial tied = trial(3, Trial.Outcome.DONE, 0.9, 0.4);
        Trial twin = trial(4, Trial.Outcome.DONE, 0.9, 0.4);
        Trial poor = trial(5, Trial.Outcome.ENDED_EARLY, 0.2, 0.1);
        List<Trial> all = List.of(failed, twin, poor, good, tied);
        assertThat(all.stream().sorted(Trial.ranking(Monitor.ACCURACY)))
                .containsExactly(tied, twin, good, poor, failed);
        assertThat(all.stream().sorted(Trial.ranking(Monitor.LOSS)))
                .containsExactly(poor, tied, twin, good, failed);
    }

    @Test
    void aSearchSavesTheEpochsOfTrialsThatEndEarly() {
        var search =
                SearchConfig.builder(SearchSpace.builder("mlp").choice("width", 8, 16).build())
                        .optBase(TrainingPlan.builder("mlp").optEpochs(5).build())
                        .build();
        // six seconds each: three epochs at 3 s, four at 6 s
        var result =
                new SearchResult(
                        search,
                        Path.of("folder"),
                        List.of(
                                trial(7, Trial.Outcome.DONE, 0.9, 0.5),
                                trial(8, Trial.Outcome.ENDED_EARLY, 0.2, 0.1, 0.3, 0.2),
                                trial(9, Trial.Outcome.ENDED_EARLY, 0.2, 0.1),
                                trial(12, Trial.Outcome.FAILED, 0.2, 0.1)),
                        null);
        assertThat(result.saving()).isEqualTo(new SearchResult.Saving(2, 7, 3 * 3 + 4 * 6));
        assertThat(result.finished()).extracting(Trial::number).containsExactly(7, 8, 9);
        assertThat(result.best()).map(Trial::number).contains(7);
        assertThat(result.folderOf(result.trials().get(3)))
                .isEqualTo(Path.of("folder", "trial-012"));
    }

    @Test
    void aValueIsAskedForByName() {
        Trial trial = trial(1, Trial.Outcome.DONE);
        assertThat(trial.value("width")).isEqualTo(8);
        assertThatThrownBy(() -> trial.value("depth"))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("depth");
    }
}
