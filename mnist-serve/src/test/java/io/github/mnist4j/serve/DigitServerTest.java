package io.github.mnist4j.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.models.DigitClassifier;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.serve.internal.api.Digits;
import io.github.mnist4j.serve.internal.http.Call;
import io.github.mnist4j.serve.internal.http.Route;
import io.github.mnist4j.serve.internal.http.Traffic;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be asked of the network over HTTP. */
class DigitServerTest {
    private static final String OCTETS = "application/octet-stream";
    private static final String JSON = "application/json";

    private static DigitClassifier classifier;
    private static DigitServer server;
    private static DigitSet generated;
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws IOException {
        classifier = DigitClassifier.pretrained();
        server = DigitServer.builder(classifier).optPort(0).optThreads(2).start();
        generated =
                DatasetLoader.builder()
                        .optGeneratedSizes(10, 40)
                        .build()
                        .load(DatasetLoader.Dataset.GENERATED)
                        .test();
    }

    @AfterAll
    static void stop() {
        server.close();
        classifier.close();
    }

    private static HttpResponse<byte[]> get(String path) throws Exception {
        return CLIENT.send(
                HttpRequest.newBuilder(server.address().resolve(path)).build(),
                BodyHandlers.ofByteArray());
    }

    private static HttpResponse<byte[]> post(String path, String type, byte[] body)
            throws Exception {
        var request =
                HttpRequest.newBuilder(server.address().resolve(path))
                        .POST(BodyPublishers.ofByteArray(body));
        if (!type.isEmpty()) {
            request.header("Content-Type", type);
        }
        return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
    }

