package io.github.mnist4j.onednn;

import static io.github.mnist4j.onednn.internal.op.UnsupportedNetworkException.require;

import io.github.mnist4j.onednn.internal.op.ActivationOp;
import io.github.mnist4j.onednn.internal.op.BatchNormOp;
import io.github.mnist4j.onednn.internal.op.ConvolutionOp;
import io.github.mnist4j.onednn.internal.op.DenseOp;
import io.github.mnist4j.onednn.internal.op.DropoutOp;
import io.github.mnist4j.onednn.internal.op.NetworkOp;
import io.github.mnist4j.onednn.internal.op.NetworkOps;
import io.github.mnist4j.onednn.internal.op.Parameter;
import io.github.mnist4j.onednn.internal.op.PoolingOp;
import io.github.mnist4j.onednn.internal.op.ReshapeOp;
import io.github.mnist4j.onednn.internal.op.UnsupportedNetworkException;
import io.github.mnist4j.onednn.internal.op.Window;
import io.github.mnist4j.onednn.internal.primitive.Shapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/**
 * Reads an initialized {@link MultiLayerNetwork} that {@link NetworkCheck} knows into {@link
 * NetworkOp}s, for examples of one shape. A network runs wholly on oneDNN or not at all.
 */
final class NetworkReader {
    private final MultiLayerNetwork network;
    private final List<NetworkOp> ops = new ArrayList<>();
    private long[] shape;

    /** Whether DL4J has turned the image of {@link #shape} into a vector. */
    private boolean flattened;

    private NetworkReader(MultiLayerNetwork network, long[] inputShape) {
        this.network = network;
        this.shape = inputShape;
    }

    /**
     * The network as it computes examples of one shape.
     *
     * @param inputShape without the batch, exactly as the network will be fed: {c, h, w} or {n}
     * @throws UnsupportedNetworkException if the network is not known, or if DL4J would refuse such
     *     an input or would take it in another way than known here
     */
    static NetworkOps read(MultiLayerNetwork network, long[] inputShape)
            throws UnsupportedNetworkException {
        NetworkCheck.check(network);
        var ops = new NetworkReader(network, inputShape).read();
        return new NetworkOps(inputShape, ops, clip(network));
    }

    /** The epsilon with which the loss clips probabilities. */
    private static float clip(MultiLayerNetwork network) {
        var output =
                (OutputLayer)
                        network.getLayerWiseConfigurations()
                                .getConf(network.getnLayers() - 1)
                                .getLayer();
        return (float) ((LossMCXENT) output.getLossFn()).getSoftmaxClipEps();
    }

    private List<NetworkOp> read() throws UnsupportedNetworkException {
        require(
                (shape.length == 1 || shape.length == 3)
                        && Arrays.stream(shape).allMatch(d -> d > 0),
                "examples of " + shape.length + " dimensions");
        var configuration = network.getLayerWiseConfigurations();
        for (int i = 0; i < network.getnLayers(); i++) {
            InputPreProcessor pre = configuration.getInputPreProcess(i);
            Layer layer = configuration.getConf(i).getLayer();
            if (pre instanceof FeedForwardToCnnPreProcessor p) {
                toImage(p);
            } else if (pre instanceof CnnToFeedForwardPreProcessor p) {
                toVector(p, layer);
            }
            layer(i, layer);
        }
        return List.copyOf(ops);
    }

    private void toImage(FeedForwardToCnnPreProcessor p) throws UnsupportedNetworkException {
        if (shape.length == 3) {
            return; // DL4J passes an image on, whatever its size
        }
        long[] image = {p.getNumChannels(), p.getInputHeight(), p.getInputWidth()};
        require(
                Shapes.length(image) == shape[0],
                "a vector of " + shape[0] + " values as an image");
        reshape(image);
    }

    private void toVector(CnnToFeedForwardPreProcessor p, Layer next)
            throws UnsupportedNetworkException {
        if (shape.length == 1) {
            return; // DL4J passes a vector on
        }
        requireNchw(p.getFormat());
        require(
                Arrays.equals(
                        shape,
                        new long[] {p.getNumChannels(), p.getInputHeight(), p.getInputWidth()}),
                "an image of another size than configured");
        if (next instanceof DenseLayer || next instanceof OutputLayer) {
            flattened = true; // a DenseOp takes the image as it is
        } else {
            reshape(new long[] {Shapes.length(shape)});
        }
    }

