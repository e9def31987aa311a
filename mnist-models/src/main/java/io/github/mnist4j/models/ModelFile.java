package io.github.mnist4j.models;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.github.mnist4j.data.Normalization;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UTFDataFormatException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipFile;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.dataset.api.preprocessor.ImagePreProcessingScaler;
import org.nd4j.linalg.dataset.api.preprocessor.serializer.NormalizerSerializer;
import org.nd4j.linalg.dataset.api.preprocessor.serializer.NormalizerType;

/**
 * A trained network on disk: one plain DL4J zip that any DL4J program reads with {@code
 * ModelSerializer.restoreMultiLayerNetwork(file)} and {@code restoreNormalizerFromFile(file)}, with
 * a small card of ours beside the entries of DL4J.
 *
 * @param network what {@link #save} was given, as a plain DL4J network
 * @param normalization what the network's input went through in training
 * @param card where the network comes from
 */
public record ModelFile(MultiLayerNetwork network, Normalization normalization, Card card) {
    private static final String CARD = "card.json";
    private static final List<String> NEEDED =
            List.of(
                    ModelSerializer.CONFIGURATION_JSON,
                    ModelSerializer.COEFFICIENTS_BIN,
                    ModelSerializer.NORMALIZER_BIN,
                    CARD);

    /** The last two are a checkpoint's. */
    private static final Set<String> ENTRIES =
            Set.of(
                    ModelSerializer.CONFIGURATION_JSON,
                    ModelSerializer.COEFFICIENTS_BIN,
                    ModelSerializer.NORMALIZER_BIN,
                    CARD,
                    ModelSerializer.UPDATER_BIN,
                    "training.json",
                    "average.bin");

    private static final long MOST_BYTES = 512L << 20;

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /**
     * What a user of the file must know.
     *
     * @param model the network's name in {@link MnistModels}
     * @param labels the classes in the order of the outputs
     * @param input what the network takes, in words
     * @param provenance data set and its digest, recipe, seed, versions, figures: name to value
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Card(
            String model, List<String> labels, String input, Map<String, Object> provenance) {
        /** Ten digits from [batch, 1, 28, 28]. */
        public static Card of(String model, Map<String, Object> provenance) {
            return new Card(
                    model,
                    List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
                    "[batch, 1, 28, 28] float: ink on paper, pixels 0 to 255 through the file's normaliser",
                    provenance);
        }
    }

    /**
     * Writes a model. The file appears whole or not at all: whatever happens, one that was there
     * before is still there.
     *
     * @param withUpdater whether training can go on from the file; it triples the size for Adam
     */
    public static void save(
            Path file,
            MultiLayerNetwork network,
            Normalization normalization,
            Card card,
            boolean withUpdater)
            throws IOException {
        save(file, network, normalization, card, withUpdater, Map.of());
    }

    /**
     * As above, with more entries of the caller's, which DL4J passes over.
     *
     * @param more name to content
     */
    public static void save(
            Path file,
            MultiLayerNetwork network,
            Normalization normalization,
            Card card,
            boolean withUpdater,
            Map<String, byte[]> more)
            throws IOException {
        Path temporary =
                file.resolveSibling(file.getFileName() + ".tmp" + ProcessHandle.current().pid());
        try {
            ModelSerializer.writeModel(network, temporary.toFile(), withUpdater);
            // not through ModelSerializer: its form with a normaliser closes the stream before it
            // is done (dl4j #9653)
            try (var zip = FileSystems.newFileSystem(temporary)) {
                try (var out = Files.newOutputStream(zip.getPath(ModelSerializer.NORMALIZER_BIN))) {
                    NormalizerSerializer.getDefault().write(normalization.toDl4j(), out);
                }
                Files.write(zip.getPath(CARD), JSON.writeValueAsBytes(card));
                for (var entry : more.entrySet()) {
                    Files.write(zip.getPath(entry.getKey()), entry.getValue());
                }
            }
            try (var channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(
                    temporary,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (RuntimeException e) {
            // DL4J wraps some failures to write, and zipfs throws some unchecked
            throw new IOException("cannot write " + file + ": " + e.getMessage(), e);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /**
     * Reads a file that {@link #save} wrote.
     *
     * @throws IOException if it is no such file; the message says what it lacks
     */
    public static ModelFile load(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException("no model file at " + file);
        }
        Card card;
        try (var zip = new ZipFile(file.toFile())) {
            checkEntries(file, zip);
            checkNormalizer(file, zip);
            try (InputStream in = zip.getInputStream(zip.getEntry(CARD))) {
                card = JSON.readValue(in, Card.class);
            }
        } catch (java.util.zip.ZipException e) {
            throw new IOException(file + " is no model file: " + e.getMessage(), e);
        } catch (JsonProcessingException e) {
            throw new IOException(
                    file
                            + " is no model of MNIST4J: its card is damaged: "
                            + e.getOriginalMessage(),
                    e);
        }
        try {
            if (!(ModelSerializer.restoreNormalizerFromFile(file.toFile())
                    instanceof ImagePreProcessingScaler scaler)) {
                throw new IOException(file + " has another normaliser than MNIST4J's");
            }
            return new ModelFile(
                    ModelSerializer.restoreMultiLayerNetwork(file.toFile(), true),
                    Normalization.from(scaler),
                    card);
        } catch (RuntimeException | OutOfMemoryError e) {
            throw new IOException(file + " cannot be read as a DL4J model: " + e.getMessage(), e);
        }
    }

    /**
     * A file may come from anybody. DL4J reads entries that we never write as streams of Java
     * objects ({@code preprocessor.bin}), which run code; and an entry can be far larger than its
     * file.
     */
    private static void checkEntries(Path file, ZipFile zip) throws IOException {
        long total = 0;
        byte[] buffer = new byte[1 << 16];
        for (var entry : Collections.list(zip.entries())) {
            if (!ENTRIES.contains(entry.getName())) {
                throw new IOException(
                        file + " is no model of MNIST4J: it has an entry " + entry.getName());
            }
            // counted, not asked: what the zip's directory says can be wrong
            try (InputStream in = zip.getInputStream(entry)) {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    total += n;
                    if (total > MOST_BYTES) {
                        throw new IOException(
                                file + " is no model of MNIST4J: it unpacks to more than 512 MiB");
                    }
                }
            }
        }
        for (String entry : NEEDED) {
            if (zip.getEntry(entry) == null) {
                throw new IOException(file + " is no model of MNIST4J: it has no " + entry);
            }
        }
    }

    /** DL4J would make an object of whatever class a normaliser of type CUSTOM names. */
    private static void checkNormalizer(Path file, ZipFile zip) throws IOException {
        String type;
        try (var in =
                new DataInputStream(
                        zip.getInputStream(zip.getEntry(ModelSerializer.NORMALIZER_BIN)))) {
            in.readUTF(); // a signature, which DL4J checks
            in.readInt();
            type = in.readUTF();
        } catch (EOFException | UTFDataFormatException e) {
            throw new IOException(file + " is no model of MNIST4J: its normaliser is damaged", e);
        }
        if (!type.equals(NormalizerType.IMAGE_MIN_MAX.toString())) {
            throw new IOException(file + " has another normaliser than MNIST4J's: " + type);
        }
    }
}
