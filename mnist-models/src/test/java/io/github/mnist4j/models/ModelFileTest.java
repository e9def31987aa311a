package io.github.mnist4j.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.models.export.OnnxExport;
import io.github.mnist4j.models.export.PyTorchWeights;
import io.github.mnist4j.models.internal.Memory;
import io.github.mnist4j.models.internal.RefusedException;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.onednn.OneDnn;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.preprocessor.ImagePreProcessingScaler;
import org.nd4j.linalg.dataset.api.preprocessor.serializer.NormalizerSerializer;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions;

class ModelFileTest {
    private static final String CNN = "cnn:channels=4:dense=8";
    private static INDArray images;
    private static INDArray labels;

    @TempDir Path folder;

    @BeforeAll
    static void draw() {
        images = Nd4j.rand(6, 1, 28, 28);
        labels = Nd4j.eye(10).getRows(0, 1, 2, 3, 4, 5);
    }

    private static MultiLayerNetwork trained(String model, IUpdater updater) {
        var network =
                new MultiLayerNetwork(
                        MnistModels.byName(model, new MnistModels.Settings(1, updater)));
        network.init();
        for (int i = 0; i < 3; i++) {
            network.fit(images, labels);
        }
        return network;
    }

    private static ModelCard card(String model) {
        return ModelCard.of(model, ProvenanceBuilder.builder().optThreshold(0.5).build());
    }

    private static void assertSame(MultiLayerNetwork a, MultiLayerNetwork b) {
        assertThat(a.params()).isEqualTo(b.params());
        assertThat(a.output(images)).isEqualTo(b.output(images));
        assertThat(a.getIterationCount()).isEqualTo(b.getIterationCount());
        INDArray state = b.getUpdater().getStateViewArray();
        assertThat(a.getUpdater().getStateViewArray()).isEqualTo(state);
        // the state is in the updater, not beside it
        var one = a.clone();
        var two = b.clone();
        Nd4j.getRandom().setSeed(7); // of dropout
        one.fit(images, labels);
        Nd4j.getRandom().setSeed(7);
        two.fit(images, labels);
        assertThat(one.params()).isEqualTo(two.params());
    }

    private static List<IUpdater> updaters() {
        return List.of(new Adam(1e-3), new AMSGrad(1e-3), new Sgd(0.1));
    }

