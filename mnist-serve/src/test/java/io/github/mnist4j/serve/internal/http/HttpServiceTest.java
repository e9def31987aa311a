package io.github.mnist4j.serve.internal.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.serve.internal.http.Route.Lane;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits and refusals, with routes that have nothing to do with digits. */
class HttpServiceTest {
    private static final int MOST_BYTES = 100_000;

    private final CountDownLatch open = new CountDownLatch(1);
    private final HttpClient client = HttpClient.newHttpClient();
    private HttpService service;

    @BeforeEach
    void start() throws IOException {
        service = service("127.0.0.1", 0, "https://friend.example", 1);
    }

    private HttpService service(String host, int port, String origin) throws IOException {
        return service(host, port, origin, 1);
    }

    private HttpService service(String host, int port, String origin, int seconds)
            throws IOException {
        return new HttpService(
                new HttpService.Settings(host, port, 1, MOST_BYTES, origin, seconds),
                List.of(
                        Route.post(
                                "/length",
                                call -> Lane.SMALL,
                                call -> Answer.json(call.body().length)),
                        Route.post(
                                "/undecided",
                                call -> {
                                    throw new IllegalStateException("secret of the house");
                                },
                                call -> Answer.json(0)),
                        Route.post("/wait", call -> Lane.LARGE, this::waitForIt),
                        Route.get(
                                "/name/{name}", Lane.SMALL, c -> Answer.json(c.parameter("name"))),
                        Route.get(
                                "/broken",
                                Lane.SMALL,
                                call -> {
                                    throw new IllegalStateException("secret of the house");
                                }),
                        Route.get(
                                "/full",
                                Lane.SMALL,
                                call -> {
                                    throw new OutOfMemoryError("not really");
                                })),
                new Traffic());
    }

