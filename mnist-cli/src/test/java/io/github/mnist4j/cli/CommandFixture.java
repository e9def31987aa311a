package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.idx.IdxFile;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.models.ModelCard;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.models.Provenance;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
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
        SmallData.write(data, ".gz", 400, 60);
    }

    int mnist(String... arguments) {
        Said said = Said.mnist(arguments);
        out = said.out();
        err = said.err();
        return said.exit();
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

    DigitSet testDigits() throws IOException {
        return digits("t10k");
    }

    private DigitSet digits(String set) throws IOException {
        return IdxFile.read(
                data.resolve(set + "-images-idx3-ubyte.gz"),
                data.resolve(set + "-labels-idx1-ubyte.gz"));
    }

    /** A perceptron that has learnt nothing. */
    Path untrained(String name) throws IOException {
        Path model = folder.resolve(name);
        var network = new MultiLayerNetwork(MnistModels.mlp());
        network.init();
        ModelFile.save(
                model,
                network,
                Normalization.MNIST,
                ModelCard.of("mlp", Provenance.UNKNOWN),
                false);
        return model;
    }

    /** Four generated digits in two lines, dark on light. */
    Path photo(String name) throws IOException {
        DigitSet digits = digits("train");
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
