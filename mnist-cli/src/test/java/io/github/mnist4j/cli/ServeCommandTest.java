package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.cli.options.Arguments;
import io.github.mnist4j.testkit.JavaProcess;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./mnist serve} as a process. */
class ServeCommandTest {
    @TempDir Path folder;

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void printsItsAddressAnswersAndStops() throws Exception {
        JavaProcess.assumeThatInterruptsArrive();
        Path err = folder.resolve("err");
        Files.createDirectory(folder.resolve("runs"));
        Process process =
                new ProcessBuilder(
                                JavaProcess.of(
                                                Mnist.class,
                                                "serve",
                                                "--port",
                                                "0",
                                                "--runs",
                                                folder.resolve("runs").toString())
                                        .command())
                        .redirectError(err.toFile())
                        .start();
        try (var out =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String address = out.readLine();
            assertThat(address).as(Files.readString(err)).matches("http://127\\.0\\.0\\.1:\\d+/");
            HttpClient client = HttpClient.newHttpClient();
            byte[] pixels = new byte[784];
            for (int y = 5; y < 23; y++) {
                pixels[28 * y + 14] = pixels[28 * y + 15] = (byte) 250;
            }
            var response =
                    client.send(
                            HttpRequest.newBuilder(URI.create(address + "v1/classify"))
                                    .header("Content-Type", "application/octet-stream")
                                    .POST(BodyPublishers.ofByteArray(pixels))
                                    .build(),
                            BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).startsWith("{\"digit\":1,");
            assertThat(
                            client.send(
                                            HttpRequest.newBuilder(URI.create(address + "v1/runs"))
                                                    .build(),
                                            BodyHandlers.ofString())
                                    .body())
                    .isEqualTo("{\"shown\":true,\"runs\":[]}");
            JavaProcess.interrupt(process);
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(Mnist.INTERRUPTED);
            assertThat(out.readLine()).isNull();
            assertThat(Files.readAllLines(err))
                    .hasSize(2)
                    .anyMatch(
                            line ->
                                    line.matches(
                                            "[\\d:]{8} 127\\.0\\.0\\.1 \"POST /v1/classify\" 200 \\d+ [\\d.]+ ms"))
                    .anyMatch(line -> line.contains("\"GET /v1/runs\" 200"));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void whatCannotBeServedIsOneLine() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var ended =
                    JavaProcess.of(Mnist.class, "serve", "--port", "" + taken.getLocalPort()).run();
            assertThat(ended.exit()).isEqualTo(1);
            assertThat(ended.out()).isEmpty();
            assertThat(ended.err())
                    .isEqualTo(
                            "error: cannot listen at 127.0.0.1, port "
                                    + taken.getLocalPort()
                                    + ": something listens there already"
                                    + System.lineSeparator());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--port=65536",
                "--port=x",
                "--threads=0",
                "--max-upload=ten",
                "--max-upload=0",
                "--allow-origin=nonsense"
            })
    void wrongUsageIsRefused(String option) {
        assertThat(Mnist.execute(new Mnist(), "serve", option)).isEqualTo(Mnist.USAGE);
    }

    @Test
    void aFolderThatIsNotThereIsRefused() {
        assertThat(Mnist.execute(new Mnist(), "serve", "--port=0", "--runs", folder + "/missing"))
                .isEqualTo(Mnist.FAILED);
    }

    @ParameterizedTest
    @CsvSource({
        "10MB, 10000000",
        "10 mb, 10000000",
        "500KB, 500000",
        "1G, 1000000000",
        "1234, 1234",
        "12B, 12"
    })
    void aSizeIsANumberOfBytes(String text, long bytes) {
        assertThat(Arguments.bytes("size", text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "MB", "-1", "1.5MB", "10MiB", "9999999999"})
    void whatIsNotASizeIsRefused(String text) {
        assertThatThrownBy(() -> Arguments.bytes("size", text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a size such as 500KB or 10MB expected");
    }
}
