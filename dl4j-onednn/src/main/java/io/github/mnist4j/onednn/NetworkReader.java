package io.github.mnist4j.onednn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.api.OptimizationAlgorithm;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
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
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;

/**
 * Reads an initialised {@link MultiLayerNetwork} into {@link NetworkOp}s. A network runs wholly on
 * oneDNN or not at all, and only what is known to give DL4J's result is read: classes are compared
 * exactly, for a subclass may compute something else, and whatever is not listed here is refused.
 */
final class NetworkReader {
    /** The layers that are known, and the classes with which DL4J runs them unwrapped. */
    private static final Map<Class<? extends Layer>, Class<?>> LAYERS =
            Map.of(
                    ConvolutionLayer.class,
                    org.deeplearning4j.nn.layers.convolution.ConvolutionLayer.class,
                    BatchNormalization.class,
                    org.deeplearning4j.nn.layers.normalization.BatchNormalization.class,
                    SubsamplingLayer.class,
                    org.deeplearning4j.nn.layers.convolution.subsampling.SubsamplingLayer.class,
                    GlobalPoolingLayer.class,
                    org.deeplearning4j.nn.layers.pooling.GlobalPoolingLayer.class,
                    DropoutLayer.class,
                    org.deeplearning4j.nn.layers.DropoutLayer.class,
                    ActivationLayer.class,
                    org.deeplearning4j.nn.layers.ActivationLayer.class,
                    DenseLayer.class,
                    org.deeplearning4j.nn.layers.feedforward.dense.DenseLayer.class,
                    OutputLayer.class,
                    org.deeplearning4j.nn.layers.OutputLayer.class);

    private static final Set<Class<?>> PREPROCESSORS =
            Set.of(FeedForwardToCnnPreProcessor.class, CnnToFeedForwardPreProcessor.class);

    /** The second is the first under another name. */
    private static final Set<Class<?>> LOSSES =
            Set.of(LossMCXENT.class, LossNegativeLogLikelihood.class);

    private final MultiLayerNetwork network;
    private final List<NetworkOp> stages = new ArrayList<>();
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
     * @throws UnsupportedNetworkException if the network is not known, or if DL4J would not take
     *     such an input or would take it in another way than known here
     */
    static List<NetworkOp> read(MultiLayerNetwork network, long[] inputShape)
            throws UnsupportedNetworkException {
        check(network);
        return new NetworkReader(network, inputShape).read();
    }

    /** What {@link #read} asks of a network before it knows its input. */
    @SuppressWarnings("ReferenceEquality") // the layer's own configuration, not one like it
    static void check(MultiLayerNetwork network) throws UnsupportedNetworkException {
        var configuration = network.getLayerWiseConfigurations();
        require(
                configuration.getDataType() == DataType.FLOAT
                        && network.params().dataType() == DataType.FLOAT,
                "data type " + configuration.getDataType());
        require(
                configuration.getBackpropType() == BackpropType.Standard,
                "truncated back-propagation");
        int last = network.getnLayers() - 1;
        for (int i = 0; i <= last; i++) {
            var runtime = network.getLayer(i);
            Layer layer = configuration.getConf(i).getLayer();
            // a wrapper (a frozen layer) shows the configuration of what it wraps: look at both
            require(
                    LAYERS.containsKey(layer.getClass()),
                    "layer " + i + ", " + layer.getClass().getSimpleName());
            require(
                    LAYERS.get(layer.getClass()) == runtime.getClass()
                            && runtime.conf().getLayer() == layer,
                    "layer " + i + " run by " + runtime.getClass().getSimpleName());
            require(
                    configuration.getConf(i).getOptimizationAlgo()
                            == OptimizationAlgorithm.STOCHASTIC_GRADIENT_DESCENT,
                    "optimisation by " + configuration.getConf(i).getOptimizationAlgo());
            require(
                    layer.getConstraints() == null || layer.getConstraints().isEmpty(),
                    "constraints on layer " + i);
            if (layer instanceof BaseLayer base) {
                require(base.getWeightNoise() == null, "weight noise on layer " + i);
            }
            InputPreProcessor pre = configuration.getInputPreProcess(i);
            require(
                    pre == null || PREPROCESSORS.contains(pre.getClass()),
                    "preprocessor " + (pre == null ? "" : pre.getClass().getSimpleName()));
            require(
                    (layer instanceof OutputLayer) == (i == last),
                    "an output layer that is not the last, or none");
            check(layer);
        }
    }

