package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.mnist4j.cli.console.TrialTable;
import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.tune.search.SearchConfig;
import io.github.mnist4j.tune.search.SearchSpace;
import io.github.mnist4j.tune.search.Trial;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrialTableTest {
    private static Trial trial(int number, double accuracy) {
        return new Trial(
                number,
                Map.of("width", 16 * number),
                TrainingPlan.builder("mlp").build(),
                List.of(new EpochRecord(1, 0.5, 0.5, 1 - accuracy, accuracy, 1e-3, 1)),
                Trial.Outcome.DONE,
                null,
                10.0 * (number - 1),
                10.0 * number);
    }

    /** Devanagari where the machine's language has it, but not in what we print. */
    @Test
    void hasALineForEachTrialInDigitsOfEveryMachine() throws IOException {
        var out = new ByteArrayOutputStream();
        SearchConfig search = SearchConfig.builder(SearchSpace.named("mlp")).optTrials(2).build();
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("hi-u-nu-deva"));
            assertThat(String.format("%d", 1)).isEqualTo("\u0967"); // or nothing is tried
            var table = new TrialTable(new PrintStream(out), search, List.of());
            table.show(trial(1, 0.875));
            table.show(trial(2, 0.75));
        } finally {
            Locale.setDefault(before);
        }
        assertThat(out.toString(StandardCharsets.UTF_8).lines())
                .hasSize(3)
                .satisfies(lines -> assertThat(lines.get(1)).contains("87.50").contains("width"))
                .satisfies(
                        lines ->
                                // the second is worse than the best so far
                                assertThat(lines.get(2)).contains("75.00").contains("87.50"))
                .allMatch(
                        line -> line.codePoints().noneMatch(c -> c > 127 && Character.isDigit(c)));
    }
}
