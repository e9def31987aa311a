package io.github.mnist4j.models;

import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.io.IoErrors;
import io.github.mnist4j.models.internal.CheckedZip;
import io.github.mnist4j.models.internal.FlatArray;
import io.github.mnist4j.models.internal.Memory;
import io.github.mnist4j.models.internal.NetworkConfiguration;
import io.github.mnist4j.models.internal.RefusedException;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.models.json.JsonFormatException;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.api.Updater;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.preprocessor.ImagePreProcessingScaler;
import org.nd4j.linalg.dataset.api.preprocessor.serializer.NormalizerSerializer;
import org.nd4j.linalg.dataset.api.preprocessor.serializer.NormalizerType;

/**
 * A trained network on disk: one plain DL4J zip that any DL4J program reads with {@code
 * ModelSerializer.restoreMultiLayerNetwork(file)} and {@code restoreNormalizerFromFile(file)}, with
 * a small card of ours beside the entries of DL4J.
 *
 * <p>A file may come from anybody. DL4J reads nothing of it but the configuration's text, and that
 * only if it names none but DL4J's own layers; see SECURITY.md.
 *
 * @param network the network that was saved, as a plain DL4J network
 * @param normalization of the images, as in training
 * @param card what a user must know about it
 */
public record ModelFile(MultiLayerNetwork network, Normalization normalization, ModelCard card) {
    /** The entry of a checkpoint with the state of its training, as JSON. */
    public static final String TRAINING = "training.json";

    /** The entry of a checkpoint with its averaged weights: little-endian 32-bit floats. */
    public static final String AVERAGE = "average.bin";

    private static final String CARD = "card.json";
    private static final List<String> NEEDED =
            List.of(
                    ModelSerializer.CONFIGURATION_JSON,
                    ModelSerializer.COEFFICIENTS_BIN,
                    ModelSerializer.NORMALIZER_BIN,
                    CARD);

    private static final Set<String> MORE = Set.of(TRAINING, AVERAGE);
    private static final Set<String> ENTRIES = new HashSet<>(NEEDED);

    static {
        ENTRIES.add(ModelSerializer.UPDATER_BIN);
        ENTRIES.addAll(MORE);
    }

    private static final int MOST_ENTRIES = 64;
    private static final int MOST_CARD_BYTES = 1 << 20;
    private static final int NORMALIZER_BYTES = 55;
    private static final int PIXEL = 255;

    /** The most values an updater keeps for each parameter: AMSGrad has three. */
    private static final int MOST_STATE = 3;

    /**
     * Everything in a file.
     *
     * @param model its network has the file's updater state, if the file has one
     * @param hasUpdater whether the file has updater state
     * @param training the text of {@link #TRAINING}, or null
     * @param average {@link #AVERAGE} in the shape of the network's parameters, all finite, or null
     */
    public record Contents(
            ModelFile model,
            boolean hasUpdater,
            @Nullable String training,
            @Nullable INDArray average) {}

    /**
     * Writes a model, whole or not at all: if it fails, an older file stays as it was.
     *
     * @param withUpdater whether to save the updater state, so that training can go on; triples the
     *     size for Adam
     * @throws IOException if the file cannot be written, a weight is not finite, or {@link #load}
     *     would refuse the model; the message says which
     */
    public static void save(
            Path file,
            MultiLayerNetwork network,
            Normalization normalization,
            ModelCard card,
            boolean withUpdater)
            throws IOException {
        save(file, network, normalization, card, withUpdater, Map.of());
    }

