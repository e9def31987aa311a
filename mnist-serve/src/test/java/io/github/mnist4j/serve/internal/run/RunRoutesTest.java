package io.github.mnist4j.serve.internal.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.serve.internal.http.HttpService;
import io.github.mnist4j.serve.internal.http.Traffic;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The folders of runs over HTTP: what is shown, what grows, and what is none of a stranger's
 * business.
 */
class RunRoutesTest {
    private static final String STEP =
            "{\"epoch\":1,\"batch\":50,\"iteration\":50,\"loss\":0.9,\"learningRate\":0.001}\n";
    private static final String EPOCH =
            "{\"epoch\":1,\"trainLoss\":0.5,\"trainAccuracy\":0.8,\"validationLoss\":0.4,"
                    + "\"validationAccuracy\":0.9,\"learningRate\":0.001,\"seconds\":1.5}\n";
    private static final String TRIAL =
            "{\"number\":1,\"values\":{\"learningRate\":0.01},\"plan\":null,\"history\":["
                    + "{\"epoch\":1,\"validationAccuracy\":0.9,\"validationLoss\":0.4},"
                    + "{\"epoch\":2,\"validationAccuracy\":0.95,\"validationLoss\":0.2},"
                    + "{\"epoch\":3,\"validationAccuracy\":0.95,\"validationLoss\":0.3}],"
                    + "\"outcome\":\"DONE\",\"failure\":null,\"began\":1.0,\"ended\":4.5}\n";

    @TempDir Path folder;

    private final HttpClient client = HttpClient.newHttpClient();
    private Path runs;
    private Path run;
    private RunRoutes routes;
    private HttpService service;

    @BeforeEach
    void start() throws IOException {
        runs = Files.createDirectory(folder.resolve("runs"));
        run = Files.createDirectory(runs.resolve("20261128-070000-cnn"));
        Files.writeString(
                run.resolve("plan.json"),
                "{\"model\":\"cnn\",\"dataset\":\"MNIST\",\"epochs\":3,\"secret\":0}");
        Files.writeString(folder.resolve("plan.json"), "{\"outside\":true}");
        Files.createDirectory(runs.resolve("not-a-run"));
        routes = RunRoutes.in(runs);
        service =
                new HttpService(
                        new HttpService.Settings("127.0.0.1", 0, 1, 1000, null),
                        RunRoutes.of(routes),
                        new Traffic());
    }