    private void layer(int i, Layer layer) throws UnsupportedNetworkException {
        if (layer instanceof ConvolutionLayer convolution) {
            convolution(i, convolution);
        } else if (layer instanceof BatchNormalization norm) {
            batchNorm(i, norm);
        } else if (layer instanceof SubsamplingLayer pooling) {
            pooling(pooling);
        } else if (layer instanceof GlobalPoolingLayer pooling) {
            globalPooling(pooling);
        } else if (layer instanceof DropoutLayer) {
            add(DropoutOp.of(layer.getIDropout()));
        } else if (layer instanceof ActivationLayer activation) {
            add(ActivationOp.of(activation.getActivationFn()));
        } else if (layer instanceof DenseLayer dense) {
            add(DropoutOp.of(layer.getIDropout()));
            dense(i, dense.getNOut(), dense.hasBias());
            add(ActivationOp.of(dense.getActivationFn()));
        } else if (layer instanceof OutputLayer output) {
            add(DropoutOp.of(layer.getIDropout()));
            dense(i, output.getNOut(), output.hasBias());
        } else {
            throw unlisted(layer);
        }
    }

    /** For a layer that {@link NetworkCheck} lists and the code at hand does not handle. */
    static AssertionError unlisted(Layer layer) {
        return new AssertionError(layer.getClass());
    }

    private void add(@Nullable NetworkOp op) {
        if (op != null) {
            ops.add(op);
        }
    }

    static void requireNchw(CNN2DFormat format) throws UnsupportedNetworkException {
        require(format == CNN2DFormat.NCHW, "format " + format);
    }

    private void convolution(int i, ConvolutionLayer layer) throws UnsupportedNetworkException {
        var weights = parameter(i, "W");
        require(
                shape.length == 3 && shape[0] == weights.value().size(1),
                "an input that is not the convolution's");
        add(DropoutOp.of(layer.getIDropout()));
        var window =
                Window.of(
                        shape,
                        layer.getKernelSize(),
                        layer.getStride(),
                        layer.getPadding(),
                        layer.getDilation(),
                        layer.getConvolutionMode());
        long[] out = {layer.getNOut(), window.out()[0], window.out()[1]};
        ops.add(
                new ConvolutionOp(
                        weights, layer.hasBias() ? parameter(i, "b") : null, shape, out, window));
        shape = out;
        add(ActivationOp.of(layer.getActivationFn()));
    }

    private void batchNorm(int i, BatchNormalization layer) throws UnsupportedNetworkException {
        require(shape[0] == layer.getNOut(), "an input that is not the batch normalization's");
        boolean logStd = layer.isUseLogStd();
        ops.add(
                new BatchNormOp(
                        parameter(i, "gamma"),
                        parameter(i, "beta"),
                        parameter(i, "mean"),
                        parameter(i, logStd ? "log10stdev" : "var"),
                        logStd,
                        layer.getEps(),
                        layer.getDecay(),
                        shape));
    }

    private void pooling(SubsamplingLayer layer) throws UnsupportedNetworkException {
        require(shape.length == 3, "pooling over vectors");
        boolean max = max(layer.getPoolingType().toString());
        var window =
                Window.of(
                        shape,
                        layer.getKernelSize(),
                        layer.getStride(),
                        layer.getPadding(),
                        layer.getDilation(),
                        layer.getConvolutionMode());
        pooling(max, window);
    }

    private void globalPooling(GlobalPoolingLayer layer) throws UnsupportedNetworkException {
        require(shape.length == 3, "global pooling over vectors");
        boolean max = max(layer.getPoolingType().toString());
        pooling(max, Window.whole(shape));
        reshape(new long[] {shape[0]});
    }

    private void pooling(boolean max, Window window) {
        long[] out = {shape[0], window.out()[0], window.out()[1]};
        ops.add(new PoolingOp(max, out, window));
        shape = out;
    }

    static boolean max(String poolingType) throws UnsupportedNetworkException {
        require(
                poolingType.equals(PoolingType.MAX.name())
                        || poolingType.equals(PoolingType.AVG.name()),
                "pooling " + poolingType);
        return poolingType.equals(PoolingType.MAX.name());
    }

    private void dense(int i, long out, boolean bias) throws UnsupportedNetworkException {
        var weights = parameter(i, "W");
        require(
                (shape.length == 1 || flattened) && Shapes.length(shape) == weights.value().size(0),
                "an input that is not the dense layer's");
        ops.add(new DenseOp(weights, bias ? parameter(i, "b") : null, shape, out));
        shape = new long[] {out};
        flattened = false;
    }

    private void reshape(long[] to) {
        ops.add(new ReshapeOp(to));
        shape = to;
    }

    private Parameter parameter(int layer, String key) {
        INDArray value =
                Objects.requireNonNull(network.getLayer(layer).paramTable(false).get(key), key);
        return new Parameter(layer + "_" + key, value, gradientView(layer, key));
    }

    /**
     * The gradient's view at the same offset of the flat gradient as the parameter has in the flat
     * parameters; null if the network has no gradient, because nobody trains it.
     */
    private @Nullable INDArray gradientView(int layer, String key) {
        var impl = network.getLayer(layer);
        if (impl.getGradientsViewArray() == null) {
            return null;
        }
        return impl.conf()
                .getLayer()
                .initializer()
                .getGradientsFromFlattened(impl.conf(), impl.getGradientsViewArray())
                .get(key);
    }
}
