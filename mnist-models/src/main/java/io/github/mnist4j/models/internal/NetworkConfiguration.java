package io.github.mnist4j.models.internal;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.models.json.JsonFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A network's configuration as DL4J writes it, from a source that is not trusted. DL4J instantiates
 * whatever class the text names and allocates whatever sizes it states. So the text is checked
 * first: it may name only {@link AllowedClasses} and sizes within limits. Then the parameters are
 * counted before any of them is allocated.
 *
 * @param network the network described, not yet allocated
 * @param parameters the number of its parameters
 */
public record NetworkConfiguration(MultiLayerConfiguration network, long parameters) {
    /** The longest text. */
    public static final int MOST_BYTES = 8 << 20;

    static final int MOST_LAYERS = 1000;
    static final long MOST_PARAMETERS = 500_000_000;

    /** The most values that all layers give for one image: 400 MB. */
    static final long MOST_ACTIVATIONS = 100_000_000;

    /** The most multiplications for one image: about a minute. */
    static final double MOST_WORK = 1e12;

    /** The largest input, output or other single size. */
    private static final long MOST_SIZE = 1 << 26;

    /** The largest size in a list: kernels, strides, paddings. */
    private static final long MOST_IN_LIST = 100_000;

    /** Lists of plain names. In any other list a text at the start names a class. */
    private static final Set<String> NAME_LISTS = Set.of("variables", "params");

    /**
     * @throws RefusedException if it is not a configuration of DL4J's own layers within the limits
     */
    public static NetworkConfiguration read(byte[] json) throws IOException {
        if (json.length > MOST_BYTES) {
            throw new RefusedException("configuration.json is longer than 8 MiB");
        }
        JsonNode tree;
        try {
            tree = JsonFile.read(json, "configuration.json", JsonNode.class);
        } catch (JsonFormatException e) {
            throw new RefusedException(e.getMessage(), e);
        }
        JsonNode layers = tree.path("confs");
        if (!layers.isArray() || layers.isEmpty() || layers.size() > MOST_LAYERS) {
            throw new RefusedException(
                    "its configuration has "
                            + (layers.isArray() ? layers.size() : "no list of")
                            + " layers, 1 to "
                            + MOST_LAYERS
                            + " expected");
        }
        walk(tree, "");
        for (JsonNode layer : layers) {
            if (!layer.path("layer").path("@class").isTextual()) {
                throw new RefusedException("a layer of its configuration does not say what it is");
            }
        }
        MultiLayerConfiguration network;
        try {
            network = MultiLayerConfiguration.fromJson(new String(json, StandardCharsets.UTF_8));
        } catch (RuntimeException e) {
            // its messages name classes and quote the text
            throw new RefusedException("its configuration does not make a network of DL4J", e);
        }
        return of(network, layers.size());
    }

    /**
     * @param layers that it must have
     * @throws RefusedException if it has others, no parameters or far too many, or is not of 32-bit
     *     floats
     */
    public static NetworkConfiguration of(MultiLayerConfiguration network, int layers)
            throws RefusedException {
        if (network == null
                || network.getConfs() == null
                || network.getConfs().size() != layers
                || network.getDataType() != DataType.FLOAT) {
            throw new RefusedException(
                    "its configuration does not make a network of 32-bit floats");
        }
        long parameters = 0;
        for (int i = 0; i < layers; i++) {
            NeuralNetConfiguration conf = network.getConf(i);
            long own;
            try {
                Layer layer = conf.getLayer();
                own = layer.initializer().numParams(conf);
            } catch (RuntimeException e) {
                throw new RefusedException("its layer " + i + " is not one that DL4J can build", e);
            }
            if (own < 0 || own > MOST_PARAMETERS) {
                throw tooMany();
            }
            parameters += own;
            if (parameters > MOST_PARAMETERS) {
                throw tooMany();
            }
        }
        if (parameters == 0) {
            throw new RefusedException("its network has no parameters");
        }
        return new NetworkConfiguration(network, parameters);
    }

    private static RefusedException tooMany() {
        return new RefusedException(
                "its network has more than " + MOST_PARAMETERS / 1_000_000 + " million parameters");
    }