    /**
     * As above, with more entries, which DL4J ignores.
     *
     * @param more {@link #TRAINING} and {@link #AVERAGE} to their content
     * @throws IllegalArgumentException for other names
     */
    public static void save(
            Path file,
            MultiLayerNetwork network,
            Normalization normalization,
            ModelCard card,
            boolean withUpdater,
            Map<String, byte[]> more)
            throws IOException {
        if (!MORE.containsAll(more.keySet())) {
            throw new IllegalArgumentException("a model file has no entries " + more.keySet());
        }
        Weights.check(network, "cannot write " + file);
        byte[] configuration =
                network.getLayerWiseConfigurations().toJson().getBytes(StandardCharsets.UTF_8);
        try {
            check(NetworkConfiguration.read(configuration), card);
        } catch (RefusedException e) {
            throw new IOException("cannot write " + file + ": " + e.getMessage(), e);
        }
        Updater updater = withUpdater ? network.getUpdater() : null;
        INDArray state = updater == null ? null : updater.getStateViewArray();
        AtomicFile.write(
                file,
                out -> {
                    // not closed: closing it would close the file
                    var zip = new ZipOutputStream(out);
                    entry(zip, ModelSerializer.CONFIGURATION_JSON, o -> o.write(configuration));
                    entry(
                            zip,
                            ModelSerializer.COEFFICIENTS_BIN,
                            o -> FlatArray.write(network.params(), o));
                    if (state != null && !state.isEmpty()) {
                        entry(zip, ModelSerializer.UPDATER_BIN, o -> FlatArray.write(state, o));
                    }
                    entry(
                            zip,
                            ModelSerializer.NORMALIZER_BIN,
                            o -> o.write(normalizer(normalization)));
                    entry(zip, CARD, o -> o.write(JsonFile.bytes(card)));
                    for (var each : more.entrySet()) {
                        entry(zip, each.getKey(), o -> o.write(each.getValue()));
                    }
                    zip.finish();
                });
    }

