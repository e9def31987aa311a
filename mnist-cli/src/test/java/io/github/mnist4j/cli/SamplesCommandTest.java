package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
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
        // two rows of twenty and one of five, with a caption below each image
        assertThat(ImageIO.read(sheet.toFile()))
                .returns(8 + 20 * (56 + 8), BufferedImage::getWidth)
                .returns(8 + 3 * (56 + 14 + 8), BufferedImage::getHeight);
        assertThat(mnist("samples", "--data", data.toString(), "--count", "0")).isEqualTo(2);
    }

    /** Each amount alone makes other variants. */
    @Test
    void everyAmountIsSeen() throws IOException {
        var seen = new HashSet<String>();
        Path sheet = folder.resolve("sheet.png");
        for (String amount :
                List.of(
                        "--rotate=30",
                        "--shift=0.2",
                        "--scale=0.3",
                        "--shear=20",
                        "--elastic=34",
                        "--stroke=0.5",
                        "--erase=1",
                        "--augment=affine")) {
            assertThat(mnist("samples", "--data", data.toString(), amount, "--out", "" + sheet))
                    .as(err)
                    .isZero();
            var image = ImageIO.read(sheet.toFile());
            assertThat(image.getHeight()).as(amount).isEqualTo(8 + 7 * (56 + 8));
            int[] variants = image.getRGB(0, 72, image.getWidth(), 6 * 64, null, 0, 656);
            assertThat(seen.add(Arrays.toString(variants))).as(amount).isTrue();
        }
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
