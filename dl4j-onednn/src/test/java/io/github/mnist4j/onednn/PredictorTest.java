package io.github.mnist4j.onednn;

import static io.github.mnist4j.onednn.TestNetworks.assumeOneDnn;
import static io.github.mnist4j.onednn.TestNetworks.conv;
import static io.github.mnist4j.onednn.TestNetworks.dense;
import static io.github.mnist4j.onednn.TestNetworks.maxPool;
import static io.github.mnist4j.onednn.TestNetworks.output;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.testkit.JavaProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class PredictorTest {
    @BeforeAll
    static void needsOneDnn() {
        assumeOneDnn();
    }

    private static MultiLayerNetwork network() {
        return TestNetworks.network(
                b -> {},
                InputType.convolutional(12, 12, 1),
                conv(8, 3, ConvolutionMode.Same, Activation.RELU),
                maxPool(),
                dense(32, Activation.SIGMOID),
                new BatchNormalization(),
                output());
    }

    private static void assertClose(float[] actual, INDArray expected) {
        assertThat(actual)
                .usingComparatorWithPrecision(1e-5f)
                .containsExactly(expected.dup('c').data().asFloat());
    }

    @Test
    void answersAsDl4jDoesAndKeepsTo() {
        MultiLayerNetwork plain = network();
        try (Predictor predictor = OneDnn.predictor(plain, 1, 12, 12)) {
            assertThat(predictor.isAccelerated()).isTrue();
            assertThat(predictor.features()).isEqualTo(144);
            assertThat(predictor.classes()).isEqualTo(10);
            for (int batch : new int[] {1, 3, 200, 1}) {
                INDArray x = Nd4j.rand(batch, 1, 12, 12);
                INDArray expected = plain.output(x).dup();
                assertClose(predictor.output(x.dup('c').data().asFloat()), expected);
                assertClose(predictor.output(x).data().asFloat(), expected);
                // another order of the same values
                assertClose(predictor.output(x.dup('f')).data().asFloat(), expected);
            }
            INDArray x = Nd4j.rand(2, 1, 12, 12);
            float[] before = predictor.output(x.data().asFloat());
            plain.params().muli(3);
            assertThat(predictor.output(x.data().asFloat())).isEqualTo(before);
            assertThat(plain.output(x).data().asFloat()).isNotEqualTo(before);
        }
    }

    /** A predictor answers; with an argument, a network takes a step too. */
    public static void main(String[] args) {
        MultiLayerNetwork plain = network();
        plain.initGradientsView();
        Predictor predictor = OneDnn.predictor(plain, 1, 12, 12);
        predictor.output(new float[3 * 144]);
        System.out.println("gradients " + predictor.network().getGradientsViewArray());
        if (args.length > 0) {
            OneDnn.accelerate(plain).fit(Nd4j.rand(10, 1, 12, 12), Nd4j.eye(10));
        }
    }

    /** oneDNN itself tells what it compiles, in a process of its own: it looks once. */
    @Test
    void compilesAndKeepsNothingForTraining() throws Exception {
        for (String[] arguments : new String[][] {{}, {"train"}}) {
            var ended =
                    JavaProcess.of(PredictorTest.class, arguments)
                            .environment("DNNL_VERBOSE", "2")
                            .run();
            assertThat(ended.exit()).as(ended.err()).isZero();
            assertThat(ended.out().lines()).contains("gradients null");
            List<String> compiled =
                    ended.out().lines().filter(l -> l.startsWith("onednn_verbose,create")).toList();
            assertThat(compiled).anyMatch(l -> l.contains(",forward_inference,"));
            assertThat(
                            compiled.stream()
                                    .anyMatch(l -> l.matches(".*,(backward|forward_training).*")))
                    .as(String.join("\n", compiled))
                    .isEqualTo(arguments.length > 0);
        }
    }

    /** Programs are compiled in one thread and run in another, and many run at once. */
    @Test
    void manyThreadsShareOne() throws Exception {
        MultiLayerNetwork plain = network();
        var pool = Executors.newFixedThreadPool(6);
        try (Predictor predictor = OneDnn.predictor(plain, 1, 12, 12)) {
            var inputs = new ArrayList<float[]>();
            var expected = new ArrayList<float[]>();
            for (int i = 0; i < 12; i++) {
                INDArray x = Nd4j.rand(1 + i % 5, 1, 12, 12);
                inputs.add(x.data().asFloat());
                expected.add(predictor.output(inputs.get(i)));
                assertClose(expected.get(i), plain.output(x));
            }
            List<Future<?>> tasks = new ArrayList<>();
            for (int t = 0; t < 12; t++) {
                int offset = t;
                tasks.add(
                        pool.submit(
                                () -> {
                                    for (int i = 0; i < 400; i++) {
                                        int k = (i + offset) % 12;
                                        assertThat(predictor.output(inputs.get(k)))
                                                .isEqualTo(expected.get(k));
                                    }
                                }));
            }
            for (Future<?> task : tasks) {
                task.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        MultiLayerNetwork plain = network();
        assertThatThrownBy(() -> OneDnn.predictor(plain, 1, 9, 9))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[1, 9, 9]");
        Predictor predictor = OneDnn.predictor(plain, 1, 12, 12);
        assertThatThrownBy(() -> predictor.output(new float[143]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected a multiple of 144 values, got 143");
        assertThatThrownBy(() -> predictor.output(Nd4j.zeros(2, 100)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected examples of shape [batch, 144], got [2, 100]");
        assertThat(predictor.output(new float[0])).isEmpty();
        predictor.close();
        assertThatThrownBy(() -> predictor.output(new float[144]))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void withoutOneDnnDl4jAnswers() {
        System.setProperty(OneDnn.PROPERTY, "false");
        try (Predictor predictor = OneDnn.predictor(network(), 1, 12, 12)) {
            assertThat(predictor.isAccelerated()).isFalse();
            INDArray x = Nd4j.rand(2, 1, 12, 12);
            assertClose(predictor.output(x.data().asFloat()), network().output(x));
        } finally {
            System.clearProperty(OneDnn.PROPERTY);
        }
    }
}
