package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.mnist4j.cli.options.SearchOptions;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import io.github.mnist4j.tune.search.SearchConfig;
import io.github.mnist4j.tune.search.SearchConfig.Method;
import java.io.IOException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Each option of a search changes what it says it changes. */
class SearchOptionsTest {
    private static final int IMAGES = 60_000;

    @Command(name = "any")
    static final class AnyCommand implements Runnable {
        @Mixin SearchOptions options;

        @Override
        public void run() {}
    }

    private static SearchConfig parsed(String... arguments) throws IOException {
        var command = new AnyCommand();
        new CommandLine(command).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(arguments);
        return command.options.fitted(command.options.asked(), IMAGES);
    }

    private static Arguments option(
            String arguments, Function<SearchConfig, Object> what, Object before, Object after) {
        return Arguments.of(arguments, what, before, after);
    }

    static Stream<Arguments> options() {
        return Stream.of(
                option("--space cnn", s -> s.space().model(), "mlp", "cnn"),
                option("--dataset mnist", s -> s.base().dataset(), Dataset.AUTO, Dataset.MNIST),
                option("--data somewhere", s -> s.base().data(), null, "somewhere"),
                option("--search tpe", SearchConfig::method, Method.RANDOM, Method.TPE),
                option("--grid-steps 2", SearchConfig::gridSteps, 3, 2),
                option("--trials 7", SearchConfig::trials, 30, 7),
                option("--time 1h30m", SearchConfig::minutes, 0.0, 90.0),
                option("--time 90s", SearchConfig::minutes, 0.0, 1.5),
                option("--epochs 9", s -> s.base().epochs(), 5, 9),
                option("--validation 40", s -> s.base().validation(), 5000, 40),
                option("--validation 0.1", s -> s.base().validation(), 5000, 6000),
                option("--score loss", SearchConfig::score, Monitor.ACCURACY, Monitor.LOSS),
                option("--no-early-ending", SearchConfig::endPoorTrials, true, false),
                option("--parallel 2", SearchConfig::parallel, 1, 2),
                option("--seed 8", SearchConfig::seed, 1L, 8L));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("options")
    void everyOptionIsHeeded(
            String arguments, Function<SearchConfig, Object> what, Object before, Object after)
            throws IOException {
        assertThat(what.apply(parsed())).isEqualTo(before);
        assertThat(what.apply(parsed(arguments.split(" ")))).isEqualTo(after);
    }
}
