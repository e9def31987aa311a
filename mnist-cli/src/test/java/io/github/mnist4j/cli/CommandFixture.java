package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.idx.IdxFile;
import io.github.mnist4j.data.source.DatasetLoader;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A small data set and a way to run commands on it. */
abstract class CommandFixture {
    @TempDir Path folder;

    Path data;
    String out;

    String err;

    @BeforeEach
    void writeASmallDataSet() throws IOException {
        data = Files.createDirectory(folder.resolve("data"));
        var digits =
                DatasetLoader.builder()
                        .optGeneratedSizes(400, 60)
                        .build()
                        .load(DatasetLoader.Dataset.GENERATED);
        IdxFile.writeImages(data.resolve("train-images-idx3-ubyte.gz"), digits.train());
        IdxFile.writeLabels(data.resolve("train-labels-idx1-ubyte"), digits.train());
        IdxFile.writeImages(data.resolve("t10k-images-idx3-ubyte"), digits.test());
        IdxFile.writeLabels(data.resolve("t10k-labels-idx1-ubyte.gz"), digits.test());
    }

    int mnist(String... arguments) {
        PrintStream oldOut = System.out;
        PrintStream oldErr = System.err;
        var o = new ByteArrayOutputStream();
        var e = new ByteArrayOutputStream();
        System.setOut(new PrintStream(o, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(e, true, StandardCharsets.UTF_8));
        try {
            return Mnist.execute(new Mnist(), arguments);
        } finally {
            System.setOut(oldOut);
            System.setErr(oldErr);
            out = o.toString(StandardCharsets.UTF_8);
            err = e.toString(StandardCharsets.UTF_8);
        }
    }

    int train(String... more) {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "train",
                                "--data",
                                data.toString(),
                                "--dataset",
                                "mnist",
                                "--validation",
                                "50",
                                "--epochs",
                                "1",
                                "--out",
                                folder.resolve("run").toString()));
        for (int i = 0; i < more.length; i += 2) {
            int at = arguments.indexOf(more[i]);
            if (at >= 0) {
                arguments.set(at + 1, more[i + 1]);
            } else {
                arguments.addAll(List.of(more[i], more[i + 1]));
            }
        }
        return mnist(arguments.toArray(new String[0]));
    }

    void assertOneLineError(String... words) {
        assertThat(err.lines().filter(line -> line.startsWith("error: ")))
                .hasSize(1)
                .allSatisfy(line -> assertThat(line).contains(words));
        assertThat(err).doesNotContain("\tat ").doesNotContain("Exception");
    }

    void write(String images, String labels, int side, int count) throws IOException {
        var digits = DigitSet.of(side, side, new byte[count * side * side], new byte[count]);
        Files.deleteIfExists(data.resolve(images + ".gz"));
        Files.deleteIfExists(data.resolve(labels + ".gz"));
        IdxFile.writeImages(data.resolve(images), digits);
        IdxFile.writeLabels(data.resolve(labels), digits);
    }

    /** Four generated digits in two lines, dark on light. */
    Path photo(String name) throws IOException {
        DigitSet digits =
                IdxFile.read(
                        data.resolve("train-images-idx3-ubyte.gz"),
                        data.resolve("train-labels-idx1-ubyte"));
        var page = new BufferedImage(300, 300, BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < 300; y++) {
            for (int x = 0; x < 300; x++) {
                page.getRaster().setSample(x, y, 0, 240);
            }
        }
        for (int i = 0; i < 4; i++) {
            byte[] pixels = digits.pixels(i);
            for (int y = 0; y < 112; y++) {
                for (int x = 0; x < 112; x++) {
                    int ink = pixels[y / 4 * 28 + x / 4] & 0xFF;
                    page.getRaster()
                            .setSample(
                                    20 + i % 2 * 140 + x,
                                    20 + i / 2 * 140 + y,
                                    0,
                                    240 - ink * 9 / 10);
                }
            }
        }
        Path file = folder.resolve(name);
        ImageIO.write(page, "png", file.toFile());
        return file;
    }
}
