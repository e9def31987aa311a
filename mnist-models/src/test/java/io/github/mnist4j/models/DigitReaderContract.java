package io.github.mnist4j.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.lite.DigitReader;
import io.github.mnist4j.lite.NoDigitException;
import io.github.mnist4j.lite.NotAnImageException;
import io.github.mnist4j.lite.Prediction;
import io.github.mnist4j.lite.Reading;
import io.github.mnist4j.lite.finder.Gray;
import java.awt.Color;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What every {@link DigitReader} does, on generated digits. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DigitReaderContract {
    private DigitReader reader;
    private DigitSet generated;

    @TempDir Path folder;

    /** A reader with the pretrained network. */
    abstract DigitReader open();

    @BeforeAll
    void load() throws IOException {
        reader = open();
        generated =
                DatasetLoader.builder()
                        .optGeneratedSizes(10, 300)
                        .build()
                        .load(DatasetLoader.Dataset.GENERATED)
                        .test();
    }

    @AfterAll
    void close() {
        reader.close();
    }

    private static float[] floats(byte[] pixels) {
        float[] values = new float[784];
        for (int p = 0; p < 784; p++) {
            values[p] = (pixels[p] & 0xFF) / 255f;
        }
        return values;
    }

    private static float[][] rows(byte[] pixels) {
        float[] values = floats(pixels);
        float[][] rows = new float[28][28];
        for (int i = 0; i < 784; i++) {
            rows[i / 28][i % 28] = values[i];
        }
        return rows;
    }

    private static void assertSame(Prediction one, Prediction other) {
        assertThat(one.digit()).isEqualTo(other.digit());
        assertThat(one.isDigit()).isCloseTo(other.isDigit(), within(1e-5f));
        assertThat(one.probabilities())
                .usingComparatorWithPrecision(1e-5f)
                .containsExactly(other.probabilities());
    }

    @Test
    void everyFormOfPixelsGivesTheSameAnswer() {
        int right = 0;
        for (int i = 0; i < generated.size(); i++) {
            byte[] pixels = generated.pixels(i);
            Prediction first = reader.classifyPixels(pixels);
            assertSame(reader.classifyPixels(floats(pixels)), first);
            assertSame(reader.classifyPixels(rows(pixels)), first);
            assertThat(first.confidence()).isEqualTo(first.probabilities()[first.digit()]);
            right += first.digit() == generated.label(i) ? 1 : 0;
        }
        assertThat(right).isGreaterThan(270); // of 300 that nobody wrote
    }

    /** A batch may be summed in another order: the last bits may differ, no more. */
    @Test
    void aBatchGivesTheAnswersOfItsImages() {
        List<byte[]> images = IntStream.range(0, 300).mapToObj(generated::pixels).toList();
        List<Prediction> pixels = reader.classifyAllPixels(images);
        List<Prediction> floats =
                reader.classifyAllFloats(images.stream().map(p -> floats(p)).toList());
        List<Prediction> rows = reader.classifyAllRows(images.stream().map(p -> rows(p)).toList());
        assertThat(List.of(pixels, floats, rows)).allSatisfy(all -> assertThat(all).hasSize(300));
        for (int i = 0; i < 300; i++) {
            Prediction alone = reader.classifyPixels(images.get(i));
            assertSame(pixels.get(i), alone);
            assertSame(floats.get(i), alone);
            assertSame(rows.get(i), alone);
        }
        assertThat(reader.classifyAllPixels(List.of())).isEmpty();
        assertThat(reader.classifyAllFloats(List.of())).isEmpty();
        assertThat(reader.classifyAllRows(List.of())).isEmpty();
    }

    /** Blue on white, ten times as large, with a margin. */
    private static BufferedImage drawing(byte[] pixels) {
        var drawing = new BufferedImage(300, 300, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 300; y++) {
            for (int x = 0; x < 300; x++) {
                int ink =
                        x < 10 || y < 10 || x >= 290 || y >= 290
                                ? 0
                                : pixels[(y - 10) / 10 * 28 + (x - 10) / 10] & 0xFF;
                drawing.setRGB(x, y, (255 - ink) << 16 | (255 - ink) << 8 | 255 - ink / 2);
            }
        }
        return drawing;
    }

    private static byte[] png(BufferedImage image) throws IOException {
        var png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return png.toByteArray();
    }

    private static int[] argb(BufferedImage image) {
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    @Test
    void imagesOfOneDigitAreClassified() throws IOException {
        int same = 0;
        for (int i = 0; i < 40; i++) {
            byte[] pixels = generated.pixels(i);
            Prediction expected = reader.classifyPixels(pixels);
            var gray = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
            gray.getRaster().setDataElements(0, 0, 28, 28, pixels);
            int[] opaque = new int[784];
            float[] values = new float[784];
            for (int p = 0; p < 784; p++) {
                opaque[p] = 0xFF000000 | (pixels[p] & 0xFF) * 0x010101;
                values[p] = pixels[p] & 0xFF;
            }
            // MNIST's form, whatever it comes as
            assertThat(reader.classifyImage(gray)).isEqualTo(expected);
            assertThat(reader.classifyImage(28, 28, opaque)).isEqualTo(expected);
            assertThat(reader.classifyImage(new Gray(28, 28, values))).isEqualTo(expected);
            BufferedImage drawing = drawing(pixels);
            byte[] file = png(drawing);
            Prediction large = reader.classifyFile(file);
            assertThat(reader.classifyImage(drawing)).isEqualTo(large);
            assertThat(reader.classifyImage(300, 300, argb(drawing))).isEqualTo(large);
            same += large.digit() == expected.digit() ? 1 : 0;
        }
        assertThat(same).isGreaterThanOrEqualTo(36);
    }

    @Test
    void everyFormOfAFileIsReadAlike() throws IOException {
        ComposedPhoto photo = ComposedPhoto.of(generated, 7);
        byte[] png = png(photo.image());
        Path file = Files.write(folder.resolve("photo.png"), png);
        List<Reading> readings = reader.readImage(photo.image());
        List<Integer> digits = readings.stream().map(r -> r.prediction().digit()).toList();
        List<Integer> drawn = photo.lines().stream().flatMap(List::stream).toList();
        assertThat(digits).hasSameSizeAs(drawn);
        long right =
                IntStream.range(0, drawn.size())
                        .filter(i -> digits.get(i).equals(drawn.get(i)))
                        .count();
        assertThat(right).isGreaterThanOrEqualTo(drawn.size() - 2);
        int width = photo.image().getWidth();
        int height = photo.image().getHeight();
        assertThat(reader.readImage(width, height, argb(photo.image()))).isEqualTo(readings);
        assertThat(reader.readFile(png)).isEqualTo(readings);
        assertThat(reader.readFile(png, "upload")).isEqualTo(readings);
        assertThat(reader.readFile(new ByteArrayInputStream(png))).isEqualTo(readings);
        assertThat(reader.readFile(file)).isEqualTo(readings);
        assertThat(reader.readFile(file.toFile())).isEqualTo(readings);
        Prediction largest = reader.classifyFile(png);
        assertThat(reader.classifyFile(file)).isEqualTo(largest);
        assertThat(reader.classifyFile(file.toFile())).isEqualTo(largest);
        assertThat(reader.classifyFile(new ByteArrayInputStream(png))).isEqualTo(largest);
        for (Reading r : readings) {
            var box = new Rectangle(r.box().x(), r.box().y(), r.box().width(), r.box().height());
            assertThat(new Rectangle(width, height).contains(box)).as(r.toString()).isTrue();
            // what the network saw is what it answered to
            assertThat(reader.classifyPixels(r.pixels()).digit()).isEqualTo(r.prediction().digit());
        }
    }

    /** Who cuts a box out of the file must not reach beyond it, however it was reduced. */
    @Test
    void boxesStayOnALargeFile() throws IOException {
        var page = new BufferedImage(4201, 4001, BufferedImage.TYPE_BYTE_GRAY);
        var g = page.createGraphics();
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, 4201, 4001);
        // strokes of a 1 that end at the edges
        g.setColor(Color.BLACK);
        g.fillRect(4201 - 60, 4001 - 500, 60, 500);
        g.fillRect(2000, 4001 - 500, 60, 500);
        g.dispose();
        List<Reading> readings = reader.readFile(png(page));
        assertThat(readings).isNotEmpty();
        for (Reading r : readings) {
            var box = new Rectangle(r.box().x(), r.box().y(), r.box().width(), r.box().height());
            assertThat(new Rectangle(4201, 4001).contains(box)).as(r.toString()).isTrue();
        }
    }

    /**
     * As a phone stores a photo that it was turned for: the camera's rows are the page's columns.
     */
    @Test
    void aPhotoIsTurnedUprightByItsExif() throws IOException {
        BufferedImage upright = drawing(generated.pixels(3));
        var stored = new BufferedImage(300, 300, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 300; y++) {
            for (int x = 0; x < 300; x++) {
                stored.setRGB(y, 299 - x, upright.getRGB(x, y));
            }
        }
        var jpeg = new ByteArrayOutputStream();
        ImageIO.write(stored, "jpeg", jpeg);
        byte[] plain = jpeg.toByteArray();
        // APP1: "Exif", a little-endian TIFF header, one entry: orientation, a short, is 6
        byte[] exif = {
            (byte) 0xFF,
            (byte) 0xE1,
            0,
            34,
            'E',
            'x',
            'i',
            'f',
            0,
            0,
            'I',
            'I',
            42,
            0,
            8,
            0,
            0,
            0,
            1,
            0,
            0x12,
            0x01,
            3,
            0,
            1,
            0,
            0,
            0,
            6,
            0,
            0,
            0,
            0,
            0,
            0,
            0
        };
        var turned = new ByteArrayOutputStream();
        turned.write(plain, 0, 2);
        turned.write(exif);
        turned.write(plain, 2, plain.length - 2);
        Prediction read = reader.classifyFile(turned.toByteArray());
        Prediction expected = reader.classifyImage(upright);
        assertThat(read.digit()).isEqualTo(expected.digit());
        assertThat(read.confidence()).isCloseTo(expected.confidence(), within(0.05f));
    }

    @Test
    void whereThereIsNoDigitItSaysSo() throws IOException {
        var blank = new BufferedImage(50, 50, BufferedImage.TYPE_BYTE_GRAY);
        int[] white = new int[60 * 40];
        java.util.Arrays.fill(white, -1);
        assertThat(reader.readImage(blank)).isEmpty();
        assertThat(reader.readImage(60, 40, white)).isEmpty();
        for (ThrowingCallable call :
                List.<ThrowingCallable>of(
                        () -> reader.classifyImage(blank),
                        () -> reader.classifyImage(60, 40, white),
                        () -> reader.classifyFile(png(blank)))) {
            assertThatThrownBy(call)
                    .isInstanceOf(NoDigitException.class)
                    .hasMessageContaining("no digit");
        }
    }

    @Test
    void whatIsNotAnImageIsRefused() throws IOException {
        byte[] image = png(drawing(generated.pixels(0)));
        byte[] cut = java.util.Arrays.copyOf(image, image.length / 2);
        byte[] pixels = generated.pixels(0); // mistaken for a file
        Path text = Files.writeString(folder.resolve("notes.txt"), "seven");
        for (byte[] bad : List.of(new byte[0], new byte[] {1, 2, 3}, cut, pixels)) {
            for (ThrowingCallable call :
                    List.<ThrowingCallable>of(
                            () -> reader.readFile(bad, "upload.png"),
                            () -> reader.classifyFile(bad, "upload.png"))) {
                assertThatThrownBy(call)
                        .isInstanceOf(NotAnImageException.class)
                        .hasMessageStartingWith("upload.png ");
            }
        }
        assertThatThrownBy(() -> reader.readFile(text))
                .isInstanceOf(NotAnImageException.class)
                .hasMessageContaining("notes.txt is not an image");
        assertThatThrownBy(() -> reader.readFile(folder.resolve("absent.png")))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(NotAnImageException.class)
                .hasMessageContaining("absent.png");
        Path closed = Files.write(folder.resolve("closed.png"), image);
        var messages = new java.util.LinkedHashMap<Path, String>();
        messages.put(folder, folder + " is a folder");
        if (closed.toFile().setReadable(false) && !Files.isReadable(closed)) { // not for root
            messages.put(closed, closed + " may not be read");
        }
        messages.forEach(
                (file, message) ->
                        assertThatThrownBy(() -> reader.readFile(file))
                                .isInstanceOf(IOException.class)
                                .hasMessage(message));
    }

    /** A header that promises two billion pixels is refused before anything is decoded. */
    @Test
    void aBombIsRefusedByItsHeader() throws IOException {
        byte[] bomb = png(new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY));
        var b = java.nio.ByteBuffer.wrap(bomb);
        b.putInt(16, 50_000).putInt(20, 50_000);
        var crc = new java.util.zip.CRC32();
        crc.update(bomb, 12, 17);
        b.putInt(29, (int) crc.getValue());
        assertThatThrownBy(() -> reader.readFile(bomb, "bomb.png"))
                .isInstanceOf(NotAnImageException.class)
                .hasMessageStartingWith("bomb.png is 50000x50000 pixels");
    }

    @Test
    void wrongPixelsAreRefused() {
        assertThatThrownBy(() -> reader.classifyPixels(new byte[783]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("783 values");
        assertThatThrownBy(() -> reader.classifyPixels(new float[785]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("785 values");
        assertThatThrownBy(() -> reader.classifyPixels(new float[27][28]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("27 rows");
        assertThatThrownBy(() -> reader.classifyPixels(new float[28][27]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("27 values in row 0");
        assertThatThrownBy(() -> reader.classifyAllPixels(List.of(new byte[784], new byte[783])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("783 values");
        for (float value : new float[] {255, -0.1f, Float.NaN}) {
            float[] pixels = new float[784];
            pixels[5] = value;
            assertThatThrownBy(() -> reader.classifyPixels(pixels))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(value + " at 5");
        }
        assertThatThrownBy(() -> reader.readImage(10, 10, new int[99]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("99 values for 10x10");
        assertThatThrownBy(() -> reader.classifyImage(28, 28, new int[99]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("99 values for 28x28");
    }

    @Test
    @SuppressWarnings("DataFlowIssue")
    void nullNamesItsParameter() {
        var holed = new ArrayList<byte[]>();
        holed.add(new byte[784]);
        holed.add(null);
        var calls = new java.util.LinkedHashMap<ThrowingCallable, String>();
        calls.put(() -> reader.classifyPixels((byte[]) null), "pixels");
        calls.put(() -> reader.classifyPixels((float[]) null), "pixels");
        calls.put(() -> reader.classifyPixels((float[][]) null), "rows");
        calls.put(() -> reader.classifyPixels(new float[28][]), "a row of the image");
        calls.put(() -> reader.classifyAllPixels(null), "images");
        calls.put(() -> reader.classifyAllFloats(null), "images");
        calls.put(() -> reader.classifyAllRows(null), "images");
        calls.put(() -> reader.classifyAllPixels(holed), "images[1]");
        calls.put(() -> reader.classifyImage(1, 1, null), "argb");
        calls.put(() -> reader.classifyImage((BufferedImage) null), "image");
        calls.put(() -> reader.classifyImage((Gray) null), "image");
        calls.put(() -> reader.readImage(1, 1, null), "argb");
        calls.put(() -> reader.readImage((BufferedImage) null), "image");
        calls.put(() -> reader.readImage((Gray) null), "image");
        calls.put(() -> new Gray(1, 1, null), "values");
        calls.put(() -> reader.classifyFile((Path) null), "file");
        calls.put(() -> reader.classifyFile((File) null), "file");
        calls.put(() -> reader.classifyFile((InputStream) null), "file");
        calls.put(() -> reader.classifyFile((byte[]) null), "content");
        calls.put(() -> reader.readFile((Path) null), "file");
        calls.put(() -> reader.readFile((File) null), "file");
        calls.put(() -> reader.readFile((InputStream) null), "file");
        calls.put(() -> reader.readFile((byte[]) null), "content");
        calls.put(() -> reader.readFile(new byte[9], null), "name");
        calls.forEach(
                (call, name) ->
                        assertThatThrownBy(call)
                                .isInstanceOf(NullPointerException.class)
                                .hasMessage(name));
    }

    /** As Spring's converters do it: an ObjectMapper of which nothing was configured. */
    @Test
    void readingsAreJsonAndBack() throws IOException {
        var json = new ObjectMapper();
        for (Reading r : reader.readImage(drawing(generated.pixels(1)))) {
            String text = json.writeValueAsString(r);
            assertThat(text.length()).isLessThan(1600); // of them 1048 for the pixels
            JsonNode tree = json.readTree(text);
            assertThat(tree.fieldNames())
                    .toIterable()
                    .containsExactlyInAnyOrder("box", "line", "pixels", "prediction");
            assertThat(tree.at("/box").fieldNames())
                    .toIterable()
                    .containsExactlyInAnyOrder("x", "y", "width", "height");
            assertThat(tree.at("/prediction").fieldNames())
                    .toIterable()
                    .containsExactlyInAnyOrder("digit", "confidence", "probabilities", "isDigit");
            assertThat(json.readValue(text, Reading.class)).isEqualTo(r);
        }
        Prediction p = reader.classifyPixels(generated.pixels(0));
        assertThat(json.readValue(json.writeValueAsString(p), Prediction.class)).isEqualTo(p);
        String candidates = json.writeValueAsString(p.top(1));
        assertThat(json.readTree(candidates).at("/0/digit").asInt()).isEqualTo(p.digit());
    }

    @Test
    void threadsShareOneInstance() throws Exception {
        var expected = new ArrayList<Prediction>();
        for (int i = 0; i < 50; i++) {
            expected.add(reader.classifyPixels(generated.pixels(i)));
        }
        var pool = Executors.newFixedThreadPool(8);
        try {
            var tasks = new ArrayList<Callable<Void>>();
            for (int t = 0; t < 8; t++) {
                int offset = 7 * t;
                tasks.add(
                        () -> {
                            for (int i = 0; i < 200; i++) {
                                int k = (i + offset) % 50;
                                assertThat(reader.classifyPixels(generated.pixels(k)))
                                        .isEqualTo(expected.get(k));
                            }
                            return null;
                        });
            }
            for (Future<Void> done : pool.invokeAll(tasks)) {
                done.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void theThresholdIsBetweenChanceAndCertainty() {
        assertThat(reader.threshold()).isBetween(0.5, 0.999);
        Prediction p = reader.classifyPixels(generated.pixels(0));
        assertThat(reader.isConvincing(p)).isEqualTo(p.confidence() >= reader.threshold());
    }
}
