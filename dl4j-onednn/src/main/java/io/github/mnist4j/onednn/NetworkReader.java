package io.github.mnist4j.onednn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
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
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/**
 * Reads an initialised {@link MultiLayerNetwork} into {@link Stage}s. Whatever it does not know
 * exactly (a layer, an activation, weight noise, masks, NHWC) is refused: a network runs wholly on
 * oneDNN or not at all.
 */
final class NetworkReader {
    private final MultiLayerNetwork network;
    private final List<Stage> stages = new ArrayList<>();
    private long[] shape;

    private NetworkReader(MultiLayerNetwork network, long[] inputShape) {
        this.network = network;
        this.shape = inputShape;
    }

    /**
     * @param inputShape one example's shape without the batch, as the network will be fed: {c, h,
     *     w} or {n}
     */
    static List<Stage> read(MultiLayerNetwork network, long[] inputShape)
            throws UnsupportedNetworkException {
        return new NetworkReader(network, inputShape).read();
    }

    private List<Stage> read() throws UnsupportedNetworkException {
        var configuration = network.getLayerWiseConfigurations();
        require(
                configuration.getDataType() == DataType.FLOAT,
                "data type " + configuration.getDataType());
        require(
                configuration.getBackpropType() == BackpropType.Standard,
                "truncated back-propagation");
        int last = network.getnLayers() - 1;
        for (int i = 0; i <= last; i++) {
            InputPreProcessor pre = configuration.getInputPreProcess(i);
            if (pre != null) {
                preProcess(pre, network.getLayer(i).conf().getLayer());
            }
            Layer layer = network.getLayer(i).conf().getLayer();
            require(
                    layer.getConstraints() == null || layer.getConstraints().isEmpty(),
                    "constraints on layer " + i);
            if (layer instanceof BaseLayer base) {
                require(base.getWeightNoise() == null, "weight noise on layer " + i);
            }
            layer(i, layer);
            require(
                    (layer instanceof OutputLayer) == (i == last),
                    "an output layer that is not the last, or none");
        }
        return List.copyOf(stages);
    }

    private void preProcess(InputPreProcessor pre, Layer next) throws UnsupportedNetworkException {
        if (pre.getClass() == FeedForwardToCnnPreProcessor.class) {
            var p = (FeedForwardToCnnPreProcessor) pre;
            reshape(new long[] {p.getNumChannels(), p.getInputHeight(), p.getInputWidth()});
        } else if (pre.getClass() == CnnToFeedForwardPreProcessor.class) {
            var p = (CnnToFeedForwardPreProcessor) pre;
            require(p.getFormat() == CNN2DFormat.NCHW, "format " + p.getFormat());
            // a Dense stage takes the picture as it is; anything else must see the vector that DL4J
            // would show it
            if (!(next instanceof DenseLayer || next instanceof OutputLayer)) {
                long length = 1;
                for (long d : shape) {
                    length *= d;
                }
                reshape(new long[] {length});
            }
        } else {
            throw new UnsupportedNetworkException("preprocessor " + pre.getClass().getSimpleName());
        }
    }

    private void layer(int i, Layer layer) throws UnsupportedNetworkException {
        // exact classes: a subclass may compute something else
        Class<?> type = layer.getClass();
        if (type == ConvolutionLayer.class) {
            convolution(i, (ConvolutionLayer) layer);
        } else if (type == BatchNormalization.class) {
            batchNorm(i, (BatchNormalization) layer);
        } else if (type == SubsamplingLayer.class) {
            pooling((SubsamplingLayer) layer);
        } else if (type == GlobalPoolingLayer.class) {
            globalPooling((GlobalPoolingLayer) layer);
        } else if (type == DropoutLayer.class) {
            dropout(layer.getIDropout());
        } else if (type == ActivationLayer.class) {
            activation(((ActivationLayer) layer).getActivationFn());
        } else if (type == DenseLayer.class) {
            var dense = (DenseLayer) layer;
            require(!dense.hasLayerNorm(), "layer normalisation");
            dropout(layer.getIDropout());
            dense(i, dense.getNOut(), dense.hasBias());
            activation(dense.getActivationFn());
        } else if (type == OutputLayer.class) {
            var output = (OutputLayer) layer;
            var loss = output.getLossFn();
            require(
                    loss instanceof LossMCXENT m && m.getWeights() == null,
                    "loss " + loss.getClass().getSimpleName());
            require(
                    output.getActivationFn() instanceof ActivationSoftmax,
                    "an output other than softmax");
            dropout(layer.getIDropout());
            dense(i, output.getNOut(), output.hasBias());
        } else {
            throw new UnsupportedNetworkException("layer " + type.getSimpleName());
        }
    }

