package io.github.mnist4j.tune.search;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.mnist4j.data.augment.Augmentation;
import io.github.mnist4j.testkit.Refusal;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

class SearchSpaceTest {
    private static final String SPACE =
            """
            # ours
            model: mlp
            learning-rate: {from: 1e-4, to: 1e-2, scale: log}
            layers: {from: 1, to: 3}
            activation: [relu, tanh]
            batch-norm: [true, false]
            dropout: 0.2
            """;

    @TempDir Path folder;

    private SearchSpace read(String text) throws IOException {
        return SearchSpace.read(Files.writeString(folder.resolve("space.yaml"), text));
    }

    @Test
    void isReadFromYamlAndJsonAndBuilt() throws IOException {
        SearchSpace space = read(SPACE);
        assertThat(space)
                .isEqualTo(
                        SearchSpace.builder("mlp")
                                .logRange("learning-rate", 1e-4, 1e-2)
                                .range("layers", 1, 3)
                                .choice("activation", "relu", "tanh")
                                .choice("batch-norm", true, false)
                                .choice("dropout", 0.2)
                                .build());
        assertThat(space.searched())
                .containsExactly("learning-rate", "layers", "activation", "batch-norm");
        assertThat(
                        read(
                                """
                                {"model": "mlp", "learning-rate": {"from": 0.0001, "to": 0.01, "scale": "log"},
                                 "layers": {"from": 1, "to": 3}, "activation": ["relu", "tanh"],
                                 "batch-norm": [true, false], "dropout": 0.2}
                                """))
                .isEqualTo(space);
        var json = new ObjectMapper();
        assertThat(json.readValue(json.writeValueAsString(space), SearchSpace.class))
                .isEqualTo(space);
    }

    @ParameterizedTest
    @FieldSource("io.github.mnist4j.tune.search.SearchSpace#NAMES")
    void namedSpacesAreReadAndGivePlans(String name) {
        SearchSpace space = SearchSpace.named(name);
        assertThat(space.model()).isEqualTo(name);
        assertThat(space.searched()).hasSizeGreaterThan(10);
        // both ends of every range, the first and the last of every list, at once
        for (double end : new double[] {0, 1}) {
            var proposal =
                    new ArbiterSpace(space, TrainingPlan.builder(name).build())
                            .getValue(
                                    IntStream.range(0, space.searched().size())
                                            .mapToDouble(i -> end)
                                            .toArray());
            assertThat(proposal.problem()).isNull();
            assertThat(proposal.plan().model()).startsWith(name);
        }
    }

    @Test
    void aPositionIsOneValueOfEach() throws IOException {
        var space = new ArbiterSpace(read(SPACE), TrainingPlan.builder("mlp").build());
        var low = space.getValue(new double[] {0, 0, 0, 0});
        assertThat(low.values())
                .containsExactly(
                        Map.entry("learning-rate", 1e-4),
                        Map.entry("layers", 1),
                        Map.entry("activation", "relu"),
                        Map.entry("batch-norm", true),
                        Map.entry("dropout", 0.2));
        assertThat(low.plan().model()).isEqualTo("mlp:dense=512:batchnorm=true");
        var high = space.getValue(new double[] {1, 1, 0.99, 0.99});
        assertThat(high.plan().model()).isEqualTo("mlp:dense=512,512,512:activation=tanh");
        assertThat(high.plan().learningRate()).isEqualTo(1e-2);
        // the middle of a logarithmic range is the geometric mean
        var middle = space.getValue(new double[] {0.5, 0.5, 0, 0});
        assertThat(middle.plan().learningRate()).isEqualTo(1e-3);
        assertThat(middle.plan().dropout()).isEqualTo(0.2);
    }

    private static TrainingPlan plan(String model, Object... namesAndValues) {
        var values = new LinkedHashMap<String, Object>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            values.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return Hyperparameter.apply(TrainingPlan.builder(model).build(), values);
    }