    private static void entry(ZipOutputStream zip, String name, AtomicFile.Content content)
            throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        content.writeTo(zip);
        zip.closeEntry();
    }

    private static byte[] normalizer(Normalization normalization) throws IOException {
        var out = new ByteArrayOutputStream();
        NormalizerSerializer.getDefault().write(normalization.toDl4j(), (OutputStream) out);
        return out.toByteArray();
    }

    /**
     * Reads a file that {@link #save} wrote.
     *
     * @throws IOException if it is anything else; the message names the file and says what is wrong
     */
    public static ModelFile load(Path file) throws IOException {
        return loadAll(file).model;
    }

    /**
     * Reads a file that {@link #save} wrote, with a checkpoint's entries.
     *
     * @throws IOException as {@link #load} does
     */
    public static Contents loadAll(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(
                    "no model file at "
                            + file
                            + (Files.isDirectory(file) ? ": it is a folder" : ""));
        }
        byte[] content;
        try {
            content = CheckedZip.bytes(file);
        } catch (IOException e) {
            throw IoErrors.named("read", file, e);
        }
        return loadAll(content, file.toString());
    }

    /**
     * As above, from a file's content.
     *
     * @param name for messages
     */
    static Contents loadAll(byte[] content, String name) throws IOException {
        try {
            return read(content);
        } catch (RefusedException e) {
            throw new IOException(name + " is not a model of MNIST4J: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            throw new IOException(name + " is not a model that DL4J can build", e);
        } catch (OutOfMemoryError e) {
            throw new IOException(name + " takes more memory than there is: give more by -Xmx", e);
        }
    }

    /**
     * What a classifier needs of a file of our own, in a third of the time: the network is built
     * from the name in the card and not from DL4J's JSON, and the card is not read further.
     *
     * @param network as {@link #load} gives it
     * @param normalization of the images
     */
    record Own(MultiLayerNetwork network, Normalization normalization) {}

    private static final Pattern MODEL = Pattern.compile("^\\{\\s*\"model\" : \"([^\"\\\\]*)\"");

    /**
     * @return null if the name does not tell all: {@link #load} does
     */
    static @Nullable Own readOwn(byte[] content) throws IOException {
        var zip = new CheckedZip(content, ENTRIES::contains, MOST_ENTRIES);
        var card = new String(zip.bytes(CARD, MOST_CARD_BYTES), StandardCharsets.UTF_8);
        Matcher name = MODEL.matcher(card);
        if (!name.find()) {
            return null;
        }
        Architecture architecture;
        try {
            architecture = Architecture.parse(name.group(1));
        } catch (IllegalArgumentException e) {
            return null;
        }
        for (int outputs : new int[] {ModelCard.DIGITS_AND_NONE.size(), 10}) {
            var conf = MnistModels.of(architecture, MnistModels.Settings.DEFAULT, outputs);
            var configuration = NetworkConfiguration.of(conf, conf.getConfs().size());
            long bytes = zip.size(ModelSerializer.COEFFICIENTS_BIN);
            if (FlatArray.isSize(bytes, configuration.parameters())) {
                return new Own(network(zip, configuration), normalization(zip));
            }
        }
        return null;
    }

    /** The card of a file of our own. */
    static ModelCard cardOf(byte[] content) throws IOException {
        return card(new CheckedZip(content, ENTRIES::contains, MOST_ENTRIES));
    }

    private static Contents read(byte[] content) throws IOException {
        var zip = new CheckedZip(content, ENTRIES::contains, MOST_ENTRIES);
        for (String entry : NEEDED) {
            if (!zip.has(entry)) {
                throw new RefusedException("it has no " + entry);
            }
        }
        ModelCard card = card(zip);
        Normalization normalization = normalization(zip);
        NetworkConfiguration configuration =
                NetworkConfiguration.read(
                        zip.bytes(
                                ModelSerializer.CONFIGURATION_JSON,
                                NetworkConfiguration.MOST_BYTES));
        check(configuration, card);
        long parameters = configuration.parameters();
        checkLengths(zip, parameters);
        MultiLayerNetwork network = network(zip, configuration);
        boolean hasUpdater = zip.has(ModelSerializer.UPDATER_BIN);
        if (hasUpdater) {
            readUpdater(zip, network);
        }
        INDArray average = null;
        if (zip.has(AVERAGE)) {
            average = FlatArray.create(parameters);
            try (InputStream in = zip.open(AVERAGE)) {
                FlatArray.values(in, average, ByteOrder.LITTLE_ENDIAN, "its averaged weights");
            } catch (FlatArray.NotFinite e) {
                throw notFinite("its averaged weights", network, e);
            }
        }
        String training = null;
        if (zip.has(TRAINING)) {
            try {
                training = JsonFile.text(zip.bytes(TRAINING, JsonFile.MOST_BYTES), TRAINING);
            } catch (JsonFormatException e) {
                throw new RefusedException(e.getMessage(), e);
            }
        }
        return new Contents(
                new ModelFile(network, normalization, card), hasUpdater, training, average);
    }

    /** Compares lengths with the configuration before anything is allocated. */
    private static void checkLengths(CheckedZip zip, long parameters) throws IOException {
        if (!FlatArray.isSize(zip.size(ModelSerializer.COEFFICIENTS_BIN), parameters)) {
            throw new RefusedException(
                    "its weights are not the "
                            + parameters
                            + " 32-bit floats that its network has");
        }
        if (zip.has(AVERAGE) && zip.size(AVERAGE) != Float.BYTES * parameters) {
            throw new RefusedException(
                    "its averaged weights are not the "
                            + parameters
                            + " 32-bit floats that its network has");
        }
        long state = 0;
        if (zip.has(ModelSerializer.UPDATER_BIN)) {
            state = zip.size(ModelSerializer.UPDATER_BIN);
            if (state > FlatArray.mostBytes(MOST_STATE * parameters)) {
                throw new RefusedException("its updater's state is longer than any updater's");
            }
            // DL4J allocates it, and gradients
            state += Float.BYTES * parameters;
        }
        Memory.requireNative(
                Float.BYTES * parameters * (zip.has(AVERAGE) ? 2 : 1) + state + (1 << 20));
    }

    private static MultiLayerNetwork network(CheckedZip zip, NetworkConfiguration configuration)
            throws IOException {
        INDArray weights = FlatArray.create(configuration.parameters());
        FlatArray.NotFinite bad = null;
        try (InputStream in = zip.open(ModelSerializer.COEFFICIENTS_BIN)) {
            FlatArray.read(in, weights, "its weights");
        } catch (FlatArray.NotFinite e) {
            bad = e;
            weights.assign(0);
        }
        var network = new MultiLayerNetwork(configuration.network());
        // given the weights, DL4J does not draw random ones first
        network.init(weights, false);
        if (bad != null) {
            throw notFinite("its weights", network, bad);
        }
        var problem = Weights.problem(network);
        if (problem.isPresent()) {
            throw new RefusedException(problem.get());
        }
        return network;
    }

    private static RefusedException notFinite(
            String what, MultiLayerNetwork network, FlatArray.NotFinite e) {
        return new RefusedException(
                what
                        + " of "
                        + Weights.at(network, e.index)
                        + (Float.isNaN(e.value)
                                ? " hold a value that is not a number"
                                : " hold an infinite value"),
                e);
    }

    private static void readUpdater(CheckedZip zip, MultiLayerNetwork network) throws IOException {
        Updater updater = network.getUpdater();
        INDArray state = updater == null ? null : updater.getStateViewArray();
        if (state == null
                || state.isEmpty()
                || !FlatArray.isSize(zip.size(ModelSerializer.UPDATER_BIN), state.length())) {
            throw new RefusedException(
                    "its updater's state is not of the length that it should be");
        }
        try (InputStream in = zip.open(ModelSerializer.UPDATER_BIN)) {
            // the updater's own arrays are views of this one
            FlatArray.read(in, state, "its updater's state");
        } catch (FlatArray.NotFinite e) {
            throw new RefusedException(
                    "its updater's state holds a value that is not a finite number", e);
        }
    }

    private static ModelCard card(CheckedZip zip) throws IOException {
        try {
            return JsonFile.read(zip.bytes(CARD, MOST_CARD_BYTES), CARD, ModelCard.class);
        } catch (JsonFormatException e) {
            throw new RefusedException("its card is damaged: " + e.getMessage(), e);
        }
    }

    private static void check(NetworkConfiguration configuration, ModelCard card)
            throws IOException {
        long outputs = configuration.outputs();
        if (outputs != card.labels().size()) {
            throw new RefusedException(
                    "its card has "
                            + card.labels().size()
                            + " labels, its network gives "
                            + (outputs < 0 ? "no list of values" : outputs + " values"));
        }
    }

    /** Not by DL4J, which instantiates whatever class a normalizer of type CUSTOM names. */
    private static Normalization normalization(CheckedZip zip) throws IOException {
        byte[] content = zip.bytes(ModelSerializer.NORMALIZER_BIN, 1 << 16);
        try (var in =
                new DataInputStream(new BufferedInputStream(new ByteArrayInputStream(content)))) {
            boolean signed = in.readUTF().equals("NORMALIZER") && in.readInt() == 1;
            String type = signed ? in.readUTF() : "";
            if (signed && !type.equals(NormalizerType.IMAGE_MIN_MAX.toString())) {
                throw new RefusedException(
                        "its normalizer is not MNIST4J's: " + JsonFile.printable(type));
            }
            if (signed && content.length == NORMALIZER_BYTES) {
                var scaler = new ImagePreProcessingScaler(in.readDouble(), in.readDouble(), 8);
                if (in.readDouble() == PIXEL) {
                    return Normalization.from(scaler);
                }
            }
            throw new RefusedException("its normalizer is damaged");
        } catch (RefusedException e) {
            throw e;
        } catch (IOException e) {
            throw new RefusedException("its normalizer is damaged", e);
        } catch (IllegalArgumentException e) {
            throw new RefusedException("its normalizer is out of range: " + e.getMessage(), e);
        }
    }
}
