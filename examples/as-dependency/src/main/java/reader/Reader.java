package reader;

import io.github.mnist4j.lite.Reading;
import io.github.mnist4j.models.DigitClassifier;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the digits on the given images, with the network in the jar. */
public final class Reader {
    public static void main(String[] images) throws Exception {
        try (DigitClassifier classifier = DigitClassifier.pretrained()) {
            System.out.println("network: " + classifier.card().model());
            for (String image : images) {
                try (var file = Files.newInputStream(Path.of(image))) {
                    for (Reading r : classifier.readFile(file)) {
                        System.out.printf(
                                "%s line %d: %d (%.1f %%)%n",
                                image,
                                r.line() + 1,
                                r.prediction().digit(),
                                100 * r.prediction().confidence());
                    }
                }
            }
        }
    }
}
