package io.github.mnist4j.onednn;

import static io.github.mnist4j.onednn.TestNetworks.assumeOneDnn;
import static io.github.mnist4j.onednn.TestNetworks.conv;
import static io.github.mnist4j.onednn.TestNetworks.dense;
import static io.github.mnist4j.onednn.TestNetworks.features;
import static io.github.mnist4j.onednn.TestNetworks.image;
import static io.github.mnist4j.onednn.TestNetworks.labels;
import static io.github.mnist4j.onednn.TestNetworks.maxPool;
import static io.github.mnist4j.onednn.TestNetworks.output;
import static io.github.mnist4j.onednn.TestNetworks.relu;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.mnist4j.testkit.JavaProcess;
import java.io.File;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.Loader;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Processors that this machine is not: oneDNN told to believe that it has fewer instructions, in a
 * process of its own, because it looks once.
 */
class OtherProcessorsTest {
    @BeforeAll
    static void needsX86() {
        assumeOneDnn();
        assumeTrue(Loader.getPlatform().endsWith("x86_64"), Loader.getPlatform());
    }

    /** One step of a network, plain and accelerated, in both precisions. */
    public static void main(String[] args) {
        System.out.println(OneDnn.status().detail());
        MultiLayerNetwork plain =
                image(
                        14,
                        14,
                        1,
                        conv(8, 3, ConvolutionMode.Same, Activation.IDENTITY),
                        new BatchNormalization(),
                        relu(),
                        maxPool(),
                        dense(16, Activation.RELU),
                        output());
        MultiLayerNetwork full = OneDnn.accelerate(plain.clone());
        MultiLayerNetwork half = OneDnn.accelerate(plain.clone(), OneDnn.Precision.BF16);
        INDArray x = features(plain, 16, 1);
        INDArray y = labels(16, 1);
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
                Arrays.stream(classPath.split(File.pathSeparator))
                        .filter(
                                entry ->
                                        !entry.matches(
                                                ".*dnnl-[^/\\\\]*"
                                                        + Loader.getPlatform()
                                                        + "\\.jar"))
                        .collect(Collectors.joining(File.pathSeparator));
        assertThat(without).isNotEqualTo(classPath);
        String output = ended(JavaProcess.of(OtherProcessorsTest.class).classPath(without));
        assertThat(output).contains("oneDNN's native library does not load");
        assertThat(distance(output, "full")).isZero();
    }
}
