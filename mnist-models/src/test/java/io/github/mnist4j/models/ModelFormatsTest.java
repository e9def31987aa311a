package io.github.mnist4j.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.TensorInfo;
import io.github.mnist4j.data.DigitIterator;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.models.export.BatchNormFolding;
import io.github.mnist4j.models.export.OnnxExport;
import io.github.mnist4j.models.export.PyTorchWeights;
import io.github.mnist4j.onednn.OneDnn;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** Models in other forms, and what comes in from strangers. */
class ModelFormatsTest {
    private static DigitSet digits;

    @TempDir Path folder;

    @BeforeAll
    static void generate() throws IOException {
        digits =
                DatasetLoader.builder()
                        .optGeneratedSizes(1000, 10)
                        .build()
                        .load(DatasetLoader.Dataset.GENERATED)
                        .train();
    }

    private static INDArray batch(int size, Normalization normalization) {
        try (var batches =
                DigitIterator.builder(digits.first(size))
                        .setBatchSize(size)
                        .optNormalization(normalization)
                        .build()) {
            return batches.next().getFeatures();
        }
    }

    /** With weights and statistics that are not those of the beginning. */
    private static MultiLayerNetwork network(String name) {
        var network = new MultiLayerNetwork(MnistModels.byName(name, MnistModels.Settings.DEFAULT));
        network.init();
        MultiLayerNetwork fast = OneDnn.accelerate(network); // on the same parameters
        try (var batches = DigitIterator.builder(digits.first(600)).setBatchSize(100).build()) {
            fast.fit(batches);
        }
        return network;
    }

