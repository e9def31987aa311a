package io.github.mnist4j.data.idx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Mutants;
import io.github.mnist4j.data.SmallHeap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxFileTest {
    /** By hand from the format's definition: two images of 2 rows and 3 columns. */
    private static final String IMAGES =
            "00000803 00000002 00000002 00000003 000102030405 ff7f80fe0001";

    private static final String LABELS = "00000801 00000002 07 00";

    @TempDir Path folder;

    private Path file(String name, String hex) throws IOException {
        return Files.write(folder.resolve(name), HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var gz = new GZIPOutputStream(out)) {
            gz.write(bytes);
        }
        return out.toByteArray();
    }

    private static void assertRefused(
            ThrowingCallable call, Path file, long offset, String... words) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        IdxFormatException.class,
                        e -> {
                            assertThat(e.offset()).isEqualTo(offset);
                            assertThat(e.file()).isEqualTo(file.toString());
                            assertThat(e.getMessage())
                                    .contains(file.toString())
                                    .contains("at byte " + offset)
                                    .contains(words);
                            assertThat(e.getMessage().lines()).hasSize(1);
                        });
    }

    @Test
    void readsWhatTheFormatSays() throws IOException {
        DigitSet digits = IdxFile.read(file("i", IMAGES), file("l", LABELS));
        assertThat(digits.size()).isEqualTo(2);
        assertThat(digits.rows()).isEqualTo(2);
        assertThat(digits.columns()).isEqualTo(3);
        assertThat(digits.pixels(0)).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(digits.pixels(1)).containsExactly(255, 127, 128, 254, 0, 1);
        assertThat(digits.label(0)).isEqualTo(7);
        assertThat(digits.label(1)).isZero();
    }

    @Test
    void tellsGzipByItsContentNotItsName() throws IOException {
        Path plain = file("i.gz", IMAGES);
        Path packed = Files.write(folder.resolve("i"), gzip(Files.readAllBytes(plain)));
        assertThat(IdxFile.readImages(packed).pixels())
                .isEqualTo(IdxFile.readImages(plain).pixels());
    }

    @Test
    void refusesAWrongMagicNumber() throws IOException {
        Path labels = file("l", LABELS);
        Path text = file("t", "3c68746d6c3e3c68746d6c3e");
        Path floats = file("f", IMAGES.replace("00000803", "00000d03"));
        assertRefused(() -> IdxFile.readImages(labels), labels, 0, "00000801", "file of labels");
        assertRefused(() -> IdxFile.readLabels(text), text, 0, "3c68746d");
        assertRefused(() -> IdxFile.readImages(floats), floats, 0, "00000d03");
    }

    @Test
    void refusesTruncatedAndTrailingBytes() throws IOException {
        Path empty = file("empty", "");
        Path header = file("header", "00000803 0000");
        Path shortened = file("short", IMAGES.substring(0, IMAGES.length() - 4));
        Path longer = file("long", IMAGES + "00");
        assertRefused(() -> IdxFile.readImages(empty), empty, 0, "ends before the magic number");
        assertRefused(() -> IdxFile.readImages(header), header, 4, "ends before the count");
        assertRefused(() -> IdxFile.readImages(shortened), shortened, 26, "after 10 of the 12");
        assertRefused(() -> IdxFile.readImages(longer), longer, 28, "bytes follow");
    }

    @Test
    void doesNotBelieveAnAbsurdHeader() throws IOException {
        Path negative = file("negative", "00000803 ffffffff 0000001c 0000001c");
        Path huge = file("huge", "00000803 7fffffff 0000001c 0000001c 00");
        Path wide = file("wide", "00000803 00000001 0000001c 00100000 00");
        Path flat = file("flat", "00000803 00000001 00000000 0000001c");
        Path many = file("many", "00000801 7ffffff0 01");
        assertRefused(() -> IdxFile.readImages(negative), negative, 4, "4294967295");
        assertRefused(() -> IdxFile.readImages(huge), huge, 4, "too many");
        assertRefused(() -> IdxFile.readImages(wide), wide, 12, "columns");
        assertRefused(() -> IdxFile.readImages(flat), flat, 8, "0 rows");
        // says two thousand million labels, holds one: must fail on the data, not on memory
        assertRefused(() -> IdxFile.readLabels(many), many, 9, "after 1 of the 2147483632");
    }

    @Test
    void refusesLabelsThatAreNoDigits() throws IOException {
        Path ten = file("ten", "00000801 00000003 09 0a 00");
        Path negative = file("negative", "00000801 00000001 ff");
        assertRefused(() -> IdxFile.readLabels(ten), ten, 9, "label 10");
        assertRefused(() -> IdxFile.readLabels(negative), negative, 8, "label 255");
    }

    @Test
    void refusesCountsThatDiffer() throws IOException {
        Path images = file("i", IMAGES);
        Path labels = file("l", "00000801 00000003 070001");
        assertRefused(
                () -> IdxFile.read(images, labels), labels, 4, "3 labels for the 2 images of i");
    }

    @Test
    void refusesDamagedGzip() throws IOException {
        byte[] packed = gzip(HexFormat.of().parseHex(IMAGES.replace(" ", "")));
        Path cut = Files.write(folder.resolve("cut.gz"), Arrays.copyOf(packed, packed.length - 9));
        byte[] flipped = packed.clone();
        flipped[flipped.length - 6] ^= 0x40; // in the checksum
        Path damaged = Files.write(folder.resolve("damaged.gz"), flipped);
        Path headOnly = Files.write(folder.resolve("head.gz"), new byte[] {0x1f, (byte) 0x8b, 8});
        for (Path file : new Path[] {cut, damaged, headOnly}) {
            assertThatThrownBy(() -> IdxFile.readImages(file))
                    .isInstanceOf(IdxFormatException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining("damaged gzip");
        }
    }

    @Test
    void saysWhatTheFileIsInstead() throws IOException {
        byte[] page = "<!DOCTYPE html><title>Log in</title>".getBytes(StandardCharsets.UTF_8);
        byte[] idx = HexFormat.of().parseHex(IMAGES.replace(" ", ""));
        Path web = Files.write(folder.resolve("web"), page);
        Path packedWeb = Files.write(folder.resolve("web.gz"), gzip(page));
        Path twice = Files.write(folder.resolve("twice.gz"), gzip(gzip(idx)));
        Path empty = Files.write(folder.resolve("empty"), new byte[0]);
        Path emptyGzip = Files.write(folder.resolve("empty.gz"), gzip(new byte[0]));
        assertRefused(() -> IdxFile.readImages(web), web, 0, "; it is a web page, not an IDX file");
        assertRefused(() -> IdxFile.readLabels(packedWeb), packedWeb, 0, "is a web page");
        assertRefused(() -> IdxFile.readImages(twice), twice, 0, "packed twice: unpack it once");
        assertRefused(() -> IdxFile.readLabels(empty), empty, 0, "; it is empty");
        assertRefused(() -> IdxFile.readLabels(emptyGzip), emptyGzip, 0, "; it is empty");
    }

    @Test
    void whatCannotBeReadAtAllIsASentence() {
        assertThatThrownBy(() -> IdxFile.readImages(folder))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot read " + folder + ": it is a folder");
        Path none = folder.resolve("none");
        assertThatThrownBy(() -> IdxFile.readLabels(none))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot read " + none + ": it does not exist");
    }

    /** Two thousand million zeros in 2 MB, or what of them is asked for: the heap ends before. */
    @Test
    void aPackedFileBeyondTheHeapIsRefused() throws Exception {
        Path bomb = folder.resolve("labels.gz");
        try (var out = new GZIPOutputStream(Files.newOutputStream(bomb), 1 << 16)) {
            out.write(HexFormat.of().parseHex("000008017ffffff0"));
            for (int megabytes = 0; megabytes < 64; megabytes++) {
                out.write(new byte[1 << 20]);
            }
        }
        assertThat(SmallHeap.read("-Xmx64m", List.of(bomb)))
                .singleElement()
                .asString()
                .contains(bomb + " announces 2,148 MB, more than the memory at hand can hold");
    }

    @Test
    void mutantsAreReadOrRefusedInASentence() throws IOException {
        tryMutants(400);
    }

    @Test
    @Tag("long")
    void aHundredThousandMutantsAreReadOrRefusedInASentence() throws IOException {
        tryMutants(25_000);
    }

    private void tryMutants(int each) throws IOException {
        DigitSet digits = DigitSet.of(3, 4, new byte[12 * 20], new byte[20]);
        int read = 0;
        int refused = 0;
        for (String suffix : List.of("", ".gz")) {
            Path images = folder.resolve("images" + suffix);
            Path labels = folder.resolve("labels" + suffix);
            IdxFile.writeImages(images, digits);
            IdxFile.writeLabels(labels, digits);
            for (Path victim : List.of(images, labels)) {
                byte[] whole = Files.readAllBytes(victim);
                for (int seed = 0; seed < each; seed++) {
                    Files.write(victim, Mutants.of(whole, seed));
                    try {
                        DigitSet set = IdxFile.read(images, labels);
                        for (int i = 0; i < set.size(); i++) {
                            assertThat(set.label(i)).isBetween(0, 9);
                        }
                        read++;
                    } catch (IOException e) {
                        refused++;
                        assertThat(e.getMessage())
                                .as("%s, seed %d", victim.getFileName(), seed)
                                .startsWith(folder.toString())
                                .doesNotContainPattern("Exception|\\bjava\\.|\\bnull\\b|[\\r\\n]");
                    }
                }
                Files.write(victim, whole);
            }
        }
        assertThat(read).isPositive();
        assertThat(refused).isPositive();
    }

    @Property(tries = 50)
    void readsBackWhatItWrote(
            @ForAll @Size(max = 40) byte[] labels,
            @ForAll @IntRange(min = 1, max = 9) int rows,
            @ForAll @IntRange(min = 1, max = 9) int columns,
            @ForAll long seed,
            @ForAll boolean packed)
            throws IOException {
        byte[] digits = new byte[labels.length];
        for (int i = 0; i < digits.length; i++) {
            digits[i] = (byte) Math.floorMod(labels[i], 10);
        }
        byte[] pixels = new byte[digits.length * rows * columns];
        new java.util.Random(seed).nextBytes(pixels);
        DigitSet set = DigitSet.of(rows, columns, pixels, digits);
        Path folder = Files.createTempDirectory("idx");
        try {
            Path images = folder.resolve(packed ? "images.gz" : "images");
            Path answers = folder.resolve(packed ? "labels.gz" : "labels");
            IdxFile.writeImages(images, set);
            IdxFile.writeLabels(answers, set);
            assertThat(IdxFile.read(images, answers).digest()).isEqualTo(set.digest());
            assertThat(folder.toFile().list()).hasSize(2);
        } finally {
            for (var f : folder.toFile().listFiles()) {
                Files.delete(f.toPath());
            }
            Files.delete(folder);
        }
    }
}
