package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.onednn.AcceleratedNetwork;
import io.github.mnist4j.onednn.OneDnn;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import picocli.CommandLine;

/** What each measurement prints; not how fast this machine is. */
class BenchCommandTest {
    /** Fewer than the steps and batches that are measured take. */
    @TempDir static Path data;

    @BeforeAll
    static void writeData() throws IOException {
        SmallData.write(data, "", 300, 10);
    }

    private static String bench(String options) {
        Said said = Said.mnist(("bench --dataset mnist --data " + data + " " + options).split(" "));
        assertThat(said.exit()).as(said.err()).isZero();
        return said.out();
    }

    @ParameterizedTest
    @CsvSource({
        "--what step --no-onednn, step, ms, dl4j",
        "--what epoch --no-onednn, epoch, ms, dl4j",
        "--what EPOCH, epoch, ms, mnist4j",
        "--what pipeline, pipeline, images_per_second, mnist4j",
        "--what inference --warm-up 0, inference, images_per_second, mnist4j",
        "--what latency --warm-up 0, latency, ms, mnist4j",
    })
    void printsOneLineOfJson(String options, String what, String figure, String side)
            throws IOException {
        String out = bench(options + " --model mlp:dense=8");
        assertThat(out.lines()).hasSize(1);
        JsonNode line = new ObjectMapper().readTree(out);
        assertThat(line.get("what").asText()).isEqualTo(what);
        assertThat(line.get("side").asText()).isEqualTo(side);
        assertThat(line.get("model").asText()).isEqualTo("mlp:dense=8");
        assertThat(line.get("backend").asText()).startsWith("CPU");
        assertThat(line.get(figure).asDouble()).isPositive();
        if (what.equals("latency")) {
            assertThat(line.get("p99_ms").asDouble())
                    .isGreaterThanOrEqualTo(line.get("ms").asDouble());
        }
    }

    /** Each percentage is of the sum below. */
    @Test
    void aProfileIsATableThatAddsUp() {
        assumeTrue(OneDnn.status().available());
        List<String> lines = bench("--what profile --model mlp:dense=8").lines().toList();
        assertThat(lines.get(0)).isEqualTo("| primitive | ms | % |");
        List<String[]> rows =
                lines.subList(2, lines.size() - 1).stream().map(l -> l.split(" *\\| *")).toList();
        assertThat(rows).extracting(r -> r[1]).contains("dense 0_W", "dense weights' gradient 0_W");
        assertThat(rows.stream().mapToDouble(r -> Double.parseDouble(r[3])).sum())
                .isCloseTo(100, within(0.05 * rows.size() + 0.01));
        assertThat(lines.get(lines.size() - 1)).startsWith("| **sum** | ");
    }

    private static MultiLayerNetwork network(String... options) {
        var command = new BenchCommand();
        new CommandLine(command).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(options);
        return command.benchmark(DigitSet.of(28, 28, new byte[784], new byte[1])).network();
    }

    @Test
    void theNetworkThatWasAskedForIsMeasured() {
        assumeTrue(OneDnn.status().available());
        assertThat(network()).isInstanceOf(AcceleratedNetwork.class);
        assertThat(network("--no-onednn")).isExactlyInstanceOf(MultiLayerNetwork.class);
        // 784 * 8 + 8 + 8 * 10 + 10
        assertThat(network("--model", "mlp:dense=8").numParams()).isEqualTo(6370);
    }

    private static float[] afterThreeSteps(String... options) {
        MultiLayerNetwork network = network(options);
        INDArray x = Nd4j.linspace(0, 1, 10 * 784, DataType.FLOAT).reshape(10, 1, 28, 28);
        for (int i = 0; i < 3; i++) {
            network.fit(x, Nd4j.eye(10));
        }
        return network.params().toFloatVector();
    }

    /** Products of values that are rounded to eight bits give other weights. */
    @Test
    void bfloat16IsMeasuredWhereItWasAskedFor() {
        OneDnn.Status status = OneDnn.status();
        assumeTrue(status.detail().matches(".*(bf16|amx).*"), status.detail());
        float[] weights = afterThreeSteps("--model", "mlp:dense=8");
        assertThat(afterThreeSteps("--model", "mlp:dense=8")).isEqualTo(weights);
        assertThat(afterThreeSteps("--model", "mlp:dense=8", "--precision", "bf16"))
                .isNotEqualTo(weights);
    }

    /** The default is five seconds. */
    @Test
    void latencyIsMeasuredAfterTheSecondsOfWarmUp() {
        for (int warmUp : new int[] {0, 1}) {
            long start = System.nanoTime();
            bench("--what latency --model mlp:dense=8 --warm-up " + warmUp);
            assertThat((System.nanoTime() - start) / 1e9).isBetween((double) warmUp, 5.0);
        }
    }

    @Test
    void aProfileIsOfOneDnn() {
        Said said = Said.mnist("bench", "--what", "profile", "--no-onednn");
        assertThat(said.exit()).isEqualTo(Mnist.USAGE);
        assertThat(said.err()).startsWith("error: --no-onednn does not go with --what profile");
    }

    @Test
    void quantilesAreValuesThatWereMeasured() {
        double[] sorted = new double[100];
        for (int i = 0; i < 100; i++) {
            sorted[i] = i + 1;
        }
        assertThat(SpeedBenchmark.quantile(sorted, 0.5)).isEqualTo(50);
        assertThat(SpeedBenchmark.quantile(sorted, 0.99)).isEqualTo(99);
        assertThat(SpeedBenchmark.quantile(new double[] {7}, 0.5)).isEqualTo(7);
    }
}
