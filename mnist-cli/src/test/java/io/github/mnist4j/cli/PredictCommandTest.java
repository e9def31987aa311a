package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.mnist4j.data.DigitSet;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.preprocessor.DataNormalization;
import org.nd4j.linalg.factory.Nd4j;

/**
 * {@code predict} and {@code info}: what the reader says about images, and where its network comes
 * from.
 */
class PredictCommandTest extends CommandFixture {
    @Test
    void predictReadsPhotos() throws IOException {
        Path photo = photo("page.png");
        assertThat(mnist("predict", photo.toString(), "--threshold", "0")).isZero();
        assertThat(out.lines()).hasSize(2).allMatch(line -> line.matches("[0-9] [0-9]"));
        BufferedImage drawn = ImageIO.read(folder.resolve("page-read.png").toFile());
        assertThat(drawn.getWidth()).isEqualTo(300);
        Path elsewhere = folder.resolve("drawn");
        assertThat(mnist("predict", photo.toString(), "--json", "--out", elsewhere.toString()))
                .isZero();
        JsonNode digits = new ObjectMapper().readTree(out).get(0).get("digits");
        assertThat(digits).hasSize(4);
        assertThat(digits.get(3).get("line").asInt()).isEqualTo(1);
        assertThat(digits.get(3).get("box").get(0).asInt()).isGreaterThan(150);
        assertThat(digits.get(0).get("probabilities")).hasSize(10);
        assertThat(elsewhere.resolve("page-read.png")).exists();

        // nothing is convincing enough
        assertThat(mnist("predict", photo.toString(), "--threshold", "1")).isZero();
        assertThat(out).contains("?");
        assertThat(err).contains("not sure: perhaps a");
    }

    @Test
    void predictSaysWhatItCannotRead() throws IOException {
        Path photo = photo("page.png");
        Path text = Files.writeString(folder.resolve("notes.txt"), "3 1 4");
        Path blank = folder.resolve("blank.png");
        ImageIO.write(
                new BufferedImage(80, 60, BufferedImage.TYPE_BYTE_GRAY), "png", blank.toFile());
        assertThat(mnist("predict", text.toString(), photo.toString())).isEqualTo(1);
        assertOneLineError(text.toString(), "not an image");
        assertThat(out).contains(photo + ":"); // the others are read all the same
        assertThat(mnist("predict", folder.resolve("none.png").toString())).isEqualTo(1);
        assertOneLineError("none.png: it does not exist");
        assertThat(mnist("predict", folder.toString(), photo.toString())).isEqualTo(1);
        assertOneLineError(folder + ": it is a folder");
        assertThat(out).contains(photo + ":");
        Path strange = folder.resolve("a\nb.png");
        assertThat(mnist("predict", strange.toString())).isEqualTo(1);
        assertOneLineError("a\\nb.png: it does not exist");
        assertThat(mnist("predict", photo.toString(), "--max-pixels", "89999")).isEqualTo(1);
        assertOneLineError(photo.toString(), "300x300");
        assertThat(mnist("predict", photo.toString(), "--max-pixels", "0")).isEqualTo(2);
        assertOneLineError("max pixels is 0");
        assertThat(mnist("predict", blank.toString())).isZero();
        assertThat(err).contains("no digit found");
        assertThat(mnist("predict")).isEqualTo(2);
        assertThat(mnist("predict", photo.toString(), "--test", "3")).isEqualTo(2);
        assertThat(mnist("predict", photo.toString(), "--threshold", "7")).isEqualTo(2);
        assertOneLineError("threshold is 7");
        assertThat(mnist("predict", photo.toString(), "--model", text.toString())).isEqualTo(1);
        assertOneLineError("not a model of MNIST4J");
    }

    @Test
    void noDrawnCopyTakesTheNameOfAnother() throws IOException {
        Path page = photo("page.png");
        Path jpg = Files.copy(page, folder.resolve("page.jpg"));
        Path below = Files.createDirectories(folder.resolve("below"));
        Path other = Files.copy(page, below.resolve("Page.png"));
        Path read = Files.copy(page, folder.resolve("page-read.png"));
        byte[] before = Files.readAllBytes(read);
        Path drawn = folder.resolve("drawn");
        assertThat(
                        mnist(
                                "predict",
                                "--out",
                                drawn.toString(),
                                page.toString(),
                                jpg.toString(),
                                other.toString()))
                .isZero();
        assertThat(drawn.toFile().list())
                .containsExactlyInAnyOrder("page-read.png", "page-read-2.png", "Page-read-3.png");
        assertThat(mnist("predict", page.toString(), jpg.toString(), read.toString())).isZero();
        assertThat(read).hasBinaryContent(before); // an image, and no place for another's copy
        assertThat(folder.toFile().list())
                .contains("page-read-2.png", "page-read-3.png", "page-read-read.png");
    }

