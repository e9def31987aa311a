package service;

import io.github.mnist4j.models.DigitClassifier;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartFile;

/** POST /read with a photo as the part {@code photo}: the digits on it, as JSON. */
@SpringBootApplication
@RestController
public class Service {
    private final DigitClassifier classifier;

    Service(DigitClassifier classifier) {
        this.classifier = classifier;
    }

    /** A digit and how sure the network is, 0 to 1. */
    public record Digit(int digit, double confidence, int line) {}

    @PostMapping("/read")
    List<Digit> read(@RequestParam("photo") MultipartFile photo) throws IOException {
        try (InputStream file = photo.getInputStream()) {
            return classifier.readFile(file).stream()
                    .map(
                            r ->
                                    new Digit(
                                            r.prediction().digit(),
                                            r.prediction().confidence(),
                                            r.line()))
                    .toList();
        }
    }

    /** Not an image, or a damaged one; the message says which. */
    @ExceptionHandler(IOException.class)
    ProblemDetail refused(IOException e) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, e.getMessage());
    }

    /** One for all requests. */
    @org.springframework.context.annotation.Configuration
    static class Configuration {
        @Bean(destroyMethod = "close")
        DigitClassifier classifier() {
            return DigitClassifier.pretrained();
        }
    }

    public static void main(String[] args) {
        SpringApplication.run(Service.class, args);
    }
}
