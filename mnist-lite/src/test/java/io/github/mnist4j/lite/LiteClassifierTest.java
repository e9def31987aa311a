package io.github.mnist4j.lite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.lite.finder.Recognizer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** What the suite over both readers (mnist-models) does not see: builder and large files. */
class LiteClassifierTest {
    /** Takes whatever it is shown for a 1. */
    private static final Recognizer ONE =
            images -> {
                float[] answers = new float[images.length / 784 * Recognizer.CLASSES];
                for (int at = 1; at < answers.length; at += Recognizer.CLASSES) {
                    answers[at] = 1;
                }
                return answers;
            };

    @Test
    void theBuilderKeepsWhatItIsGiven() {
        try (var plain = LiteClassifier.builder(ONE).build();
                var told = LiteClassifier.builder(ONE).optThreshold(0.9).optCard("one").build()) {
            assertThat(plain.threshold()).isEqualTo(0.5);
            assertThat(plain.card()).isEmpty();
            assertThat(told.threshold()).isEqualTo(0.9);
            assertThat(told.card()).isEqualTo("one");
        }
        var builder = LiteClassifier.builder(ONE);
        for (double threshold : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThatThrownBy(() -> builder.optThreshold(threshold))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("threshold is " + threshold + ", 0 to 1 expected");
        }
        assertThatThrownBy(() -> builder.optCard(null)).hasMessage("text");
        assertThatThrownBy(() -> LiteClassifier.builder(null)).hasMessage("recognizer");
    }

    /**
     * More than 16 million pixels are read in steps; boxes are in the file's pixels all the same.
     */
    @Test
    void aLargeImageIsReducedAsItIsRead() throws IOException {
        var image = new BufferedImage(4200, 4200, BufferedImage.TYPE_BYTE_GRAY);
        var g = image.createGraphics();
        g.setColor(java.awt.Color.WHITE);
        g.fillRect(0, 0, 4200, 4200);
        g.setColor(java.awt.Color.BLACK);
        g.fillRect(2000, 1000, 200, 1500);
        g.dispose();
        var png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        assertThat(ImageFiles.read(png.toByteArray(), "large.png").step()).isEqualTo(2);
        try (var reader = LiteClassifier.builder(ONE).build()) {
            Box box = reader.readFile(png.toByteArray()).get(0).box();
            assertThat(box.x()).isBetween(1980, 2000);
            assertThat(box.y()).isBetween(980, 1000);
            assertThat(box.x() + box.width()).isBetween(2200, 2220);
            assertThat(box.y() + box.height()).isBetween(2500, 2520);
        }
    }
}