    @ParameterizedTest
    @MethodSource("updaters")
    void dl4jReadsWhatWeSaveAndSoDoWe(IUpdater updater) throws Exception {
        MultiLayerNetwork network = trained(CNN, updater);
        Path file = folder.resolve("model.zip");
        ModelFile.save(file, network, Normalization.MNIST, card(CNN), true);
        assertSame(ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true), network);
        var scaler =
                (ImagePreProcessingScaler) ModelSerializer.restoreNormalizerFromFile(file.toFile());
        assertThat(scaler.getMinRange()).isEqualTo(Normalization.MNIST.toDl4j().getMinRange());
        ModelFile back = ModelFile.load(file);
        assertSame(back.network(), network);
        assertThat(back.card()).isEqualTo(card(CNN));
        assertThat(Files.list(folder)).containsExactly(file);
    }

    /** As MNIST4J wrote them before: DL4J's writer, then the JDK's zip file system on top. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatDl4jWroteIsRead(boolean withUpdater) throws Exception {
        MultiLayerNetwork network = trained(CNN, new Adam(1e-3));
        Path file = folder.resolve("old.zip");
        ModelSerializer.writeModel(network, file.toFile(), withUpdater);
        try (var zip = FileSystems.newFileSystem(file)) {
            try (var out = Files.newOutputStream(zip.getPath(ModelSerializer.NORMALIZER_BIN))) {
                NormalizerSerializer.getDefault().write(Normalization.MNIST.toDl4j(), out);
            }
            Files.write(zip.getPath("card.json"), JsonFile.bytes(card(CNN)));
            Files.write(zip.getPath("training.json"), new byte[] {'{', '}'});
        }
        ModelFile.Contents contents = ModelFile.loadAll(file);
        assertThat(contents.hasUpdater()).isEqualTo(withUpdater);
        assertThat(contents.training()).isEqualTo("{}");
        if (withUpdater) {
            assertSame(contents.model().network(), network);
        } else {
            assertThat(contents.model().network().params()).isEqualTo(network.params());
        }
        // and from us to DL4J again
        ModelFile.save(
                file, contents.model().network(), Normalization.MNIST, card(CNN), withUpdater);
        assertThat(ModelSerializer.restoreMultiLayerNetwork(file.toFile()).params())
                .isEqualTo(network.params());
    }

    /** As cards were before their provenance had types: names of every kind side by side. */
    private static final String OLD_CARD =
            """
            {
              "model" : "mlp:dense=8",
              "labels" : [ "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" ],
              "input" : "pixels",
              "provenance" : {
                "steps" : 30000,
                "plan" : { "seed" : 1, "rates" : [ 0.5, 1 ] },
                "threshold" : 0.9463,
                "testAccuracy" : 1,
                "testLoss" : null,
                "trained" : "2026-11-28",
                "licence" : "Apache-2.0",
                "note" : "by hand"
              }
            }""";

    @Test
    void cardsOfBeforeAreReadAndNothingOfThemIsLost() throws Exception {
        Path file = folder.resolve("old.zip");
        ModelFile.save(
                file,
                trained("mlp:dense=8", new Sgd(0.1)),
                Normalization.MNIST,
                card("mlp:dense=8"),
                false);
        Map<String, byte[]> content = RawZip.content(Files.readAllBytes(file));
        content.put("card.json", OLD_CARD.getBytes(StandardCharsets.UTF_8));
        Files.write(file, RawZip.packed(content));
        ModelFile read = ModelFile.load(file);
        Provenance provenance = read.card().provenance();
        assertThat(read.card().input()).isEqualTo("pixels");
        assertThat(provenance.steps()).isEqualTo(30000);
        assertThat(provenance.threshold()).isEqualTo(0.9463);
        assertThat(provenance.testAccuracy()).isEqualTo(1);
        assertThat(provenance.testLoss()).isNull();
        assertThat(provenance.license()).isEqualTo("Apache-2.0");
        assertThat(provenance.more())
                .isEqualTo(
                        Map.of(
                                "plan",
                                Map.of("seed", 1, "rates", List.of(0.5, 1)),
                                "note",
                                "by hand"));
        try (var classifier = DigitClassifier.load(file)) {
            assertThat(classifier.threshold()).isEqualTo(0.9463);
        }
        // written again it has the form that programs of before read: one flat provenance
        ModelFile.save(file, read.network(), read.normalization(), read.card(), false);
        assertThat(ModelFile.load(file).card()).isEqualTo(read.card());
        byte[] written = RawZip.content(Files.readAllBytes(file)).get("card.json");
        Map<?, ?> before = JsonFile.parse(OLD_CARD, "card", 1, Map.class, false);
        Map<?, ?> now = JsonFile.read(written, "card", Map.class);
        assertThat(now.keySet()).isEqualTo(before.keySet());
        var flat = new LinkedHashMap<Object, Object>((Map<?, ?>) before.get("provenance"));
        flat.remove("testLoss");
        flat.put("license", flat.remove("licence"));
        flat.put("testAccuracy", 1.0);
        assertThat(now.get("provenance")).isEqualTo(flat);
    }

    @Test
    void aProvenanceRefusesWhatCannotBe() {
        assertThatThrownBy(() -> ProvenanceBuilder.builder().optThreshold(1.5).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the card's threshold is 1.5, a number from 0 to 1 expected");
        assertThatThrownBy(() -> ProvenanceBuilder.builder().optTestAccuracy(Double.NaN).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("testAccuracy is NaN");
        assertThatThrownBy(() -> ProvenanceBuilder.builder().optTestLoss(1 / 0.0).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("testLoss is Infinity");
        assertThatThrownBy(() -> ProvenanceBuilder.builder().optSteps(-1).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("steps is -1");
        // it would be written twice
        assertThatThrownBy(
                        () -> ProvenanceBuilder.builder().optMore(Map.of("threshold", 0.5)).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("threshold has a component of its own");
    }

    /** Before 1.0.0-M2 DL4J's parameters were a matrix of one row. */
    @Test
    void aRowIsReadAsAVectorIs() throws Exception {
        MultiLayerNetwork network = trained("mlp:dense=8", new Sgd(0.1));
        Path file = folder.resolve("row.zip");
        ModelFile.save(file, network, Normalization.MNIST, card("mlp:dense=8"), false);
        Map<String, byte[]> content = RawZip.content(Files.readAllBytes(file));
        var row = new ByteArrayOutputStream();
        Nd4j.write(
                network.params().reshape('c', 1, network.numParams()).dup('c'),
                new DataOutputStream(row));
        content.put("coefficients.bin", row.toByteArray());
        Files.write(file, RawZip.packed(content));
        assertThat(ModelFile.load(file).network().params()).isEqualTo(network.params());
    }

    @Test
    void anAcceleratedNetworkIsSavedAsAPlainOne() throws Exception {
        MultiLayerNetwork fast = OneDnn.accelerate(trained(CNN, new Adam(1e-3)));
        fast.fit(images, labels);
        Path file = folder.resolve("fast.zip");
        ModelFile.save(file, fast, Normalization.MNIST, card(CNN), true);
        MultiLayerNetwork plain = ModelFile.load(file).network();
        assertThat(plain).isExactlyInstanceOf(MultiLayerNetwork.class);
        assertThat(plain.params()).isEqualTo(fast.params());
        assertThat(plain.getUpdater().getStateViewArray())
                .isEqualTo(fast.getUpdater().getStateViewArray());
    }

    @Test
    void whatIsThereStaysIfTheNewOneIsNoGood() throws Exception {
        Path file = folder.resolve("model.zip");
        MultiLayerNetwork network = trained(CNN, new Sgd(0.1));
        ModelFile.save(file, network, Normalization.MNIST, card(CNN), false);
        byte[] before = Files.readAllBytes(file);
        assertThatThrownBy(
                        () ->
                                ModelFile.save(
                                        file,
                                        network,
                                        Normalization.MNIST,
                                        card(CNN),
                                        false,
                                        Map.of("other.bin", new byte[1])))
                .isInstanceOf(IllegalArgumentException.class);
        // it could not be read again
        var other =
                new MultiLayerNetwork(
                        new NeuralNetConfiguration.Builder()
                                .list()
                                .layer(
                                        new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                                                .nOut(10)
                                                .activation(Activation.SOFTMAX)
                                                .build())
                                .setInputType(InputType.feedForward(5))
                                .build());
        other.init();
        assertThatThrownBy(() -> ModelFile.save(file, other, Normalization.MNIST, card(CNN), false))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("cannot write " + file + ": its layer 0 ");
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        assertThat(Files.list(folder)).containsExactly(file);
    }

    @ParameterizedTest
    @CsvSource({
        "0_W, NaN, layer 0: \"W\" holds a value that is not a number",
        "1_gamma, Infinity, layer 1: \"gamma\" holds an infinite value",
        "8_b, -Infinity, layer 8: \"b\" holds an infinite value",
        "1_var, -1, 'layer 1: \"var\", a variance, is below 0'"
    })
    void weightsThatAreNotNumbersGoNowhere(String parameter, float value, String sentence)
            throws Exception {
        MultiLayerNetwork network = trained(CNN, new Sgd(0.1));
        Path npz = folder.resolve("weights.npz");
        PyTorchWeights.write(network, npz);
        INDArray good = network.params().dup();
        network.getParam(parameter).putScalar(1, value);
        assertThat(Weights.problem(network)).contains(sentence);
        Path file = folder.resolve("out");
        String start = "cannot write " + file + ": " + sentence;
        assertThatThrownBy(
                        () -> ModelFile.save(file, network, Normalization.MNIST, card(CNN), false))
                .isInstanceOf(IOException.class)
                .hasMessage(start);
        assertThatThrownBy(() -> OnnxExport.write(network, null, file))
                .isInstanceOf(IOException.class)
                .hasMessage(start);
        assertThatThrownBy(() -> PyTorchWeights.write(network, file))
                .isInstanceOf(IOException.class)
                .hasMessage(start);
        assertThat(file).doesNotExist();

        // from PyTorch: the same value in the archive
        Map<String, byte[]> arrays = RawZip.content(Files.readAllBytes(npz));
        String name = List.copyOf(arrays.keySet()).get(nameOf(parameter));
        byte[] array = arrays.get(name);
        ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN).putFloat(array.length - 4, value);
        Files.write(npz, RawZip.packed(arrays));
        network.setParams(good);
        assertThatThrownBy(() -> PyTorchWeights.read(npz, network))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(npz + " is not a NumPy archive of this network: ")
                .hasMessageContaining(name.replace(".npy", ""));
        assertThat(network.params()).isEqualTo(good);
    }

    /** Which array of the archive it is. */
    private static int nameOf(String parameter) {
        return switch (parameter) {
            case "0_W" -> 0;
            case "1_gamma" -> 2;
            case "1_var" -> 5;
            default -> 7;
        };
    }

    /** numpy.savez stores its arrays, with lengths of 64 bits in the headers before them. */
    @Test
    void anArchiveOfNumPysIsRead() throws Exception {
        MultiLayerNetwork network = trained(CNN, new Sgd(0.1));
        Path npz = folder.resolve("weights.npz");
        PyTorchWeights.write(network, npz);
        var zip = RawZip.of(RawZip.content(Files.readAllBytes(npz)));
        zip.add("1.num_batches_tracked.npy", new byte[10]);
        for (RawZip.Entry entry : zip.entries) {
            entry.localSize = 0xFFFFFFFFL;
            entry.localExtra =
                    ByteBuffer.allocate(20)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putShort((short) 1)
                            .putShort((short) 16)
                            .putLong(entry.size)
                            .putLong(entry.size)
                            .array();
        }
        Files.write(npz, zip.bytes());
        var other = new MultiLayerNetwork(MnistModels.byName(CNN, MnistModels.Settings.DEFAULT));
        other.init();
        PyTorchWeights.read(npz, other);
        assertThat(other.params()).isEqualTo(network.params());
        zip.entries.get(0).localExtra[4]++;
        Files.write(npz, zip.bytes());
        assertThatThrownBy(() -> PyTorchWeights.read(npz, other))
                .hasMessageContaining("differs between its header");
    }

    @Test
    void filesThatAreNotThereOrNotFilesAreToldSo() {
        Path none = folder.resolve("none.zip");
        assertThatThrownBy(() -> ModelFile.load(none))
                .isInstanceOf(IOException.class)
                .hasMessage("no model file at " + none);
        assertThatThrownBy(() -> ModelFile.load(folder))
                .hasMessage("no model file at " + folder + ": it is a folder");
        assertThatThrownBy(
                        () ->
                                DigitClassifier.load(
                                        new ByteArrayInputStream(
                                                "hello".getBytes(StandardCharsets.UTF_8))))
                .hasMessage("the stream is not a model of MNIST4J: it is not a zip file");
    }

    @Test
    void aClassifierOfDigitsAnswersInNumbers() throws Exception {
        Path file = folder.resolve("model.zip");
        MultiLayerNetwork network = trained("mlp:dense=8", new Sgd(0.1));
        network.params().assign(3e38);
        ModelFile.save(file, network, Normalization.MNIST, card("mlp:dense=8"), false);
        assertThatThrownBy(() -> DigitClassifier.load(file))
                .isInstanceOf(IOException.class)
                .hasMessage(file + " gives answers that are not numbers");
        assertThatThrownBy(() -> DigitClassifier.load(endless()))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("the stream is longer than ");
    }

    private static InputStream endless() {
        return new InputStream() {
            @Override
            public int read() {
                return 'P';
            }

            @Override
            public int read(byte[] to, int offset, int length) {
                return length;
            }
        };
    }

    @Test
    void moreMemoryThanThereIsIsASentence() {
        assertThatThrownBy(() -> Memory.requireHeap(1L << 50))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("MiB are free: give more by -Xmx");
        assertThatThrownBy(() -> Memory.requireNative(1L << 50))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("MiB are free: give more by");
    }

    @Test
    void aCheckpointsEntriesComeBack() throws Exception {
        MultiLayerNetwork network = trained("mlp:dense=8", new Adam(1e-3));
        int n = (int) network.numParams();
        var average = ByteBuffer.allocate(4 * n).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < n; i++) {
            average.putFloat(i / 8f);
        }
        var more = new LinkedHashMap<String, byte[]>();
        more.put(ModelFile.TRAINING, JsonFile.bytes(Map.of("epoch", 3)));
        more.put(ModelFile.AVERAGE, average.array());
        Path file = folder.resolve("last.zip");
        ModelFile.save(file, network, Normalization.MNIST, card("mlp:dense=8"), true, more);
        ModelFile.Contents contents = ModelFile.loadAll(file);
        assertThat(contents.average())
                .isEqualTo(Nd4j.arange(n).castTo(network.params().dataType()).div(8));
        assertThat(JsonFile.parse(contents.training(), "training.json", 1, Map.class, false))
                .isEqualTo(Map.of("epoch", 3));
        assertThat(RawZip.content(Files.readAllBytes(file)).keySet())
                .isEqualTo(
                        Set.of(
                                "configuration.json",
                                "coefficients.bin",
                                "updaterState.bin",
                                "normalizer.bin",
                                "card.json",
                                "training.json",
                                "average.bin"));
    }
}
