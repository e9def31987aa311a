package service;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/** {@code -Dphoto=FILE} names a photo with digits. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
class ServiceTest {
    private static final String BOUNDARY = "a-line-that-no-photo-has";
    private static final int UPLOADS = 400;

    @LocalServerPort private int port;

    private final HttpClient client = HttpClient.newHttpClient();

    private HttpRequest upload(byte[] photo) {
        byte[] head =
                ("--"
                                + BOUNDARY
                                + "\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"photo.png\""
                                + "\r\nContent-Type: application/octet-stream\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII);
        byte[] tail = ("\r\n--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.US_ASCII);
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/read"))
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(HttpRequest.BodyPublishers.ofByteArrays(List.of(head, photo, tail)))
                .build();
    }

    @Test
    void everyOneOfManyUploadsAtATimeIsReadAlike() throws Exception {
        HttpRequest request = upload(Files.readAllBytes(Path.of(System.getProperty("photo"))));
        List<CompletableFuture<HttpResponse<String>>> pending =
                Stream.generate(
                                () ->
                                        client.sendAsync(
                                                request, HttpResponse.BodyHandlers.ofString()))
                        .limit(UPLOADS)
                        .toList();
        var answers = new HashSet<List<Integer>>();
        for (CompletableFuture<HttpResponse<String>> one : pending) {
            HttpResponse<String> response = one.get();
            assertThat(response.statusCode()).isEqualTo(200);
            List<Service.Digit> digits =
                    new ObjectMapper().readValue(response.body(), new TypeReference<>() {});
            assertThat(digits)
                    .isNotEmpty()
                    .allSatisfy(d -> assertThat(d.confidence()).isBetween(0.0, 1.0));
            answers.add(digits.stream().map(Service.Digit::digit).toList());
        }
        assertThat(answers).hasSize(1);
    }

    @Test
    void whatIsNotAnImageIsTheClientsFault() throws Exception {
        HttpResponse<String> response =
                client.send(
                        upload("no image".getBytes(StandardCharsets.US_ASCII)),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("detail");
    }
}
