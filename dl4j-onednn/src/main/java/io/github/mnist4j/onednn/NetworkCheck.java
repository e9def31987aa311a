package io.github.mnist4j.onednn;

import static io.github.mnist4j.onednn.internal.op.UnsupportedNetworkException.require;

import io.github.mnist4j.onednn.internal.op.ActivationOp;
import io.github.mnist4j.onednn.internal.op.DropoutOp;
import io.github.mnist4j.onednn.internal.op.UnsupportedNetworkException;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.api.OptimizationAlgorithm;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;

/**
 * Decides whether every part of a network is known to give DL4J's result on oneDNN, whatever its
 * input. Classes are compared exactly, because a subclass may compute something else, and whatever
 * is not listed here is refused.
 */
final class NetworkCheck {
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

    private NetworkCheck() {}

    /**
     * @throws UnsupportedNetworkException naming the part that is not known
     */
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
                    "optimization by " + configuration.getConf(i).getOptimizationAlgo());
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
            NetworkReader.requireNchw(convolution.getCnn2dDataFormat());
            requireKnown(convolution.getConvolutionMode());
            DropoutOp.of(layer.getIDropout());
            ActivationOp.of(convolution.getActivationFn());
        } else if (layer instanceof BatchNormalization norm) {
            require(!norm.isLockGammaBeta(), "batch normalization with locked gamma and beta");
            NetworkReader.requireNchw(norm.getCnn2DFormat());
        } else if (layer instanceof SubsamplingLayer pooling) {
            NetworkReader.requireNchw(pooling.getCnn2dDataFormat());
            requireKnown(pooling.getConvolutionMode());
            require(
                    NetworkReader.max(pooling.getPoolingType().toString())
                            || !pooling.isAvgPoolIncludePadInDivisor(),
                    "average pooling that counts padding");
            require(Arrays.stream(pooling.getDilation()).allMatch(d -> d == 1), "dilated pooling");
        } else if (layer instanceof GlobalPoolingLayer pooling) {
            NetworkReader.max(pooling.getPoolingType().toString());
            require(
                    pooling.isCollapseDimensions() && overImage(pooling.getPoolingDimensions()),
                    "global pooling over other than height and width");
        } else if (layer instanceof DropoutLayer) {
            DropoutOp.of(layer.getIDropout());
        } else if (layer instanceof ActivationLayer activation) {
            ActivationOp.of(activation.getActivationFn());
        } else if (layer instanceof DenseLayer dense) {
            require(!dense.hasLayerNorm(), "layer normalization");
            DropoutOp.of(layer.getIDropout());
            ActivationOp.of(dense.getActivationFn());
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
            DropoutOp.of(layer.getIDropout());
        } else {
            throw NetworkReader.unlisted(layer);
        }
    }

    private static void requireKnown(ConvolutionMode mode) throws UnsupportedNetworkException {
        require(
                mode == ConvolutionMode.Same
                        || mode == ConvolutionMode.Truncate
                        || mode == ConvolutionMode.Strict,
                "convolution mode " + mode);
    }

    private static boolean overImage(int @Nullable [] dimensions) {
        return dimensions == null || Arrays.equals(dimensions, new int[] {2, 3});
    }
}