    /** A name may hold what commands a terminal, or begins a line that nobody wrote. */
    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void namesArePrintedOnOneLineWithoutEscapes() throws IOException {
        Path strange = photo("a\n\u001b[31mb.png");
        Path blank = folder.resolve("c\n\u001b[31md.png");
        ImageIO.write(
                new BufferedImage(80, 60, BufferedImage.TYPE_BYTE_GRAY), "png", blank.toFile());
        assertThat(mnist("predict", strange.toString(), blank.toString())).isZero();
        assertThat(out).contains("a\\n\\u001b[31mb.png:\n").doesNotContain("\u001b");
        assertThat(err)
                .contains("no digit found on " + folder + "/c\\n\\u001b[31md.png\n")
                .doesNotContain("\u001b");
        assertThat(train("--out", folder.resolve("e\n\u001b[31mf").toString())).isZero();
        assertThat(err)
                .contains("Written to " + folder + "/e\\n\\u001b[31mf\n")
                .doesNotContain("\u001b");
    }

    /** The trained perceptron, not the network in the jar. */
    @Test
    void predictAsksTheModelThatIsNamed() throws IOException {
        assertThat(train()).isZero();
        Path best = folder.resolve("run").resolve("best.zip");
        DigitSet test = testDigits();
        INDArray x = Nd4j.create(1, 1, 28, 28);
        for (int i = 0; i < 784; i++) {
            x.putScalar(i, test.pixels(0)[i] & 0xFF);
        }
        ModelSerializer.<DataNormalization>restoreNormalizerFromFile(best.toFile()).transform(x);
        double[] expected =
                ModelSerializer.restoreMultiLayerNetwork(best.toFile()).output(x).toDoubleVector();
        String[] command = {
            "predict", "--test=1", "--json", "--data=" + data, "--model=" + best, "--out=" + folder
        };
        assertThat(mnist(command)).isZero();
        JsonNode first = new ObjectMapper().readTree(out).get(0);
        assertThat(first.get("truth").asInt()).isEqualTo(test.label(0));
        for (int c = 0; c < 10; c++) {
            assertThat(first.get("probabilities").get(c).asDouble())
                    .isCloseTo(expected[c], within(1e-4));
        }
        Path photo = photo("page.png");
        assertThat(mnist("predict", photo.toString(), "--json")).isZero();
        String pretrained = out;
        assertThat(mnist("predict", photo.toString(), "--json", "--model", best.toString()))
                .isZero();
        assertThat(out).isNotEqualTo(pretrained);
    }

    @ParameterizedTest
    @CsvSource({
        "--data=., goes with --test",
        "--dataset=mnist, goes with --test",
        "--test=3 --threshold=0.5, does not go with --test",
        "--test=3 --max-pixels=100, does not go with --test",
    })
    void optionsThatWouldDoNothingAreRefused(String options, String why) {
        String image = options.startsWith("--test") ? "" : " page.png";
        assertThat(mnist(("predict " + options + image).split(" "))).isEqualTo(2);
        assertOneLineError(options.replaceFirst("=[^ ]*$", "").replaceFirst(".* ", "") + " " + why);
    }

    @Test
    void predictTestShowsTheTruthBeside() throws IOException {
        String[] command = {
            "predict", "--test", "10", "--data", data.toString(), "--out", folder.toString()
        };
        assertThat(mnist(command)).isZero();
        assertThat(out.lines()).hasSize(11);
        assertThat(ImageIO.read(folder.resolve("predictions.png").toFile()).getWidth())
                .isEqualTo(8 + 10 * 64);
    }

    @Test
    void infoPrintsTheCard() throws IOException {
        assertThat(mnist("info")).isZero();
        JsonNode card = new ObjectMapper().readTree(out);
        assertThat(card.get("model").asText()).isEqualTo("cnn:channels=8,16,48:dense=96");
        assertThat(card.get("provenance").get("testAccuracy").asDouble()).isGreaterThan(0.995);
        assertThat(train()).isZero();
        assertThat(mnist("info", folder.resolve("run").resolve("best.zip").toString())).isZero();
        assertThat(new ObjectMapper().readTree(out).get("model").asText()).isEqualTo("mlp");
        assertThat(mnist("info", folder.resolve("none.zip").toString())).isEqualTo(1);
        assertOneLineError("no model file at");
    }
}
