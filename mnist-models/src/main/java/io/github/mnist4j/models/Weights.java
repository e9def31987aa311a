package io.github.mnist4j.models;

import io.github.mnist4j.models.internal.FlatArray;
import io.github.mnist4j.models.json.JsonFile;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.FloatPointer;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Checks that a network's parameters are finite. */
public final class Weights {
    private static final int CHUNK = 1 << 14;

    private Weights() {}

    /**
     * Finds what is wrong with the parameters.
     *
     * @return a sentence that names the layer, such as {@code layer 3 (dense): "W" holds a value
     *     that is not a number}; empty if every value is finite and every variance of a batch norm
     *     at least 0
     */
    public static Optional<String> problem(MultiLayerNetwork network) {
        INDArray all = network.params();
        if (all == null || all.isEmpty()) {
            return Optional.empty();
        }
        if (!areFinite(all)) {
            for (Layer layer : network.getLayers()) {
                for (Map.Entry<String, INDArray> entry : layer.paramTable().entrySet()) {
                    float[] values = entry.getValue().dup('c').data().asFloat();
                    for (float value : values) {
                        if (!Float.isFinite(value)) {
                            return Optional.of(
                                    name(layer)
                                            + ": "
                                            + JsonFile.printable(entry.getKey())
                                            + " holds "
                                            + (Float.isNaN(value)
                                                    ? "a value that is not a number"
                                                    : "an infinite value"));
                        }
                    }
                }
            }
            return Optional.of("a parameter is not a finite number");
        }
        for (Layer layer : network.getLayers()) {
            if (layer.conf().getLayer() instanceof BatchNormalization norm
                    && !norm.isUseLogStd()
                    && layer.getParam("var") != null
                    && layer.getParam("var").minNumber().doubleValue() < 0) {
                return Optional.of(name(layer) + ": \"var\", a variance, is below 0");
            }
        }
        return Optional.empty();
    }

    /**
     * Refuses a network with bad parameters.
     *
     * @param what begins the message, such as {@code cannot write model.zip}
     * @throws IOException with the sentence that {@link #problem} gives
     */
    public static void check(MultiLayerNetwork network, String what) throws IOException {
        Optional<String> problem = problem(network);
        if (problem.isPresent()) {
            throw new IOException(what + ": " + problem.get());
        }
    }

    /** The layer whose parameters include this index of the flat array. */
    static String at(MultiLayerNetwork network, long index) {
        for (Layer layer : network.getLayers()) {
            if (index < layer.numParams()) {
                return name(layer);
            }
            index -= layer.numParams();
        }
        return "a layer";
    }

    private static String name(Layer layer) {
        String name = layer.conf().getLayer().getLayerName();
        return "layer "
                + layer.getIndex()
                + (name == null || name.equals("layer" + layer.getIndex())
                        ? ""
                        : " (" + JsonFile.printable(name) + ")");
    }

    /** A layer in words, for messages: {@code layer 3 (Dense)}. */
    public static String kind(Layer layer) {
        return "layer "
                + layer.getIndex()
                + " ("
                + layer.conf().getLayer().getClass().getSimpleName().replaceFirst("Layer$", "")
                + ")";
    }

    /** A loop that vectorizes: a finite value times 0 is 0, any other is NaN. */
    static boolean areFinite(INDArray array) {
        FloatPointer values;
        try {
            values = FlatArray.pointer(array);
        } catch (IllegalArgumentException e) {
            return areFinite(array.castTo(org.nd4j.linalg.api.buffer.DataType.FLOAT).dup('c'));
        }
        float[] chunk = new float[CHUNK];
        for (long at = 0; at < array.length(); at += CHUNK) {
            int n = (int) Math.min(CHUNK, array.length() - at);
            values.position(at).get(chunk, 0, n);
            float sum = 0;
            for (int i = 0; i < n; i++) {
                sum += chunk[i] * 0;
            }
            if (sum != 0) { // not a number is not equal to anything
                return false;
            }
        }
        return true;
    }
}
