package io.github.mnist4j.models;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.nd4j.linalg.activations.Activation;

/**
 * A layer of a network that is described layer by layer, as in {@code conv5s2-16,pool,gap}. See
 * {@link Architecture#layers}.
 */
public sealed interface LayerSpec {
    /** Layers in a description, at most. */
    int MOST_LAYERS = 32;

    /** Height and width of the image that a network takes. */
    int SIDE = 28;

    /**
     * A convolution: {@code conv3-32}, {@code conv5s2-16} with a stride of 2, {@code conv3v-64}
     * without padding. Otherwise the image is padded by half the kernel on each side, so that a
     * stride of 1 keeps its size.
     *
     * @param kernel height and width, 1 to 11; odd unless {@code valid}
     * @param stride in both directions, 1 to 4
     * @param valid whether the image is not padded
     * @param channels of the output, 1 to 1024
     */
    record Convolution(int kernel, int stride, boolean valid, int channels) implements LayerSpec {
        public Convolution {
            range("kernel", kernel, 1, 11);
            range("stride", stride, 1, 4);
            range("channels", channels, 1, 1024);
            check(valid || kernel % 2 == 1, "kernel is " + kernel + ", odd or without padding");
        }

        private int padding() {
            return valid ? 0 : kernel / 2;
        }

        @Override
        public int sideAfter(int side) {
            check(
                    side > 0 && side + 2 * padding() >= kernel,
                    this + " on " + size(side) + ", a larger image");
            return (side + 2 * padding() - kernel) / stride + 1;
        }

        @Override
        public String toString() {
            return "conv"
                    + kernel
                    + (stride == 1 ? "" : "s" + stride)
                    + (valid ? "v" : "")
                    + "-"
                    + channels;
        }
    }

    /**
     * Maximum pooling of 2x2 pixels: {@code pool}; {@code poolsame} pads an odd side by one pixel
     * instead of leaving the last row and column out.
     *
     * @param same whether an odd side is padded
     */
    record Pooling(boolean same) implements LayerSpec {
        @Override
        public int sideAfter(int side) {
            check(side > 1 || (same && side > 0), this + " on " + size(side) + ", a larger image");
            return (side + (same ? 1 : 0)) / 2;
        }

        @Override
        public String toString() {
            return same ? "poolsame" : "pool";
        }
    }

    /** The mean of each channel: {@code gap}. */
    record GlobalAverage() implements LayerSpec {
        @Override
        public int sideAfter(int side) {
            check(side > 0, this + " on " + size(side) + ", an image");
            return VECTOR;
        }

        @Override
        public String toString() {
            return "gap";
        }
    }

    /**
     * A dense layer: {@code dense-128}.
     *
     * @param width outputs, 1 to 8192
     */
    record Dense(int width) implements LayerSpec {
        public Dense {
            range("dense", width, 1, 8192);
        }

        @Override
        public int sideAfter(int side) {
            return VECTOR;
        }

        @Override
        public String toString() {
            return "dense-" + width;
        }
    }

    /** What {@link #sideAfter} gives where there is no image any more. */
    int VECTOR = 0;

    /**
     * Height and width after this layer, or {@link #VECTOR}.
     *
     * @throws IllegalArgumentException if the layer cannot take such an input
     */
    int sideAfter(int side);

    /** Whether batch norm and an activation follow. */
    default boolean hasWeights() {
        return this instanceof Convolution || this instanceof Dense;
    }

    /**
     * DL4J's layer.
     *
     * @param bias whether it has one, if it has weights
     * @param activation within the layer, if it has weights
     */
    default Layer layer(boolean bias, Activation activation) {
        if (this instanceof Convolution c) {
            return new ConvolutionLayer.Builder(c.kernel, c.kernel)
                    .stride(c.stride, c.stride)
                    .padding(c.padding(), c.padding())
                    .convolutionMode(ConvolutionMode.Truncate)
                    .nOut(c.channels)
                    .hasBias(bias)
                    .activation(activation)
                    .build();
        }
        if (this instanceof Pooling p) {
            return new SubsamplingLayer.Builder(PoolingType.MAX)
                    .kernelSize(2, 2)
                    .stride(2, 2)
                    .convolutionMode(p.same ? ConvolutionMode.Same : ConvolutionMode.Truncate)
                    .build();
        }
        if (this instanceof GlobalAverage) {
            return new GlobalPoolingLayer.Builder(PoolingType.AVG).build();
        }
        return new DenseLayer.Builder()
                .nOut(((Dense) this).width)
                .hasBias(bias)
                .activation(activation)
                .build();
    }

    /**
     * Reads a description: {@code conv5s2-16,conv3-32,pool,dense-128}.
     *
     * @throws IllegalArgumentException for anything else; the message says what is wrong
     */
    static List<LayerSpec> parseAll(String description) {
        List<LayerSpec> layers = new ArrayList<>();
        for (String text : description.split(",", -1)) {
            layers.add(parse(text));
        }
        return layers;
    }

    private static LayerSpec parse(String text) {
        Matcher convolution =
                Pattern.compile("conv(\\d{1,2})(?:s(\\d))?(v?)-(\\d{1,4})").matcher(text);
        Matcher dense = Pattern.compile("dense-(\\d{1,4})").matcher(text);
        if (convolution.matches()) {
            String stride = convolution.group(2);
            return new Convolution(
                    Integer.parseInt(convolution.group(1)),
                    stride == null ? 1 : Integer.parseInt(stride),
                    !convolution.group(3).isEmpty(),
                    Integer.parseInt(convolution.group(4)));
        }
        if (dense.matches()) {
            return new Dense(Integer.parseInt(dense.group(1)));
        }
        return switch (text) {
            case "pool" -> new Pooling(false);
            case "poolsame" -> new Pooling(true);
            case "gap" -> new GlobalAverage();
            default ->
                    throw new IllegalArgumentException(
                            "layer '"
                                    + text
                                    + "', one like conv3-32, conv5s2-16, conv3v-64, pool, poolsame, gap or dense-128 expected");
        };
    }

    /**
     * @throws IllegalArgumentException if one layer cannot take what another gives
     */
    static void checkAll(List<LayerSpec> layers) {
        check(layers.size() <= MOST_LAYERS, layers.size() + " layers, at most " + MOST_LAYERS);
        int side = SIDE;
        for (LayerSpec layer : layers) {
            side = layer.sideAfter(side);
        }
    }

    private static String size(int side) {
        return side == VECTOR ? "a vector" : "an image of " + side + "x" + side;
    }

    private static void range(String key, int value, int least, int most) {
        check(value >= least && value <= most, key + " is " + value + ", " + least + " to " + most);
    }

    private static void check(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise + " expected");
        }
    }
}