    private static void assertClose(INDArray actual, INDArray expected, double tolerance) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        assertThat(actual.sub(expected).amaxNumber().doubleValue()).isLessThan(tolerance);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlp", "cnn-small"})
    void anInferenceNetworkGivesTheSameAnswers(String name) throws Exception {
        MultiLayerNetwork network = network(name);
        MultiLayerNetwork less = BatchNormFolding.of(network);
        INDArray x = batch(64, Normalization.MNIST);
        assertClose(less.output(x), network.output(x), 1e-5);
        for (var layer : less.getLayers()) {
            assertThat(layer.conf().getLayer())
                    .isNotInstanceOf(BatchNormalization.class)
                    .isNotInstanceOf(DropoutLayer.class);
        }
        Path file = folder.resolve("less.zip");
        ModelFile.save(
                file, less, Normalization.MNIST, ModelCard.of(name, Provenance.UNKNOWN), false);
        assertThat(ModelSerializer.restoreMultiLayerNetwork(file.toFile()).output(x))
                .isEqualTo(less.output(x));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlp", "cnn-small"})
    void onnxruntimeAgreesOnAThousandImages(String name) throws Exception {
        MultiLayerNetwork network = network(name);
        INDArray expected = network.output(batch(1000, Normalization.MNIST));
        Path plain = folder.resolve("plain.onnx");
        Path whole = folder.resolve("whole.onnx");
        OnnxExport.write(network, null, plain);
        OnnxExport.write(network, Normalization.MNIST, whole);
        assertClose(onnx(plain, batch(1000, Normalization.MNIST)), expected, 1e-4);
        assertClose(onnx(plain, batch(1, Normalization.MNIST)), expected.get(rows(1)), 1e-4);
        // pixels as they are, 0 to 255
        assertClose(onnx(whole, batch(1000, new Normalization(0, 1)).mul(255)), expected, 1e-4);
    }

    /** A stride, no padding, an odd side padded for pooling, means of channels, no biases. */
    private static final String LAYERS =
            "cnn:layers=conv5s2-6,conv3-8,pool,conv3v-10,poolsame,conv1-12,gap,dense-9";

    @ParameterizedTest
    @ValueSource(
            strings = {
                LAYERS,
                LAYERS + ":batchnorm=false",
                "cnn:layers=conv3-4,poolsame,pool,poolsame,dense-5:activation=tanh"
            })
    void layersOneByOneAreExported(String model) throws Exception {
        MultiLayerNetwork network = lively(model);
        INDArray x = batch(32, Normalization.MNIST);
        INDArray expected = network.output(x);
        Path file = folder.resolve("model.onnx");
        OnnxExport.write(network, null, file);
        assertClose(onnx(file, x), expected, 1e-5);
        MultiLayerNetwork less = BatchNormFolding.of(network);
        assertClose(less.output(x), expected, 1e-5);
        OnnxExport.write(less, null, file);
        assertClose(onnx(file, x), expected, 1e-5);
        Path weights = folder.resolve("weights.npz");
        PyTorchWeights.write(network, weights);
        assertThat(PyTorchWeights.load(weights, model).network().params())
                .isEqualTo(network.params());
        Path zip = folder.resolve("model.zip");
        ModelFile.save(
                zip, network, Normalization.MNIST, ModelCard.of(model, Provenance.UNKNOWN), true);
        assertThat(ModelFile.load(zip).network().output(x)).isEqualTo(expected);
    }

    private static Stream<String> everyActivation() {
        return Architecture.ACTIVATIONS.stream()
                .flatMap(
                        activation ->
                                Stream.of(
                                                "mlp:dense=16,8",
                                                "mlp:dense=16:batchnorm=true",
                                                "cnn:channels=4:convolutions=1:dense=8:batchnorm=false",
                                                "cnn:channels=4:dense=8:kernel=4")
                                        .map(model -> model + ":activation=" + activation));
    }

    @ParameterizedTest
    @MethodSource("everyActivation")
    void onnxruntimeAgreesOnEveryActivation(String model) throws Exception {
        MultiLayerNetwork network = lively(model);
        INDArray x = batch(32, Normalization.MNIST);
        INDArray expected = network.output(x);
        Path file = folder.resolve("model.onnx");
        OnnxExport.write(network, null, file);
        assertClose(onnx(file, x), expected, 1e-5);
        OnnxExport.write(BatchNormFolding.of(network), null, file);
        assertClose(onnx(file, x), expected, 1e-5);
        // the activation matters: with another one the answers are others
        var other =
                new MultiLayerNetwork(
                        MnistModels.of(
                                Architecture.parse(model)
                                        .withActivation(
                                                model.endsWith("=relu") ? "leakyrelu" : "relu"),
                                MnistModels.Settings.DEFAULT));
        other.init(network.params(), false);
        assertThat(other.output(x).sub(expected).amaxNumber().doubleValue()).isGreaterThan(1e-3);
    }

    /** With parameters so large that the activations bend, and answers that differ. */
    private static MultiLayerNetwork lively(String model) {
        var network =
                new MultiLayerNetwork(MnistModels.byName(model, MnistModels.Settings.DEFAULT));
        network.init();
        network.params().muli(2);
        return network;
    }

    @ParameterizedTest
    @MethodSource("everyActivation")
    void anActivationIsAModuleOfPyTorchs(String model) throws Exception {
        Path file = folder.resolve("weights.npz");
        MultiLayerNetwork network = lively(model);
        PyTorchWeights.write(network, file);
        Set<String> names = RawZip.content(Files.readAllBytes(file)).keySet();
        // counted by hand: Flatten, Linear, activation, Dropout; Conv2d, activation, MaxPool2d, …
        assertThat(names)
                .contains(
                        model.startsWith("mlp:dense=16,8")
                                ? "7.weight.npy"
                                : model.startsWith("mlp")
                                        ? "5.weight.npy"
                                        : model.contains("batchnorm=false")
                                                ? "8.weight.npy"
                                                : "13.weight.npy");
        assertThat(PyTorchWeights.load(file, model).network().params()).isEqualTo(network.params());
    }

    @Test
    void theNetworkInTheJarIsExportedWithItsElevenOutputs() throws Exception {
        Path zip = folder.resolve("pretrained.zip");
        try (var in = DigitClassifier.class.getResourceAsStream("pretrained.zip")) {
            Files.copy(in, zip);
        }
        ModelFile pretrained = ModelFile.load(zip);
        Path file = folder.resolve("model.onnx");
        OnnxExport.write(pretrained.network(), pretrained.normalization(), file);
        INDArray pixels = batch(20, new Normalization(0, 1)).mul(255);
        assertClose(onnx(file, pixels), pretrained.network().output(pixels.div(255)), 1e-5);
        try (var session = OrtEnvironment.getEnvironment().createSession(file.toString())) {
            var output = (TensorInfo) session.getOutputInfo().get("probabilities").getInfo();
            assertThat(output.getShape()).containsExactly(-1, 11);
        }
    }

    private static List<Arguments> layersOfOtherKinds() {
        return List.of(
                arguments("Deconvolution2D", new Deconvolution2D.Builder(3, 3).nOut(2).build()),
                arguments(
                        "DepthwiseConvolution2D", new DepthwiseConvolution2D.Builder(3, 3).build()),
                arguments("Dense", new DenseLayer.Builder().nOut(5).hasLayerNorm(true).build()),
                arguments("BatchNormalization", new BatchNormalization.Builder().build()));
    }

    /** Each looks like a layer that can be written, and computes something else. */
    @ParameterizedTest
    @MethodSource("layersOfOtherKinds")
    void aLayerOfAnotherKindIsNotExported(String kind, Layer layer) {
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
        Path file = folder.resolve("model");
        String sentence = "layer 0 (" + kind + ") cannot be exported: ";
        assertThatThrownBy(() -> OnnxExport.write(network, null, file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(sentence);
        assertThatThrownBy(() -> PyTorchWeights.write(network, file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(sentence);
        assertThat(file).doesNotExist();
    }

    private static org.nd4j.linalg.indexing.INDArrayIndex rows(int n) {
        return org.nd4j.linalg.indexing.NDArrayIndex.interval(0, n);
    }

    private static INDArray onnx(Path model, INDArray x) throws Exception {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (var session = environment.createSession(model.toString());
                var input =
                        OnnxTensor.createTensor(
                                environment,
                                FloatBuffer.wrap(x.dup('c').data().asFloat()),
                                new long[] {x.size(0), 1, 28, 28});
                var result = session.run(Map.of("pixels", input))) {
            return Nd4j.create((float[][]) result.get("probabilities").orElseThrow().getValue());
        }
    }

    /** As NumPy writes it: the format's own definition, not our writer. */
    private static byte[] npy(String descr, String shape, float[] values) throws IOException {
        String header =
                "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }";
        header += " ".repeat(64 - (10 + header.length() + 1) % 64) + "\n";
        var out = new ByteArrayOutputStream();
        out.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
        out.write(new byte[] {(byte) header.length(), (byte) (header.length() >> 8)});
        out.write(header.getBytes(StandardCharsets.US_ASCII));
        ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float v : values) {
            data.putFloat(v);
        }
        out.write(data.array());
        return out.toByteArray();
    }

    private Path npz(Map<String, byte[]> arrays) throws IOException {
        Path file = folder.resolve("weights.npz");
        try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (var array : arrays.entrySet()) {
                zip.putNextEntry(new ZipEntry(array.getKey() + ".npy"));
                zip.write(array.getValue());
                zip.closeEntry();
            }
        }
        return file;
    }

    /** The names and shapes of the state dict that torch.nn.Sequential has for the perceptron. */
    private static Map<String, byte[]> mlp() throws IOException {
        var arrays = new LinkedHashMap<String, byte[]>();
        int salt = 1;
        for (int[] d : new int[][] {{1, 512, 784}, {4, 256, 512}, {7, 10, 256}}) {
            float[] w = ReferenceLogitsTest.values(d[1] * d[2], salt++, 0, 2 / Math.sqrt(d[2]));
            float[] b = ReferenceLogitsTest.values(d[1], salt++, 0, 0.1);
            arrays.put(d[0] + ".weight", npy("<f4", "(" + d[1] + ", " + d[2] + ")", w));
            arrays.put(d[0] + ".bias", npy("<f4", "(" + d[1] + ",)", b));
        }
        return arrays;
    }

    /** The logits are PyTorch's: see ReferenceLogitsTest. */
    @Test
    void weightsFromPyTorchGivePyTorchsLogits() throws Exception {
        MultiLayerNetwork network = PyTorchWeights.load(npz(mlp()), "mlp").network();
        INDArray x =
                Nd4j.create(
                        ReferenceLogitsTest.values(4 * 784, 99, 0, 1.5),
                        new long[] {4, 1, 28, 28},
                        'c');
        INDArray before = network.feedForward(x).get(network.getnLayers() - 1);
        INDArray logits =
                before.mmul(network.getOutputLayer().getParam("W"))
                        .addRowVector(network.getOutputLayer().getParam("b"));
        for (int i = 0; i < 4; i++) {
            for (int c = 0; c < 10; c++) {
                assertThat(logits.getDouble(i, c))
                        .isCloseTo(
                                ReferenceLogitsTest.reference("mlp")
                                        .get("logits")
                                        .get(i)
                                        .get(c)
                                        .asDouble(),
                                within(1e-4));
            }
        }
    }

    @Test
    void weightsComeBackAsTheyWent() throws Exception {
        MultiLayerNetwork network = network("cnn-small");
        Path file = folder.resolve("weights.npz");
        PyTorchWeights.write(network, file);
        ModelFile back = PyTorchWeights.load(file, "cnn-small");
        assertThat(back.network().params()).isEqualTo(network.params());
        // the names of the reference network's state dict
        try (var zip = new java.util.zip.ZipFile(file.toFile())) {
            assertThat(zip.stream().map(ZipEntry::getName))
                    .hasSize(32)
                    .contains("0.weight.npy", "1.running_var.npy", "8.bias.npy", "17.weight.npy")
                    .contains("18.running_mean.npy", "21.bias.npy");
        }
        assertThatThrownBy(() -> PyTorchWeights.load(file, "cnn"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("[128, 3136]")
                .hasMessageContaining("[512, 3136] expected");
    }

    @Test
    void wrongWeightsChangeNothing() throws Exception {
        MultiLayerNetwork network = network("mlp");
        INDArray before = network.params().dup();
        Map<String, byte[]> arrays = mlp();
        arrays.put("9.weight", arrays.get("1.bias"));
        assertRefused(network, arrays, "9.weight");
        arrays = mlp();
        arrays.remove("4.bias");
        assertRefused(network, arrays, "has no \"4.bias\"");
        arrays = mlp();
        arrays.put("4.bias", npy("<f8", "(256,)", new float[512]));
        assertRefused(network, arrays, "type \"<f8\"");
        arrays = mlp();
        arrays.put("1.weight", npy("<f8", "(256, 784)", new float[2 * 256 * 784]));
        assertRefused(network, arrays, "\"1.weight\" is of type \"<f8\"");
        arrays = mlp();
        arrays.put("4.bias", npy("<f4", "(256,)", new float[255]));
        assertRefused(network, arrays, "another length");
        arrays.put("4.bias", npy("<f4", "(256,)", new float[100_000]));
        assertRefused(network, arrays, "another length");
        arrays.put("4.bias", npy("<f4", "(99999999999999999999,)", new float[1]));
        assertRefused(network, arrays, "4.bias");
        arrays.put("4.bias", "cos\nsystem\n(S'echo'\ntR.".getBytes(StandardCharsets.US_ASCII));
        assertRefused(network, arrays, "not a NumPy array");
        Path text = Files.writeString(folder.resolve("text.npz"), "hello");
        assertThatThrownBy(() -> PyTorchWeights.read(text, network))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not a NumPy archive");
        assertThat(network.params()).isEqualTo(before);
    }

    private void assertRefused(MultiLayerNetwork network, Map<String, byte[]> arrays, String why)
            throws IOException {
        Path file = npz(arrays);
        assertThatThrownBy(() -> PyTorchWeights.read(file, network))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(why);
    }

    private Path model() throws IOException {
        var network = new MultiLayerNetwork(MnistModels.mlp());
        network.init();
        Path file = folder.resolve("model.zip");
        ModelFile.save(
                file, network, Normalization.MNIST, ModelCard.of("mlp", Provenance.UNKNOWN), false);
        return file;
    }

    private void assertRefused(String entry, byte[] content, String... why) throws IOException {
        Path file = model();
        try (var zip = FileSystems.newFileSystem(file)) {
            Path to = zip.getPath(entry);
            if (to.getParent() != null) {
                Files.createDirectories(to.getParent());
            }
            Files.write(to, content);
        }
        assertThatThrownBy(() -> ModelFile.load(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString())
                .satisfies(e -> assertThat(e.getMessage()).contains(why));
    }

    /** Its constructor is what must not run. */
    public static final class Trap implements java.io.Serializable {
        private static final long serialVersionUID = 1L;
        static boolean sprung;

        private void readObject(java.io.ObjectInputStream in) {
            sprung = true;
        }
    }

    @Test
    void filesFromStrangersAreRefusedAndNothingOfThemRuns() throws Exception {
        assertThat(ModelFile.load(model()).card().model()).isEqualTo("mlp");
        var objects = new ByteArrayOutputStream();
        try (var out = new java.io.ObjectOutputStream(objects)) {
            out.writeObject(new Trap());
        }
        assertRefused("preprocessor.bin", objects.toByteArray(), "preprocessor.bin");
        assertRefused("objects/x", objects.toByteArray(), "objects/");
        assertThat(Trap.sprung).isFalse();

        var normalizer = new ByteArrayOutputStream();
        var data = new DataOutputStream(normalizer);
        data.writeUTF("NORMALIZER");
        data.writeInt(1);
        data.writeUTF("CUSTOM");
        data.writeUTF(Trap.class.getName());
        assertRefused("normalizer.bin", normalizer.toByteArray(), "CUSTOM");
        assertRefused("normalizer.bin", new byte[3], "normalizer is damaged");
        assertRefused("card.json", "{".getBytes(StandardCharsets.UTF_8), "card is damaged");
        assertRefused(
                "configuration.json", "{}".getBytes(StandardCharsets.UTF_8), "no list of layers");
        assertRefused("coefficients.bin", new byte[20], "its weights are not the 535818");
        byte[] good;
        try (var zip = FileSystems.newFileSystem(model())) {
            good = Files.readAllBytes(zip.getPath("coefficients.bin"));
        }
        assertRefused(
                "coefficients.bin",
                Arrays.copyOf(good, good.length / 2),
                "its weights are not the 535818");

        Path climbing = folder.resolve("climbing.zip");
        try (var zip = new ZipOutputStream(Files.newOutputStream(climbing))) {
            zip.putNextEntry(new ZipEntry("../../card.json"));
        }
        assertThatThrownBy(() -> ModelFile.load(climbing))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("../../card.json");
        Path bomb = folder.resolve("bomb.zip");
        try (var zip = new ZipOutputStream(Files.newOutputStream(bomb))) {
            zip.putNextEntry(new ZipEntry("coefficients.bin"));
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 520; i++) {
                zip.write(zeros);
            }
        }
        assertThat(Files.size(bomb)).isLessThan(1 << 20);
        assertThatThrownBy(() -> ModelFile.load(bomb))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has no configuration.json");
    }
}
