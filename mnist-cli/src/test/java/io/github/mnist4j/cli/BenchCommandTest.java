package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.mnist4j.onednn.OneDnn;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each measurement prints; not how fast this machine is. */
class BenchCommandTest {
    /** Fewer than the steps and batches that are measured take. */
    @TempDir static Path data;

    @BeforeAll
    static void writeData() throws IOException {
        SmallData.write(data, 300, 10);
    }

    private static String bench(String options) {
        PrintStream before = System.out;
        var out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            String[] arguments =
                    ("bench --dataset mnist --warm-up 0 --data " + data + " " + options).split(" ");
            assertThat(Mnist.execute(new Mnist(), arguments)).isZero();
        } finally {
            System.setOut(before);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({
        "--what step --no-onednn, step, ms, dl4j",
        "--what epoch --no-onednn, epoch, ms, dl4j",
        "--what EPOCH, epoch, ms, mnist4j",
        "--what pipeline, pipeline, images_per_second, mnist4j",
        "--what inference, inference, images_per_second, mnist4j",
        "--what latency, latency, ms, mnist4j",
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