    private static HttpResponse<byte[]> post(String path, String type, String body)
            throws Exception {
        return post(path, type, body.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    private static JsonNode json(HttpResponse<byte[]> response) throws IOException {
        assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue(JSON);
        return JsonFile.parse(text(response), "the answer", 1, JsonNode.class, false);
    }

    private static String problem(HttpResponse<byte[]> response, int status) throws IOException {
        assertThat(response.statusCode()).as(text(response)).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValue("application/problem+json");
        JsonNode tree = JsonFile.parse(text(response), "the problem", 1, JsonNode.class, false);
        assertThat(tree.path("status").asInt()).isEqualTo(status);
        return tree.path("detail").asText();
    }

    private static byte[] png(BufferedImage image) throws IOException {
        var out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    /** Digits side by side, dark on white, as somebody writes them. */
    private static BufferedImage paper(int... images) {
        var image = new BufferedImage(200 * images.length, 200, BufferedImage.TYPE_INT_RGB);
        var g = image.createGraphics();
        g.setColor(java.awt.Color.WHITE);
        g.fillRect(0, 0, image.getWidth(), image.getHeight());
        for (int i = 0; i < images.length; i++) {
            byte[] pixels = generated.pixels(images[i]);
            var digit = new BufferedImage(28, 28, BufferedImage.TYPE_INT_RGB);
            for (int p = 0; p < 784; p++) {
                int v = 255 - (pixels[p] & 0xFF);
                digit.setRGB(p % 28, p / 28, v << 16 | v << 8 | v);
            }
            g.setRenderingHint(
                    java.awt.RenderingHints.KEY_INTERPOLATION,
                    java.awt.RenderingHints.VALUE_INTERPOLATION_BICUBIC);
            g.drawImage(digit, 200 * i + 40, 40, 120, 120, null);
        }
        g.dispose();
        return image;
    }

    private static BufferedImage blank(int width, int height) {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
        var g = image.createGraphics();
        g.fillRect(0, 0, width, height);
        g.dispose();
        return image;
    }

    @Test
    void oneDigitInEveryFormGetsTheSameAnswer() throws Exception {
        int right = 0;
        for (int i = 0; i < generated.size(); i++) {
            byte[] pixels = generated.pixels(i);
            JsonNode answer = json(post("/v1/classify", OCTETS, pixels));
            assertThat(answer.path("probabilities")).hasSize(10);
            double sum = 0;
            for (JsonNode p : answer.path("probabilities")) {
                sum += p.asDouble();
            }
            assertThat(sum).isBetween(0.999, 1.001);
            assertThat(answer.path("confidence").asDouble())
                    .isEqualTo(
                            answer.path("probabilities")
                                    .path(answer.path("digit").asInt())
                                    .asDouble());
            right += answer.path("digit").asInt() == generated.label(i) ? 1 : 0;
            if (i < 5) {
                String numbers =
                        IntStream.range(0, 784)
                                .mapToObj(p -> "" + (pixels[p] & 0xFF))
                                .collect(Collectors.joining(","));
                assertThat(json(post("/v1/classify", JSON, "{\"pixels\":[" + numbers + "]}")))
                        .isEqualTo(answer);
                String rows =
                        IntStream.range(0, 28)
                                .mapToObj(
                                        y ->
                                                IntStream.range(0, 28)
                                                        .mapToObj(
                                                                x ->
                                                                        ""
                                                                                + (pixels[
                                                                                                28
                                                                                                                * y
                                                                                                        + x]
                                                                                        & 0xFF))
                                                        .collect(Collectors.joining(",", "[", "]")))
                                .collect(Collectors.joining(",", "[", "]"));
                assertThat(json(post("/v1/classify", JSON, "{\"pixels\":" + rows + "}")))
                        .isEqualTo(answer);
                byte[] file = png(paper(i));
                JsonNode photo = json(post("/v1/classify", "image/png", file));
                assertThat(photo.path("digit")).isEqualTo(answer.path("digit"));
                assertThat(json(post("/v1/classify", OCTETS, file))).isEqualTo(photo);
                String base64 = Base64.getEncoder().encodeToString(file);
                assertThat(json(post("/v1/classify", JSON, "{\"image\":\"" + base64 + "\"}")))
                        .isEqualTo(photo);
            }
        }
        assertThat(right).isGreaterThan(36);
    }

    @Test
    void aPhotoIsReadLineByLine() throws Exception {
        int[] shown = {0, 1, 2, 3};
        JsonNode page = json(post("/v1/read", "image/png", png(paper(shown))));
        assertThat(page.path("width").asInt()).isEqualTo(800);
        assertThat(page.path("height").asInt()).isEqualTo(200);
        assertThat(page.path("lines")).hasSize(1);
        JsonNode digits = page.path("lines").path(0).path("digits");
        assertThat(digits).hasSize(4);
        var text = new StringBuilder();
        for (int i = 0; i < 4; i++) {
            JsonNode digit = digits.path(i);
            assertThat(digit.path("digit").asInt()).isEqualTo(generated.label(shown[i]));
            int x = digit.path("box").path("x").asInt();
            assertThat(x)
                    .isBetween(200 * i, 200 * i + 200 - digit.path("box").path("width").asInt());
            assertThat(digit.path("box").path("height").asInt()).isBetween(60, 130);
            assertThat(Base64.getDecoder().decode(digit.path("pixels").asText())).hasSize(784);
            text.append(digit.path("unsure").asBoolean() ? "?" : digit.path("digit").asText());
        }
        assertThat(page.path("text").asText()).isEqualTo(text.toString());
    }

    @Test
    void noDigitIsSaid() throws Exception {
        byte[] empty = png(blank(300, 200));
        assertThat(problem(post("/v1/classify", "image/png", empty), 422)).startsWith("no digit");
        assertThat(problem(post("/v1/classify", OCTETS, new byte[784]), 422))
                .startsWith("no digit");
        JsonNode page = json(post("/v1/read", "image/png", empty));
        assertThat(page.path("lines")).isEmpty();
        assertThat(page.path("text").asText()).isEmpty();
    }

    @Test
    void aTransparentDrawingIsNotTakenForBlack() throws Exception {
        var transparent = new BufferedImage(200, 200, BufferedImage.TYPE_INT_ARGB);
        BufferedImage digit = paper(3);
        for (int y = 0; y < 200; y++) {
            for (int x = 0; x < 200; x++) {
                transparent.setRGB(x, y, (255 - (digit.getRGB(x, y) & 0xFF)) << 24);
            }
        }
        JsonNode answer = json(post("/v1/classify", "image/png", png(transparent)));
        assertThat(answer.path("digit").asInt()).isEqualTo(generated.label(3));
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/classify, application/octet-stream, 783 bytes, 400",
        "/v1/classify, application/json, {, 400",
        "/v1/classify, application/json, {}, 400",
        "/v1/classify, application/json, '{\"pixels\":[1,2,3]}', 400",
        "/v1/classify, application/json, '{\"pixels\":[\"1\"]}', 400",
        "/v1/classify, application/json, '{\"pixels\":true}', 400",
        "/v1/classify, application/json, '{\"image\":\"***\"}', 400",
        "/v1/classify, application/json, '{\"image\":\"aGVsbG8=\"}', 415",
        "/v1/classify, application/x-www-form-urlencoded, x, 415",
        "/v1/classify, text/html, <script>alert(1)</script>, 415",
        "/v1/classify, '', x, 415",
        "/v1/read, application/json, {}, 415",
        "/v1/read, image/png, not an image, 415",
        "/v1/read, image/svg+xml, <svg/>, 415",
        "/v1/activations, application/octet-stream, x, 400",
        "/v1/activations, image/png, x, 415"
    })
    void whatIsNotADigitIsRefusedInASentence(String path, String type, String body, int status)
            throws Exception {
        var response = post(path, type, body);
        assertThat(problem(response, status)).isNotBlank();
        assertThat(text(response)).doesNotContain("script>", "Exception", "io.github");
    }

    @Test
    void pixelsOutOfRangeAreNamed() throws Exception {
        String pixels = "0,".repeat(783);
        assertThat(problem(post("/v1/classify", JSON, "{\"pixels\":[" + pixels + "256]}"), 400))
                .contains("pixel 783 is 256.0");
        assertThat(problem(post("/v1/classify", JSON, "{\"pixels\":[" + pixels + "-1]}"), 400))
                .contains("pixel 783 is -1.0");
    }

    @Test
    void aDecompressionBombIsRefusedByItsHeader() throws Exception {
        // 30 kB that would be 900 million pixels
        long start = System.nanoTime();
        byte[] bomb = bomb(30_000, 30_000);
        assertThat(bomb.length).isLessThan(200_000);
        assertThat(problem(post("/v1/read", "image/png", bomb), 413)).contains("20 million");
        assertThat(problem(post("/v1/classify", "image/png", bomb), 413)).contains("20 million");
        String base64 = Base64.getEncoder().encodeToString(bomb);
        assertThat(problem(post("/v1/classify", JSON, "{\"image\":\"" + base64 + "\"}"), 413))
                .contains("20 million");
        assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
        byte[] cut = Arrays.copyOf(png(paper(1)), 300);
        assertThat(problem(post("/v1/read", "image/png", cut), 400)).contains("damaged");
    }

    @Test
    void anImageWaitsAmongItsLikeHoweverItIsSent() throws Exception {
        var traffic = new Traffic();
        Route classify =
                DigitServer.routes(new Digits(classifier, traffic), null, traffic).stream()
                        .filter(r -> r.path().equals("/v1/classify"))
                        .findFirst()
                        .orElseThrow();
        var lanes = new ArrayList<Route.Lane>();
        for (var image : List.of(blank(28, 28), blank(400, 300), blank(3000, 2000))) {
            byte[] png = png(image);
            assertThat(png.length).isLessThan(12_000); // so that its JSON is a short one
            String json = "{\"image\":\"" + Base64.getEncoder().encodeToString(png) + "\"}";
            lanes.add(
                    classify.lane()
                            .apply(new Call(Map.of(), Map.of("content-type", "image/png"), png)));
            lanes.add(
                    classify.lane()
                            .apply(
                                    new Call(
                                            Map.of(),
                                            Map.of("content-type", JSON),
                                            json.getBytes(StandardCharsets.UTF_8))));
        }
        String pixels = "{\"pixels\":[" + "255,".repeat(783) + "0]}";
        for (String other : List.of(pixels, "{", "")) {
            lanes.add(
                    classify.lane()
                            .apply(
                                    new Call(
                                            Map.of(),
                                            Map.of("content-type", JSON),
                                            other.getBytes(StandardCharsets.UTF_8))));
        }
        assertThat(lanes)
                .containsExactly(
                        Route.Lane.SMALL,
                        Route.Lane.SMALL,
                        Route.Lane.IMAGES,
                        Route.Lane.IMAGES,
                        Route.Lane.LARGE,
                        Route.Lane.LARGE,
                        Route.Lane.SMALL,
                        Route.Lane.SMALL,
                        Route.Lane.SMALL);
    }

    /** A gray PNG of zeros, whose data says that it is longer than it is. */
    private static byte[] bomb(int width, int height) throws IOException {
        var out = new ByteArrayOutputStream();
        out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        chunk(
                out,
                "IHDR",
                ByteBuffer.allocate(13)
                        .putInt(width)
                        .putInt(height)
                        .put(new byte[] {8, 0, 0, 0, 0})
                        .array());
        var deflater = new Deflater(9);
        deflater.setInput(new byte[30_000_000]);
        deflater.finish();
        byte[] packed = new byte[100_000];
        chunk(out, "IDAT", Arrays.copyOf(packed, deflater.deflate(packed)));
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] data)
            throws IOException {
        var crc = new CRC32();
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        crc.update(name);
        crc.update(data);
        out.write(ByteBuffer.allocate(4).putInt(data.length).array());
        out.write(name);
        out.write(data);
        out.write(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    @Test
    void aBodyLongerThanAllowedIsRefused() throws Exception {
        try (var small = DigitServer.builder(classifier).optPort(0).optMaxUpload(1000).start()) {
            var request =
                    HttpRequest.newBuilder(small.address().resolve("/v1/read"))
                            .header("Content-Type", "image/png")
                            .POST(BodyPublishers.ofByteArray(new byte[1001]))
                            .build();
            assertThat(problem(CLIENT.send(request, BodyHandlers.ofByteArray()), 413))
                    .isEqualTo("the body is longer than 1000 bytes");
        }
    }

    @Test
    void theModelsCardIsTheClassifiers() throws Exception {
        JsonNode model = json(get("/v1/model"));
        assertThat(model.path("card").path("model").asText()).isEqualTo(classifier.card().model());
        assertThat(model.path("threshold").asDouble()).isEqualTo(classifier.threshold());
    }

    @Test
    void theConvolutionsAreShownAsImages() throws Exception {
        JsonNode layers = json(post("/v1/activations", OCTETS, generated.pixels(0))).path("layers");
        // the pretrained network: cnn:channels=8,16,48, two convolutions to a block
        int[][] expected = {{8, 28}, {8, 28}, {16, 14}, {16, 14}};
        assertThat(layers).hasSize(4);
        for (int i = 0; i < 4; i++) {
            JsonNode layer = layers.path(i);
            assertThat(layer.path("layer").asInt()).isEqualTo(i + 1);
            assertThat(layer.path("channels").asInt()).isEqualTo(expected[i][0]);
            assertThat(layer.path("height").asInt()).isEqualTo(expected[i][1]);
            assertThat(layer.path("width").asInt()).isEqualTo(expected[i][1]);
            byte[] pixels = Base64.getDecoder().decode(layer.path("pixels").asText());
            assertThat(pixels).hasSize(expected[i][0] * expected[i][1] * expected[i][1]);
            assertThat(pixels).contains((byte) 255, (byte) 0);
        }
        assertThat(json(post("/v1/activations", OCTETS, generated.pixels(1))).path("layers"))
                .isNotEqualTo(layers);
    }

    @Test
    void manyAtOnceGetTheirOwnAnswers() throws Exception {
        var expected = new ArrayList<Integer>();
        for (int i = 0; i < 40; i++) {
            expected.add(classifier.classifyPixels(generated.pixels(i)).digit());
        }
        List<CompletableFuture<HttpResponse<byte[]>>> all =
                IntStream.range(0, 40)
                        .mapToObj(
                                i ->
                                        CLIENT.sendAsync(
                                                HttpRequest.newBuilder(
                                                                server.address()
                                                                        .resolve("/v1/classify"))
                                                        .header("Content-Type", OCTETS)
                                                        .POST(
                                                                BodyPublishers.ofByteArray(
                                                                        generated.pixels(i)))
                                                        .build(),
                                                BodyHandlers.ofByteArray()))
                        .toList();
        for (int i = 0; i < 40; i++) {
            assertThat(json(all.get(i).join()).path("digit").asInt()).isEqualTo(expected.get(i));
        }
    }

    // ---- Open Inference Protocol

    @Test
    void theServerAndItsModelDescribeThemselves() throws Exception {
        assertThat(json(get("/v2")).path("name").asText()).isEqualTo("mnist4j");
        assertThat(json(get("/v2")).path("extensions").path(0).asText())
                .isEqualTo("binary_tensor_data");
        assertThat(text(get("/v2/health/live"))).isEqualTo("{\"live\":true}");
        assertThat(text(get("/v2/health/ready"))).isEqualTo("{\"ready\":true}");
        for (String path : List.of("/v2/models/mnist", "/v2/models/mnist/versions/1")) {
            JsonNode model = json(get(path));
            assertThat(model.path("name").asText()).isEqualTo("mnist");
            assertThat(model.path("versions").path(0).asText()).isEqualTo("1");
            assertThat(model.path("inputs").path(0).path("datatype").asText()).isEqualTo("FP32");
            assertThat(model.path("outputs")).hasSize(3);
            assertThat(json(get(path + "/ready")).path("ready").asBoolean()).isTrue();
        }
        for (String path : List.of("/v2/models/other", "/v2/models/mnist/versions/2")) {
            var response = get(path);
            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(text(response)).matches("\\{\"error\":\"[^\"]+\"}");
        }
    }

    /** As the protocol's text shows it: id, nested data, the wanted outputs alone. */
    @Test
    void aBatchIsInferred() throws Exception {
        int[] images = {0, 1, 2};
        String rows =
                Arrays.stream(images)
                        .mapToObj(
                                i ->
                                        IntStream.range(0, 784)
                                                .mapToObj(p -> "" + (generated.pixels(i)[p] & 0xFF))
                                                .collect(Collectors.joining(",", "[", "]")))
                        .collect(Collectors.joining(",", "[", "]"));
        JsonNode answer =
                json(
                        post(
                                "/v2/models/mnist/infer",
                                JSON,
                                "{\"id\":\"42\",\"inputs\":[{\"name\":\"images\",\"shape\":[3,784],"
                                        + "\"datatype\":\"UINT8\",\"data\":"
                                        + rows
                                        + "}],\"outputs\":[{\"name\":\"digit\"},{\"name\":\"probabilities\"}]}"));
        assertThat(answer.path("id").asText()).isEqualTo("42");
        assertThat(answer.path("model_name").asText()).isEqualTo("mnist");
        JsonNode digit = answer.path("outputs").path(0);
        assertThat(digit.path("name").asText()).isEqualTo("digit");
        assertThat(digit.path("datatype").asText()).isEqualTo("INT64");
        assertThat(digit.path("shape").toString()).isEqualTo("[3]");
        JsonNode probabilities = answer.path("outputs").path(1);
        assertThat(probabilities.path("shape").toString()).isEqualTo("[3,10]");
        assertThat(probabilities.path("data")).hasSize(30);
        for (int i = 0; i < 3; i++) {
            var expected = classifier.classifyPixels(generated.pixels(images[i]));
            assertThat(digit.path("data").path(i).asInt()).isEqualTo(expected.digit());
            assertThat(probabilities.path("data").path(10 * i + expected.digit()).floatValue())
                    .isCloseTo(expected.confidence(), org.assertj.core.data.Offset.offset(1e-4f));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1,784]", "[1,28,28]", "[1,1,28,28]", "[1,28,28,1]"})
    void floatsAndEveryShapeOfAnImageAreTaken(String shape) throws Exception {
        byte[] pixels = generated.pixels(7);
        String data =
                IntStream.range(0, 784)
                        .mapToObj(p -> "" + (pixels[p] & 0xFF) / 255f)
                        .collect(Collectors.joining(",", "[", "]"));
        JsonNode answer =
                json(post("/v2/models/mnist/versions/1/infer", JSON, infer(shape, "FP32", data)));
        assertThat(answer.path("outputs")).hasSize(3);
        assertThat(answer.path("outputs").path(1).path("data").path(0).asInt())
                .isEqualTo(classifier.classifyPixels(pixels).digit());
    }

    private static String infer(String shape, String datatype, String data) {
        return "{\"inputs\":[{\"name\":\"images\",\"shape\":"
                + shape
                + ",\"datatype\":\""
                + datatype
                + "\",\"data\":"
                + data
                + "}]}";
    }

    /** What Triton's clients send unless they are told otherwise. */
    @Test
    void tensorsMayTravelAsBytes() throws Exception {
        byte[] head =
                ("{\"inputs\":[{\"name\":\"images\",\"shape\":[2,784],\"datatype\":\"FP32\","
                                + "\"parameters\":{\"binary_data_size\":6272}}],"
                                + "\"parameters\":{\"binary_data_output\":true}}")
                        .getBytes(StandardCharsets.UTF_8);
        var body = ByteBuffer.allocate(head.length + 6272).order(ByteOrder.LITTLE_ENDIAN).put(head);
        for (int i = 0; i < 2; i++) {
            for (byte pixel : generated.pixels(i)) {
                body.putFloat((pixel & 0xFF) / 255f);
            }
        }
        var request =
                HttpRequest.newBuilder(server.address().resolve("/v2/models/mnist/infer"))
                        .header("Content-Type", OCTETS)
                        .header("Inference-Header-Content-Length", "" + head.length)
                        .POST(BodyPublishers.ofByteArray(body.array()))
                        .build();
        var response = CLIENT.send(request, BodyHandlers.ofByteArray());
        assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
        int length =
                Integer.parseInt(
                        response.headers()
                                .firstValue("Inference-Header-Content-Length")
                                .orElseThrow());
        JsonNode answer =
                JsonFile.parse(
                        new String(response.body(), 0, length, StandardCharsets.UTF_8),
                        "the answer",
                        1,
                        JsonNode.class,
                        false);
        int[] sizes = {80, 16, 8};
        for (int i = 0; i < 3; i++) {
            assertThat(
                            answer.path("outputs")
                                    .path(i)
                                    .path("parameters")
                                    .path("binary_data_size")
                                    .asInt())
                    .isEqualTo(sizes[i]);
        }
        var behind =
                ByteBuffer.wrap(response.body(), length, response.body().length - length)
                        .order(ByteOrder.LITTLE_ENDIAN);
        assertThat(behind.remaining()).isEqualTo(104);
        for (int i = 0; i < 2; i++) {
            var expected = classifier.classifyPixels(generated.pixels(i));
            assertThat(behind.getFloat(length + 40 * i + 4 * expected.digit()))
                    .isCloseTo(expected.confidence(), org.assertj.core.data.Offset.offset(1e-4f));
            assertThat(behind.getLong(length + 80 + 8 * i)).isEqualTo(expected.digit());
        }
    }

    @Test
    void theLargestBatchIs1024() throws Exception {
        String zeros = "0,".repeat(784 * 1024 - 1) + "0";
        JsonNode answer =
                json(
                        post(
                                "/v2/models/mnist/infer",
                                JSON,
                                infer("[1024,784]", "UINT8", "[" + zeros + "]")));
        assertThat(answer.path("outputs").path(1).path("data")).hasSize(1024);
        var tooMany = post("/v2/models/mnist/infer", JSON, infer("[1025,784]", "UINT8", "[0]"));
        assertThat(tooMany.statusCode()).isEqualTo(400);
        assertThat(text(tooMany)).contains("1025", "1024");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{\"inputs\":[]}",
                "{\"inputs\":null}",
                "{\"inputs\":[null]}",
                "{\"inputs\":[{\"name\":null,\"shape\":[1,784],\"datatype\":\"UINT8\",\"data\":[0]}]}",
                "{\"inputs\":[{\"name\":\"images\",\"shape\":null,\"datatype\":\"UINT8\",\"data\":[0]}]}",
                "{\"inputs\":[{\"name\":\"images\",\"shape\":[null,784],\"datatype\":\"UINT8\",\"data\":[0]}]}",
                "{\"inputs\":[{\"name\":\"images\",\"shape\":[1,784],\"datatype\":null,\"data\":[0]}]}",
                "{\"inputs\":[{\"name\":\"images\",\"shape\":[1,784],\"datatype\":\"UINT8\",\"data\":[0]}],\"outputs\":[null]}",
                "{\"inputs\":[{\"name\":\"images\",\"shape\":[1,784],\"datatype\":\"UINT8\"}]}",
                "{\"inputs\":[{\"name\":\"other\",\"shape\":[1,784],\"datatype\":\"UINT8\",\"data\":[0]}]}",
                "{\"inputs\":[{\"name\":\"images\",\"shape\":[1,783],\"datatype\":\"UINT8\",\"data\":[0]}]}",
                "{\"inputs\":[{\"name\":\"images\",\"shape\":[0,784],\"datatype\":\"UINT8\",\"data\":[]}]}",
                "{\"inputs\":[{\"name\":\"images\",\"shape\":[-1,784],\"datatype\":\"UINT8\",\"data\":[]}]}",
                "{\"inputs\":[{\"name\":\"images\",\"shape\":[9223372036854775807,784],\"datatype\":\"UINT8\",\"data\":[]}]}",
                "{\"inputs\":[{\"name\":\"images\",\"shape\":[1,784],\"datatype\":\"UINT8\",\"data\":[0]}]}",
                "{\"inputs\":[{\"name\":\"images\",\"shape\":[1,784],\"datatype\":\"INT64\",\"data\":[0]}]}",
                "{\"inputs\":[{\"name\":\"images\",\"shape\":[1,784],\"datatype\":\"UINT8\",\"data\":[[[\"0\"]]]}]}",
                "{\"inputs\":[{\"name\":\"images\",\"shape\":[1,784],\"datatype\":\"UINT8\","
                        + "\"parameters\":{\"binary_data_size\":784}}]}"
            })
    void whatTheProtocolDoesNotAllowIsAnError(String body) throws Exception {
        var response = post("/v2/models/mnist/infer", JSON, body);
        assertThat(response.statusCode()).as(text(response)).isEqualTo(400);
        assertThat(
                        JsonFile.parse(text(response), "", 1, JsonNode.class, false)
                                .path("error")
                                .asText())
                .isNotBlank()
                .doesNotContain("Exception");
    }

    @Test
    void valuesOutOfRangeAndUnknownOutputsAreErrors() throws Exception {
        String zeros = "0,".repeat(783);
        for (String[] wrong :
                new String[][] {
                    {"UINT8", "256"}, {"UINT8", "0.5"}, {"FP32", "255"}, {"FP32", "-0.1"}
                }) {
            var response =
                    post(
                            "/v2/models/mnist/infer",
                            JSON,
                            infer("[1,784]", wrong[0], "[" + zeros + wrong[1] + "]"));
            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(text(response)).contains("value 783");
        }
        var response =
                post(
                        "/v2/models/mnist/infer",
                        JSON,
                        infer("[1,784]", "UINT8", "[" + zeros + "1]")
                                .replace("}]}", "}],\"outputs\":[{\"name\":\"logits\"}]}"));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(text(response)).contains("probabilities, digit, is_digit");
        // an answer of gigabytes to a request of megabytes
        response =
                post(
                        "/v2/models/mnist/infer",
                        JSON,
                        infer("[1,784]", "UINT8", "[" + zeros + "1]")
                                .replace(
                                        "}]}",
                                        "}],\"outputs\":[{\"name\":\"digit\"},{\"name\":\"digit\"}]}"));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(text(response)).contains("each once");
    }

    // ---- the service itself

    @Test
    void metricsCountWhatWasRead() throws Exception {
        try (var own = DigitServer.builder(classifier).optPort(0).start()) {
            for (byte[] body : List.of(generated.pixels(0), new byte[784], new byte[3])) {
                CLIENT.send(
                        HttpRequest.newBuilder(own.address().resolve("/v1/classify"))
                                .header("Content-Type", OCTETS)
                                .POST(BodyPublishers.ofByteArray(body))
                                .build(),
                        BodyHandlers.discarding());
            }
            CLIENT.send(
                    HttpRequest.newBuilder(own.address().resolve("/secret-path")).build(),
                    BodyHandlers.discarding());
            var response =
                    CLIENT.send(
                            HttpRequest.newBuilder(own.address().resolve("/metrics")).build(),
                            BodyHandlers.ofString());
            assertThat(response.headers().firstValue("Content-Type").orElse(""))
                    .startsWith("text/plain; version=0.0.4");
            assertThat(response.body())
                    .contains(
                            "mnist_requests_total{route=\"/v1/classify\",status=\"200\"} 1.0",
                            "mnist_requests_total{route=\"/v1/classify\",status=\"422\"} 1.0",
                            "mnist_requests_total{route=\"/v1/classify\",status=\"400\"} 1.0",
                            "mnist_requests_total{route=\"none\",status=\"404\"} 1.0",
                            "mnist_request_duration_seconds_bucket{route=\"/v1/classify\",le=\"+Inf\"} 3",
                            "mnist_request_duration_seconds_count{route=\"/v1/classify\"} 3",
                            "mnist_rejected_total 1.0",
                            "mnist_errors_total 0.0",
                            "mnist_queue_length{lane=\"small\"} 0.0",
                            "mnist_queue_length{lane=\"images\"} 0.0",
                            "mnist_queue_length{lane=\"large\"} 0.0")
                    .containsPattern("mnist_digits_total\\{answer=\"(sure|unsure)\"} 1.0")
                    .doesNotContain("secret");
        }
    }

    @Test
    void openapiDescribesEveryRouteAndNoOther() throws Exception {
        var response = get("/openapi.yaml");
        JsonNode described =
                new ObjectMapper(new YAMLFactory()).readTree(response.body()).path("paths");
        Set<String> expected = new HashSet<>();
        for (var path : described.properties()) {
            for (var method : path.getValue().properties()) {
                if (!method.getKey().equals("parameters")) {
                    expected.add(method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey());
                }
            }
        }
        var traffic = new Traffic();
        List<Route> routes = DigitServer.routes(new Digits(classifier, traffic), null, traffic);
        assertThat(routes.stream().map(r -> r.method() + " " + r.path()))
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "/, text/html",
        "/app.js, text/javascript",
        "/style.css, text/css",
        "/favicon.svg, image/svg+xml",
        "/favicon.ico, image/svg+xml",
        "/openapi.yaml, application/yaml"
    })
    void thePageComesFromTheJar(String path, String type) throws Exception {
        var response = get(path);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith(type);
        assertThat(response.headers().firstValue("Cache-Control")).hasValue("no-cache");
        // nothing inline that the policy would have to allow, and nothing from elsewhere
        if (type.equals("text/html")) {
            assertThat(text(response))
                    .doesNotContain("style=", "<style", "javascript:", "http://", "https://")
                    .doesNotContainPattern("\\son[a-z]+=")
                    .doesNotContainPattern("<script(?![^>]*\\ssrc=)");
        }
    }

    @Test
    void runsAreNotShownUnlessAFolderIsNamed() throws Exception {
        assertThat(text(get("/v1/runs"))).isEqualTo("{\"shown\":false,\"runs\":[]}");
        assertThat(problem(get("/v1/runs/x"), 404)).contains("--runs");
    }

    @Test
    void theAddressIsWhereItListens() throws Exception {
        assertThat(server.address())
                .isEqualTo(URI.create("http://127.0.0.1:" + server.port() + "/"));
        assertThat(server.isOpen()).isFalse();
        try (var open = DigitServer.builder(classifier).optHost("0.0.0.0").optPort(0).start()) {
            assertThat(open.isOpen()).isTrue();
        }
        try (var six = DigitServer.builder(classifier).optHost("::1").optPort(0).start()) {
            assertThat(six.address().toString()).startsWith("http://[::1]:");
            assertThat(six.isOpen()).isFalse();
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("does not have the address"); // no IPv6 here
        }
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        var builder = DigitServer.builder(classifier);
        assertThatThrownBy(() -> builder.optPort(65536))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("port is 65536, 0 to 65535 expected");
        assertThatThrownBy(() -> builder.optThreads(0)).hasMessageContaining("threads is 0");
        assertThatThrownBy(() -> builder.optMaxUpload(0)).hasMessageContaining("max upload is 0");
        assertThatThrownBy(() -> builder.optAllowOrigin("https://x/path"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.optRuns(java.nio.file.Path.of("no-such-folder")).start())
                .isInstanceOf(IOException.class)
                .hasMessage("no-such-folder: there is no such folder");
    }
}
