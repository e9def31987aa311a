package io.github.mnist4j.data.photo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.mnist4j.data.Mutants;
import io.github.mnist4j.data.SmallHeap;
import io.github.mnist4j.data.io.FileKind;
import io.github.mnist4j.testkit.SharedData;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is handed in as an image: an image comes back, or a sentence. */
public class ImageMutantsTest {
    /** What no message may hold: a class, a trace, a second line, a bare null. */
    private static final Pattern RAW =
            Pattern.compile(
                    "(?s)Exception|Error\\b|\\b(java|javax|com|sun)\\.|\\bnull\\b|[\\r\\n]");

    @TempDir Path folder;

    /** One file of each format and way of packing, by name. */
    public static Map<String, byte[]> images() throws IOException {
        var files = new TreeMap<String, byte[]>();
        for (String format : List.of("png", "jpg", "gif", "bmp", "tif")) {
            var rgb = new BufferedImage(60, 40, BufferedImage.TYPE_INT_RGB);
            rgb.createGraphics().drawString("7", 20, 30);
            var bits = new BufferedImage(60, 40, BufferedImage.TYPE_BYTE_BINARY);
            bits.createGraphics().drawString("7", 20, 30);
            for (BufferedImage image : List.of(rgb, bits)) {
                var out = new ByteArrayOutputStream();
                if (ImageIO.write(image, format, out)) {
                    files.put((image == rgb ? "color." : "bits.") + format, out.toByteArray());
                }
            }
        }
        for (String name :
                List.of(
                        "lossy.webp",
                        "lossless.webp",
                        "alpha.webp",
                        "g4.tif",
                        "jpeg.tif",
                        "lzw.tif",
                        "packbits.tif",
                        "progressive.jpg",
                        "p.bmp")) {
            try (var in = ImageMutantsTest.class.getResourceAsStream("/images/" + name)) {
                files.put(name, in.readAllBytes());
            }
        }
        return files;
    }

    @Test
    void everyFormatIsReadWhole() throws IOException {
        for (var file : images().entrySet()) {
            BufferedImage image = ImageLoader.read(file.getValue(), file.getKey()).image();
            assertThat(image.getWidth()).as(file.getKey()).isEqualTo(60);
            assertThat(image.getHeight()).as(file.getKey()).isEqualTo(40);
        }
    }

    /** Made by Pillow: white paper, black at the upper left. */
    @Test
    void webpIsRead() throws IOException {
        for (String name :
                List.of("lossy.webp", "lossless.webp", "alpha.webp", "progressive.jpg")) {
            BufferedImage image = ImageLoader.read(images().get(name), name).image();
            assertThat(image.getRGB(3, 3) & 0xFF).as(name).isLessThan(60);
            assertThat(image.getRGB(40, 30) & 0xFF).as(name).isGreaterThan(200);
        }
    }

