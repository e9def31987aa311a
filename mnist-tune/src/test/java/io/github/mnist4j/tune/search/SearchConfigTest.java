package io.github.mnist4j.tune.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import io.github.mnist4j.tune.search.SearchConfig.Method;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SearchConfigTest {
    private static final SearchSpace SPACE =
            SearchSpace.builder("mlp")
                    .choice("width", 4, 8)
                    .logRange("learning-rate", 1e-3, 1e-1)
                    .choice("dropout", 0.1)
                    .build();

    @Test
    void startsFromARandomSearch() {
        assertThat(SearchConfig.builder(SPACE).build())
                .isEqualTo(
                        new SearchConfig(
                                SPACE,
                                TrainingPlan.builder("mlp").optEpochs(5).build(),
                                Method.RANDOM,
                                30,
                                3,
                                1,
                                0,
                                true,
                                Monitor.ACCURACY,
                                1));
        var other =
                SearchConfig.builder(SPACE)
                        .optMethod(Method.GRID)
                        .optTrials(1)
                        .optGridSteps(2)
                        .optSeed(7)
                        .optMinutes(0.5)
                        .optEndPoorTrials(false)
                        .optScore(Monitor.LOSS)
                        .optParallel(256)
                        .build();
        assertThat(other.toBuilder().build()).isEqualTo(other);
        assertThat(other.toBuilder().optGridSteps(1000).optTrials(9).build().seed()).isEqualTo(7);
    }

    private static SearchConfigBuilder with(String name, double value) {
        SearchConfigBuilder builder = SearchConfig.builder(SPACE);
        return switch (name) {
            case "trials" -> builder.optTrials((int) value);
            case "grid steps" -> builder.optGridSteps((int) value);
            case "minutes" -> builder.optMinutes(value);
            case "parallel" -> builder.optParallel((int) value);
            default -> throw new IllegalArgumentException(name);
        };
    }

    @ParameterizedTest
    @CsvSource({
        "trials, 0, 'trials is 0, 1 or more expected'",
        "grid steps, 1, 'grid steps is 1, 2 to 1000 expected'",
        "grid steps, 1001, 'grid steps is 1001, 2 to 1000 expected'",
        "minutes, -1, 'minutes is -1.0, 0 or more expected'",
        "minutes, NaN, 'minutes is NaN, 0 or more expected'",
        "minutes, Infinity, 'minutes is Infinity, 0 or more expected'",
        "parallel, 0, 'parallel is 0, 1 to 256 expected'",
        "parallel, 257, 'parallel is 257, 1 to 256 expected'"
    })
    void saysWhatIsOutOfRange(String name, double value, String message) {
        assertThatThrownBy(() -> with(name, value).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @EnumSource(Method.class)
    void methodsThatLearnFromResultsRunOneTrialAtATime(Method method) {
        var search = SearchConfig.builder(SPACE).optMethod(method).optParallel(2);
        if (method == Method.RANDOM || method == Method.GRID) {
            assertThat(search.build().parallel()).isEqualTo(2);
        } else {
            assertThatThrownBy(search::build)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageEndingWith("parallel is 2, 1 expected");
        }
    }

    @Test
    void nothingMayBeMissing() {
        for (var search :
                new SearchConfigBuilder[] {
                    SearchConfig.builder(SPACE).optSpace(null),
                    SearchConfig.builder(SPACE).optBase(null),
                    SearchConfig.builder(SPACE).optScore(null),
                    SearchConfig.builder(SPACE).optMethod(null)
                }) {
            assertThatThrownBy(search::build)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageEndingWith("are needed");
        }
    }

    /** Two widths and as many rates as there are steps. */
    @Test
    void aGridHasItsOwnNumberOfTrials() {
        var grid = SearchConfig.builder(SPACE).optMethod(Method.GRID).optTrials(100);
        assertThat(grid.optGridSteps(3).build().candidates()).isEqualTo(6);
        assertThat(grid.optGridSteps(5).build().candidates()).isEqualTo(10);
        assertThat(grid.optTrials(9).build().candidates()).isEqualTo(9);
        assertThat(grid.optMethod(Method.RANDOM).optTrials(100).build().candidates())
                .isEqualTo(100);
    }

    @Test
    void aGridThatNoMemoryHoldsIsRefused() {
        var two = SearchSpace.builder("mlp").range("dropout", 0, 0.5).logRange("l1", 1e-6, 1e-2);
        var grid = SearchConfig.builder(two.build()).optMethod(Method.GRID).optGridSteps(1000);
        assertThat(grid.optTrials(1).build().gridSteps()).isEqualTo(1000); // a million exactly
        var three = SearchConfig.builder(two.choice("width", 8, 16).build());
        assertThatThrownBy(() -> three.optMethod(Method.GRID).optGridSteps(1000).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "the grid has up to 2000000 plans, at most 1000000 expected: give fewer values or steps");
        assertThat(three.optMethod(Method.RANDOM).build().gridSteps()).isEqualTo(1000);
    }
}
