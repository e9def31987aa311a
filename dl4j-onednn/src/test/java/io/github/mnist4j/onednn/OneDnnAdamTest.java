package io.github.mnist4j.onednn;

import static io.github.mnist4j.onednn.TestNetworks.assumeOneDnn;
import static io.github.mnist4j.onednn.TestNetworks.dense;
import static io.github.mnist4j.onednn.TestNetworks.network;
import static io.github.mnist4j.onednn.TestNetworks.output;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.AdamUpdater;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;

class OneDnnAdamTest {
    @BeforeAll
    static void needsOneDnn() {
        assumeOneDnn();
    }

    private static MultiLayerNetwork perceptron(IUpdater updater) {
        return network(
                b -> b.updater(updater),
                InputType.feedForward(30),
                dense(20, Activation.RELU),
                output());
    }

    @Test
    void updatesAndStateAreDl4js() {
        var adam =
                Adam.builder()
                        .learningRateSchedule(
                                new StepSchedule(ScheduleType.ITERATION, 0.01, 0.5, 3))
                        .beta1(0.8)
                        .beta2(0.99)
                        .epsilon(1e-6)
                        .build();
        MultiLayerNetwork a = perceptron(adam);
        MultiLayerNetwork b = perceptron(adam);
        var theirs = (MultiLayerUpdater) a.getUpdater();
        var ours = (MultiLayerUpdater) b.getUpdater();
        OneDnnAdam.install(ours);
        assertThat(ours.getUpdaterBlocks().get(0).getGradientUpdater())
                .isInstanceOf(OneDnnAdam.class);
        for (int iteration = 0; iteration < 8; iteration++) {
            INDArray gradient = Nd4j.randn(a.numParams()).muli(Math.pow(10, iteration % 4 - 3));
            INDArray x = gradient.dup();
            INDArray y = gradient.dup();
            theirs.getUpdaterBlocks().get(0).getGradientUpdater().applyUpdater(x, iteration, 0);
            ours.getUpdaterBlocks().get(0).getGradientUpdater().applyUpdater(y, iteration, 0);
            for (long i = 0; i < x.length(); i++) {
                assertThat(y.getDouble(i))
                        .isCloseTo(x.getDouble(i), within(1e-7 + 1e-5 * Math.abs(x.getDouble(i))));
            }
        }
        INDArray difference = ours.getStateViewArray().sub(theirs.getStateViewArray());
        assertThat(difference.amaxNumber().doubleValue()).isLessThan(1e-6);
        assertThat(theirs.getStateViewArray().amaxNumber().doubleValue()).isGreaterThan(0.01);
    }

    @Test
    void leavesOtherOptimizersAlone() {
        var updater = (MultiLayerUpdater) perceptron(new Sgd(0.1)).getUpdater();
        var before = updater.getUpdaterBlocks().get(0).getGradientUpdater();
        OneDnnAdam.install(updater);
        assertThat(updater.getUpdaterBlocks().get(0).getGradientUpdater()).isSameAs(before);
    }

    @Test
    void isInstalledByTheFirstStepAndOnlyOnce() {
        MultiLayerNetwork fast = OneDnn.accelerate(perceptron(new Adam(1e-3)));
        INDArray x = Nd4j.randn(4, 30);
        INDArray y = Nd4j.zeros(4, 10);
        y.getColumn(1).assign(1);
        fast.fit(x, y);
        var blocks = ((MultiLayerUpdater) fast.getUpdater()).getUpdaterBlocks();
        var installed = blocks.get(0).getGradientUpdater();
        assertThat(installed).isInstanceOf(OneDnnAdam.class).isInstanceOf(AdamUpdater.class);
        fast.fit(x, y);
        assertThat(blocks.get(0).getGradientUpdater()).isSameAs(installed);
    }
}