    @Test
    void everyHyperparameterReachesThePlan() {
        TrainingPlan p =
                plan(
                        "cnn",
                        "layers",
                        2,
                        "width",
                        64,
                        "blocks",
                        3,
                        "channels",
                        8,
                        "convolutions",
                        1,
                        "kernel",
                        5,
                        "activation",
                        "swish",
                        "batch-norm",
                        false,
                        "dropout",
                        0.3,
                        "conv-dropout",
                        0.1,
                        "optimizer",
                        "nesterov",
                        "learning-rate",
                        0.02,
                        "momentum",
                        0.8,
                        "schedule",
                        "cosine",
                        "batch-size",
                        32,
                        "weight-decay",
                        0.001,
                        "l1",
                        1e-5,
                        "label-smoothing",
                        0.1,
                        "clip",
                        2.0,
                        "average",
                        "ema:0.99",
                        "augment",
                        "elastic",
                        "rotate",
                        5.0,
                        "erase",
                        0.25);
        assertThat(p)
                .isEqualTo(
                        TrainingPlan.builder(
                                        "cnn:channels=8,16,32:convolutions=1:kernel=5:dense=64,64"
                                                + ":activation=swish:batchnorm=false")
                                .optDropout(0.3)
                                .optConvDropout(0.1)
                                .optOptimizer("nesterov")
                                .optLearningRate(0.02)
                                .optMomentum(0.8)
                                .optSchedule("cosine")
                                .optBatchSize(32)
                                .optWeightDecay(0.001)
                                .optL1(1e-5)
                                .optLabelSmoothing(0.1)
                                .optClip(2)
                                .optAverage("ema:0.99")
                                .optAugment(
                                        Augmentation.of("elastic").withRotation(5).withErase(0.25))
                                .build());
        assertThat(plan("mlp", "l2", 0.01).l2()).isEqualTo(0.01);
        assertThat(
                        plan(
                                        "mlp", "shift", 0.1, "scale", 0.2, "shear", 3.0, "elastic",
                                        4.0, "stroke", 0.5)
                                .augment())
                .isEqualTo(new Augmentation(0, 0.1, 0.2, 3, 4, 0.5, 0));
        // as on the command line: adamw has a decay of its own
        assertThat(plan("mlp", "optimizer", "adamw").weightDecay()).isEqualTo(0.01);
        assertThat(plan("mlp", "optimizer", "adamw", "weight-decay", 0.0).weightDecay()).isZero();
        assertThat(plan("mlp").optimizer()).isEqualTo("adam");
    }

