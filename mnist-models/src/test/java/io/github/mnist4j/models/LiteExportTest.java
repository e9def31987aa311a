package io.github.mnist4j.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.lite.network.LiteNetwork;
import io.github.mnist4j.models.export.LiteExport;
import io.github.mnist4j.models.export.LiteExport.Precision;
import io.github.mnist4j.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** The network of mnist-lite says what DL4J says. */
class LiteExportTest {
    /** What {@code ./mnist export MODEL --to lite} and loading the file make of a network. */
    private static LiteNetwork lite(ModelFile model, Precision precision) throws IOException {
        Path file = Files.createTempFile("lite", ".bin");
        try {
            LiteExport.write(model, precision, file);
            return LiteNetwork.load(file);
        } finally {
            Files.delete(file);
        }
    }

    private static ModelFile model(MultiLayerNetwork network, int outputs) {
        ModelCard card =
                ModelCard.of("cnn", ProvenanceBuilder.builder().optThreshold(0.9).build())
                        .withLabels(outputs == 10 ? ModelCard.DIGITS : ModelCard.DIGITS_AND_NONE);
        return new ModelFile(network, Normalization.MNIST, card);
    }

    private static float[] images(int n) {
        var random = new Random(3);
        float[] images = new float[784 * n];
        for (int i = 0; i < images.length; i++) {
            images[i] = random.nextInt(3) == 0 ? random.nextInt(256) / 255f : 0;
        }
        return images;
    }

    private static float[] dl4j(ModelFile model, float[] images) {
        Normalization by = model.normalization();
        INDArray x =
                Nd4j.createFromArray(images)
                        .reshape(images.length / 784, 1, 28, 28)
                        .sub(by.mean())
                        .div(by.standardDeviation());
        return model.network().output(x).dup('c').data().asFloat();
    }

    private static double difference(float[] a, float[] b) {
        assertThat(a).hasSameSizeAs(b);
        double most = 0;
        for (int i = 0; i < a.length; i++) {
            most = Math.max(most, Math.abs((double) a[i] - b[i]));
        }
        return most;
    }

    /** With biases and statistics that are not those of the beginning. */
    private static MultiLayerNetwork lively(String architecture, int outputs) {
        var network =
                new MultiLayerNetwork(
                        MnistModels.of(
                                Architecture.parse(architecture),
                                MnistModels.Settings.DEFAULT,
                                outputs));
        network.init();
        var random = Nd4j.getRandom();
        random.setSeed(9);
        for (Layer layer : network.getLayers()) {
            layer.paramTable()
                    .forEach(
                            (key, value) -> {
                                INDArray drawn = Nd4j.rand(random, value.shape());
                                switch (key) {
                                    case "b", "beta", "mean" -> value.assign(drawn.sub(0.5));
                                    case "gamma", "var" -> value.assign(drawn.add(0.5));
                                    default -> {}
                                }
                            });
        }
        return network;
    }

    @Provide
    Arbitrary<String> architectures() {
        Arbitrary<String> tail =
                Combinators.combine(
                                Arbitraries.of(Architecture.ACTIVATIONS),
                                Arbitraries.of(true, false),
                                Arbitraries.integers()
                                        .between(1, 20)
                                        .list()
                                        .ofMaxSize(2)
                                        .map(LiteExportTest::joined))
                        .as(
                                (activation, norm, dense) ->
                                        ":activation="
                                                + activation
                                                + ":batchnorm="
                                                + norm
                                                + ":dense="
                                                + dense);
        Arbitrary<String> cnn =
                Combinators.combine(
                                Arbitraries.integers()
                                        .between(1, 6)
                                        .list()
                                        .ofMinSize(1)
                                        .ofMaxSize(4)
                                        .map(LiteExportTest::joined),
                                Arbitraries.integers().between(1, 2),
                                Arbitraries.integers().between(1, 7))
                        .as(
                                (channels, convolutions, kernel) ->
                                        "cnn:channels="
                                                + channels
                                                + ":convolutions="
                                                + convolutions
                                                + ":kernel="
                                                + kernel);
        return Combinators.combine(
                        Arbitraries.frequencyOf(
                                net.jqwik.api.Tuple.of(1, Arbitraries.just("mlp")),
                                net.jqwik.api.Tuple.of(4, cnn)),
                        tail)
                .as((head, rest) -> head + rest);
    }

    private static String joined(List<Integer> numbers) {
        return String.join(",", numbers.stream().map(String::valueOf).toList());
    }