    private static void check(Layer layer) throws UnsupportedNetworkException {
        if (layer instanceof ConvolutionLayer convolution) {
            requireNchw(convolution.getCnn2dDataFormat());
            requireKnown(convolution.getConvolutionMode());
            dropout(layer.getIDropout());
            activation(convolution.getActivationFn());
        } else if (layer instanceof BatchNormalization norm) {
            require(!norm.isLockGammaBeta(), "batch normalisation with locked gamma and beta");
            requireNchw(norm.getCnn2DFormat());
        } else if (layer instanceof SubsamplingLayer pooling) {
            requireNchw(pooling.getCnn2dDataFormat());
            requireKnown(pooling.getConvolutionMode());
            require(
                    max(pooling.getPoolingType().toString())
                            || !pooling.isAvgPoolIncludePadInDivisor(),
                    "average pooling that counts padding");
            require(Arrays.stream(pooling.getDilation()).allMatch(d -> d == 1), "dilated pooling");
        } else if (layer instanceof GlobalPoolingLayer pooling) {
            max(pooling.getPoolingType().toString());
            require(
                    pooling.isCollapseDimensions() && overPicture(pooling.getPoolingDimensions()),
                    "global pooling over other than height and width");
        } else if (layer instanceof DropoutLayer) {
            dropout(layer.getIDropout());
        } else if (layer instanceof ActivationLayer activation) {
            activation(activation.getActivationFn());
        } else if (layer instanceof DenseLayer dense) {
            require(!dense.hasLayerNorm(), "layer normalisation");
            dropout(layer.getIDropout());
            activation(dense.getActivationFn());
        } else if (layer instanceof OutputLayer output) {
            var loss = output.getLossFn();
            require(LOSSES.contains(loss.getClass()), "loss " + loss.getClass().getSimpleName());
            require(((LossMCXENT) loss).getWeights() == null, "a loss with weights");
            require(
                    (float) ((LossMCXENT) loss).getSoftmaxClipEps() > 0,
                    "a loss that does not clip probabilities");
            require(
                    output.getActivationFn().getClass() == ActivationSoftmax.class,
                    "an output other than softmax");
            dropout(layer.getIDropout());
        }
    }

    /**
     * Every object and number of the network that {@link #check} and {@link #read} look at, in a
     * fixed order. When one is exchanged (by {@code initGradientsView}, {@code setLayers}, a
     * configuration's setter), what was read is stale.
     *
     * @param known whether the network has passed {@link #check}: only then its arrays are looked
     *     at
     */
    static List<Object> dependencies(MultiLayerNetwork network, boolean known) {
        var all = new ArrayList<Object>();
        var configuration = network.getLayerWiseConfigurations();
        all.add(configuration.getDataType());
        all.add(configuration.getBackpropType());
        all.add(network.getGradientsViewArray());
        for (var runtime : network.getLayers()) {
            Layer layer = runtime.conf().getLayer();
            all.add(runtime);
            all.add(layer);
            all.add(layer.getConstraints());
            all.add(layer.getIDropout());
            if (layer.getIDropout() instanceof org.deeplearning4j.nn.conf.dropout.Dropout d) {
                all.add(d.getP());
                all.add(d.getPSchedule());
            }
            if (layer instanceof BaseLayer base) {
                all.add(base.getActivationFn());
                all.add(base.getWeightNoise());
            }
            if (layer instanceof BaseOutputLayer output) {
                all.add(output.getLossFn());
            } else if (layer instanceof ActivationLayer activation) {
                all.add(activation.getActivationFn());
            } else if (layer instanceof BatchNormalization norm) {
                all.add(norm.getEps());
                all.add(norm.getDecay());
                all.add(norm.isUseLogStd());
            }
            if (known && layer instanceof FeedForwardLayer && !(layer instanceof DropoutLayer)) {
                all.add(runtime.getGradientsViewArray());
                all.addAll(runtime.paramTable(false).values());
            }
        }
        for (int i = 0; i < network.getnLayers(); i++) {
            all.add(configuration.getConf(i).getLayer());
            all.add(configuration.getConf(i).getOptimizationAlgo());
            all.add(configuration.getInputPreProcess(i));
        }
        return all;
    }

