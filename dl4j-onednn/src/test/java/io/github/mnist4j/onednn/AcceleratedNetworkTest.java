package io.github.mnist4j.onednn;

import static io.github.mnist4j.onednn.TestNetworks.assertClose;
import static io.github.mnist4j.onednn.TestNetworks.assumeOneDnn;
import static io.github.mnist4j.onednn.TestNetworks.conv;
import static io.github.mnist4j.onednn.TestNetworks.convolution;
import static io.github.mnist4j.onednn.TestNetworks.dense;
import static io.github.mnist4j.onednn.TestNetworks.features;
import static io.github.mnist4j.onednn.TestNetworks.image;
import static io.github.mnist4j.onednn.TestNetworks.labels;
import static io.github.mnist4j.onednn.TestNetworks.maxPool;
import static io.github.mnist4j.onednn.TestNetworks.network;
import static io.github.mnist4j.onednn.TestNetworks.normal;
import static io.github.mnist4j.onednn.TestNetworks.output;
import static io.github.mnist4j.onednn.TestNetworks.relu;
import static io.github.mnist4j.onednn.TestNetworks.small;
import static io.github.mnist4j.onednn.TestNetworks.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.mnist4j.onednn.internal.primitive.DropoutMask;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions;

class AcceleratedNetworkTest {
    @BeforeAll
    static void needsOneDnn() {
        assumeOneDnn();
    }

