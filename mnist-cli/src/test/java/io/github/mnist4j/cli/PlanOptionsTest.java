package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.mnist4j.cli.console.RunHeader;
import io.github.mnist4j.cli.options.PlanOptions;
import io.github.mnist4j.train.plan.PlanSetting;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Every setting on its way through builder, file, command line and the run's first lines. */
class PlanOptionsTest {
    private static final TrainingPlan DEFAULT = TrainingPlan.builder("mlp").build();

    /** Where none of {@link #candidates}' numbers and words will do. */
    private static final Map<String, String> OWN =
            Map.of(
                    "model", "cnn:channels=8,16",
                    "data", "some where",
                    "normalization", "0.25,0.1234567890123",
                    "schedule", "cosine:1",
                    "optimizer", "nesterov",
                    "average", "ema:0.99");

    @TempDir Path folder;

    static List<PlanSetting<?>> settings() {
        return PlanSetting.all();
    }

    private static Stream<String> candidates(PlanSetting<?> setting) {
        return Stream.of(
                        Stream.of(OWN.get(setting.name())),
                        Stream.of(setting.values().split(" or |, ")),
                        Stream.of("0.1234567", "17", "1"))
                .flatMap(s -> s)
                .filter(Objects::nonNull);
    }

    /** A value that is allowed and is not the default. */
    private static String another(PlanSetting<?> setting) {
        return candidates(setting)
                .filter(
                        text -> {
                            try {
                                var builder = DEFAULT.toBuilder();
                                setting.set(builder, text);
                                return !setting.isSame(builder.build(), DEFAULT);
                            } catch (IllegalArgumentException e) {
                                return false;
                            }
                        })
                .findFirst()
                .orElseThrow(() -> new AssertionError("no value found for " + setting));
    }

    /** All is other than by default, but for one of the two that exclude each other. */
    private static TrainingPlan full(String without) {
        var builder = DEFAULT.toBuilder();
        for (PlanSetting<?> setting : PlanSetting.all()) {
            if (!setting.name().equals(without)) {
                setting.set(builder, another(setting));
            }
        }
        TrainingPlan plan = builder.build();
        for (PlanSetting<?> setting : PlanSetting.all()) {
            assertThat(setting.isSame(plan, DEFAULT))
                    .as("%s is as by default", setting)
                    .isEqualTo(setting.name().equals(without));
        }
        return plan;
    }

    @Command(name = "any")
    static final class AnyCommand implements Runnable {
        @Mixin PlanOptions options;

        @Override
        public void run() {}
    }

    private static TrainingPlan parsed(TrainingPlan plan) {
        var arguments = new ArrayList<String>();
        for (PlanSetting<?> setting : PlanSetting.all()) {
            String text = setting.text(plan);
            if (setting.kind() == PlanSetting.Kind.BOOLEAN) {
                arguments.add((text.equals("true") ? "--" : "--no-") + setting.name());
            } else if (text != null) {
                arguments.addAll(List.of("--" + setting.name(), text));
            }
        }
        var command = new AnyCommand();
        new CommandLine(command).parseArgs(arguments.toArray(new String[0]));
        return command.options.apply(TrainingPlan.builder(command.options.model()).build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"l2", "weight-decay"})
    void everySettingSurvivesBuilderFileAndCommandLine(String without) throws IOException {
        TrainingPlan plan = full(without);
        assertThat(plan.toBuilder().build()).isEqualTo(plan);
        assertThat(plan.with().build()).isEqualTo(plan);
        Path file = Files.writeString(folder.resolve("plan.json"), plan.toJson());
        assertThat(TrainingPlan.read(file)).isEqualTo(plan);
        assertThat(parsed(plan)).isEqualTo(plan);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlp", "cnn", "cnn-small"})
    void soDoDefaults(String model) throws IOException {
        TrainingPlan plan = TrainingPlan.builder(model).build();
        assertThat(plan.toBuilder().build()).isEqualTo(plan);
        Path file = Files.writeString(folder.resolve("plan.json"), plan.toJson());
        assertThat(TrainingPlan.read(file)).isEqualTo(plan);
        assertThat(parsed(plan)).isEqualTo(plan);
        // what is missing has the model's default
        Files.writeString(file, "{\"format\": 1, \"model\": \"" + model + "\"}");
        assertThat(TrainingPlan.read(file)).isEqualTo(plan);
    }

    private static TrainingPlan plan(PlanSetting<?> setting, String text) {
        var builder = DEFAULT.toBuilder();
        setting.set(builder, text);
        return builder.build();
    }

    /** What the line of a run's beginning does not say, nobody sees. */
    @ParameterizedTest
    @MethodSource("settings")
    void theRecipeSaysWhatIsNotAsByDefault(PlanSetting<?> setting) {
        if (Set.of("model").contains(setting.name())) {
            return; // has a line of its own
        }
        String text = another(setting);
        assertThat(RunHeader.recipe(plan(setting, text)))
                .isNotEqualTo(RunHeader.recipe(DEFAULT))
                .contains(setting.name().equals("augment") ? "rotation 10" : text);
    }

    @Test
    void theRecipeOfAModelIsSaid() {
        assertThat(RunHeader.recipe(TrainingPlan.builder("cnn-small").build()))
                .isEqualTo(
                        "15 epochs, batch 128; adam 0.003 (onecycle); augmentation rotation 10, shift 0.08, scale 0.1,"
                                + " shear 8; dropout 0.4; conv dropout 0.1; average ema:0.999; seed 1");
        assertThat(RunHeader.recipe(TrainingPlan.builder("cnn-small").optAverage("none").build()))
                .contains("average none");
    }
}