    /** The strangers' images that are WebP, some of them by another name. */
    @Test
    void strangersWebpIsRead() throws IOException {
        int read = 0;
        try (Stream<Path> files = Files.walk(SharedData.handwriting())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (FileKind.of(file) == FileKind.WEBP) {
                    assertThat(ImageLoader.read(file).image().getWidth())
                            .as(file.toString())
                            .isGreaterThan(28);
                    read++;
                }
            }
        }
        assertThat(read).isPositive();
    }

    /** As in a server, whose loaders ImageIO does not look into. */
    @Test
    void webpIsReadThoughImageIoDoesNotKnowOfIt() throws IOException {
        var registry = IIORegistry.getDefaultInstance();
        ImageReaderSpi webp =
                ImageIO.getImageReadersByFormatName("webp").next().getOriginatingProvider();
        registry.deregisterServiceProvider(webp, ImageReaderSpi.class);
        try {
            assertThat(ImageIO.getImageReadersByFormatName("webp").hasNext()).isFalse();
            webpIsRead();
        } finally {
            registry.registerServiceProvider(webp, ImageReaderSpi.class);
        }
    }

    /** Made by Pillow: 25 million white pixels, none of which takes a bit. */
    @Test
    void aWhiteWebpIsReadSoonAndWhole() throws IOException {
        try (var in = ImageMutantsTest.class.getResourceAsStream("/images/white.webp")) {
            LoadedImage white = ImageLoader.read(in.readAllBytes(), "white.webp");
            assertThat(white.image().getWidth() * white.reduction()).isEqualTo(5000);
            assertThat(white.image().getRGB(2000, 2000)).isEqualTo(0xFFFFFFFF);
        }
    }

    @Test
    void aWebpThatIsCutOffIsDamaged() throws IOException {
        for (String name : List.of("lossy.webp", "lossless.webp", "alpha.webp")) {
            byte[] whole = images().get(name);
            byte[] cut = Arrays.copyOf(whole, whole.length - 2);
            assertThatThrownBy(() -> ImageLoader.read(cut, name))
                    .isInstanceOf(IOException.class)
                    .hasMessage(name + " is damaged: it ends before the last of its pixels");
        }
    }

    @Test
    void mutantsAreReadOrRefusedInASentence() throws IOException {
        tryMutants(500);
    }

    @Test
    @Tag("long")
    void aHundredThousandMutantsAreReadOrRefusedInASentence() throws IOException {
        tryMutants(100_000 / images().size() + 1);
    }

    private static void tryMutants(int each) throws IOException {
        int read = 0;
        int refused = 0;
        long slowest = 0;
        for (var file : images().entrySet()) {
            for (long seed = 0; seed < each; seed++) {
                byte[] mutant = Mutants.of(file.getValue(), seed);
                long start = System.nanoTime();
                try {
                    assertThat(ImageLoader.read(mutant, "some file").image()).isNotNull();
                    read++;
                } catch (IOException e) {
                    refused++;
                    assertThat(e.getMessage())
                            .as("%s, seed %d", file.getKey(), seed)
                            .startsWith("some file ")
                            .doesNotContainPattern(RAW);
                } catch (Throwable e) {
                    fail("%s, seed %d".formatted(file.getKey(), seed), e);
                }
                long took = System.nanoTime() - start;
                assertThat(took / 1e9).as("%s, seed %d", file.getKey(), seed).isLessThan(10);
                slowest = Math.max(slowest, took);
            }
        }
        System.out.printf(
                java.util.Locale.ROOT,
                "mutants of images: %d read, %d refused, the slowest took %.2f s%n",
                read,
                refused,
                slowest / 1e9);
        assertThat(read).isPositive();
        assertThat(refused).isPositive();
    }

    /** Not by SharedData.hostile, for the rest of the test does without. */
    private static Path hostile() {
        return Path.of("").toAbsolutePath().resolve("../../shared/hostile").normalize();
    }

    /** Each of these took gigabytes. */
    @Test
    void hostileFilesEndInASentenceOrAnImageInASmallHeap() throws Exception {
        var files = new ArrayList<Path>();
        if (Files.isDirectory(hostile())) {
            try (var all = Files.list(hostile())) {
                all.filter(f -> f.toString().matches(".*\\.(bmp|tif|png|jpg)")).forEach(files::add);
            }
        }
        files.add(Files.write(folder.resolve("wide.png"), png(390_000_000, 1, 0)));
        files.add(Files.write(folder.resolve("large.png"), png(20_000, 20_000, 0)));
        files.add(Files.write(folder.resolve("text.png"), png(30, 30, 1 << 30)));
        List<String> said = SmallHeap.read("-Xmx512m", files);
        assertThat(said).hasSameSizeAs(files);
        for (int i = 0; i < said.size(); i++) {
            assertThat(said.get(i)).contains(files.get(i).toString()).matches(" *[0-9.]+ s: .*");
            assertThat(said.get(i).replace(files.get(i).toString(), "FILE"))
                    .doesNotContainPattern(RAW);
            double seconds = Double.parseDouble(said.get(i).replaceFirst(" s: .*", "").trim());
            assertThat(seconds).as(said.get(i)).isLessThan(10);
        }
        assertThat(said.get(said.size() - 3)).contains("390000000x1 pixels");
        assertThat(said.get(said.size() - 1)).contains("read");
    }

    /** One bit a pixel, all zeros, and a text that unpacks to so many bytes. */
    private static byte[] png(int width, int height, int text) throws IOException {
        var out = new ByteArrayOutputStream();
        out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        byte[] header = new byte[13];
        ByteBuffer.wrap(header).putInt(width).putInt(height).put((byte) 1).put((byte) 3);
        chunk(out, "IHDR", header);
        chunk(out, "PLTE", new byte[] {0, 0, 0, -1, -1, -1});
        if (text > 0) {
            var packed = new ByteArrayOutputStream();
            packed.write("Comment\0\0".getBytes(StandardCharsets.ISO_8859_1));
            zeros(packed, text);
            chunk(out, "zTXt", packed.toByteArray());
        }
        var pixels = new ByteArrayOutputStream();
        zeros(pixels, (long) ((width + 7) / 8 + 1) * height);
        chunk(out, "IDAT", pixels.toByteArray());
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    private static void zeros(ByteArrayOutputStream out, long count) {
        var deflater = new Deflater(1);
        byte[] zeros = new byte[1 << 20];
        byte[] buffer = new byte[1 << 16];
        for (long left = count; left > 0; left -= zeros.length) {
            deflater.setInput(zeros, 0, (int) Math.min(left, zeros.length));
            while (!deflater.needsInput()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
        }
        deflater.finish();
        while (!deflater.finished()) {
            out.write(buffer, 0, deflater.deflate(buffer));
        }
        deflater.end();
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
        var b = ByteBuffer.allocate(12 + data.length).putInt(data.length);
        b.put(type.getBytes(StandardCharsets.ISO_8859_1)).put(data);
        var crc = new CRC32();
        crc.update(b.array(), 4, 4 + data.length);
        b.putInt((int) crc.getValue());
        out.writeBytes(b.array());
    }

    /** As a phone makes them; what is left of 48 MB holds no tenth of it. */
    @Test
    void aPhotoIsReducedUntilItFitsIntoTheHeap() throws Exception {
        var photo = new BufferedImage(6000, 4000, BufferedImage.TYPE_INT_RGB);
        var out = new ByteArrayOutputStream();
        ImageIO.write(photo, "jpg", out);
        Path file = Files.write(folder.resolve("photo.jpg"), out.toByteArray());
        Path png = Files.write(folder.resolve("photo.png"), png(6000, 4000, 0));
        Path wide = Files.write(folder.resolve("wide.png"), png(100_000, 3000, 0));
        assertThat(SmallHeap.read("-Xmx48m", List.of(file, png, wide)))
                .satisfiesExactly(
                        said -> assertThat(said).matches(".*photo.jpg read with reduction [4-9]"),
                        said -> assertThat(said).matches(".*photo.png read with reduction [4-9]"),
                        said -> assertThat(said).matches(".*wide.png read with reduction 1?[0-9]"));
        assertThat(SmallHeap.read("-Xmx512m", List.of(file)))
                .satisfiesExactly(
                        said -> assertThat(said).matches(".*photo.jpg read with reduction 2"));
    }

    @Test
    void theCallersLimitCountsThePixelsOfTheFile() throws IOException {
        byte[] image = images().get("color.png");
        assertThat(ImageLoader.read(image, "a.png", 2400).image().getWidth()).isEqualTo(60);
        assertThatThrownBy(() -> ImageLoader.read(image, "a.png", 2399))
                .isInstanceOf(IOException.class)
                .hasMessage("a.png is 60x40 pixels, at most 2399 can be read");
    }

    @Test
    void whatIsNoImageIsSaidToBeWhatItIs() throws IOException {
        Path page = Files.writeString(folder.resolve("a.png"), "<!DOCTYPE html><p>Log in");
        assertThatThrownBy(() -> ImageLoader.read(page))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(page + " is not an image")
                .hasMessageEndingWith(": it is a web page");
        Path empty = Files.write(folder.resolve("b.png"), new byte[0]);
        assertThatThrownBy(() -> ImageLoader.read(empty)).hasMessageEndingWith("it is empty");
    }

    @Test
    void whatCannotBeReadAtAllIsASentenceToo() throws IOException {
        assertThatThrownBy(() -> ImageLoader.read(folder.resolve("none.png")))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot read " + folder.resolve("none.png") + ": it does not exist");
        assertThatThrownBy(() -> ImageLoader.read(folder))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot read " + folder + ": it is a folder");
        Path circle = folder.resolve("circle");
        try {
            Files.createSymbolicLink(circle, circle);
        } catch (IOException | UnsupportedOperationException e) {
            assumeTrue(false, "no symbolic links here");
        }
        assertThatThrownBy(() -> ImageLoader.read(circle))
                .hasMessage("cannot read " + circle + ": its links lead in a circle");
    }
}