    static Stream<Arguments> networks() {
        return Stream.of(
                Arguments.of("dense with relu", vector(dense(33, Activation.RELU), output())),
                Arguments.of(
                        "dense without biases, tanh, then sigmoid",
                        vector(
                                new DenseLayer.Builder()
                                        .nOut(16)
                                        .hasBias(false)
                                        .activation(Activation.TANH)
                                        .build(),
                                dense(16, Activation.SIGMOID),
                                output())),
                Arguments.of(
                        "elu, swish, leaky relu",
                        vector(
                                dense(16, Activation.ELU),
                                dense(16, Activation.SWISH),
                                dense(16, Activation.LEAKYRELU),
                                output())),
                Arguments.of(
                        "batch norm on vectors",
                        vector(
                                dense(24, Activation.IDENTITY),
                                new BatchNormalization(),
                                relu(),
                                output())),
                Arguments.of(
                        "batch norm on the input",
                        vector(new BatchNormalization(), dense(24, Activation.RELU), output())),
                Arguments.of(
                        "convolution, batch norm, relu, pooling, dense",
                        image(
                                14,
                                14,
                                1,
                                conv(16, 3, ConvolutionMode.Same, Activation.IDENTITY),
                                new BatchNormalization(),
                                relu(),
                                conv(20, 3, ConvolutionMode.Same, Activation.IDENTITY),
                                new BatchNormalization(),
                                relu(),
                                maxPool(),
                                dense(32, Activation.IDENTITY),
                                new BatchNormalization(),
                                relu(),
                                output())),
                Arguments.of(
                        "batch norm with plain variance",
                        image(
                                8,
                                8,
                                3,
                                conv(16, 3, ConvolutionMode.Same, Activation.IDENTITY),
                                new BatchNormalization.Builder()
                                        .useLogStd(false)
                                        .decay(0.8)
                                        .eps(1e-3)
                                        .build(),
                                relu(),
                                output())),
                Arguments.of(
                        "strict convolution, 5x5, odd size, relu in the layer",
                        image(
                                11,
                                13,
                                2,
                                conv(7, 5, ConvolutionMode.Strict, Activation.RELU),
                                output())),
                Arguments.of(
                        "strides, dilation, padding",
                        image(
                                15,
                                15,
                                1,
                                convolution(8, 3, Activation.TANH)
                                        .stride(2, 2)
                                        .padding(1, 1)
                                        .build(),
                                convolution(8, 3, Activation.RELU)
                                        .dilation(2, 2)
                                        .hasBias(false)
                                        .build(),
                                output())),
                Arguments.of(
                        "same mode with a stride that pads unevenly",
                        image(
                                14,
                                14,
                                1,
                                convolution(8, 3, Activation.RELU)
                                        .stride(2, 2)
                                        .convolutionMode(ConvolutionMode.Same)
                                        .build(),
                                output())),
                Arguments.of(
                        "truncation leaves a row unread",
                        image(
                                10,
                                10,
                                1,
                                convolution(8, 3, Activation.RELU)
                                        .stride(2, 2)
                                        .convolutionMode(ConvolutionMode.Truncate)
                                        .build(),
                                output())),
                Arguments.of(
                        "average pooling, then global average",
                        image(
                                12,
                                12,
                                1,
                                conv(16, 3, ConvolutionMode.Same, Activation.RELU),
                                new SubsamplingLayer.Builder(PoolingType.AVG)
                                        .kernelSize(2, 2)
                                        .stride(2, 2)
                                        .build(),
                                conv(16, 3, ConvolutionMode.Same, Activation.RELU),
                                new GlobalPoolingLayer(PoolingType.AVG),
                                output())),
                Arguments.of(
                        "global maximum",
                        image(
                                12,
                                12,
                                1,
                                conv(16, 3, ConvolutionMode.Same, Activation.RELU),
                                new GlobalPoolingLayer(PoolingType.MAX),
                                output())));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void agreesWithDl4jOnGradientsScoreStepsAndOutput(String name, MultiLayerNetwork plain) {
        MultiLayerNetwork fast = OneDnn.accelerate(plain.clone());
        assertThat(fast).isInstanceOf(AcceleratedNetwork.class);
        for (int batch : new int[] {16, 5}) {
            INDArray x = features(plain, batch, batch);
            INDArray y = labels(batch, batch);
            for (MultiLayerNetwork net : List.of(plain, fast)) {
                net.setInput(x);
                net.setLabels(y);
                net.fit(x, y);
            }
            assertThat(((AcceleratedNetwork) fast).trainingProbabilities()).hasSize(batch * 10);
            assertThat(fast.score()).isCloseTo(plain.score(), within(1e-4));
        }
        assertClose(fast.params(), plain.params(), 1e-4);
        INDArray x = features(plain, 11, 3);
        assertClose(fast.output(x), plain.output(x), 1e-4);
        assertThat(fast.getIterationCount()).isEqualTo(plain.getIterationCount());
    }

    /**
     * Against the loss itself, so that a fault that DL4J shares would show: the slope along the
     * gradient is its norm, and along any direction the scalar product. Whole directions, because a
     * single weight's difference quotient is mostly noise of 32-bit sums and of ReLUs that flip.
     */
    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void gradientsAgreeWithTheSlopeOfTheLoss(String name, MultiLayerNetwork net) {
        int batch = 24;
        MultiLayerNetwork fast = OneDnn.accelerate(net);
        fast.setInput(features(net, batch, 1));
        fast.setLabels(labels(batch, 1));
        fast.computeGradientAndScore();
        INDArray gradient = fast.getFlattenedGradients().dup().divi(batch);
        long offset = 0;
        for (var entry : fast.paramTable().entrySet()) {
            long length = entry.getValue().length();
            if (entry.getKey().matches("\\d+_(mean|var|log10stdev)")) {
                // running statistics: no part of the loss
                gradient.get(NDArrayIndex.all(), NDArrayIndex.interval(offset, offset + length))
                        .assign(0);
            }
            offset += length;
        }
        double norm = gradient.norm2Number().doubleValue();
        assertThat(slope(fast, gradient.div(norm))).isCloseTo(norm, within(0.02 * norm));
        for (int k = 0; k < 3; k++) {
            INDArray direction = Nd4j.randn(gradient.shape()).addi(gradient.div(norm).mul(30));
            direction.divi(direction.norm2Number());
            double expected = gradient.mul(direction).sumNumber().doubleValue();
            assertThat(slope(fast, direction)).isCloseTo(expected, within(0.02 * norm));
        }
    }

    private static double slope(MultiLayerNetwork net, INDArray direction) {
        double h = 2e-3;
        INDArray start = net.params().dup();
        double[] loss = new double[2];
        for (int side = 0; side < 2; side++) {
            net.params().assign(start.add(direction.mul(side == 0 ? h : -h)));
            net.computeGradientAndScore();
            loss[side] = net.score() - net.calcRegularizationScore(true);
        }
        net.params().assign(start);
        return (loss[0] - loss[1]) / (2 * h);
    }

    @Test
    void dropoutKeepsTheExpectationAndFollowsSeedAndIteration() {
        var mask = new DropoutMask(100_003, 0.75);
        mask.fill(1);
        byte[] first = bytes(mask);
        mask.fill(2);
        byte[] second = bytes(mask);
        mask.fill(1);
        assertThat(bytes(mask)).isEqualTo(first).isNotEqualTo(second);
        long kept = 0;
        for (byte b : first) {
            assertThat(b).isBetween((byte) 0, (byte) 1);
            kept += b;
        }
        // five standard deviations of a binomial
        assertThat(kept / 100_003.0).isCloseTo(0.75, within(5 * Math.sqrt(0.75 * 0.25 / 100_003)));
    }

    private static byte[] bytes(DropoutMask mask) {
        byte[] bytes = new byte[100_003];
        new org.bytedeco.javacpp.BytePointer(mask.memory.get_data_handle()).get(bytes);
        return bytes;
    }

    @Test
    void trainsThroughDropoutAndRepeatsItselfExactly() {
        INDArray x = features(dropoutNetwork(), 64, 1);
        INDArray y = labels(64, 1);
        MultiLayerNetwork a = OneDnn.accelerate(dropoutNetwork());
        MultiLayerNetwork b = OneDnn.accelerate(dropoutNetwork());
        a.fit(x, y);
        double first = a.score();
        b.fit(x, y);
        for (int i = 0; i < 60; i++) {
            a.fit(x, y);
            b.fit(x, y);
        }
        assertThat(a.params()).isEqualTo(b.params());
        assertThat(a.score()).isLessThan(first / 2);
    }

    private static MultiLayerNetwork dropoutNetwork() {
        return image(
                10,
                10,
                1,
                conv(8, 3, ConvolutionMode.Same, Activation.RELU),
                new DropoutLayer(0.75),
                new DenseLayer.Builder().nOut(32).dropOut(0.8).activation(Activation.RELU).build(),
                output());
    }

    @Test
    void sharesParametersAndUpdaterStateWithTheNetworkItCameFrom() {
        MultiLayerNetwork plain =
                network(
                        b -> b.updater(new Adam(1e-3)),
                        InputType.feedForward(40),
                        dense(8, Activation.RELU),
                        output());
        INDArray x = features(plain, 16, 1);
        INDArray y = labels(16, 1);
        plain.fit(x, y);
        MultiLayerNetwork twin = plain.clone();
        MultiLayerNetwork fast = OneDnn.accelerate(plain);
        fast.fit(x, y);
        twin.fit(x, y);
        assertThat(plain.params()).isEqualTo(fast.params());
        assertClose(fast.params(), twin.params(), 1e-5);
        assertClose(
                fast.getUpdater().getStateViewArray(), twin.getUpdater().getStateViewArray(), 1e-5);
        assertThat(OneDnn.accelerate(fast)).isSameAs(fast);
    }

    @Test
    void outputFollowsParametersThatSomebodyElseChanged() {
        MultiLayerNetwork plain = small();
        MultiLayerNetwork fast = OneDnn.accelerate(plain);
        INDArray x = features(fast, 3, 1);
        INDArray before = fast.output(x);
        plain.params().muli(2); // the same array
        assertThat(fast.output(x)).isNotEqualTo(before);
        assertClose(fast.output(x), plain.output(x), 1e-5);
    }

    /** A training program takes longer to compile, and more memory. */
    @Test
    void compilesForTrainingOnlyWhereSomebodyTrains() {
        var fast = (AcceleratedNetwork) OneDnn.accelerate(small());
        INDArray x = features(fast, 4, 1);
        fast.output(x);
        assertThat(fast.passes()).isEqualTo(1);
        assertThat(fast.trainingPrograms()).isZero();
        fast.fit(x, labels(4, 1));
        fast.fit(x, labels(4, 1));
        assertThat(fast.passes()).isEqualTo(3);
        assertThat(fast.trainingPrograms()).isEqualTo(1);
    }

    @Test
    void batchesOfEverySizeAgreeRowByRow() {
        MultiLayerNetwork fast =
                OneDnn.accelerate(
                        image(
                                10,
                                10,
                                1,
                                conv(8, 3, ConvolutionMode.Same, Activation.RELU),
                                maxPool(),
                                output()));
        INDArray x = features(fast, 300, 1);
        INDArray all = fast.output(x);
        for (int size : new int[] {1, 2, 3, 127, 128, 129, 257}) {
            INDArray part = x.get(NDArrayIndex.interval(0, size)).dup('c');
            assertClose(fast.output(part), all.get(NDArrayIndex.interval(0, size)), 1e-5);
        }
    }

    @Test
    void takesInputsInOtherOrdersAndTypes() {
        MultiLayerNetwork fast = OneDnn.accelerate(small());
        INDArray x = features(fast, 7, 1);
        INDArray expected = fast.output(x);
        assertClose(fast.output(x.dup('f')), expected, 1e-6);
        assertClose(
                fast.output(x.castTo(org.nd4j.linalg.api.buffer.DataType.DOUBLE)), expected, 1e-6);
    }

    /**
     * The copy that a step makes of such an input belongs to nobody but that step, which for the
     * most part knows its address only: the garbage collector must not take it before the end.
     */
    @Test
    void aStepsInputOutlivesTheStepWhateverTheGarbageCollectorDoes() throws Exception {
        INDArray quiet = trainedOnCopies();
        var busy = new AtomicBoolean(true);
        var collector =
                new Thread(
                        () -> {
                            while (busy.get()) {
                                System.gc();
                                // whatever was freed is written over
                                for (int i = 0; i < 20; i++) {
                                    Nd4j.valueArrayOf(new long[] {64, 784}, 1e6f);
                                }
                            }
                        });
        collector.start();
        try {
            assertThat(trainedOnCopies()).isEqualTo(quiet);
        } finally {
            busy.set(false);
            collector.join();
        }
    }

    private static INDArray trainedOnCopies() {
        MultiLayerNetwork fast =
                OneDnn.accelerate(
                        network(
                                b -> b.updater(new Sgd(0.01)),
                                InputType.feedForward(784),
                                dense(512, Activation.RELU),
                                output()));
        INDArray x = normal(5, 64, 784).dup('f');
        INDArray y = Nd4j.zeros(64, 10);
        y.getColumn(1).assign(1);
        for (int i = 0; i < 700; i++) {
            fast.fit(x, y);
        }
        return fast.params().dup();
    }

    @Test
    void stepsAsideForAnUnknownLayerAndStillTrains() {
        var configuration =
                new NeuralNetConfiguration.Builder()
                        .seed(1)
                        .updater(new Adam(1e-3))
                        .list()
                        .layer(new LSTM.Builder().nIn(4).nOut(8).build())
                        .layer(
                                new RnnOutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                                        .nIn(8)
                                        .nOut(3)
                                        .activation(Activation.SOFTMAX)
                                        .build())
                        .build();
        var plain = new MultiLayerNetwork(configuration);
        plain.init();
        MultiLayerNetwork fast = OneDnn.accelerate(plain.clone());
        INDArray x = Nd4j.rand(5, 4, 6);
        INDArray y = Nd4j.zeros(5, 3, 6);
        y.get(NDArrayIndex.all(), NDArrayIndex.point(1)).assign(1);
        plain.fit(x, y);
        fast.fit(x, y);
        assertThat(fast.params()).isEqualTo(plain.params());
        assertThat(fast.output(x)).isEqualTo(plain.output(x));
    }

    @Test
    void listenersThatWantActivationsGetThem() {
        MultiLayerNetwork fast = OneDnn.accelerate(small());
        int[] calls = new int[1];
        fast.setListeners(
                new BaseTrainingListener() {
                    @Override
                    public void onForwardPass(Model model, List<INDArray> activations) {
                        calls[0] = activations.size();
                    }
                });
        fast.fit(features(fast, 4, 1), labels(4, 1));
        assertThat(calls[0]).isEqualTo(2);
    }

    @Test
    void onePropertySwitchesItOff() {
        MultiLayerNetwork plain = vector(output());
        System.setProperty(OneDnn.PROPERTY, "false");
        try {
            assertThat(OneDnn.accelerate(plain)).isSameAs(plain);
            assertThat(OneDnn.status().detail()).contains("switched off");
        } finally {
            System.clearProperty(OneDnn.PROPERTY);
        }
    }

    @Test
    void savesAsAPlainDl4jNetwork(@TempDir Path folder) throws Exception {
        MultiLayerNetwork fast = OneDnn.accelerate(small());
        INDArray x = features(fast, 9, 1);
        fast.fit(x, labels(9, 1));
        File file = folder.resolve("model.zip").toFile();
        ModelSerializer.writeModel(fast, file, true);
        MultiLayerNetwork back = ModelSerializer.restoreMultiLayerNetwork(file);
        assertThat(back.getClass()).isEqualTo(MultiLayerNetwork.class);
        assertThat(back.params()).isEqualTo(fast.params());
        assertClose(back.output(x), fast.output(x), 1e-5);
    }

    @Test
    void halfPrecisionStaysCloseAndLearns() {
        assumeTrue(OneDnn.status().bf16(), "no bf16 on this processor");
        MultiLayerNetwork plain =
                image(
                        14,
                        14,
                        1,
                        conv(16, 3, ConvolutionMode.Same, Activation.IDENTITY),
                        new BatchNormalization(),
                        relu(),
                        maxPool(),
                        dense(32, Activation.RELU),
                        output());
        MultiLayerNetwork half = OneDnn.accelerate(plain.clone(), OneDnn.Precision.BF16);
        INDArray x = features(plain, 32, 1);
        INDArray y = labels(32, 1);
        plain.fit(x, y);
        half.fit(x, y);
        // bf16 keeps eight significant bits
        assertThat(half.score()).isCloseTo(plain.score(), within(0.02 * plain.score()));
        double first = half.score();
        for (int i = 0; i < 40; i++) {
            half.fit(x, y);
        }
        assertThat(half.score()).isLessThan(first / 2);
    }
}
