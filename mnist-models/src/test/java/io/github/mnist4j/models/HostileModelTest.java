package io.github.mnist4j.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.models.internal.NetworkConfiguration;
import io.github.mnist4j.models.json.JsonFile;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.factory.Nd4j;

/** Model files that lie. Nothing of them runs, nothing is allocated by their word. */
@Timeout(60)
class HostileModelTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MODEL = "mlp:dense=8";
    private static final int PARAMETERS = 784 * 8 + 8 + 8 * 10 + 10;

    /** A checkpoint's entries, all of them. */
    private static Map<String, byte[]> good;

    @BeforeAll
    static void save(@TempDir Path folder) throws IOException {
        var network =
                new MultiLayerNetwork(MnistModels.byName(MODEL, MnistModels.Settings.DEFAULT));
        network.init();
        network.fit(Nd4j.rand(4, 1, 28, 28), Nd4j.eye(10).getRows(0, 1, 2, 3));
        Path file = folder.resolve("good.zip");
        ModelFile.save(
                file,
                network,
                Normalization.MNIST,
                ModelCard.of(MODEL, ProvenanceBuilder.builder().optThreshold(0.75).build()),
                true,
                Map.of(
                        ModelFile.TRAINING,
                        "{\"epoch\": 1}".getBytes(StandardCharsets.UTF_8),
                        ModelFile.AVERAGE,
                        new byte[4 * PARAMETERS]));
        good = RawZip.content(Files.readAllBytes(file));
        assertThat(good).hasSize(7);
    }

    private static ModelFile.Contents load(byte[] zip) throws IOException {
        return ModelFile.loadAll(zip, "m.zip");
    }

    private static void assertRefused(byte[] zip, String why) {
        assertThatThrownBy(() -> load(zip))
                .isExactlyInstanceOf(IOException.class)
                .hasMessageContaining("m.zip is not a model")
                .hasMessageContaining(why)
                .satisfies(HostileModelTest::assertSentence);
    }

    private static void assertRefused(String entry, byte[] content, String why) throws IOException {
        assertRefused(RawZip.packed(with(entry, content)), why);
    }

    /** No line feed, no class's name, no end of its own. */
    private static void assertSentence(Throwable e) {
        assertThat(e.getMessage())
                .hasSizeLessThan(600)
                .doesNotContainPattern("Exception|java\\.|jackson|org\\.(nd4j|deeplearning4j)");
        assertThat(e.getMessage().chars()).noneMatch(Character::isISOControl);
    }

    private static Map<String, byte[]> with(String entry, byte[] content) {
        var all = new LinkedHashMap<>(good);
        all.put(entry, content);
        return all;
    }

    private static byte[] utf(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Its reading is what must not happen. */
    public static final class Trap implements Serializable {
        private static final long serialVersionUID = 1L;
        static boolean sprung;

        private void readObject(ObjectInputStream in) {
            sprung = true;
        }
    }

    /** Takes for ever to read: the hash of each set asks that of the two in it. */
    private static byte[] endless() throws IOException {
        Path made = Path.of("..", "..", "shared", "hostile", "serialdos.ser");
        if (Files.exists(made)) {
            return Files.readAllBytes(made);
        }
        Set<Object> root = new HashSet<>();
        Set<Object> a = root;
        Set<Object> b = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            Set<Object> c = new HashSet<>(Set.of("x"));
            Set<Object> d = new HashSet<>();
            a.add(c);
            a.add(d);
            b.add(c);
            b.add(d);
            a = c;
            b = d;
        }
        return serialized(root);
    }

    private static byte[] serialized(Object o) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new ObjectOutputStream(bytes)) {
            out.writeObject(o);
        }
        return bytes.toByteArray();
    }

    private static byte[] normalizer(String type, byte[] rest) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeUTF("NORMALIZER");
        out.writeInt(1);
        out.writeUTF(type);
        out.write(rest);
        return bytes.toByteArray();
    }

    private static byte[] doubles(double... values) {
        var bytes = ByteBuffer.allocate(8 * values.length);
        Arrays.stream(values).forEach(bytes::putDouble);
        return bytes.array();
    }

    @Test
    void theGoodOneIsRead() throws IOException {
        for (byte[] zip : List.of(RawZip.of(good).bytes(), RawZip.packed(good))) {
            ModelFile.Contents contents = load(zip);
            assertThat(contents.hasUpdater()).isTrue();
            assertThat(contents.training()).isEqualTo("{\"epoch\": 1}");
            assertThat(contents.average().sumNumber().doubleValue()).isZero();
            assertThat(contents.average().shape())
                    .isEqualTo(contents.model().network().params().shape());
            assertThat(contents.model().card().model()).isEqualTo(MODEL);
            assertThat(contents.model().normalization().mean())
                    .isCloseTo(
                            Normalization.MNIST.mean(), org.assertj.core.data.Offset.offset(1e-12));
        }
    }

    @Test
    void anEntryThatTheDirectoryDoesNotListIsNeverRead() throws IOException {
        var bytes = new ByteArrayOutputStream();
        new DataOutputStream(bytes).writeUTF(Trap.class.getName());
        for (var hidden :
                Map.of(
                                "preprocessor.bin", endless(),
                                "preprocessor.bin ", serialized(new Trap()),
                                "normalizer.bin", normalizer("CUSTOM", bytes.toByteArray()),
                                "configuration.json", utf("{}"),
                                "big.bin", new byte[1 << 24])
                        .entrySet()) {
            for (int place = 0; place <= good.size(); place++) {
                var zip = RawZip.of(good);
                var entry = new RawZip.Entry(hidden.getKey().strip(), hidden.getValue());
                entry.listed = false;
                zip.entries.add(place, entry);
                assertRefused(zip.bytes(), "bytes that its directory does not list");
            }
        }
        assertThat(Trap.sprung).isFalse();
    }

    private static void lie(String entry, Consumer<RawZip.Entry> how, String why) {
        var zip = RawZip.of(good);
        how.accept(zip.get(entry));
        assertRefused(zip.bytes(), why);
    }

    @Test
    void aZipThatSaysTwoThingsIsRefused() {
        String two = "differs between its header and the directory";
        lie("card.json", e -> e.localName = "carb.json", two);
        lie("card.json", e -> e.localName = "card.jso", two);
        lie("card.json", e -> e.localSize--, two);
        lie("card.json", e -> e.localMethod = 8, two);
        lie("card.json", e -> e.localFlags = 1, two);
        lie("card.json", e -> e.localFlags = 8, two);
        lie("card.json", e -> e.crc++, "checksum is wrong");
        lie("card.json", e -> e.flags = 1, "is encrypted");
        lie("card.json", e -> e.method = 12, "method other than deflate");
        lie("card.json", e -> e.method = 8, "its entry \"card.json\" ");
        lie("card.json", e -> e.size++, "has two lengths");
        lie("card.json", e -> e.size = e.packed = e.localSize = e.size + 1, two);
        lie("card.json", e -> e.size = e.packed = e.localSize = 0xFFFFFFFFL, "4 GiB");
        lie("card.json", e -> e.size = e.packed = e.localSize = e.size - 1, "does not list");
        lie("card.json", e -> e.before = new byte[1], "does not list");
        lie("card.json", e -> e.after = new byte[1], "does not list");
        lie("card.json", e -> e.after = new byte[16], "does not list");
        lie("card.json", e -> e.there = false, "");
        lie("card.json", e -> e.listed = false, "does not list");
        lie("configuration.json", e -> e.before = new byte[1], "not a zip");
        lie("configuration.json", e -> e.before = utf("PK\3\4"), "does not list");
        var zip = RawZip.of(good);
        zip.add("card.json", utf("{}"));
        assertRefused(zip.bytes(), "appears twice");
        zip = RawZip.of(good);
        zip.add("../../evil", utf("{}"));
        assertRefused(zip.bytes(), "an entry \"../../evil\" that does not belong");
        zip = RawZip.of(good);
        zip.comment = utf("hello");
        assertRefused(zip.bytes(), "something follows its last record");
        zip = RawZip.of(good);
        zip.tail = RawZip.of(Map.of("card.json", utf("{}"))).bytes();
        assertRefused(zip.bytes(), "");
        zip = RawZip.of(good);
        zip.countIsOff = 1;
        assertRefused(zip.bytes(), "directory is cut off");
        zip.countIsOff = -1;
        assertRefused(zip.bytes(), "something follows its directory");
        zip = RawZip.of(good);
        zip.offsetIsOff = -1;
        assertRefused(zip.bytes(), "does not fit");
    }

    @Test
    void whatIsNoZipIsToldSo() {
        assertRefused(new byte[0], "it is empty");
        assertRefused(utf("<!DOCTYPE html><title>404</title>"), "it is a web page");
        assertRefused(utf("hello, I am a text of some length"), "it is not a zip file");
        byte[] whole = RawZip.of(good).bytes();
        for (int length : new int[] {4, 21, 22, 100, whole.length / 2, whole.length - 1}) {
            assertRefused(Arrays.copyOf(whole, length), "");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"coefficients.bin", "updaterState.bin"})
    void aHeaderThatLiesIsRefused(String entry) throws IOException {
        byte[] array = good.get(entry);
        int header = array.length % 4 + 112;
        for (int at = 0; at < header; at += 2) {
            for (int value : new int[] {0x7FFFFFFF, -1, 0x10000000, 0}) {
                byte[] lie = array.clone();
                ByteBuffer.wrap(lie, at, 4).putInt(value);
                if (!Arrays.equals(lie, 0, header, array, 0, header)) {
                    var zip = RawZip.of(with(entry, lie));
                    assertRefused(zip.bytes(), "32-bit floats");
                }
            }
        }
        assertRefused(entry, new byte[0], "");
        assertRefused(entry, Arrays.copyOf(array, 5000), "");
        assertRefused(entry, Arrays.copyOf(array, array.length + 1), "");
        assertRefused(entry, Arrays.copyOf(array, array.length + 16), "");
    }

    @ParameterizedTest
    @CsvSource({
        "coefficients.bin, NaN, its weights of layer 0 hold a value that is not a number",
        "coefficients.bin, Infinity, its weights of layer 0 hold an infinite value",
        "updaterState.bin, NaN, its updater's state holds a value that is not a finite number",
        "average.bin, NaN, its averaged weights of layer 0 hold a value that is not a number",
    })
    void whatIsNotFiniteIsRefused(String entry, float value, String why) throws IOException {
        byte[] array = good.get(entry).clone();
        boolean little = entry.equals("average.bin");
        ByteBuffer.wrap(array, array.length % 4 == 0 ? 400 : 401, 4)
                .putInt(
                        little
                                ? Integer.reverseBytes(Float.floatToIntBits(value))
                                : Float.floatToIntBits(value));
        assertRefused(entry, array, why);
    }

    private static byte[] configuration(Consumer<ObjectNode> change) throws IOException {
        var tree = (ObjectNode) JSON.readTree(good.get("configuration.json"));
        change.accept(tree);
        return JSON.writeValueAsBytes(tree);
    }

    private static ObjectNode layer(ObjectNode tree, int i) {
        return (ObjectNode) tree.get("confs").get(i).get("layer");
    }

    /** Its initialisation is what must not happen. */
    public static final class Initialised {
        static {
            Trap.sprung = true;
        }
    }

    static List<String> classes() {
        return List.of(
                "java.lang.String",
                "java.lang.ProcessBuilder",
                "javax.swing.JEditorPane",
                "com.sun.rowset.JdbcRowSetImpl",
                "no.such.Class",
                "[Lfoo;",
                "",
                "org.deeplearning4j.nn.conf.layers.samediff.SameDiffLambdaLayer",
                "org.deeplearning4j.nn.modelimport.keras.KerasLayer",
                "org.nd4j.nativeblas.NativeOpsHolder",
                "org.deeplearning4j.nn.conf.layers.DenseLayer<java.lang.String>",
                "io.github.mnist4j.models.HostileModelTest$Initialised");
    }

    @ParameterizedTest
    @MethodSource("classes")
    void aClassThatIsNotOnTheListIsNotLoaded(String name) throws IOException {
        List<Consumer<ObjectNode>> places =
                List.of(
                        t -> layer(t, 0).put("@class", name),
                        t -> ((ObjectNode) layer(t, 0).get("activationFn")).put("@class", name),
                        t -> ((ObjectNode) layer(t, 0).get("iupdater")).put("@class", name),
                        t -> ((ObjectNode) layer(t, 0).get("weightInitFn")).put("@class", name),
                        t -> ((ObjectNode) layer(t, 2).get("lossFn")).put("@class", name),
                        t -> layer(t, 0).putObject("weightNoise").put("@class", name),
                        t -> layer(t, 0).putArray("constraints").addObject().put("@class", name),
                        t ->
                                ((ObjectNode) t.get("inputPreProcessors"))
                                        .putObject("2")
                                        .put("@class", name));
        for (var place : places) {
            assertRefused(
                    "configuration.json",
                    configuration(place),
                    "its configuration names "
                            + JsonFile.printable(name.substring(name.lastIndexOf('.') + 1))
                            + ", which is not one of DL4J's own");
        }
        // Jackson reads a pair of a name and an object as well
        for (String of : List.of("activationFn", "iupdater", "idropout", "weightNoise")) {
            assertRefused(
                    "configuration.json",
                    configuration(t -> layer(t, 0).putArray(of).add(name).addObject()),
                    "a list of texts at \"" + of + "\"");
        }
        assertRefused(
                "configuration.json",
                configuration(
                        t -> ((ObjectNode) t.get("confs").get(0)).putArray("layer").add(name)),
                "a list of texts at \"layer\"");
        assertThat(Trap.sprung).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 10, Integer.MAX_VALUE, 1_000_000_000_000L, Long.MAX_VALUE})
    void aSizeThatIsNotTheWeightsIsRefused(long size) throws IOException {
        for (String name : List.of("nin", "nout")) {
            for (int i : new int[] {0, 2}) {
                assertRefused(
                        "configuration.json",
                        configuration(t -> layer(t, i).put(name, i == 2 && size == 10 ? 11 : size)),
                        "");
            }
        }
    }

    @Test
    void aConfigurationBeyondTheLimitsIsRefused() throws IOException {
        byte[] huge =
                configuration(
                        t -> {
                            layer(t, 0).put("nout", 60_000_000);
                            layer(t, 2).put("nin", 60_000_000);
                        });
        assertRefused("configuration.json", huge, "more than 500 million parameters");
        assertRefused(
                "configuration.json",
                configuration(t -> t.putArray("confs")),
                "0 layers, 1 to 1000");
        assertRefused("configuration.json", configuration(t -> t.putNull("confs")), "no list of");
        assertRefused(
                "configuration.json",
                configuration(
                        t -> {
                            var confs = (ArrayNode) t.get("confs");
                            var one = confs.get(1);
                            for (int i = 0; i < 1000; i++) {
                                confs.insert(1, one);
                            }
                        }),
                "1003 layers, 1 to 1000");
        assertRefused("configuration.json", utf("[".repeat(200_000)), "nests deeper");
        String text = new String(good.get("configuration.json"), StandardCharsets.UTF_8);
        assertRefused(
                "configuration.json",
                utf(
                        "{\"z\":"
                                + "{\"a\":".repeat(500)
                                + "1"
                                + "}".repeat(500)
                                + ","
                                + text.substring(1)),
                "nests deeper");
        assertRefused("configuration.json", utf(text + " ".repeat(8 << 20)), "8 MiB");
        assertRefused("configuration.json", utf("null"), "it is null");
        assertRefused(
                "configuration.json", configuration(t -> t.put("dataType", "DOUBLE")), "32-bit");
        assertRefused(
                "configuration.json",
                configuration(t -> ((ObjectNode) t.get("confs").get(0)).putNull("layer")),
                "does not say what it is");
    }

    /** A few weights, but so much to compute with them that it never ends. */
    @Test
    void aNetworkThatComputesForEverIsRefused() throws IOException {
        assertRefused("configuration.json", layers(3, 13), "far too many values");
        assertRefused("configuration.json", layers(400, 5), "far too long");
        assertRefused("configuration.json", layers(1, 100_001), "out of range");
    }

    /** Images made larger by a factor, then convolutions on them, with nothing else. */
    private static byte[] layers(int convolutions, int factor) {
        int kernel = factor == 5 ? 101 : 3;
        var list = new NeuralNetConfiguration.Builder().list();
        list.layer(new Upsampling2D.Builder(factor).build());
        for (int i = 0; i < convolutions; i++) {
            list.layer(
                    new ConvolutionLayer.Builder(kernel, kernel)
                            .nOut(factor == 5 ? 4 : 400)
                            .convolutionMode(ConvolutionMode.Same)
                            .build());
        }
        list.layer(new GlobalPoolingLayer());
        list.layer(new OutputLayer.Builder().nOut(10).activation(Activation.SOFTMAX).build());
        if (factor > 100_000) {
            return utf(list.build().toJson());
        }
        return utf(list.setInputType(InputType.convolutional(28, 28, 1)).build().toJson());
    }

    /** What anybody may describe is not refused. */
    @Test
    void theLargestNetworkThatCanBeDescribedIsWithinTheLimits() throws IOException {
        var largest =
                MnistModels.byName(
                        "cnn:channels=1024,1024,1024,1024:convolutions=4:kernel=5:dense=",
                        MnistModels.Settings.DEFAULT);
        assertThat(NetworkConfiguration.read(utf(largest.toJson())).outputs()).isEqualTo(10);
    }

    @Test
    void aCardOutOfRangeIsRefused() throws IOException {
        String text = new String(good.get("card.json"), StandardCharsets.UTF_8);
        for (String[] lie :
                new String[][] {
                    {"0.75", "-5", "threshold is -5.0, a number from 0 to 1 expected"},
                    {"0.75", "1.01", "threshold is 1.01, a number from 0 to 1 expected"},
                    {
                        "0.75",
                        "\"x\"",
                        "provenance.threshold\" is of the wrong kind, a finite number expected"
                    },
                    {"0.75", "1e999", "out of range"},
                    {MODEL, "../../etc/passwd\\u001b[31m", "\"../../etc/passwd\\u001b[31m\""},
                    {MODEL, "mlp:dense=99999", "1 to 8192 expected"},
                    {"\"0\"", "\"1\"", "labels appears twice"},
                    {"\"0\"", "null", "labels are not"},
                    {"\"0\"", "0", "a text expected"},
                    {"\"0\", ", "", "9 labels"},
                    {"\"model\"", "\"mode\"", "unknown name \"mode\""},
                }) {
            String lying = text.replaceAll("\"0\",\\s*", "\"0\", ").replace(lie[0], lie[1]);
            assertThat(lying).as(lie[2]).isNotEqualTo(text);
            assertRefused("card.json", utf(lying), lie[2]);
        }
        assertRefused("card.json", utf("null"), "it is null");
        assertRefused("card.json", utf("{}"), "is missing");
        assertRefused(
                "card.json",
                utf("{\"model\":\"mlp\",\"provenance\":{\"a\":" + "[".repeat(100_000)),
                "nests deeper");
    }

    @Test
    void aNormalizerOutOfRangeIsRefused() throws IOException {
        assertRefused("normalizer.bin", normalizer("CUSTOM", utf("\0\5Evil!")), "\"CUSTOM\"");
        assertRefused("normalizer.bin", normalizer("STANDARDIZE", new byte[20]), "\"STANDARDIZE\"");
        for (double[] lie :
                new double[][] {
                    {Double.NaN, Double.NaN, 255},
                    {1, 1, 255},
                    {Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, 255},
                    {1, 0, 255},
                    {0, 1, 0},
                    {0, 1},
                    {0, 1, 255, 1},
                }) {
            assertRefused(
                    "normalizer.bin",
                    normalizer("IMAGE_MIN_MAX", doubles(lie)),
                    "its normalizer is");
        }
        assertRefused("normalizer.bin", new byte[0], "its normalizer is damaged");
    }

    /** Seeded: what fails here fails again. Whole files, and entries that are zipped anew. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "configuration.json",
                "card.json",
                "normalizer.bin",
                "coefficients.bin",
                "updaterState.bin"
            })
    @Timeout(60)
    void aMutantIsRefusedOrComputes(String entry) throws IOException {
        byte[] whole = entry.isEmpty() ? RawZip.packed(good) : good.get(entry);
        int refused = 0;
        int tries = 80;
        for (int i = 0; i < tries; i++) {
            byte[] mutant = mutant(whole, new Random(31L * i + entry.hashCode()));
            byte[] zip = entry.isEmpty() ? mutant : RawZip.of(with(entry, mutant)).bytes();
            long start = System.nanoTime();
            try {
                ModelFile model = load(zip).model();
                assertThat(model.network().output(Nd4j.zeros(1, 1, 28, 28)).columns())
                        .isEqualTo(10);
                assertThat(Weights.problem(model.network())).isEmpty();
            } catch (IOException e) {
                refused++;
                assertThat(e.getMessage()).as("mutant %d", i).startsWith("m.zip ");
                assertSentence(e);
            }
            assertThat(System.nanoTime() - start).as("mutant %d", i).isLessThan(10_000_000_000L);
        }
        assertThat(refused).isGreaterThan(tries / 10);
    }

    private static byte[] mutant(byte[] of, Random random) {
        byte[] mutant = of.clone();
        switch (random.nextInt(5)) {
            case 0:
                return Arrays.copyOf(mutant, random.nextInt(mutant.length));
            case 1:
                return Arrays.copyOf(mutant, mutant.length + 1 + random.nextInt(100));
            case 2:
                // a run of bytes to another place
                int length = 1 + random.nextInt(Math.min(64, mutant.length / 2));
                System.arraycopy(
                        of,
                        random.nextInt(of.length - length),
                        mutant,
                        random.nextInt(of.length - length),
                        length);
                return mutant;
            default:
                for (int n = 1 + random.nextInt(8); n > 0; n--) {
                    // the beginning is where headers are
                    int most = random.nextBoolean() ? mutant.length : Math.min(160, mutant.length);
                    mutant[random.nextInt(most)] =
                            (byte)
                                    (random.nextBoolean()
                                            ? random.nextInt()
                                            : "0-{[\"9,".charAt(random.nextInt(7)));
                }
                return mutant;
        }
    }
}