    private Answer waitForIt(Call call) {
        try {
            return Answer.json(open.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterEach
    void stop() {
        open.countDown();
        service.close();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.port() + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private static JsonNode assertProblem(HttpResponse<String> response, int status)
            throws IOException {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValue("application/problem+json");
        JsonNode problem = JsonFile.parse(response.body(), "the problem", 1, JsonNode.class, false);
        assertThat(problem.path("type").asText()).isEqualTo("about:blank");
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("title").asText()).isNotBlank();
        assertThat(problem.path("detail").asText()).isNotBlank();
        assertThat(response.body()).doesNotContain("\tat ", "Exception", "java", "jetty", "<");
        return problem;
    }

    /** Sends text as it is, and gives what comes back until the server closes. */
    private String raw(String text) throws IOException {
        try (var socket = new Socket("127.0.0.1", service.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @Test
    void everyAnswerForbidsWhatThePageDoesNotNeed() throws Exception {
        for (String path : List.of("/name/x", "/nothing", "/broken")) {
            var headers = send(request(path)).headers();
            assertThat(headers.firstValue("Content-Security-Policy").orElse(""))
                    .contains("default-src 'self'", "frame-ancestors 'none'")
                    .doesNotContain("unsafe", "*");
            assertThat(headers.firstValue("X-Content-Type-Options")).hasValue("nosniff");
            assertThat(headers.firstValue("Server")).isEmpty();
        }
    }

    @Test
    void aBodyIsCountedWhateverItsHeaderSays() throws Exception {
        byte[] fits = new byte[MOST_BYTES];
        byte[] tooLong = new byte[MOST_BYTES + 1];
        assertThat(send(request("/length").POST(BodyPublishers.ofByteArray(fits))).body())
                .isEqualTo("100000");
        assertProblem(send(request("/length").POST(BodyPublishers.ofByteArray(tooLong))), 413);
        // without a Content-Length
        var chunked = BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(tooLong));
        assertProblem(send(request("/length").POST(chunked)), 413);
        // a header that says too much is refused before the body comes
        assertThat(
                        raw(
                                "POST /length HTTP/1.1\r\nHost: localhost\r\n"
                                        + "Content-Length: 99999999999\r\n\r\n"))
                .startsWith("HTTP/1.1 413");
        assertThat(send(request("/length").POST(BodyPublishers.ofByteArray(fits))).body())
                .as("after that")
                .isEqualTo("100000");
    }

    @Test
    void aBodyThatDripsIsGivenUp() throws Exception {
        long start = System.nanoTime();
        try (var socket = new Socket("127.0.0.1", service.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(
                    "POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
                            .getBytes(StandardCharsets.ISO_8859_1));
            var drip = drip(out, 'x');
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            drip.interrupt();
            assertThat(answer).startsWith("HTTP/1.1 408").contains("application/problem+json");
        }
        assertThat(System.nanoTime() - start).isBetween(900_000_000L, 8_000_000_000L);
    }

    @Test
    void aHeaderThatDripsIsGivenUp() throws Exception {
        try (var socket = new Socket("127.0.0.1", service.port())) {
            OutputStream out = socket.getOutputStream();
            out.write("GET /name/x HTTP/1.1\r\nHost: ".getBytes(StandardCharsets.ISO_8859_1));
            var drip = drip(out, 'a');
            socket.setSoTimeout(10_000);
            InputStream in = socket.getInputStream();
            assertThat(ended(in)).isTrue();
            drip.interrupt();
        }
    }

    /** A byte every 200 milliseconds: Jetty's idle timeout of a second does not see it. */
    private static Thread drip(OutputStream out, int what) {
        var thread =
                new Thread(
                        () -> {
                            try {
                                while (true) {
                                    Thread.sleep(200);
                                    out.write(what);
                                }
                            } catch (IOException | InterruptedException e) {
                                // closed, as it should be
                            }
                        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static boolean ended(InputStream in) {
        try {
            while (in.read() >= 0) {}
            return true;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true; // reset
        }
    }

    @Test
    void slowClientsTakeNoThread() throws Exception {
        service.close();
        service = service("127.0.0.1", 0, null, 60);
        var slow = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 50; i++) {
                var socket = new Socket("127.0.0.1", service.port());
                socket.getOutputStream()
                        .write(
                                "POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx"
                                        .getBytes(StandardCharsets.ISO_8859_1));
                slow.add(socket);
            }
            long start = System.nanoTime();
            assertThat(send(request("/name/quick")).body()).isEqualTo("\"quick\"");
            assertThat(System.nanoTime() - start).isLessThan(20_000_000_000L);
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void aFullQueueSaysWhenToComeAgain() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> all =
                IntStream.range(0, 12)
                        .mapToObj(
                                i ->
                                        client.sendAsync(
                                                request("/wait")
                                                        .POST(BodyPublishers.noBody())
                                                        .build(),
                                                BodyHandlers.ofString()))
                        .toList();
        // one is worked at, eight wait: three are refused at once, while nothing ends
        var refused = new ArrayList<HttpResponse<String>>();
        long until = System.nanoTime() + 10_000_000_000L;
        while (refused.size() < 3 && System.nanoTime() < until) {
            Thread.sleep(20);
            refused.clear();
            all.stream().filter(CompletableFuture::isDone).forEach(f -> refused.add(f.join()));
        }
        assertThat(refused).hasSize(3);
        for (HttpResponse<String> response : refused) {
            assertProblem(response, 503);
            assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
        }
        // others are not kept from being answered
        assertThat(send(request("/name/small")).statusCode()).isEqualTo(200);
        open.countDown();
        long done =
                all.stream()
                        .map(CompletableFuture::join)
                        .filter(r -> r.statusCode() == 200)
                        .count();
        assertThat(done).isEqualTo(9);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:80",
                "127.0.0.1.evil.example",
                "localhost.evil.example",
                "192.168.0.7",
                ""
            })
    void aNameThatIsNotOursIsRefused(String host) throws Exception {
        String answer =
                raw("GET /name/x HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
        assertThat(answer).matches("(?s)HTTP/1.1 4(21|00) .*").contains("problem+json");
        assertThat(answer).doesNotContain("evil");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST:99", "127.0.0.1", "127.1.2.3", "[::1]:80"})
    void aNameOfThisMachineIsAccepted(String host) throws Exception {
        assertThat(raw("GET /name/x HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, 192.168.0.7, true",
        "0.0.0.0, fe80::1, true",
        "0.0.0.0, evil.example, false",
        "digits.example, digits.example, true",
        "digits.example, DIGITS.example, true",
        "digits.example, evil.example, false"
    })
    void whereOthersCanReachItAnAddressOrItsNameWillDo(String own, String host, boolean accepted) {
        assertThat(new HostCheck(own, false).accepts(host)).isEqualTo(accepted);
    }

    @Test
    void pathsBesideARouteHaveItsFormOfErrors() throws Exception {
        try (var own =
                new HttpService(
                        new HttpService.Settings("127.0.0.1", 0, 1, MOST_BYTES, null),
                        List.of(
                                Route.get("/", Lane.AT_ONCE, call -> Answer.json(0)),
                                Route.get("/v2/x", Lane.AT_ONCE, call -> Answer.json(1))
                                        .withErrors(p -> Answer.json(p.status(), "own"))),
                        new Traffic())) {
            String base = "http://127.0.0.1:" + own.port();
            for (String path : List.of("/v2", "/v2/", "/v2/y", "/v2/x/")) {
                var answer = send(HttpRequest.newBuilder(URI.create(base + path)));
                assertThat(answer.statusCode()).isEqualTo(404);
                assertThat(answer.body()).isEqualTo("\"own\"");
            }
            var post = HttpRequest.newBuilder(URI.create(base + "/v2/x"));
            var wrong = send(post.POST(BodyPublishers.noBody()));
            assertThat(wrong.statusCode()).isEqualTo(405);
            assertThat(wrong.body()).isEqualTo("\"own\"");
            assertThat(wrong.headers().firstValue("Allow")).hasValue("GET, HEAD");
            assertProblem(send(HttpRequest.newBuilder(URI.create(base + "/v20"))), 404);
        }
    }

    @Test
    void methodsAndPathsThatAreNotThereAreSaid() throws Exception {
        assertProblem(send(request("/nothing")), 404);
        var wrong = send(request("/length"));
        assertProblem(wrong, 405);
        assertThat(wrong.headers().firstValue("Allow")).hasValue("OPTIONS, POST");
        var head = send(request("/name/abc").method("HEAD", BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValue("Content-Length")).hasValue("5");
        assertThat(head.body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/name/%2e%2e%2fetc",
                "/name/../../etc",
                "/name/..;/x",
                "/name/%00",
                "//name//x",
                "/name/<script>",
                "/%ZZ",
                "http://evil.example/name/x"
            })
    void noPathIsEchoed(String path) throws Exception {
        String answer =
                raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 4").contains("application/problem+json");
        assertThat(answer).contains("nosniff").doesNotContain("script>", "etc", "evil", "jetty");
    }

    @Test
    void whatIsNotHttpIsRefusedInOneForm() throws Exception {
        String many = "X: " + "y".repeat(20_000) + "\r\n";
        for (String text :
                List.of(
                        "nonsense\r\n\r\n",
                        "GET / HTTP/1.1\r\n\r\n",
                        "GET / HTTP/1.1\r\nHost: localhost\r\n" + many + "\r\n",
                        "POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
                        "POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
                                + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")) {
            String answer = raw(text);
            assertThat(answer).as(text).startsWith("HTTP/1.1 4");
            assertThat(answer).contains("problem+json").doesNotContain("<", "jetty", "yyy");
        }
    }

    @Test
    void aMistakeBeforeTheQueueIsAnswered() throws Exception {
        var answer = send(request("/undecided").POST(BodyPublishers.ofString("x")));
        assertThat(answer.body()).doesNotContain("secret");
        assertProblem(answer, 500);
    }

    @Test
    void aMistakeOfOursTellsNothingOfUs() throws Exception {
        var response = send(request("/broken"));
        assertProblem(response, 500);
        assertThat(response.body()).doesNotContain("secret");
        assertProblem(send(request("/full")), 503);
    }

    @Test
    void onlyTheAllowedOriginMayRead() throws Exception {
        var friend = send(request("/name/x").header("Origin", "https://friend.example"));
        assertThat(friend.headers().firstValue("Access-Control-Allow-Origin"))
                .hasValue("https://friend.example");
        var stranger = send(request("/name/x").header("Origin", "https://evil.example"));
        assertThat(stranger.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
        var asked =
                send(
                        request("/length")
                                .method("OPTIONS", BodyPublishers.noBody())
                                .header("Origin", "https://friend.example"));
        assertThat(asked.statusCode()).isEqualTo(204);
        assertThat(asked.headers().firstValue("Access-Control-Allow-Methods").orElse(""))
                .contains("POST");
        try (var closed = service("127.0.0.1", 0, null)) {
            var none =
                    client.send(
                            HttpRequest.newBuilder(
                                            URI.create(
                                                    "http://127.0.0.1:"
                                                            + closed.port()
                                                            + "/name/x"))
                                    .header("Origin", "https://friend.example")
                                    .build(),
                            BodyHandlers.ofString());
            assertThat(none.statusCode()).isEqualTo(200);
            assertThat(none.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
        }
    }

    @Test
    void aPortThatIsTakenIsSaid() throws IOException {
        try (var taken = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> service("127.0.0.1", taken.getLocalPort(), null))
                    .isInstanceOf(IOException.class)
                    .hasMessage(
                            "cannot listen at 127.0.0.1, port "
                                    + taken.getLocalPort()
                                    + ": something listens there already");
        }
        assertThatThrownBy(() -> service("no.such.host.invalid", 0, null))
                .isInstanceOf(IOException.class)
                .hasMessage("the host no.such.host.invalid is not known");
    }

    @Test
    void requestsUnderWayAreFinishedAtTheEnd() throws Exception {
        HttpRequest.Builder late = request("/name/x");
        var waiting =
                client.sendAsync(
                        request("/wait").POST(BodyPublishers.noBody()).build(),
                        BodyHandlers.ofString());
        Thread.sleep(300);
        var closing = CompletableFuture.runAsync(service::close);
        Thread.sleep(300);
        open.countDown();
        assertThat(waiting.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        closing.get(10, TimeUnit.SECONDS);
        assertThatThrownBy(() -> send(late)).isInstanceOf(IOException.class);
    }
}
