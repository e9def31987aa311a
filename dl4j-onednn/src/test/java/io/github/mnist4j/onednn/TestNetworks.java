package io.github.mnist4j.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** The networks, layers and batches that this module's tests share; networks have ten classes. */
final class TestNetworks {
    private TestNetworks() {}

    /** Skips the test where oneDNN cannot be used. */
    static void assumeOneDnn() {
        assumeTrue(OneDnn.status().available(), () -> OneDnn.status().detail());
    }

    /** Initialized, with plain gradient descent unless {@code settings} say otherwise. */
    static MultiLayerNetwork network(
            Consumer<NeuralNetConfiguration.Builder> settings, InputType input, Layer... layers) {
        var builder = new NeuralNetConfiguration.Builder().seed(7).updater(new Sgd(0.1));
        settings.accept(builder);
        var list = builder.list();
        for (Layer layer : layers) {
            list.layer(layer);
        }
        var network = new MultiLayerNetwork(list.setInputType(input).build());
        network.init();
        return network;
    }

    static MultiLayerNetwork image(int height, int width, int channels, Layer... layers) {
        var input = InputType.convolutionalFlat(height, width, channels);
        return network(b -> b.l2(1e-4), input, layers);
    }

    /** Of 40 values. */
    static MultiLayerNetwork vector(Layer... layers) {
        return network(b -> b.l2(1e-4), InputType.feedForward(40), layers);
    }

    /** A perceptron on 40 values. */
    static MultiLayerNetwork small() {
        return vector(dense(8, Activation.RELU), output());
    }

    static ConvolutionLayer.Builder convolution(int out, int kernel, Activation activation) {
        return new ConvolutionLayer.Builder(kernel, kernel).nOut(out).activation(activation);
    }

    static Layer conv(int out, int kernel, ConvolutionMode mode, Activation activation) {
        return convolution(out, kernel, activation).convolutionMode(mode).build();
    }

    static Layer dense(int out, Activation activation) {
        return dense(out, activation.getActivationFunction());
    }

    static Layer dense(int out, IActivation activation) {
        return new DenseLayer.Builder().nOut(out).activation(activation).build();
    }

    static Layer output() {
        return new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .nOut(10)
                .activation(Activation.SOFTMAX)
                .build();
    }

    static Layer relu() {
        return new ActivationLayer(Activation.RELU);
    }

    static Layer maxPool() {
        return new SubsamplingLayer.Builder(PoolingType.MAX).kernelSize(2, 2).stride(2, 2).build();
    }

    static INDArray normal(long seed, long... shape) {
        Random random = new Random(seed);
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Nd4j.create(values, shape, 'c');
    }

    /** A batch for a network of {@link #image} or {@link #vector}. */
    static INDArray features(MultiLayerNetwork net, int batch, long seed) {
        var first = net.getLayerWiseConfigurations().getInputPreProcess(0);
        long length = 40;
        if (first instanceof FeedForwardToCnnPreProcessor images) {
            length = images.getNumChannels() * images.getInputHeight() * images.getInputWidth();
        }
        return normal(seed, batch, length);
    }

    /** One-hot. */
    static INDArray labels(int batch, long seed) {
        Random random = new Random(seed);
        INDArray labels = Nd4j.zeros(batch, 10);
        for (int i = 0; i < batch; i++) {
            labels.putScalar(i, random.nextInt(10), 1);
        }
        return labels;
    }

    static void assertClose(INDArray actual, INDArray expected, double tolerance) {
        assertThat(actual.length()).isEqualTo(expected.length());
        assertThat(
                        actual.dup('c')
                                .reshape(1, actual.length())
                                .sub(expected.dup('c').reshape(1, expected.length()))
                                .amaxNumber()
                                .doubleValue())
                .isLessThanOrEqualTo(tolerance);
    }
}