    /** The epsilon with which the loss clips probabilities; of a network that was checked. */
    static float clip(MultiLayerNetwork network) {
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
                toPicture(p);
            } else if (pre instanceof CnnToFeedForwardPreProcessor p) {
                toVector(p, layer);
            }
            layer(i, layer);
        }
        return List.copyOf(stages);
    }

    private void toPicture(FeedForwardToCnnPreProcessor p) throws UnsupportedNetworkException {
        if (shape.length == 3) {
            return; // DL4J passes an image on, whatever its size
        }
        long[] picture = {p.getNumChannels(), p.getInputHeight(), p.getInputWidth()};
        require(length(picture) == shape[0], "a vector of " + shape[0] + " values as an image");
        reshape(picture);
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
            flattened = true; // a Dense stage takes the image as it is
        } else {
            reshape(new long[] {length(shape)});
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
            add(dropout(layer.getIDropout()));
        } else if (layer instanceof ActivationLayer activation) {
            add(activation(activation.getActivationFn()));
        } else if (layer instanceof DenseLayer dense) {
            add(dropout(layer.getIDropout()));
            dense(i, dense.getNOut(), dense.hasBias());
            add(activation(dense.getActivationFn()));
        } else if (layer instanceof OutputLayer output) {
            add(dropout(layer.getIDropout()));
            dense(i, output.getNOut(), output.hasBias());
        }
    }

    private void add(NetworkOp stage) {
        if (stage != null) {
            stages.add(stage);
        }
    }

    private static long length(long[] shape) {
        return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    private static void requireNchw(CNN2DFormat format) throws UnsupportedNetworkException {
        require(format == CNN2DFormat.NCHW, "format " + format);
    }

    private static void requireKnown(ConvolutionMode mode) throws UnsupportedNetworkException {
        require(
                mode == ConvolutionMode.Same
                        || mode == ConvolutionMode.Truncate
                        || mode == ConvolutionMode.Strict,
                "convolution mode " + mode);
    }

    private void convolution(int i, ConvolutionLayer layer) throws UnsupportedNetworkException {
        var weights = parameter(i, "W");
        require(
                shape.length == 3 && shape[0] == weights.value().size(1),
                "an input that is not the convolution's");
        add(dropout(layer.getIDropout()));
        var window =
                window(
                        layer.getKernelSize(),
                        layer.getStride(),
                        layer.getPadding(),
                        layer.getDilation(),
                        layer.getConvolutionMode());
        long[] out = {layer.getNOut(), window.out[0], window.out[1]};
        stages.add(
                new NetworkOp.Convolution(
                        weights,
                        layer.hasBias() ? parameter(i, "b") : null,
                        shape,
                        out,
                        window.kernel,
                        window.stride,
                        window.dilation,
                        window.before,
                        window.after));
        shape = out;
        add(activation(layer.getActivationFn()));
    }

    private void batchNorm(int i, BatchNormalization layer) throws UnsupportedNetworkException {
        require(shape[0] == layer.getNOut(), "an input that is not the batch normalisation's");
        boolean logStd = layer.isUseLogStd();
        stages.add(
                new NetworkOp.BatchNorm(
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
                window(
                        layer.getKernelSize(),
                        layer.getStride(),
                        layer.getPadding(),
                        layer.getDilation(),
                        layer.getConvolutionMode());
        long[] out = {shape[0], window.out[0], window.out[1]};
        stages.add(
                new NetworkOp.Pooling(
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
        require(shape.length == 3, "global pooling over vectors");
        boolean max = max(layer.getPoolingType().toString());
        long[] all = {shape[1], shape[2]};
        long[] out = {shape[0], 1, 1};
        stages.add(new NetworkOp.Pooling(max, shape, out, all, all, new long[2], new long[2]));
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

    private void dense(int i, long out, boolean bias) throws UnsupportedNetworkException {
        var weights = parameter(i, "W");
        require(
                (shape.length == 1 || flattened) && length(shape) == weights.value().size(0),
                "an input that is not the dense layer's");
        stages.add(new NetworkOp.Dense(weights, bias ? parameter(i, "b") : null, shape, out));
        shape = new long[] {out};
        flattened = false;
    }

    /** Null where nothing is dropped. */
    private static NetworkOp dropout(IDropout dropout) throws UnsupportedNetworkException {
        if (dropout == null) {
            return null;
        }
        require(
                dropout.getClass() == org.deeplearning4j.nn.conf.dropout.Dropout.class,
                "dropout " + dropout.getClass().getSimpleName());
        var d = (org.deeplearning4j.nn.conf.dropout.Dropout) dropout;
        require(d.getPSchedule() == null, "a schedule on dropout");
        require(d.getP() > 0 && d.getP() <= 1, "dropout that keeps " + d.getP());
        return d.getP() == 1 ? null : new NetworkOp.Dropout(d.getP());
    }

    /** Null for the identity. */
    private static NetworkOp activation(IActivation function) throws UnsupportedNetworkException {
        Class<?> type = function.getClass();
        if (type == ActivationIdentity.class) {
            return null;
        }
        var kind = NetworkOp.Activation.Kind.RELU;
        double alpha = 0;
        if (type == ActivationReLU.class) {
            var relu = (ActivationReLU) function;
            require(
                    relu.getMax() == null && relu.getThreshold() == null,
                    "ReLU with a threshold or a maximum");
            if (relu.getNegativeSlope() != null) {
                kind = NetworkOp.Activation.Kind.LEAKY_RELU;
                alpha = relu.getNegativeSlope();
            }
        } else if (type == ActivationLReLU.class) {
            kind = NetworkOp.Activation.Kind.LEAKY_RELU;
            alpha = ((ActivationLReLU) function).getAlpha();
        } else if (type == ActivationTanH.class) {
            kind = NetworkOp.Activation.Kind.TANH;
        } else if (type == ActivationSigmoid.class) {
            kind = NetworkOp.Activation.Kind.SIGMOID;
        } else if (type == ActivationELU.class) {
            kind = NetworkOp.Activation.Kind.ELU;
            alpha = ((ActivationELU) function).getAlpha();
            // DL4J takes the gradient with 1 whatever the activation has
            require(alpha == 1, "ELU with alpha " + alpha);
        } else if (type == ActivationSwish.class) {
            kind = NetworkOp.Activation.Kind.SWISH;
            alpha = 1;
        } else {
            throw new UnsupportedNetworkException("activation " + function);
        }
        // with a smaller slope a result could be 0 below zero, and would not tell the slope
        require(
                kind != NetworkOp.Activation.Kind.LEAKY_RELU || (alpha >= 1e-4 && alpha <= 1),
                "leaky ReLU with a slope of " + alpha);
        return new NetworkOp.Activation(kind, (float) alpha, 0f);
    }

    private void reshape(long[] to) {
        stages.add(new NetworkOp.Reshape(to));
        shape = to;
    }

    private NetworkOp.Parameter parameter(int layer, String key) {
        Map<String, INDArray> values = network.getLayer(layer).paramTable(false);
        return new NetworkOp.Parameter(
                layer + "_" + key, values.get(key), gradientView(layer, key));
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
                long total = (w.out[d] - 1) * stride[d] + effective - in;
                // with a stride beyond the kernel DL4J refuses, or pads by less than nothing
                require(total >= -1, "a stride beyond the kernel");
                total = Math.max(0, total);
                w.before[d] = total / 2;
                w.after[d] = total - total / 2;
            } else {
                long steps = in + 2L * padding[d] - effective;
                require(steps >= 0, "a kernel larger than its input");
                require(
                        mode != ConvolutionMode.Strict || steps % stride[d] == 0,
                        "an input that the strict convolution does not fit");
                w.out[d] = steps / stride[d] + 1;
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