    private static void walk(JsonNode node, String name) throws RefusedException {
        if (node.isArray()) {
            if (!node.isEmpty() && node.get(0).isTextual() && !NAME_LISTS.contains(name)) {
                // Jackson's other way to name a class: ["name", {...}]
                throw new RefusedException(
                        "its configuration has a list of texts at " + JsonFile.printable(name));
            }
            for (JsonNode element : node) {
                if (element.isIntegralNumber()) {
                    range(element, name, MOST_IN_LIST);
                }
                walk(element, "");
            }
            return;
        }
        if (!node.isObject()) {
            return;
        }
        // bounds what DL4J multiplies, so that its products fit into 64 bits
        double product = 1;
        for (var field : node.properties()) {
            JsonNode value = field.getValue();
            if (field.getKey().equals("@class") && !AllowedClasses.contain(value.asText())) {
                String named = value.asText();
                throw new RefusedException(
                        "its configuration names "
                                + JsonFile.printable(named.substring(named.lastIndexOf('.') + 1))
                                + ", which is not one of DL4J's own layers or their parts");
            }
            if (value.isIntegralNumber() && !field.getKey().equals("seed")) {
                range(value, field.getKey(), Integer.MAX_VALUE);
            }
            if (node.has("@class")) {
                if (value.isIntegralNumber()) {
                    range(value, field.getKey(), MOST_SIZE);
                    product *= Math.max(1, value.asLong());
                }
                for (JsonNode element : value.isArray() ? value : List.<JsonNode>of()) {
                    product *= element.isIntegralNumber() ? Math.max(1, element.asLong()) : 1;
                }
            }
            walk(value, field.getKey());
        }
        if (product > 1L << 60) {
            throw new RefusedException("the sizes of a layer in its configuration are too large");
        }
    }

    private static void range(JsonNode value, String name, long most) throws RefusedException {
        if (!value.canConvertToLong() || value.asLong() < -1 || value.asLong() > most) {
            throw new RefusedException(
                    "its configuration has a size out of range at " + JsonFile.printable(name));
        }
    }

    /**
     * Checks that the layers fit together and take images [batch, 1, 28, 28].
     *
     * @return the number of values the last layer gives for an image, -1 if it does not give a
     *     vector
     */
    public long outputs() throws RefusedException {
        InputType type = InputType.convolutional(28, 28, 1);
        long values = 0;
        double work = 0;
        for (int i = 0; i < network.getConfs().size(); i++) {
            try {
                InputType before = type;
                type = output(i, type);
                values += type.arrayElementsPerExample();
                work += work(network.getConf(i), before, type);
            } catch (RuntimeException e) {
                throw new RefusedException(
                        "its layer " + i + " does not fit an image of 28x28 pixels", e);
            }
            if (values > MOST_ACTIVATIONS) {
                throw new RefusedException(
                        "its layers up to number " + i + " give far too many values for an image");
            }
            if (work > MOST_WORK) {
                throw new RefusedException(
                        "its layers up to number " + i + " compute far too long for an image");
            }
        }
        return type.getType() == InputType.Type.FF ? type.arrayElementsPerExample() : -1;
    }

    private InputType output(int i, InputType type) throws RefusedException {
        if (network.getInputPreProcess(i) != null) {
            type = network.getInputPreProcess(i).clone().getOutputType(type);
        }
        Layer layer = network.getConf(i).getLayer().clone();
        if (layer instanceof FeedForwardLayer sized && sized.getNIn() > 0) {
            long inputs = sized.getNIn();
            sized.setNIn(type, true);
            if (sized.getNIn() != inputs) {
                throw new RefusedException(
                        "its layer "
                                + i
                                + " takes "
                                + inputs
                                + " values, it is given "
                                + sized.getNIn());
            }
        }
        return layer.getOutputType(i, type);
    }

    /** About how many multiplications a layer does for an image. */
    private static double work(NeuralNetConfiguration conf, InputType before, InputType after) {
        // each weight is used once at each place
        double places = Math.max(places(before), places(after));
        double work = conf.getLayer().initializer().numParams(conf) * places;
        if (conf.getLayer() instanceof SubsamplingLayer pool) {
            double window = 1;
            for (int side : pool.getKernelSize()) {
                window *= side;
            }
            work += after.arrayElementsPerExample() * Math.min(window, places(before));
        }
        return work;
    }

    /** The pixels of an image or steps of a series; 1 for a vector. */
    private static double places(InputType type) {
        double channels =
                type instanceof InputType.InputTypeConvolutional c
                        ? c.getChannels()
                        : type instanceof InputType.InputTypeConvolutional3D d
                                ? d.getChannels()
                                : type instanceof InputType.InputTypeRecurrent r
                                        ? r.getSize()
                                        : type.arrayElementsPerExample();
        return type.arrayElementsPerExample() / Math.max(1, channels);
    }
}
