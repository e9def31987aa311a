package io.github.mnist4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.lite.Box;
import io.github.mnist4j.lite.Prediction;
import io.github.mnist4j.lite.Reading;
import io.github.mnist4j.models.DigitClassifier;
import io.github.mnist4j.train.reader.ReadingBenchmark;
import io.github.mnist4j.train.reader.ReadingBenchmark.Outcome;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadingBenchmarkTest {
    @TempDir Path folder;

    private static Reading reading(int digit, int x, int height) {
        float[] answer = new float[11];
        answer[digit] = 1;
        return new Reading(new Box(x, 0, 20, height), 0, new byte[784], Prediction.of(answer));
    }

    @Test
    void namesWhatBecameOfAnImage() {
        Reading one = reading(1, 0, 40);
        assertThat(ReadingBenchmark.outcome("1", List.of(one))).isEqualTo(Outcome.RIGHT);
        assertThat(ReadingBenchmark.outcome("", List.of())).isEqualTo(Outcome.RIGHT);
        assertThat(ReadingBenchmark.outcome("7", List.of(one))).isEqualTo(Outcome.WRONG);
        assertThat(ReadingBenchmark.outcome("1", List.of())).isEqualTo(Outcome.MISSED);
        assertThat(ReadingBenchmark.outcome("", List.of(one))).isEqualTo(Outcome.SPURIOUS);
        assertThat(ReadingBenchmark.outcome("12", List.of(one))).isEqualTo(Outcome.MERGED);
        assertThat(ReadingBenchmark.outcome("4", List.of(one, reading(1, 22, 40))))
                .isEqualTo(Outcome.SPLIT);
        assertThat(ReadingBenchmark.outcome("4", List.of(one, reading(1, 300, 40))))
                .isEqualTo(Outcome.SPURIOUS);
    }

    @Test
    void readsATableAndCountsFilesThatFail() throws IOException {
        var blank = new BufferedImage(60, 60, BufferedImage.TYPE_INT_RGB);
        blank.createGraphics().fillRect(0, 0, 60, 60);
        ImageIO.write(blank, "png", folder.resolve("blank.png").toFile());
        Path table = folder.resolve("labels.csv");
        Files.writeString(table, "kind,file,digits\nnone,blank.png,\npen,absent.png,5\n");
        try (DigitClassifier classifier = DigitClassifier.pretrained()) {
            ReadingBenchmark b = ReadingBenchmark.of(table, classifier, 0.9);
            assertThat(b.images())
                    .extracting("outcome")
                    .containsExactly(Outcome.RIGHT, Outcome.FAILED);
            assertThat(b.right()).isEqualTo(0.5);
            assertThat(b.wrongAndSure()).isZero();
            assertThat(b.toString().lines()).hasSize(4);
            assertThat(b.failures(folder, 10).getWidth()).isPositive();
            Files.writeString(table, "name,digits\nblank.png,1\n");
            assertThatThrownBy(() -> ReadingBenchmark.of(table, classifier, 0.9))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("columns file and digits");
            Files.writeString(table, "file,digits\nblank.png,seven\n");
            assertThatThrownBy(() -> ReadingBenchmark.of(table, classifier, 0.9))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("line 2");
        }
    }
}
