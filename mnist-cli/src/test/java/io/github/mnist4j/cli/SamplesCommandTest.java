package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** {@code samples}: sheets of images. */
class SamplesCommandTest extends CommandFixture {
    @Test
    void samplesDrawsASheet() throws IOException {
        Path sheet = folder.resolve("sheet.png");
        assertThat(
                        mnist(
                                "samples",
                                "--data",
                                data.toString(),
                                "--count",
                                "45",
                                "--out",
                                sheet.toString()))
                .isZero();
        assertThat(out.strip()).isEqualTo(sheet.toString());
        assertThat(ImageIO.read(sheet.toFile()).getWidth()).isEqualTo(8 + 20 * (56 + 8));
        assertThat(mnist("samples", "--data", data.toString(), "--count", "0")).isEqualTo(2);
    }

    @Test
    void samplesShowsWhatAnAugmentationDoes() throws IOException {
        Path sheet = folder.resolve("sheet.png");
        String[] command = {
            "samples", "--data", data.toString(), "--augment", "strong", "--out", sheet.toString()
        };
        assertThat(mnist(command)).isZero();
        var picture = ImageIO.read(sheet.toFile());
        assertThat(picture.getWidth()).isEqualTo(8 + 10 * (56 + 8));
        assertThat(picture.getHeight()).isEqualTo(8 + 7 * (56 + 8));
        // originals above, something else below
        int[] first = picture.getRGB(8, 8, 56, 56, null, 0, 56);
        for (int row = 1; row < 7; row++) {
            assertThat(picture.getRGB(8, 8 + row * 64, 56, 56, null, 0, 56)).isNotEqualTo(first);
        }
        byte[] before = Files.readAllBytes(sheet);
        assertThat(mnist(command)).isZero();
        assertThat(sheet).hasBinaryContent(before);
        assertThat(mnist("samples", "--data", data.toString(), "--augment", "wild")).isEqualTo(2);
        assertOneLineError("'wild'", "elastic");
    }
}