    private void convolution(int i, ConvolutionLayer layer) throws UnsupportedNetworkException {
        require(
                layer.getCnn2dDataFormat() == CNN2DFormat.NCHW,
                "format " + layer.getCnn2dDataFormat());
        require(shape.length == 3, "a convolution over vectors");
        dropout(layer.getIDropout());
        var window =
                window(
                        layer.getKernelSize(),
                        layer.getStride(),
                        layer.getPadding(),
                        layer.getDilation(),
                        layer.getConvolutionMode());
        long[] out = {layer.getNOut(), window.out[0], window.out[1]};
        stages.add(
                new Stage.Convolution(
                        parameter(i, "W"),
                        layer.hasBias() ? parameter(i, "b") : null,
                        shape,
                        out,
                        window.kernel,
                        window.stride,
                        window.dilation,
                        window.before,
                        window.after));
        shape = out;
        activation(layer.getActivationFn());
    }

    private void batchNorm(int i, BatchNormalization layer) throws UnsupportedNetworkException {
        require(!layer.isLockGammaBeta(), "batch normalisation with locked gamma and beta");
        require(
                shape.length == 1 || layer.getCnn2DFormat() == CNN2DFormat.NCHW,
                "format " + layer.getCnn2DFormat());
        boolean logStd = layer.isUseLogStd();
        stages.add(
                new Stage.BatchNorm(
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
        require(
                layer.getCnn2dDataFormat() == CNN2DFormat.NCHW,
                "format " + layer.getCnn2dDataFormat());
        boolean max = max(layer.getPoolingType().toString());
        require(
                max || !layer.isAvgPoolIncludePadInDivisor(),
                "average pooling that counts padding");
        var window =
                window(
                        layer.getKernelSize(),
                        layer.getStride(),
                        layer.getPadding(),
                        layer.getDilation(),
                        layer.getConvolutionMode());
        require(window.dilation[0] == 1 && window.dilation[1] == 1, "dilated pooling");
        long[] out = {shape[0], window.out[0], window.out[1]};
        stages.add(
                new Stage.Pooling(
                        max,
                        shape,
                        out,
                        window.kernel,
                        window.stride,
                        window.before,
                        window.after));
        shape = out;
    }

    private void globalPooling(GlobalPoolingLayer layer) throws UnsupportedNetworkException {
        require(
                shape.length == 3
                        && layer.isCollapseDimensions()
                        && overPicture(layer.getPoolingDimensions()),
                "global pooling over other than height and width");
        boolean max = max(layer.getPoolingType().toString());
        long[] all = {shape[1], shape[2]};
        long[] out = {shape[0], 1, 1};
        stages.add(new Stage.Pooling(max, shape, out, all, all, new long[2], new long[2]));
        shape = out;
        reshape(new long[] {shape[0]});
    }

    private static boolean overPicture(int[] dimensions) {
        return dimensions == null || Arrays.equals(dimensions, new int[] {2, 3});
    }

    private static boolean max(String poolingType) throws UnsupportedNetworkException {
        require(
                poolingType.equals(PoolingType.MAX.name())
                        || poolingType.equals(PoolingType.AVG.name()),
                "pooling " + poolingType);
        return poolingType.equals(PoolingType.MAX.name());
    }

    private void dense(int i, long out, boolean bias) {
        stages.add(new Stage.Dense(parameter(i, "W"), bias ? parameter(i, "b") : null, shape, out));
        shape = new long[] {out};
    }

    private void dropout(IDropout dropout) throws UnsupportedNetworkException {
        if (dropout == null) {
            return;
        }
        require(
                dropout.getClass() == org.deeplearning4j.nn.conf.dropout.Dropout.class,
                "dropout " + dropout.getClass().getSimpleName());
        var d = (org.deeplearning4j.nn.conf.dropout.Dropout) dropout;
        require(d.getPSchedule() == null, "a schedule on dropout");
        if (d.getP() < 1) {
            stages.add(new Stage.Dropout(d.getP()));
        }
    }

    private void activation(IActivation function) throws UnsupportedNetworkException {
        if (function instanceof ActivationIdentity) {
            return;
        }
        var kind = Stage.Activation.Kind.RELU;
        double alpha = 0;
        if (function.getClass() == ActivationReLU.class) {
            var relu = (ActivationReLU) function;
            require(
                    isZero(relu.getThreshold()) && isZero(relu.getMax()),
                    "ReLU with a threshold or a maximum");
            alpha = relu.getNegativeSlope() == null ? 0 : relu.getNegativeSlope();
        } else if (function.getClass() == ActivationLReLU.class) {
            alpha = ((ActivationLReLU) function).getAlpha();
        } else if (function.getClass() == ActivationTanH.class) {
            kind = Stage.Activation.Kind.TANH;
        } else if (function.getClass() == ActivationSigmoid.class) {
            kind = Stage.Activation.Kind.SIGMOID;
        } else if (function.getClass() == ActivationELU.class) {
            kind = Stage.Activation.Kind.ELU;
            alpha = ((ActivationELU) function).getAlpha();
        } else if (function.getClass() == ActivationSwish.class) {
            kind = Stage.Activation.Kind.SWISH;
            alpha = 1;
        } else {
            throw new UnsupportedNetworkException("activation " + function);
        }
        stages.add(new Stage.Activation(kind, (float) alpha, 0f));
    }

    private static boolean isZero(Double value) {
        return value == null || value == 0;
    }

    private void reshape(long[] to) {
        stages.add(new Stage.Reshape(to));
        shape = to;
    }

    private Stage.Parameter parameter(int layer, String key) {
        Map<String, INDArray> values = network.getLayer(layer).paramTable(false);
        return new Stage.Parameter(layer + "_" + key, values.get(key), gradientView(layer, key));
    }

    /**
     * The gradient's view at the same offset of the flat gradient as the parameter has in the flat
     * parameters.
     */
    private INDArray gradientView(int layer, String key) {
        var impl = network.getLayer(layer);
        return impl.conf()
                .getLayer()
                .initializer()
                .getGradientsFromFlattened(impl.conf(), impl.getGradientsViewArray())
                .get(key);
    }

    private record Window(
            long[] kernel,
            long[] stride,
            long[] dilation,
            long[] before,
            long[] after,
            long[] out) {}

    /** The arithmetic of DL4J's ConvolutionUtils for its three modes. */
    private Window window(
            int[] kernel, int[] stride, int[] padding, int[] dilation, ConvolutionMode mode)
            throws UnsupportedNetworkException {
        require(
                mode == ConvolutionMode.Same
                        || mode == ConvolutionMode.Truncate
                        || mode == ConvolutionMode.Strict,
                "convolution mode " + mode);
        var w =
                new Window(
                        new long[2],
                        new long[2],
                        new long[2],
                        new long[2],
                        new long[2],
                        new long[2]);
        for (int d = 0; d < 2; d++) {
            long in = shape[d + 1];
            long effective = kernel[d] + (kernel[d] - 1L) * (dilation[d] - 1L);
            w.kernel[d] = kernel[d];
            w.stride[d] = stride[d];
            w.dilation[d] = dilation[d];
            if (mode == ConvolutionMode.Same) {
                w.out[d] = (in + stride[d] - 1) / stride[d];
                long total = Math.max(0, (w.out[d] - 1) * stride[d] + effective - in);
                w.before[d] = total / 2;
                w.after[d] = total - total / 2;
            } else {
                w.out[d] = (in + 2L * padding[d] - effective) / stride[d] + 1;
                w.before[d] = padding[d];
                // what truncation leaves unread at the far edge is negative padding there
                w.after[d] = (w.out[d] - 1) * stride[d] + effective - in - padding[d];
            }
        }
        return w;
    }

    private static void require(boolean condition, String otherwise)
            throws UnsupportedNetworkException {
        if (!condition) {
            throw new UnsupportedNetworkException(otherwise);
        }
    }
}
