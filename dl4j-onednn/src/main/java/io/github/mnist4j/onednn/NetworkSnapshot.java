package io.github.mnist4j.onednn;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/**
 * Every object and number of a network that {@link NetworkCheck} and {@link NetworkReader} look at.
 * When one is exchanged (by {@code initGradientsView}, {@code setLayers}, a configuration's
 * setter), what was read is stale.
 */
final class NetworkSnapshot {
    private final boolean known;
    private final List<@Nullable Object> parts;

    /**
     * @param known whether the network has passed {@link NetworkCheck}: only then are the arrays of
     *     its layers looked at
     */
    NetworkSnapshot(MultiLayerNetwork network, boolean known) {
        this.known = known;
        parts = parts(network, known);
    }

    /** Whether the network still consists of the same objects and numbers. */
    boolean matches(MultiLayerNetwork network) {
        List<@Nullable Object> now = parts(network, known);
        if (now.size() != parts.size()) {
            return false;
        }
        for (int i = 0; i < now.size(); i++) {
            Object a = now.get(i);
            Object b = parts.get(i);
            if (a != b && !((a instanceof Number || a instanceof Boolean) && a.equals(b))) {
                return false;
            }
        }
        return true;
    }

    /** In a fixed order. */
    private static List<@Nullable Object> parts(MultiLayerNetwork network, boolean known) {
        var all = new ArrayList<@Nullable Object>();
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
            if (layer.getIDropout() instanceof Dropout d) {
                all.add(d.getP());
                all.add(d.getPSchedule());
            }
            if (layer instanceof BaseLayer base) {
                all.add(base.getActivationFn());
                all.add(base.getWeightNoise());
            }
            if (layer instanceof BaseOutputLayer output) {
                all.add(output.getLossFn());
                if (output.getLossFn() instanceof LossMCXENT loss) {
                    all.add(loss.getSoftmaxClipEps());
                }
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
}