    @AfterEach
    void stop() {
        routes.close();
        service.close();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + service.port() + path);
    }

    private HttpResponse<byte[]> get(String path) throws Exception {
        return client.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofByteArray());
    }

    private JsonNode json(String path) throws Exception {
        var response = get(path);
        assertThat(response.statusCode()).isEqualTo(200);
        return JsonFile.read(response.body(), "the answer", JsonNode.class);
    }

    private String run() {
        return "/v1/runs/" + run.getFileName();
    }

    @Test
    void runsAndSearchesAreListedTheNewestFirst() throws Exception {
        Path search = Files.createDirectory(runs.resolve("20261128-080000-search"));
        Files.writeString(search.resolve("search.json"), "{}");
        JsonNode list = json("/v1/runs");
        assertThat(list.path("shown").asBoolean()).isTrue();
        assertThat(list.path("runs")).hasSize(2);
        assertThat(list.path("runs").path(0).toString())
                .isEqualTo(
                        "{\"name\":\"20261128-080000-search\",\"kind\":\"search\",\"state\":\"running\"}");
        assertThat(list.path("runs").path(1).toString())
                .isEqualTo(
                        "{\"name\":\"20261128-070000-cnn\",\"kind\":\"run\",\"state\":\"running\","
                                + "\"model\":\"cnn\",\"dataset\":\"MNIST\",\"epochs\":3}");
    }

    @Test
    void aRunIsRunningStoppedOrDone() throws Exception {
        var old = FileTime.from(Instant.now().minusSeconds(3600));
        Files.setLastModifiedTime(run.resolve("plan.json"), old);
        assertThat(json(run()).path("state").asText()).isEqualTo("stopped");
        Files.writeString(run.resolve("metrics.jsonl"), STEP);
        assertThat(json(run()).path("state").asText()).isEqualTo("running");
        Files.setLastModifiedTime(run.resolve("metrics.jsonl"), old);
        assertThat(json(run()).path("state").asText()).isEqualTo("stopped");
        Files.writeString(run.resolve("report.json"), "{\"testAccuracy\":0.99}");
        JsonNode done = json(run());
        assertThat(done.path("state").asText()).isEqualTo("done");
        assertThat(done.path("testAccuracy").asDouble()).isEqualTo(0.99);
        assertThat(done.path("report").path("testAccuracy").asDouble()).isEqualTo(0.99);
    }

    /** Reads a stream of events until there are so many, or it ends. */
    private List<String> events(BufferedReader in, int most) throws IOException {
        var all = new ArrayList<String>();
        String name = "";
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.startsWith("event: ")) {
                name = line.substring(7);
            } else if (line.startsWith("data: ")) {
                all.add(name + " " + line.substring(6));
                if (all.size() == most) {
                    break;
                }
            }
        }
        return all;
    }

    private BufferedReader open(String path) throws Exception {
        var response =
                client.send(
                        HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/event-stream");
        return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    @Test
    void whatIsAppendedArrivesWhileTheTrainingRuns() throws Exception {
        Path log = run.resolve("metrics.jsonl");
        Files.writeString(log, STEP + "{\"epoch\":1,\"bat"); // a line that is being written
        try (var in = open(run() + "/events")) {
            assertThat(events(in, 1)).containsExactly("step " + STEP.strip());
            Files.writeString(
                    log,
                    "ch\":100,\"loss\":0.5}\n" + EPOCH + "no json\n",
                    StandardOpenOption.APPEND);
            assertThat(events(in, 2))
                    .containsExactly(
                            "step {\"epoch\":1,\"batch\":100,\"loss\":0.5}",
                            "epoch " + EPOCH.strip());
            // resumed from a checkpoint: another, shorter file of this name
            Files.writeString(run.resolve("new"), STEP);
            Files.move(run.resolve("new"), log, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            assertThat(events(in, 2)).containsExactly("reset {}", "step " + STEP.strip());
            Files.writeString(run.resolve("report.json"), "{\"testAccuracy\":0.5}");
            assertThat(events(in, 1)).containsExactly("done {\"report\":{\"testAccuracy\":0.5}}");
            assertThat(events(in, 1)).as("said once, then the stream ends").isEmpty();
        }
    }

    @Test
    void aRunWithoutALogHasItsHistory() throws Exception {
        Files.writeString(
                run.resolve("history.csv"),
                "epoch,train_loss,validation_accuracy\n1,0.5,0.9\n2,NaN,0.95\n");
        Files.writeString(run.resolve("report.json"), "{}");
        try (var in = open(run() + "/events")) {
            assertThat(events(in, 3))
                    .containsExactly(
                            "epoch {\"epoch\":1.0,\"trainLoss\":0.5,\"validationAccuracy\":0.9}",
                            "epoch {\"epoch\":2.0,\"trainLoss\":\"NaN\",\"validationAccuracy\":0.95}",
                            "done {\"report\":{}}");
        }
    }

    @Test
    void aSearchHasItsTrials() throws Exception {
        Path search = Files.createDirectory(runs.resolve("search"));
        Files.writeString(search.resolve("search.json"), "{}");
        Files.writeString(search.resolve("trials.jsonl"), TRIAL);
        Files.writeString(search.resolve("best-plan.json"), "{}");
        try (var in = open("/v1/runs/search/events")) {
            assertThat(events(in, 2))
                    .containsExactly(
                            "trial {\"number\":1,\"values\":{\"learningRate\":0.01},\"epochs\":3,"
                                    + "\"validationAccuracy\":0.95,\"validationLoss\":0.2,"
                                    + "\"outcome\":\"DONE\",\"seconds\":3.5}",
                            "done {}");
        }
    }

    @Test
    void noMoreThanSoManyWatch() throws Exception {
        var sockets = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 32; i++) {
                var socket = new Socket("127.0.0.1", service.port());
                socket.getOutputStream()
                        .write(
                                ("GET " + run() + "/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                        .getBytes(StandardCharsets.US_ASCII));
                assertThat(socket.getInputStream().read()).isEqualTo('H');
                sockets.add(socket);
            }
            long until = System.nanoTime() + 5_000_000_000L;
            HttpResponse<byte[]> last;
            do { // the header of the last one may be out before it is counted
                var response =
                        client.sendAsync(
                                HttpRequest.newBuilder(uri(run() + "/events")).build(),
                                BodyHandlers.ofInputStream());
                var body = response.get();
                last = body.statusCode() == 503 ? get(run() + "/events") : null;
                body.body().close();
            } while (last == null && System.nanoTime() < until);
            assertThat(last).isNotNull();
            assertThat(last.statusCode()).isEqualTo(503);
            assertThat(last.headers().firstValue("Retry-After")).isPresent();
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
        // who has gone is forgotten
        Files.writeString(run.resolve("metrics.jsonl"), STEP);
        long until = System.nanoTime() + 15_000_000_000L;
        int status = 503;
        while (status == 503 && System.nanoTime() < until) {
            Thread.sleep(200);
            var response =
                    client.send(
                            HttpRequest.newBuilder(uri(run() + "/events")).build(),
                            BodyHandlers.ofInputStream());
            status = response.statusCode();
            response.body().close();
        }
        assertThat(status).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..",
                "%2e%2e",
                "%2e%2e%2f",
                "..%2fruns",
                "..%5cruns",
                ".",
                "%2e",
                "",
                "not-a-run",
                "no-such-run",
                "20261128-070000-cnn%2f..%2f20261128-070000-cnn",
                "20261128-070000-cnn%00",
                "%2fetc",
                "C:%5c"
            })
    void aNameIsNotAPath(String name) throws Exception {
        for (String rest : List.of("", "/events", "/images/confusion.png")) {
            try (var socket = new Socket("127.0.0.1", service.port())) {
                socket.getOutputStream()
                        .write(
                                ("GET /v1/runs/"
                                                + name
                                                + rest
                                                + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                                        .getBytes(StandardCharsets.US_ASCII));
                String answer =
                        new String(
                                socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                assertThat(answer).as(name + rest).startsWith("HTTP/1.1 40");
                assertThat(answer).doesNotContain("outside", "secret", "/tmp");
            }
        }
    }

    @Test
    void onlyTheImagesOfARunAreGiven() throws Exception {
        ImageIO.write(
                new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_GRAY),
                "png",
                run.resolve("confusion.png").toFile());
        Files.writeString(run.resolve("samples.png"), "<script>no image</script>");
        Files.writeString(run.resolve("train.log"), "secret");
        var image = get(run() + "/images/confusion.png");
        assertThat(image.statusCode()).isEqualTo(200);
        assertThat(image.headers().firstValue("Content-Type")).hasValue("image/png");
        assertThat(image.body()).isEqualTo(Files.readAllBytes(run.resolve("confusion.png")));
        for (String name :
                List.of("samples.png", "history.png", "train.log", "plan.json", "..%2fplan.json")) {
            assertThat(get(run() + "/images/" + name).statusCode()).as(name).isBetween(400, 404);
        }
        // mistakes lie where evaluate puts them
        Path evaluation = Files.createDirectory(run.resolve("best-on-mnist"));
        Files.copy(run.resolve("confusion.png"), evaluation.resolve("mistakes.png"));
        assertThat(get(run() + "/images/mistakes.png").statusCode()).isEqualTo(200);
        assertThat(json(run()).path("images").toString())
                .isEqualTo("[\"confusion.png\",\"mistakes.png\",\"samples.png\"]");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void noLinkLeadsOutside() throws Exception {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Files.writeString(outside.resolve("plan.json"), "{\"model\":\"secret\"}");
        Files.writeString(outside.resolve("metrics.jsonl"), EPOCH.replace("0.5", "0.123456"));
        ImageIO.write(
                new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_GRAY),
                "png",
                outside.resolve("confusion.png").toFile());
        Files.createSymbolicLink(runs.resolve("linked"), outside);
        Files.createSymbolicLink(run.resolve("metrics.jsonl"), outside.resolve("metrics.jsonl"));
        Files.createSymbolicLink(run.resolve("report.json"), outside.resolve("plan.json"));
        Files.createSymbolicLink(run.resolve("confusion.png"), outside.resolve("confusion.png"));
        Files.createSymbolicLink(run.resolve("best-on-x"), outside);
        Files.copy(outside.resolve("confusion.png"), outside.resolve("mistakes.png"));
        // a link to a run beside it is as good as the run
        Files.createSymbolicLink(runs.resolve("latest"), run);
        assertThat(get("/v1/runs/linked").statusCode()).isEqualTo(404);
        assertThat(get("/v1/runs/latest").statusCode()).isEqualTo(200);
        assertThat(json("/v1/runs").toString()).doesNotContain("linked", "secret");
        assertThat(json(run()).toString()).doesNotContain("report", "\"model\":\"secret\"", ".png");
        assertThat(get(run() + "/images/confusion.png").statusCode()).isEqualTo(404);
        assertThat(get(run() + "/images/mistakes.png").statusCode()).isEqualTo(404);
        try (var socket = new Socket("127.0.0.1", service.port())) {
            socket.setSoTimeout(1500);
            socket.getOutputStream()
                    .write(
                            ("GET " + run() + "/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
            var said = new StringBuilder();
            try {
                for (int b; (b = socket.getInputStream().read()) >= 0; ) {
                    said.append((char) b);
                }
            } catch (java.net.SocketTimeoutException e) {
                // it says nothing more
            }
            assertThat(said.toString()).startsWith("HTTP/1.1 200").doesNotContain("0.123456");
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whatIsNotAFileIsNotOpened() throws Exception {
        // a pipe would keep who opens it waiting for ever
        int made =
                new ProcessBuilder("mkfifo", run.resolve("report.json").toString())
                        .start()
                        .waitFor();
        org.junit.jupiter.api.Assumptions.assumeTrue(
                made == 0
                        && FileSystems.getDefault().supportedFileAttributeViews().contains("unix"));
        assertThat(json(run()).path("state").asText()).isEqualTo("running");
    }
}
