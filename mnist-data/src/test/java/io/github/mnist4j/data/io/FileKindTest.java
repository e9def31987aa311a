package io.github.mnist4j.data.io;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.idx.IdxFile;
import io.github.mnist4j.data.synthetic.DigitGenerator;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileKindTest {
    @TempDir Path folder;

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({
        "<!DOCTYPE html><p>Log in, WEB_PAGE",
        "'\uFEFF\n <HTML lang=\"de\">', WEB_PAGE",
        "<?xml version=\"1.0\"?><html xmlns=\"x\">, WEB_PAGE",
        "<?xml version=\"1.0\"?><project/>, XML",
        "'<svg width=\"3\"/>', SVG",
        "'{\"a\": 1}', JSON",
        "version https://git-lfs.github.com/spec/v1, LFS_POINTER",
        "BM is a text, TEXT",
        "Grüße, TEXT",
        "'', EMPTY"
    })
    void textsAreToldApart(String content, FileKind kind) {
        assertThat(FileKind.of(text(content))).isEqualTo(kind);
    }

    @ParameterizedTest
    @CsvSource({"png, PNG", "jpg, JPEG", "gif, GIF", "bmp, BMP", "tif, TIFF"})
    void imagesAreToldApart(String format, FileKind kind) throws IOException {
        var out = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(9, 9, BufferedImage.TYPE_INT_RGB), format, out);
        assertThat(FileKind.of(out.toByteArray())).isEqualTo(kind);
    }

    @Test
    void whatPacksAndWhatMnistIsMadeOfIsToldApart() throws IOException {
        var packed = new ByteArrayOutputStream();
        new GZIPOutputStream(packed).close();
        assertThat(FileKind.of(packed.toByteArray())).isEqualTo(FileKind.GZIP);
        var zip = new ByteArrayOutputStream();
        try (var out = new ZipOutputStream(zip)) {
            out.putNextEntry(new ZipEntry("a"));
        }
        assertThat(FileKind.of(zip.toByteArray())).isEqualTo(FileKind.ZIP);
        DigitSet digits = new DigitGenerator(1).generate(2);
        IdxFile.writeImages(folder.resolve("i"), digits);
        IdxFile.writeLabels(folder.resolve("l"), digits);
        assertThat(FileKind.of(folder.resolve("i"))).isEqualTo(FileKind.IDX_IMAGES);
        assertThat(FileKind.of(folder.resolve("l"))).isEqualTo(FileKind.IDX_LABELS);
        assertThat(FileKind.of(folder)).isEqualTo(FileKind.UNKNOWN);
        assertThat(FileKind.of(folder.resolve("none"))).isEqualTo(FileKind.UNKNOWN);
    }

    @Test
    void hintsSayWhatItIsAndWhatItIsNot() throws IOException {
        assertThat(FileKind.hint(text("<html>"), "an IDX file"))
                .isEqualTo("; it is a web page, not an IDX file");
        assertThat(FileKind.hint(new byte[0], "an IDX file")).isEqualTo("; it is empty");
        assertThat(FileKind.hint(new byte[] {1, 2, 3}, "an IDX file")).isEmpty();
        Path page = Files.write(folder.resolve("model.zip"), text("<!doctype html>"));
        assertThat(FileKind.hint(page, "a model")).isEqualTo("; it is a web page, not a model");
        assertThat(FileKind.hint(folder.resolve("none"), "a model")).isEmpty();
    }

    @Property(tries = 300)
    void anyBytesHaveAKind(@ForAll @Size(max = 600) byte[] bytes) {
        assertThat(FileKind.of(bytes)).isNotNull();
        assertThat(FileKind.hint(bytes, "an IDX file")).doesNotContain("null");
    }
}
