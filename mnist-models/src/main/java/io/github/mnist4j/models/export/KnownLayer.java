package io.github.mnist4j.models.export;

import io.github.mnist4j.models.Weights;
import java.util.Arrays;
import java.util.Set;
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
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/** The layers that ONNX and PyTorch have too, with the same parameters in the same order. */
enum KnownLayer {
    CONVOLUTION(ConvolutionLayer.class, "W", "b"),
    POOLING(SubsamplingLayer.class),
    GLOBAL_POOLING(GlobalPoolingLayer.class),
    BATCH_NORM(BatchNormalization.class, "gamma", "beta", "mean", "var"),
    DENSE(DenseLayer.class, "W", "b"),
    OUTPUT(OutputLayer.class, "W", "b"),
    ACTIVATION(ActivationLayer.class),
    DROPOUT(DropoutLayer.class);

    private final Class<? extends Layer> type;

    @SuppressWarnings("ImmutableEnumChecker") // what Set.of makes is
    private final Set<String> parameters;

    KnownLayer(Class<? extends Layer> type, String... parameters) {
        this.type = type;
        this.parameters = Set.of(parameters);
    }

    boolean isDense() {
        return this == DENSE || this == OUTPUT;
    }

    /**
     * Whether the layer is of this kind: a subclass computes something else. A convolution or dense
     * layer may lack its bias.
     */
    boolean is(org.deeplearning4j.nn.api.Layer layer) {
        Set<String> own = layer.paramTable().keySet();
        return layer.conf().getLayer().getClass() == type
                && (own.equals(parameters)
                        || (parameters.contains("b") && own.equals(Set.of("W"))));
    }

    /**
     * What kind of layer this is.
     *
     * @throws IllegalArgumentException if it is not a known one: one of another class, with a layer
     *     norm, with channels last, or behind a preprocessor that does more than DL4J's own between
     *     images and vectors
     */
    static KnownLayer of(MultiLayerNetwork network, org.deeplearning4j.nn.api.Layer layer) {
        Layer conf = layer.conf().getLayer();
        InputPreProcessor before =
                network.getLayerWiseConfigurations().getInputPreProcess(layer.getIndex());
        boolean plainInput =
                before == null
                        || before instanceof CnnToFeedForwardPreProcessor
                        || (before instanceof FeedForwardToCnnPreProcessor
                                && layer.getIndex() == 0);
        boolean channelsFirst =
                !(conf instanceof ConvolutionLayer c && c.getCnn2dDataFormat() != CNN2DFormat.NCHW)
                        && !(conf instanceof SubsamplingLayer s
                                && s.getCnn2dDataFormat() != CNN2DFormat.NCHW);
        return Arrays.stream(values())
                .filter(kind -> kind.is(layer) && plainInput && channelsFirst)
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        Weights.kind(layer)
                                                + " cannot be exported: only plain convolutions,"
                                                + " pooling, batch norms, dense layers, activations"
                                                + " and dropout can"));
    }
}