    @Property(tries = 40)
    void drawnNetworksAgreeWithDl4j(
            @ForAll("architectures") String architecture, @ForAll boolean none) throws IOException {
        int outputs = none ? 11 : 10;
        ModelFile model = model(lively(architecture, outputs), outputs);
        float[] images = images(6);
        float[] expected = dl4j(model, images);
        assertThat(difference(lite(model, Precision.FLOAT32).output(images), expected))
                .isLessThan(1e-5);
        assertThat(difference(lite(model, Precision.FLOAT16).output(images), expected))
                .isLessThan(1e-2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"relu", "leakyrelu", "elu", "swish", "tanh", "sigmoid"})
    void everyActivationAgrees(String activation) throws IOException {
        for (String norm : List.of("true", "false")) {
            ModelFile model =
                    model(
                            lively(
                                    "cnn:channels=3,5:kernel=3:dense=8:activation="
                                            + activation
                                            + ":batchnorm="
                                            + norm,
                                    11),
                            11);
            float[] images = images(5);
            assertThat(
                            difference(
                                    lite(model, Precision.FLOAT32).output(images),
                                    dl4j(model, images)))
                    .isLessThan(1e-5);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cnn:layers=conv5-6,conv3-4,pool,conv3-8,dense-9",
                "cnn:layers=conv3-6,pool,dense-9:batchnorm=false:activation=tanh"
            })
    void layersOneByOneAgree(String architecture) throws IOException {
        ModelFile model = model(lively(architecture, 10), 10);
        float[] images = images(7);
        assertThat(difference(lite(model, Precision.FLOAT32).output(images), dl4j(model, images)))
                .isLessThan(1e-5);
    }

    private static ModelFile pretrained(Path folder) throws IOException {
        Path zip = folder.resolve("pretrained.zip");
        try (var in = DigitClassifier.class.getResourceAsStream("pretrained.zip")) {
            Files.copy(in, zip);
        }
        return ModelFile.load(zip);
    }

    @Test
    void theCardComesAlong(@TempDir Path folder) throws IOException {
        ModelFile model = pretrained(folder);
        LiteNetwork network = lite(model, Precision.FLOAT16);
        assertThat(network.outputs()).isEqualTo(11);
        assertThat(network.card().model()).isEqualTo(model.card().model());
        assertThat(network.card().threshold()).isEqualTo(model.card().provenance().threshold());
        assertThat(network.card().accuracy()).isEqualTo(model.card().provenance().testAccuracy());
        assertThat(network.card().more()).containsEntry("license", "Apache-2.0");
    }

