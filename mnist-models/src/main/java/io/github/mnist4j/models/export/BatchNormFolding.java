package io.github.mnist4j.models.export;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Broadcast;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Reduces a network to what inference needs. */
public final class BatchNormFolding {
    private BatchNormFolding() {}

    /**
     * A plain DL4J network with the same answers, without dropout and with each batch norm that
     * follows a convolution or dense layer folded into its weights. Folding is exact: both are
     * affine in each channel.
     *
     * @param network stays as it is
     */
    public static MultiLayerNetwork of(MultiLayerNetwork network) {
        Layer[] layers = network.getLayers();
        var list = new NeuralNetConfiguration.Builder().updater(new NoOp()).list();
        int kept = 0;
        InputPreProcessor waiting = null;
        for (int i = 0; i < layers.length; i++) {
            InputPreProcessor own = network.getLayerWiseConfigurations().getInputPreProcess(i);
            waiting = own != null ? own : waiting;
            if (isDropped(layers, i)) {
                continue;
            }
            if (waiting != null) {
                list.inputPreProcessor(kept, waiting.clone());
                waiting = null;
            }
            var kind = layers[i].conf().getLayer().clone();
            if (i + 1 < layers.length && isFolded(layers, i + 1)) {
                // a batch norm's shift becomes the bias
                if (kind instanceof ConvolutionLayer convolution) {
                    convolution.setHasBias(true);
                } else if (kind instanceof DenseLayer dense) {
                    dense.setHasBias(true);
                }
            }
            list.layer(kept++, kind);
        }
        var folded = new MultiLayerNetwork(list.build());
        folded.init();
        int to = 0;
        for (int i = 0; i < layers.length; i++) {
            if (!isDropped(layers, i)) {
                copy(
                        layers[i],
                        i + 1 < layers.length && isFolded(layers, i + 1) ? layers[i + 1] : null,
                        folded.getLayer(to++));
            }
        }
        return folded;
    }

    private static boolean isDropped(Layer[] layers, int i) {
        return layers[i].conf().getLayer() instanceof DropoutLayer || isFolded(layers, i);
    }

    private static boolean isFolded(Layer[] layers, int i) {
        if (i == 0 || !(layers[i].conf().getLayer() instanceof BatchNormalization)) {
            return false;
        }
        boolean affine =
                KnownLayer.DENSE.is(layers[i - 1]) || KnownLayer.CONVOLUTION.is(layers[i - 1]);
        return affine
                && ((BaseLayer) layers[i - 1].conf().getLayer()).getActivationFn()
                        instanceof ActivationIdentity;
    }

    private static void copy(Layer from, @Nullable Layer norm, Layer to) {
        from.paramTable().forEach((key, value) -> to.getParam(key).assign(value));
        if (norm == null) {
            return;
        }
        var conf = (BatchNormalization) norm.conf().getLayer();
        INDArray variance =
                conf.isUseLogStd()
                        ? Transforms.pow(
                                Nd4j.valueArrayOf(norm.getParam("log10stdev").shape(), 10.0),
                                norm.getParam("log10stdev").mul(2))
                        : norm.getParam("var");
        INDArray one = Nd4j.onesLike(variance);
        INDArray gamma = norm.getParam("gamma") == null ? one : norm.getParam("gamma");
        INDArray beta = norm.getParam("beta") == null ? one.sub(1) : norm.getParam("beta");
        INDArray factor = gamma.div(Transforms.sqrt(variance.add(conf.getEps())));
        INDArray shift = beta.sub(norm.getParam("mean").mul(factor));
        INDArray weights = to.getParam("W");
        // output channels are the columns of a dense layer, the first dimension of a convolution
        Broadcast.mul(
                weights, factor.reshape(factor.length()), weights, weights.rank() == 2 ? 1 : 0);
        INDArray bias = to.getParam("b");
        bias.muli(factor.reshape(bias.shape())).addi(shift.reshape(bias.shape()));
    }
}
