package io.github.mnist4j.data.photo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageLoaderTest {
    /** White, 6 wide and 4 high, black at the upper left. */
    private static BufferedImage marked(int width, int height) {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                boolean corner = x < width / 3 && y < height / 2;
                image.setRGB(x, y, corner ? 0 : 0xFFFFFF);
            }
        }
        return image;
    }

    private static byte[] file(BufferedImage image, String format) throws IOException {
        var out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, out)).isTrue();
        return out.toByteArray();
    }

    /**
     * By the definition of the tag (CIPA DC-008): where row 0 and column 0 of the file are seen.
     */
    @ParameterizedTest
    @CsvSource({
        "1, top left",
        "2, top right",
        "3, bottom right",
        "4, bottom left",
        "5, top left",
        "6, top right",
        "7, bottom right",
        "8, bottom left"
    })
    void imagesAreTurnedUpright(int orientation, String corner) throws IOException {
        byte[] jpeg = file(marked(60, 40), "jpg");
        // an APP1 segment after the start marker: Exif, a big-endian TIFF header, one entry
        var exif = ByteBuffer.allocate(4 + 6 + 8 + 2 + 12 + 4);
        exif.putShort((short) 0xFFE1).putShort((short) (exif.capacity() - 2));
        exif.put("Exif\0\0".getBytes(StandardCharsets.US_ASCII));
        exif.put("MM\0*".getBytes(StandardCharsets.US_ASCII)).putInt(8).putShort((short) 1);
        exif.putShort((short) 0x0112).putShort((short) 3).putInt(1);
        exif.putShort((short) orientation).putShort((short) 0).putInt(0);
        var out = new ByteArrayOutputStream();
        out.write(jpeg, 0, 2);
        out.write(exif.array());
        out.write(jpeg, 2, jpeg.length - 2);
        BufferedImage seen = ImageLoader.read(out.toByteArray(), "a photo").image();
        boolean turned = orientation >= 5;
        assertThat(seen.getWidth()).isEqualTo(turned ? 40 : 60);
        assertThat(seen.getHeight()).isEqualTo(turned ? 60 : 40);
        int x = corner.contains("left") ? 3 : seen.getWidth() - 4;
        int y = corner.contains("top") ? 3 : seen.getHeight() - 4;
        assertThat(seen.getRGB(x, y) & 0xFF).isLessThan(60);
        assertThat(seen.getRGB(seen.getWidth() - 1 - x, seen.getHeight() - 1 - y) & 0xFF)
                .isGreaterThan(200);
    }

    @Test
    void otherFormatsAndHugeImagesAreRead() throws IOException {
        for (String format : new String[] {"png", "gif", "bmp", "jpg"}) {
            BufferedImage seen = ImageLoader.read(file(marked(60, 40), format), format).image();
            assertThat(seen.getWidth()).as(format).isEqualTo(60);
            assertThat(seen.getRGB(3, 3) & 0xFF).as(format).isLessThan(60);
        }
        var huge = new BufferedImage(12_000, 9_000, BufferedImage.TYPE_BYTE_BINARY);
        LoadedImage seen = ImageLoader.read(file(huge, "png"), "108 megapixels");
        assertThat(seen.reduction()).isEqualTo(3);
        assertThat(seen.image().getWidth()).isEqualTo(4000);
        assertThat(seen.image().getHeight()).isEqualTo(3000);
    }

    /** Made by Pillow: white paper, black at the upper left, in CMYK. */
    @Test
    void jpegsForPrintersAreRead() throws IOException {
        try (var in = ImageLoaderTest.class.getResourceAsStream("/cmyk.jpg")) {
            BufferedImage seen = ImageLoader.read(in.readAllBytes(), "cmyk.jpg").image();
            assertThat(seen.getWidth()).isEqualTo(32);
            assertThat(seen.getRGB(3, 3) & 0xFF).isLessThan(60);
            assertThat(seen.getRGB(25, 20) & 0xFF).isGreaterThan(200);
        }
    }

    @Test
    void otherFilesAreRefusedInASentence() throws IOException {
        byte[] text = "not an image".getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> ImageLoader.read(text, "notes.txt"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("notes.txt is not an image");
        assertThatThrownBy(() -> ImageLoader.read(new byte[0], "empty.png"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("empty.png");
        byte[] png = file(marked(60, 40), "png");
        assertThatThrownBy(() -> ImageLoader.read(Arrays.copyOf(png, 60), "half.png"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("half.png is damaged");
        // a header that promises 100,000 x 100,000 pixels
        byte[] bomb = png.clone();
        ByteBuffer.wrap(bomb).putInt(16, 100_000).putInt(20, 100_000);
        var crc = new java.util.zip.CRC32();
        crc.update(bomb, 12, 17);
        ByteBuffer.wrap(bomb).putInt(29, (int) crc.getValue());
        assertThatThrownBy(() -> ImageLoader.read(bomb, "bomb.png"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("100000x100000");
    }
}
