package io.github.mnist4j.onednn.internal.op;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A parameter of a DL4J layer: views of the network's flat arrays.
 *
 * @param key layer index, underscore, DL4J's name
 * @param gradient where its gradient goes; null in a network that only answers
 * @param flat all values as one vector, kept because making a view takes longer than a small norm
 */
public record Parameter(String key, INDArray value, @Nullable INDArray gradient, INDArray flat) {
    public Parameter(String key, INDArray value, @Nullable INDArray gradient) {
        this(key, value, gradient, Magnitudes.flat(value));
    }

    /**
     * @throws NullPointerException in a network that only answers
     */
    @Override
    public INDArray gradient() {
        return Objects.requireNonNull(gradient, key);
    }

    /** The Euclidean norm of the values as they are now; 0 for a parameter that a layer lacks. */
    static double norm(@Nullable Parameter parameter) {
        return parameter == null ? 0 : Magnitudes.normOfFlat(parameter.flat);
    }
}
