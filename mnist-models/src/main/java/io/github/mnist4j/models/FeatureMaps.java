package io.github.mnist4j.models;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What a convolution of a network makes of an image, after its batch norm and activation.
 *
 * @param layer 1 for the network's first convolution
 * @param channels of maps
 * @param height of a map in pixels
 * @param width of a map in pixels
 * @param values channel by channel, row by row
 */
@SuppressWarnings("ArrayRecordComponent")
public record FeatureMaps(int layer, int channels, int height, int width, float[] values) {

    /**
     * Runs an image through a network's convolutions, by DL4J's own layers. Not for several threads
     * at a time on one network.
     *
     * @param pixels 28 * 28 normalized values
     * @return one for each convolution, the first first; none for a network without
     */
    static List<FeatureMaps> of(MultiLayerNetwork network, float[] pixels) {
        var layers = network.getLayerWiseConfigurations();
        var ends = new ArrayList<Integer>();
        for (int i = 0; i < network.getnLayers(); i++) {
            var layer = layers.getConf(i).getLayer();
            boolean convolution =
                    layer instanceof ConvolutionLayer && !(layer instanceof SubsamplingLayer);
            if (convolution) {
                ends.add(i);
            } else if ((layer instanceof BatchNormalization || layer instanceof ActivationLayer)
                    && !ends.isEmpty()
                    && ends.get(ends.size() - 1) == i - 1) {
                ends.set(ends.size() - 1, i);
            }
        }
        if (ends.isEmpty()) {
            return List.of();
        }
        var all = new ArrayList<FeatureMaps>();
        try (MemoryWorkspace out = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces();
                INDArray image = Nd4j.create(pixels, new long[] {1, 1, 28, 28}, DataType.FLOAT)) {
            int last = Collections.max(ends);
            List<INDArray> outputs = network.feedForwardToLayer(last, image, false);
            for (int end : ends) {
                // the first of the outputs is the image itself
                INDArray maps = outputs.get(end + 1);
                if (maps.rank() == 4) {
                    all.add(
                            new FeatureMaps(
                                    all.size() + 1,
                                    (int) maps.size(1),
                                    (int) maps.size(2),
                                    (int) maps.size(3),
                                    maps.dup('c').data().asFloat()));
                }
            }
        }
        return List.copyOf(all);
    }
}
