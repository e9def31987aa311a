package io.github.mnist4j.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.mnist4j.testkit.JavaProcess;
import java.io.IOException;
import org.bytedeco.javacpp.Loader;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Processors that this machine is not: oneDNN told to believe that it has fewer instructions, in a
 * process of its own, for it looks once.
 */
class OtherProcessorsTest {
    @BeforeAll
    static void needsX86() {
        assumeTrue(OneDnn.status().available(), () -> OneDnn.status().detail());
        assumeTrue(Loader.getPlatform().endsWith("x86_64"), Loader.getPlatform());
    }

    /** One step of a network, plain and accelerated, in both precisions. */
    public static void main(String[] args) {
        System.out.println(OneDnn.status().detail());
        MultiLayerNetwork plain =
                AcceleratedNetworkTest.picture(
                        14,
                        14,
                        1,
                        AcceleratedNetworkTest.conv(
                                8, 3, ConvolutionMode.Same, Activation.IDENTITY),
                        new BatchNormalization(),
                        AcceleratedNetworkTest.relu(),
                        AcceleratedNetworkTest.maxPool(),
                        new DenseLayer.Builder().nOut(16).activation(Activation.RELU).build(),
                        AcceleratedNetworkTest.output());
        MultiLayerNetwork full = OneDnn.accelerate(plain.clone());
        MultiLayerNetwork half = OneDnn.accelerate(plain.clone(), OneDnn.Precision.BF16);
        INDArray x = AcceleratedNetworkTest.features(plain, 16, 1);
        INDArray y = AcceleratedNetworkTest.labels(16, 1);
        for (MultiLayerNetwork net : new MultiLayerNetwork[] {plain, full, half}) {
            net.fit(x, y);
        }
        System.out.println("full " + full.params().distance2(plain.params()));
        System.out.println("half " + half.params().distance2(plain.params()));
    }

    private static String on(String name, String value) throws IOException, InterruptedException {
        return ended(JavaProcess.of(OtherProcessorsTest.class).environment(name, value));
    }

    private static String ended(JavaProcess process) throws IOException, InterruptedException {
        var ended = process.run();
        String output = ended.out() + ended.err();
        assertThat(ended.exit()).as(output).isZero();
        return output;
    }

    private static double distance(String output, String which) {
        return output.lines()
                .filter(l -> l.startsWith(which + " "))
                .mapToDouble(l -> Double.parseDouble(l.substring(which.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"SSE41", "AVX", "AVX2", "AVX512_CORE"})
    void olderInstructionsGiveTheSameStepAndNeverHalfPrecision(String instructions)
            throws Exception {
        String output = on("DNNL_MAX_CPU_ISA", instructions);
        // this machine may itself be the older one; then it says what it has
        assertThat(output.lines().findFirst().orElseThrow())
                .startsWith("oneDNN 2.")
                .doesNotContain("bf16");
        assertThat(distance(output, "full")).isLessThan(1e-4);
        assertThat(distance(output, "half")).isLessThan(1e-4);
        assertThat(output).contains("no bfloat16 instructions");
    }

    @Test
    void withoutTheLibraryEverythingStaysWithDl4j() throws Exception {
        // what an ARM Mac sees: classes, but no natives
        String classPath = System.getProperty("java.class.path");
        String without =
                java.util.Arrays.stream(classPath.split(java.io.File.pathSeparator))
                        .filter(
                                entry ->
                                        !entry.matches(
                                                ".*dnnl-[^/\\\\]*"
                                                        + Loader.getPlatform()
                                                        + "\\.jar"))
                        .collect(java.util.stream.Collectors.joining(java.io.File.pathSeparator));
        assertThat(without).isNotEqualTo(classPath);
        String output = ended(JavaProcess.of(OtherProcessorsTest.class).classPath(without));
        assertThat(output).contains("oneDNN's native library does not load");
        assertThat(distance(output, "full")).isZero();
    }
}