    @Test
    void valuesThatMakeNoPlanAreAProblemNotAnError() {
        var space =
                new ArbiterSpace(
                        SearchSpace.builder("mlp")
                                .choice("l2", 0.0, 0.1)
                                .choice("weight-decay", 0.0, 0.1)
                                .build(),
                        TrainingPlan.builder("mlp").build());
        var proposal = space.getValue(new double[] {0.9, 0.9});
        assertThat(proposal.plan()).isNull();
        assertThat(proposal.problem()).contains("l2 and weight decay are both set");
        assertThat(proposal.values()).containsEntry("l2", 0.1).containsEntry("weight-decay", 0.1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model: mpl | line 1: unknown model 'mpl'",
                "model: mlp~learnin-rate: 3 | line 2: unknown hyperparameter \"learnin-rate\", one of layers,",
                "model: mlp~~dropout: [0.1, 1.5] | line 3: dropout: dropout is 1.5, 0 to below 1 expected",
                "model: mlp~layers: [1, x] | line 2: layers: \"x\" found, a whole number expected",
                "layers: {from: 1, to: 9} | line 1: layers: layers is 9, 0 to 8 expected",
                "layers: {from: 3, to: 1} | line 1: layers: from 3.0 to 1.0, a lower and a higher number",
                "layers: {from: 1, too: 3} | line 1: layers: unknown key \"too\"",
                "layers: {from: 1} | line 1: layers: numbers from and to expected",
                "layers: {from: 1.5, to: 3} | line 1: layers: \"1.5\" found, a whole number expected",
                "l1: {from: 0, to: 1, scale: log} | line 1: l1: a logarithmic scale starts above 0",
                "l1: {from: 0, to: 1, scale: cubic} | line 1: l1: unknown scale \"cubic\"",
                "activation: {from: 1, to: 3} | line 1: activation: numbers from and to expected",
                "schedule: [cosine, steps] | line 1: schedule: ",
                "kernel: [3, 5] | line 1: kernel: model mlp has no convolutions",
                "layers: [1, 1] | line 1: layers: a value appears twice",
                "layers: [] | line 1: layers: the list of values is empty",
                "layers: [[1]] | line 1: layers: a value, a list of values or a range",
                "layers: [1, 2]~layers: [2, 3] | line 2: ",
                "batch-norm: [yes, true] | line 1: batch-norm: \"yes\" found, true or false expected",
                "layers: [1, 2 | line 1: ",
                "- layers | line 1: hyperparameters with their values expected",
                "model: mlp~layers: 3 | line 1: nothing to search",
                "layers: [1, 2147483648] | line 1: layers: \"2147483648\" found, a whole number expected",
                "model: mlp~layers: {from: 1, to: 2147483646} | line 2: layers: layers is 2147483646, 0 to 8",
                "width: {from: 1, to: 2147483646} | line 1: width: dense is 2147483646, 1 to 8192 expected",
                "dropout: {from: .nan, to: 0.5} | line 1: dropout: \".nan\" found, a number expected",
                "dropout: {from: 0, to: NaN} | line 1: dropout: \"NaN\" found, a number expected",
                "learning-rate: [1e-3, 1e999] | line 1: learning-rate: \"1e999\" found, a number expected",
                "learning-rate: [0x1p-3, 1] | line 1: learning-rate: \"0x1p-3\" found, a number expected",
                "width: [१२, 8] | line 1: width: \"१२\" found, a whole number expected",
                "layers: [null, 1] | line 1: layers: a value, a list of values or a range",
                "layers: &a [1, 2]~width: *a | line 2: width: a value, a list of values or a range",
                "layers: {from: 1, from: 2, to: 3} | line 1: ",
                "layers: [1, 2]~---~layers: [1, 3] | line 2: there is more text after the hyperparameters",
                "model: [mlp]~layers: [1, 2] | line 1: model: a word expected",
                "optimizer: !!javax.swing.JEditorPane [adam, sgd]~model: x | line 2: unknown model 'x'",
                "# nothing | line 1: hyperparameters with their values expected"
            })
    void saysWhatIsWrongAndWhere(String text, String message) {
        assertThatThrownBy(() -> read(text.replace('~', '\n') + "\n"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("space.yaml, " + message)
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
    }

    @Test
    void saysWhichNamesThereAre() {
        assertThatThrownBy(() -> SearchSpace.named("rnn"))
                .hasMessageContaining("unknown space 'rnn', a file or one of mlp, cnn expected");
        assertThatThrownBy(() -> SearchSpace.read(folder.resolve("none.yaml")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no space at");
    }

    @Test
    void refusesWhatIsNoText() throws IOException {
        Path file = folder.resolve("space.yaml");
        Files.write(file, new byte[0]);
        assertThatThrownBy(() -> SearchSpace.read(file))
                .isInstanceOf(IOException.class)
                .hasMessage(file + ", line 1: hyperparameters with their values expected");
        Files.write(file, new byte[] {'l', (byte) 0xc3, (byte) 0x28});
        assertThatThrownBy(() -> SearchSpace.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file + " cannot be read: it is not UTF-8 text");
        Files.writeString(file, "#".repeat(1 << 20) + "\n");
        assertThatThrownBy(() -> SearchSpace.read(file))
                .hasMessage(file + " is not a space: it is longer than 1 MiB");
        assertThatThrownBy(() -> SearchSpace.read(folder))
                .hasMessage("cannot read " + folder + ": it is a folder");
    }

    /** Nests and lists without end are refused before they take memory or time. */
    @Test
    @Timeout(10)
    void refusesNestsAndFloods() throws IOException {
        var laughs = new StringBuilder("layers: &a0 [1, 2]\n");
        for (int i = 1; i < 30; i++) {
            laughs.append("x").append(i).append(": &a").append(i).append(" [");
            laughs.append(("*a" + (i - 1) + ", ").repeat(9)).append("]\n");
        }
        for (String text :
                List.of(
                        laughs.toString(),
                        "layers: " + "[".repeat(100_000),
                        "{".repeat(100_000),
                        "layers: [" + "1, ".repeat(100_000) + "1]",
                        "layers: [1, 2]\n" + "? ".repeat(100_000),
                        "schedule: [constant, " + "x".repeat(500_000) + "]",
                        "x".repeat(500_000) + ": 1",
                        "model: " + "9".repeat(500_000),
                        "width: " + "9".repeat(500_000),
                        "dropout: 1e" + "9".repeat(500_000))) {
            assertThatThrownBy(() -> read(text))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("space.yaml, line ")
                    .satisfies(
                            e ->
                                    assertThat(Refusal.wrong(e, folder.resolve("space.yaml")))
                                            .isNull());
        }
    }

    /** Found by the fuzzer: a missing quotation mark makes a word of what follows. */
    @Test
    void aWordThatRunsOnDoesNotFillTheMessage() {
        assertThatThrownBy(
                        () -> read("average: [none, \"ema:0." + "9 and on ".repeat(60) + "\"]\n"))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300))
                .hasMessageContaining("line 1: average: a word of 546 characters is too long");
    }

    /** At their ends and just beyond. */
    @Test
    void listsWordsAndFilesHaveLimits() throws IOException {
        String list =
                IntStream.rangeClosed(1, 1000).mapToObj(String::valueOf).collect(joining(", "));
        assertThat(read("width: [" + list + "]\n").values("width"))
                .isInstanceOfSatisfying(
                        SearchSpace.Choice.class, c -> assertThat(c.values()).hasSize(1000));
        assertThatThrownBy(() -> read("width: [" + list + ", 1001]\n"))
                .hasMessageEndingWith("line 1: width: more than 1000 values");
        assertThatThrownBy(() -> read("activation: [relu, " + "x".repeat(200) + "]\n"))
                .hasMessageNotContaining("too long");
        assertThatThrownBy(() -> read("activation: [relu, " + "x".repeat(201) + "]\n"))
                .hasMessageEndingWith("activation: a word of 201 characters is too long");
        String start = "layers: [1, 2]\n#";
        assertThat(read(start + "x".repeat((1 << 20) - start.length())).searched())
                .containsExactly("layers");
    }

    @Test
    void theBuilderChecksRangesToo() {
        var builder = SearchSpace.builder("mlp");
        for (var bad :
                Map.<String, ThrowingCallable>of(
                                "activation does not take a range, a list of values expected",
                                () -> builder.range("activation", 1, 3),
                                "layers: whole numbers expected",
                                () -> builder.range("layers", 1.5, 3),
                                "dropout: from 0.5 to 0.5, a lower and a higher number expected",
                                () -> builder.range("dropout", 0.5, 0.5),
                                "dropout: dropout is -0.1, 0 to below 1 expected",
                                () -> builder.range("dropout", -0.1, 0.5),
                                "dropout: dropout is 1.0, 0 to below 1 expected",
                                () -> builder.range("dropout", 0, 1),
                                "l1: a logarithmic scale starts above 0",
                                () -> builder.logRange("l1", 0, 1),
                                "batch-size: whole numbers expected",
                                () -> builder.range("batch-size", 1, 2147483648.0))
                        .entrySet()) {
            assertThatThrownBy(bad.getValue())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(bad.getKey());
        }
        assertThatThrownBy(builder::build)
                .hasMessage("nothing to search: no hyperparameter has more than one value");
    }

    @Test
    void valuesHoldWhatATrialMayHave() {
        var words = new SearchSpace.Choice(List.of("relu", "tanh"));
        assertThat(words.holds("tanh")).isTrue();
        assertThat(words.holds("elu")).isFalse();
        var real = new SearchSpace.Range(0.1, 0.5, false, false);
        assertThat(real.holds(0.1)).isTrue();
        assertThat(real.holds(0.5)).isTrue();
        assertThat(real.holds(Math.nextDown(0.1))).isFalse();
        assertThat(real.holds(Math.nextUp(0.5))).isFalse();
        assertThat(new SearchSpace.Range(1, 3, false, false).holds(2)).isFalse();
        var whole = new SearchSpace.Range(1, 3, false, true);
        assertThat(whole.holds(1)).isTrue();
        assertThat(whole.holds(3)).isTrue();
        assertThat(whole.holds(0)).isFalse();
        assertThat(whole.holds(4)).isFalse();
        assertThat(whole.holds(2.0)).isFalse();
        assertThat(whole.holds(null)).isFalse();
        assertThat(whole.value(2.6)).isEqualTo(3);
        assertThat(whole.value(7)).isEqualTo(3);
        assertThat(real.value(0.2)).isEqualTo(0.2);
        assertThat(real.value(0)).isEqualTo(0.1);
    }

    @Test
    void spacesAreEqualIfTheyDrawTheSame() throws IOException {
        String layers = "layers: {from: 1, to: 3, scale: linear}\n";
        String dropout = "dropout: {from: 0, to: 0.5}\n";
        SearchSpace space = read(layers + dropout);
        assertThat(space)
                .isEqualTo(read("model: mlp\n" + layers + dropout))
                .hasSameHashCodeAs(read("model: mlp\n" + layers + dropout))
                .hasToString(
                        "{model=mlp, layers={from=1, to=3, scale=linear}, dropout={from=0.0, to=0.5, scale=linear}}")
                // in another order a seed draws other values
                .isNotEqualTo(read(dropout + layers))
                .isNotEqualTo(read("model: cnn\n" + layers + dropout));
        assertThatThrownBy(() -> space.values("width"))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("width");
    }

    /** Whatever stands in a file, it is read, or refused in one line that begins with its name. */
    @Property
    void anyTextIsASpaceOrAnError(@ForAll List<@From("pieces") String> pieces) throws IOException {
        Path file = Files.createTempFile("space", ".yaml");
        try {
            Files.writeString(file, String.join("", pieces));
            assertThat(SearchSpace.read(file).searched()).isNotEmpty();
        } catch (IOException e) {
            assertThat(Refusal.wrong(e, file)).isNull();
        } finally {
            Files.delete(file);
        }
    }

    @Provide
    Arbitrary<String> pieces() {
        return Arbitraries.of(
                "model: ",
                "mlp",
                "layers: ",
                "dropout: ",
                "activation: ",
                "[",
                "]",
                "{",
                "}",
                "from: ",
                "to: ",
                "scale: ",
                "log",
                ", ",
                "\n",
                "  ",
                "- ",
                "1",
                "0.5",
                "-3",
                "1e-4",
                "relu",
                "tanh",
                "'",
                "\"",
                ":",
                "#",
                "&a ",
                "*a",
                "!!int ",
                "%",
                "\t",
                "|",
                ">",
                "?",
                "null",
                "~",
                "true",
                "NaN",
                "9999999999999",
                "---\n",
                "...\n",
                "\u0000",
                "\u00e9");
    }
}
