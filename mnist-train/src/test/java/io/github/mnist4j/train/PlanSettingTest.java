package io.github.mnist4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.augment.Augmentation;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.onednn.OneDnn;
import io.github.mnist4j.train.plan.PlanSetting;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PlanSettingTest {
    private static final TrainingPlan DEFAULT = TrainingPlan.builder("mlp").build();

    @TempDir Path folder;

    static List<PlanSetting<?>> settings() {
        return PlanSetting.all();
    }

    @Test
    void theRowsAreTheComponents() {
        assertThat(
                        PlanSetting.all().stream()
                                .filter(PlanSetting::isComponent)
                                .map(PlanSetting::component))
                .containsExactly(
                        Arrays.stream(TrainingPlan.class.getRecordComponents())
                                .map(RecordComponent::getName)
                                .toArray(String[]::new));
        assertThat(PlanSetting.all().stream().map(PlanSetting::name)).doesNotHaveDuplicates();
        assertThat(PlanSetting.all())
                .allSatisfy(
                        s -> {
                            assertThat(s.sentence()).as(s.name()).isNotBlank().doesNotEndWith(".");
                            assertThat(s.values()).as(s.name()).isNotBlank();
                            assertThat(s.defaults()).as(s.name()).isNotBlank();
                        });
        assertThatThrownBy(() -> PlanSetting.of("learnin-rate"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static final Pattern RANGE =
            Pattern.compile("(more than )?([\\d.]+)( or more| to below | to )?([\\d.]+)?");

    /** What the table says of a range is what a plan takes. */
    @ParameterizedTest
    @MethodSource("settings")
    void rangesAreKept(PlanSetting<?> setting) {
        Matcher range = RANGE.matcher(setting.values());
        if (setting.kind() == PlanSetting.Kind.TEXT || !range.matches()) {
            assertThat(setting.kind() == PlanSetting.Kind.REAL).as("has a range").isFalse();
            return;
        }
        double least = Double.parseDouble(range.group(2));
        assertRefused(setting, least - 1);
        if (range.group(1) != null) {
            assertRefused(setting, least);
        } else {
            assertTaken(setting, least);
        }
        if (range.group(4) == null) {
            assertTaken(setting, least + 1000);
        } else {
            double most = Double.parseDouble(range.group(4));
            if (range.group(3).contains("below")) {
                assertRefused(setting, most);
                assertTaken(setting, most - 0.01);
            } else {
                assertTaken(setting, most);
            }
            assertRefused(setting, most + 1);
        }
    }

    private static TrainingPlan plan(PlanSetting<?> setting, String text) {
        var builder = DEFAULT.toBuilder();
        setting.set(builder, text);
        return builder.build();
    }

    private static void assertTaken(PlanSetting<?> setting, double value) {
        String text = PlanSetting.number(value);
        assertThat(setting.text(plan(setting, text))).isEqualTo(text);
    }

    private static void assertRefused(PlanSetting<?> setting, double value) {
        assertThatThrownBy(() -> plan(setting, PlanSetting.number(value)))
                .as("%s %s", setting, value)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        setting.values().contains("to below")
                                ? setting.label() + " is " + value + ", " + setting.values()
                                : "expected");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "epochs | x | \"x\" found, a whole number expected",
                "epochs | 1.5 | \"1.5\" found, a whole number expected",
                "learning-rate | 1d | \"1d\" found, a number expected",
                "epochs | 99999999999 | a whole number expected",
                "learning-rate | NaN | \"NaN\" found, a number expected",
                "dataset | mnits | \"mnits\" found, one of mnist, fashion-mnist, generated, auto expected",
                "precision | fp64 | \"fp64\" found, one of fp32, bf16 expected",
                "onednn | yes | true or false expected",
                "augment | some | unknown augmentation 'some'",
                "normalization | 0.5 | '0.5' found, a mean and a standard deviation such as 0.1307,0.3081",
                "normalization | 0.5,0 | standard deviation 0.0, more than 0 expected",
                "average | ema | unknown averaging 'ema', none, ema:DECAY",
                "optimizer | adan | unknown optimizer 'adan', one of adam,",
                "schedule | fast | unknown schedule 'fast'; expected constant",
                "model | mpl | unknown model 'mpl'",
            })
    void saysWhatAValueShouldBe(String name, String text, String message) {
        assertThatThrownBy(() -> plan(PlanSetting.of(name), text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    /** The table says which dropout a network has of its own; the network knows. */
    @Test
    void theNetworksOwnDropoutIsAsTheTableSays() {
        assertThat(PlanSetting.of("dropout").defaults())
                .isEqualTo("mlp %s; cnn %s; cnn-small 0.4".formatted(last("mlp"), last("cnn")));
        assertThat(PlanSetting.of("conv-dropout").defaults())
                .isEqualTo("mlp has none; cnn 0.25; cnn-small 0.1");
    }

    private static String last(String model) {
        var configuration = MnistModels.byName(model, MnistModels.Settings.DEFAULT);
        double kept = 0;
        for (var layer : configuration.getConfs()) {
            if (layer.getLayer() instanceof DropoutLayer dropout) {
                kept = ((Dropout) dropout.getIDropout()).getP();
            }
        }
        return PlanSetting.number(Math.round(1000 * (1 - kept)) / 1000.0);
    }

    @Test
    void whatHangsOnAnotherSettingFollowsIt() {
        assertThat(DEFAULT.weightDecay()).isZero();
        TrainingPlan adamw = DEFAULT.withOptimizer("adamw");
        assertThat(adamw.weightDecay()).isEqualTo(0.01);
        assertThat(adamw.toBuilder().optOptimizer("sgd").build().weightDecay()).isZero();
        TrainingPlan own = adamw.withWeightDecay(0.02);
        assertThat(own.withOptimizer("sgd").weightDecay()).isEqualTo(0.02);
        assertThat(DEFAULT.toBuilder().optOptimizer("adamw").optWeightDecay(0.0).build())
                .isEqualTo(adamw.withWeightDecay(0.0));

        assertThat(DEFAULT.normalization()).isEqualTo(Normalization.MNIST);
        TrainingPlan fashion = DEFAULT.withDataset(Dataset.FASHION_MNIST);
        assertThat(fashion.normalization()).isEqualTo(new Normalization(0.2860, 0.3530));
        assertThat(fashion.withDataset(Dataset.GENERATED).normalization())
                .isEqualTo(Normalization.MNIST);
        assertThat(
                        fashion.withNormalization(new Normalization(0.5, 0.5))
                                .withDataset(Dataset.MNIST)
                                .normalization())
                .isEqualTo(new Normalization(0.5, 0.5));
    }

    private Path resource(String name) throws IOException {
        try (InputStream in = PlanSettingTest.class.getResourceAsStream(name)) {
            Path file = folder.resolve(name);
            Files.write(file, in.readAllBytes());
            return file;
        }
    }

    /** Written by the program of before there was a format number. */
    @Test
    void olderPlansAreRead() throws IOException {
        TrainingPlan expected =
                TrainingPlan.builder("cnn:channels=8,16")
                        .optDataset(Dataset.FASHION_MNIST)
                        // all runs had it then, and one that is resumed must go on with it
                        .optNormalization(Normalization.MNIST)
                        .optData("data")
                        .optEpochs(7)
                        .optBatchSize(32)
                        .optOptimizer("adamw")
                        .optLearningRate(0.002)
                        .optMomentum(0.8)
                        .optSchedule("cosine:1")
                        .optAugment(Augmentation.of("strong").withShift(0.2))
                        .optDropout(0.3)
                        .optL1(1e-5)
                        .optLabelSmoothing(0.1)
                        .optClip(1)
                        .optAverage("ema:0.99")
                        .optMonitor(Monitor.LOSS)
                        .optPatience(3)
                        .optMinGain(0.001)
                        .optMaxMinutes(5)
                        .optTargetAccuracy(0.99)
                        .optValidation(1000)
                        .optSplitSeed(4)
                        .optSeed(9)
                        .optOnednn(false)
                        .optPrecision(OneDnn.Precision.BF16)
                        .build();
        assertThat(TrainingPlan.read(resource("plan-48a02ce.json"))).isEqualTo(expected);
        assertThat(TrainingPlan.read(resource("plan-48a02ce-cnn-small.json")))
                .isEqualTo(TrainingPlan.builder("cnn-small").build());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'format': 2} | format 2 is newer than 1, the newest that this program reads",
                "{'format': 99999999999} | is newer than 1",
                "{'format': 0} | format is \"0\", a number from 1 to 1 expected",
                "{'format': 'x'} | a number from 1 to 1 expected",
                "{'format': 1, 'epoch': 3} | unknown setting \"epoch\"",
                "{'format': 1, 'averaging': 'none'} | unknown setting \"averaging\"",
                "{'epoch': 3} | unknown setting \"epoch\"",
                "{'format': 1, 'augment': {'turn': 3}} | unknown setting \"augment.turn\"",
                "{'format': 1, 'augment': 3} | \"augment\" is \"3\", an object expected",
                "{'format': 1, 'augment': 'affine'} | an object expected",
                "{'format': 1, 'epochs': 1.5} | \"epochs\" is \"1.5\", a whole number expected",
                "{'format': 1, 'epochs': '3'} | a whole number expected",
                "{'format': 1, 'epochs': null} | \"epochs\" is \"null\", a whole number expected",
                "{'format': 1, 'epochs': 0} | epochs is 0, 1 or more expected",
                "{'format': 1, 'warmup': 1000} | warmup is 1000.0 epochs, less than the run's 10 expected",
                "{'format': 1, 'learningRate': 'fast'} | \"learningRate\" is \"fast\", a number expected",
                "{'format': 1, 'seed': 99999999999999999999} | \"seed\": ",
                "{'format': 1, 'model': 3} | \"model\" is \"3\", a word expected",
                "{'format': 1, 'model': 'vgg'} | unknown model 'vgg'",
                "{'format': 1, 'onednn': 'true'} | true or false expected",
                "{'format': 1, 'epochs': 3, 'epochs': 4} | epochs",
                "[1] | a plan is an object of settings",
            })
    void otherPlansAreRefusedInOneSentence(String json, String message) throws IOException {
        Path file = Files.writeString(folder.resolve("plan.json"), json.replace('\'', '"'));
        assertThatThrownBy(() -> TrainingPlan.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
    }

    @Test
    void plansInOtherFilesAreReadAlike() throws IOException {
        record Holder(TrainingPlan plan) {}
        TrainingPlan plan =
                DEFAULT.toBuilder().optEpochs(3).optSchedule("cosine:1").optWarmup(2).build();
        assertThat(JsonFile.read(JsonFile.bytes(new Holder(plan)), "a file", Holder.class).plan())
                .isEqualTo(plan);
        String old = Files.readString(resource("plan-48a02ce.json"));
        assertThat(
                        JsonFile.read(
                                        ("{\"plan\":" + old + "}").getBytes(StandardCharsets.UTF_8),
                                        "a file",
                                        Holder.class)
                                .plan())
                .isEqualTo(TrainingPlan.read(folder.resolve("plan-48a02ce.json")));
    }
}