    /** The nearest of all binary16 numbers, found by trying them. */
    @Test
    void halfFloatsAreRoundedToTheNearest(@TempDir Path folder) throws IOException {
        var random = new Random(4);
        MultiLayerNetwork network = lively("mlp:dense=", 10);
        INDArray weights = network.getLayer(0).getParam("W");
        float[] values = weights.dup('c').data().asFloat();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(44) - 27));
        }
        weights.assign(Nd4j.create(values, weights.shape(), 'c'));
        Path file = folder.resolve("model.bin");
        LiteExport.write(model(network, 10), Precision.FLOAT16, file);
        byte[] bytes = Files.readAllBytes(file);
        var read = java.nio.ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        int at = bytes.length - 4 - 40 - 2 * values.length;
        double[] halves = new double[31 * 1024];
        for (int h = 0; h < halves.length; h++) {
            int exponent = h >> 10;
            halves[h] =
                    exponent == 0
                            ? (h & 1023) * Math.pow(2, -24)
                            : (1 + (h & 1023) / 1024.0) * Math.pow(2, exponent - 15);
        }
        for (int i = 0; i < values.length; i++) {
            int half = read.getShort(at + 2 * i) & 0xFFFF;
            assertThat(half >> 15).isEqualTo(values[i] < 0 ? 1 : 0);
            int h = half & 0x7FFF;
            double magnitude = Math.abs((double) values[i]);
            double error = Math.abs(halves[h] - magnitude);
            assertThat(error <= Math.abs(halves[Math.max(0, h - 1)] - magnitude)).isTrue();
            assertThat(error <= Math.abs(halves[Math.min(halves.length - 1, h + 1)] - magnitude))
                    .isTrue();
        }
    }

    private static List<Arguments> others() {
        return List.of(
                arguments(
                        "layer 0 (Convolution) cannot be written for mnist-lite: it changes the"
                                + " size",
                        new ConvolutionLayer.Builder(3, 3).nOut(2).build()),
                arguments(
                        "layer 0 (Convolution) cannot be written for mnist-lite: it changes the"
                                + " size",
                        new ConvolutionLayer.Builder(3, 5)
                                .nOut(2)
                                .convolutionMode(ConvolutionMode.Same)
                                .build()),
                arguments(
                        "layer 0 (Subsampling) cannot be written for mnist-lite: it does not"
                                + " follow a convolution",
                        new SubsamplingLayer.Builder(PoolingType.MAX, new int[] {2, 2}).build()),
                arguments(
                        "layer 0 (Dense) cannot be written for mnist-lite: its activation is",
                        new DenseLayer.Builder().nOut(3).activation(Activation.CUBE).build()),
                arguments(
                        "layer 0 (Dense) cannot be written for mnist-lite: softmax",
                        new DenseLayer.Builder().nOut(3).activation(Activation.SOFTMAX).build()),
                arguments(
                        "layer 0 (Dense) cannot be exported:",
                        new DenseLayer.Builder().nOut(3).hasLayerNorm(true).build()),
                arguments(
                        "layer 0 (GlobalPooling) cannot be written for mnist-lite: it has no form",
                        new GlobalPoolingLayer.Builder().build()));
    }

    @ParameterizedTest
    @MethodSource("others")
    void anotherNetworkIsRefused(
            String sentence, org.deeplearning4j.nn.conf.layers.Layer layer, @TempDir Path folder) {
        var network =
                new MultiLayerNetwork(
                        new NeuralNetConfiguration.Builder()
                                .list()
                                .layer(layer)
                                .layer(
                                        new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                                                .nOut(10)
                                                .activation(Activation.SOFTMAX)
                                                .build())
                                .setInputType(InputType.convolutional(28, 28, 1))
                                .build());
        network.init();
        Path file = folder.resolve("model.bin");
        assertThatThrownBy(() -> LiteExport.write(model(network, 10), Precision.FLOAT32, file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(sentence);
        assertThat(file).doesNotExist();
    }

    @Test
    void labelsThatAreNotDigitsAreRefused(@TempDir Path folder) {
        ModelFile model = model(lively("mlp:dense=2", 10), 10);
        var clothes =
                new ModelFile(
                        model.network(),
                        model.normalization(),
                        model.card().withLabels(List.of("shirt", "shoe")));
        assertThatThrownBy(
                        () ->
                                LiteExport.write(
                                        clothes, Precision.INT8, folder.resolve("model.bin")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("labels are not those of digits");
        var eleven =
                new ModelFile(
                        model.network(),
                        model.normalization(),
                        model.card().withLabels(ModelCard.DIGITS_AND_NONE));
        assertThatThrownBy(
                        () -> LiteExport.write(eleven, Precision.INT8, folder.resolve("model.bin")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("10 outputs and 11 labels");
    }

    /** What a type of weights costs: the docs' table. Float32's answers are DL4J's. */
    @ParameterizedTest
    @EnumSource(Precision.class)
    @Tag("long")
    void agreesOnMnistsTestImages(Precision precision, @TempDir Path folder) throws IOException {
        DigitSet test =
                DatasetLoader.builder()
                        .optFolder(SharedData.mnist())
                        .build()
                        .load(DatasetLoader.Dataset.MNIST)
                        .test();
        ModelFile model = pretrained(folder);
        float[] images = new float[784 * test.size()];
        for (int i = 0; i < test.size(); i++) {
            for (int p = 0; p < 784; p++) {
                images[784 * i + p] = (test.pixels(i)[p] & 0xFF) / 255f;
            }
        }
        int outputs = model.card().labels().size();
        float[] expected = new float[outputs * test.size()];
        for (int i = 0; i < test.size(); i += 500) {
            float[] some = dl4j(model, Arrays.copyOfRange(images, 784 * i, 784 * (i + 500)));
            System.arraycopy(some, 0, expected, outputs * i, some.length);
        }
        float[] actual = lite(model, precision).output(images);
        List<Integer> others = new ArrayList<>();
        int right = 0;
        int rightBefore = 0;
        for (int i = 0; i < test.size(); i++) {
            int digit = best(actual, i * outputs);
            int before = best(expected, i * outputs);
            right += digit == test.label(i) ? 1 : 0;
            rightBefore += before == test.label(i) ? 1 : 0;
            if (digit != before) {
                others.add(i);
            }
        }
        double difference = difference(actual, expected);
        System.out.printf(
                "%s: %d right, DL4J %d, other digits at %s, largest difference %.2g%n",
                precision, right, rightBefore, others, difference);
        assertThat(Math.abs(right - rightBefore)).isLessThanOrEqualTo(2); // 0.02 points
        if (precision == Precision.FLOAT32) {
            assertThat(others).isEmpty();
            assertThat(difference).isLessThan(1e-5);
        }
    }

    private static int best(float[] probabilities, int at) {
        int best = 0;
        for (int d = 1; d < 10; d++) {
            best = probabilities[at + d] > probabilities[at + best] ? d : best;
        }
        return best;
    }
}
