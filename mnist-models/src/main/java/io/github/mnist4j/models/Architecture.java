package io.github.mnist4j.models;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.nd4j.linalg.activations.Activation;

/**
 * The layers of a network: a named one, or a variant of it.
 *
 * <pre>{@code
 * Architecture.parse("cnn:channels=16,32,64:kernel=5:dense=128")
 * Architecture.parse("cnn:layers=conv5s2-16,conv3-32,pool,conv3v-64,gap")
 * }</pre>
 *
 * @param name the network it varies and takes its dropout rates from: mlp, cnn or cnn-small
 * @param channels of each block of convolutions, 1 to 1024; a block halves the image, so there are
 *     at most 4; empty for a perceptron
 * @param convolutions in each block, 1 to 4
 * @param kernel height and width of the convolutions, 1 to 11
 * @param dense width of each dense layer before the last, 1 to 8192; 8 layers at most
 * @param layers one by one, instead of channels, convolutions, kernel and dense; without dropout
 *     unless it is asked for, and without biases where there is batch norm; 32 at most; empty for a
 *     network of blocks
 * @param activation relu, leakyrelu, elu, swish, tanh or sigmoid
 * @param batchNorm whether each layer but the last has batch norm before its activation
 */
@RecordBuilder
public record Architecture(
        String name,
        List<Integer> channels,
        int convolutions,
        int kernel,
        List<Integer> dense,
        List<LayerSpec> layers,
        String activation,
        boolean batchNorm)
        implements ArchitectureBuilder.With {
    /** The names of the activations: those that oneDNN computes and every export knows. */
    public static final List<String> ACTIVATIONS =
            List.of("relu", "leakyrelu", "elu", "swish", "tanh", "sigmoid");

    static final Architecture MLP =
            new Architecture("mlp", List.of(), 1, 3, List.of(512, 256), List.of(), "relu", false);
    static final Architecture CNN =
            new Architecture("cnn", List.of(32, 64), 2, 3, List.of(512), List.of(), "relu", true);
    static final Architecture CNN_SMALL =
            new Architecture(
                    "cnn-small", List.of(32, 64), 2, 3, List.of(128), List.of(), "relu", true);

    private static final List<Architecture> NAMED = List.of(MLP, CNN, CNN_SMALL);

    /** The keys that describe a network of blocks. */
    private static final Set<String> BLOCKS = Set.of("channels", "convolutions", "kernel", "dense");

    /** The names that a description can begin with. */
    public static final List<String> NAMES = NAMED.stream().map(Architecture::name).toList();

    /**
     * @throws IllegalArgumentException if a value is out of range; the message names it
     */
    public Architecture {
        channels = List.copyOf(channels);
        dense = List.copyOf(dense);
        layers = List.copyOf(layers);
        LayerSpec.checkAll(layers);
        check(
                layers.isEmpty() || (channels.isEmpty() && dense.isEmpty()),
                "a network has layers and channels or dense, one of them");
        check(channels.size() <= 4, channels.size() + " blocks of convolutions, at most 4");
        channels.forEach(c -> range("channels", c, 1, 1024));
        range("convolutions", convolutions, 1, 4);
        range("kernel", kernel, 1, 11);
        check(dense.size() <= 8, dense.size() + " dense layers, at most 8");
        dense.forEach(d -> range("dense", d, 1, 8192));
        check(
                ACTIVATIONS.contains(activation),
                "unknown activation '"
                        + activation
                        + "', one of "
                        + String.join(", ", ACTIVATIONS));
    }

    /**
     * A name, or a name and what differs from it: {@code mlp:dense=1024,512}. The keys are {@code
     * channels}, {@code convolutions}, {@code kernel}, {@code dense}, {@code activation} and {@code
     * batchnorm}; {@code dense=} leaves only the last dense layer. Instead of the first four,
     * {@code layers} describes a cnn layer by layer, the last dense layer left out: {@link
     * LayerSpec.Convolution}, {@link LayerSpec.Pooling}, {@link LayerSpec.GlobalAverage}, {@link
     * LayerSpec.Dense}.
     *
     * @throws IllegalArgumentException for anything else; the message says what is wrong
     */
    public static Architecture parse(String description) {
        String[] parts = description.split(":", -1);
        Architecture a =
                NAMED.stream()
                        .filter(n -> n.name.equals(parts[0]))
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "unknown model '"
                                                        + parts[0]
                                                        + "', one of "
                                                        + String.join(", ", NAMES)
                                                        + " expected"));
        for (String part : Arrays.asList(parts).subList(1, parts.length)) {
            int equals = part.indexOf('=');
            check(equals > 0, "'" + part + "' in model '" + description + "', key=value");
            String key = part.substring(0, equals);
            check(
                    a.layers.isEmpty() || !BLOCKS.contains(key),
                    "'" + key + "' beside layers in model '" + description + "', one of them");
            a = a.with(key, part.substring(equals + 1));
        }
        check(
                a.name.startsWith("cnn") == (!a.channels.isEmpty() || !a.layers.isEmpty()),
                "model '" + description + "', convolutions in a cnn and none in an mlp");
        return a;
    }

    private Architecture with(String key, String value) {
        return switch (key) {
            case "channels" -> withChannels(numbers(key, value));
            case "convolutions" -> withConvolutions(number(key, value));
            case "kernel" -> withKernel(number(key, value));
            case "dense" -> withDense(numbers(key, value));
            case "layers" ->
                    with(
                            a ->
                                    a.channels(List.of())
                                            .dense(List.of())
                                            .layers(LayerSpec.parseAll(value)));
            case "activation" -> withActivation(value);
            case "batchnorm" -> {
                check(
                        value.equals("true") || value.equals("false"),
                        "batchnorm is '" + value + "', true or false");
                yield withBatchNorm(Boolean.parseBoolean(value));
            }
            default ->
                    throw new IllegalArgumentException(
                            "unknown key '"
                                    + key
                                    + "' in a model, one of channels, convolutions, kernel, dense, layers,"
                                    + " activation, batchnorm expected");
        };
    }

    Activation dl4jActivation() {
        return Activation.valueOf(activation.toUpperCase(Locale.ROOT));
    }

    /** The description that {@link #parse} reads: the name and what differs from it. */
    @Override
    public String toString() {
        Architecture own = parse(name);
        var text = new StringBuilder(name);
        if (layers.isEmpty()) {
            differing(text, "channels", joined(channels), joined(own.channels));
            differing(text, "convolutions", convolutions, own.convolutions);
            differing(text, "kernel", kernel, own.kernel);
            differing(text, "dense", joined(dense), joined(own.dense));
        } else {
            differing(text, "layers", joined(layers), "");
        }
        differing(text, "activation", activation, own.activation);
        differing(text, "batchnorm", batchNorm, own.batchNorm);
        return text.toString();
    }

    private static void differing(StringBuilder text, String key, Object value, Object own) {
        if (!value.equals(own)) {
            text.append(':').append(key).append('=').append(value);
        }
    }

    private static String joined(List<?> values) {
        return values.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    private static List<Integer> numbers(String key, String value) {
        return value.isEmpty()
                ? List.of()
                : Arrays.stream(value.split(",", -1)).map(v -> number(key, v)).toList();
    }

    private static int number(String key, String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    key + " is '" + value + "', a whole number expected", e);
        }
    }

    private static void range(String key, int value, int least, int most) {
        check(
                value >= least && value <= most,
                String.format(Locale.ROOT, "%s is %d, %d to %d", key, value, least, most));
    }

    private static void check(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise + " expected");
        }
    }
}
