package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.mnist4j.data.DigitIterator;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.augment.Augmentation;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.onednn.OneDnn;
import io.github.mnist4j.train.evaluate.ClassificationMetrics;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** {@code evaluate}: a model on a test set, and a reader on labeled images. */
class EvaluateCommandTest extends CommandFixture {
    @Test
    void evaluateLooksCloser() throws IOException {
        assertThat(train()).isZero();
        Path best = folder.resolve("run").resolve("best.zip");
        String accuracy = out.strip();
        assertThat(evaluate(best, "--dataset", "mnist")).isZero();
        assertThat(out)
                .contains(
                        String.format(
                                java.util.Locale.ROOT,
                                "%7.2f %%",
                                100 * Double.parseDouble(accuracy)))
                .contains("precision")
                .contains("Calibration error");
        Path files = folder.resolve("run").resolve("best-on-mnist");
        JsonNode report = new ObjectMapper().readTree(files.resolve("evaluation.json").toFile());
        assertThat(report.get("examples").asInt()).isEqualTo(60);
        assertThat(report.get("digits")).hasSize(10);
        assertThat(report.get("mistakes").size())
                .isEqualTo(60 - (int) Math.round(60 * report.get("accuracy").asDouble()));
        for (String picture : List.of("mistakes.png", "confusion.png")) {
            assertThat(ImageIO.read(files.resolve(picture).toFile()).getWidth()).isPositive();
        }
        Path elsewhere = folder.resolve("elsewhere");
        assertThat(
                        evaluate(
                                best,
                                "--tta",
                                "3",
                                "--rotate",
                                "5",
                                "--json",
                                "--no-onednn",
                                "--out",
                                elsewhere.toString()))
                .isZero();
        assertThat(new ObjectMapper().readTree(out).get("examples").asInt()).isEqualTo(60);
        assertThat(elsewhere.resolve("mistakes.png")).exists();
        assertThat(evaluate(best, "--rotate", "5")).isEqualTo(2);
        assertOneLineError("--tta");
        assertThat(evaluate(data)).isEqualTo(1);
        assertOneLineError("no model file at", "it is a folder");
        Path file = Files.writeString(folder.resolve("file"), "mine");
        String why = "cannot write to " + file + ": it is a file, not a folder";
        assertThat(evaluate(best, "--out", file.toString())).isEqualTo(1);
        assertOneLineError(why);
        assertThat(mnist("evaluate", "--images", "none.csv", "--report", file.toString()))
                .isEqualTo(1);
        assertOneLineError(why);
        assertThat(mnist("predict", "none.png", "--out", file.toString())).isEqualTo(1);
        assertOneLineError(why);
        assertThat(file).hasContent("mine");
        Path noModel = data.resolve("t10k-images-idx3-ubyte.gz");
        assertThat(evaluate(noModel)).isEqualTo(1);
        assertOneLineError(noModel.toString(), "is not a model");
    }

    private int evaluate(Path model, String... options) {
        var arguments =
                new ArrayList<>(List.of("evaluate", model.toString(), "--data", data.toString()));
        arguments.addAll(List.of(options));
        return mnist(arguments.toArray(new String[0]));
    }

    private double loss(Path model, String... options) throws IOException {
        assertThat(evaluate(model, options)).as(err).isZero();
        Path report = folder.resolve("run").resolve("best-on-mnist").resolve("evaluation.json");
        return new ObjectMapper().readTree(report.toFile()).get("loss").asDouble();
    }

    /** The mean loss of the means of what DL4J says to the images and their variants. */
    private double lossByDl4j(Path model, Augmentation augmentation, int variants)
            throws IOException {
        MultiLayerNetwork network = ModelSerializer.restoreMultiLayerNetwork(model.toFile());
        DigitSet test = testDigits();
        INDArray sum = Nd4j.zeros(DataType.FLOAT, 60, 10);
        for (int v = 0; v <= variants; v++) {
            var batches =
                    DigitIterator.builder(test)
                            .setBatchSize(60)
                            .optNormalization(Normalization.MNIST);
            if (v > 0) {
                batches.optAugmentation(augmentation.transform());
            }
            try (DigitIterator all = batches.build()) {
                all.startEpoch(v);
                sum.addi(network.output(all.next().getFeatures()));
            }
        }
        double loss = 0;
        for (int i = 0; i < 60; i++) {
            loss -= Math.log(sum.getDouble(i, test.label(i)) / (variants + 1)) / 60;
        }
        return loss;
    }

    @Test
    void testTimeAugmentationTakesTheMeanOfVariants() throws IOException {
        assertThat(train()).isZero();
        Path best = folder.resolve("run").resolve("best.zip");
        double rotated = lossByDl4j(best, Augmentation.NONE.withRotation(40), 3);
        double affine = lossByDl4j(best, Augmentation.of("affine"), 2);
        double none = lossByDl4j(best, Augmentation.NONE, 0);
        assertThat(loss(best)).isCloseTo(none, within(1e-5));
        assertThat(loss(best, "--tta", "3", "--rotate", "40")).isCloseTo(rotated, within(1e-5));
        assertThat(loss(best, "--tta", "2")).isCloseTo(affine, within(1e-5));
        assertThat(Math.abs(rotated - none)).isGreaterThan(1e-3);
        assertThat(Math.abs(affine - none)).isGreaterThan(1e-3);
        assertThat(mnist("evaluate", best.toString(), "--tta", "-1")).isEqualTo(2);
        assertOneLineError("tta is -1, 0 or more expected");
    }

    /** oneDNN adds in another order, so its last bits are others. */
    @Test
    void withoutOneDnnTheBitsAreDl4js() throws IOException {
        assumeTrue(OneDnn.status().available(), () -> OneDnn.status().detail());
        assertThat(train()).isZero();
        Path best = folder.resolve("run").resolve("best.zip");
        ModelFile file = ModelFile.load(best);
        DigitSet test = testDigits();
        double plain = ClassificationMetrics.of(file.network(), test, file.normalization()).loss();
        assertThat(loss(best, "--no-onednn")).isEqualTo(plain);
        assertThat(loss(best)).isNotEqualTo(plain);
    }

    /** The one way of evaluating would pass over what the other takes. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--tta 3",
                "--rotate 5",
                "--data .",
                "--dataset mnist",
                "--out somewhere",
                "--no-onednn"
            })
    void optionsThatImagesDoNotHeedAreRefused(String option) {
        assertThat(mnist(("evaluate --images table.csv " + option).split(" "))).isEqualTo(2);
        assertOneLineError(option.split(" ")[0] + " does not go with --images");
    }

    @Test
    void aModelWhoseAnswersAreNotNumbersIsNamed() throws IOException {
        assertThat(train()).isZero();
        ModelFile good = ModelFile.load(folder.resolve("run").resolve("best.zip"));
        good.network().params().assign(3e38);
        Path file = folder.resolve("huge.zip");
        ModelFile.save(file, good.network(), good.normalization(), good.card(), false);
        assertThat(evaluate(file)).isEqualTo(1);
        assertOneLineError(file + " gives answers that are not numbers");
    }

    @Test
    void imagesThatAreNotThereFailAndTheOthersAreRead() throws Exception {
        Path table = folder.resolve("labels.csv");
        Files.writeString(table, "file,digits\nnone.png,5\nblank.png,\n");
        ImageIO.write(
                new BufferedImage(40, 40, BufferedImage.TYPE_BYTE_GRAY),
                "png",
                folder.resolve("blank.png").toFile());
        assertThat(mnist("evaluate", "--images", table.toString())).isEqualTo(1);
        assertThat(err).contains("none.png: it does not exist");
        Files.writeString(table, "file,digits\nblank.png,\n");
        assertThat(mnist("evaluate", "--images", table.toString())).isZero();
        Files.writeString(table, "file,digits\nblank.png,1 x\n");
        assertThat(mnist("evaluate", "--images", table.toString())).isEqualTo(1);
        assertOneLineError("'1 x' in the column digits on line 2");
    }

    /** What predict prints can be put into a table as it is. */
    @Test
    void digitsOfATableMayHaveSpacesBetweenThem() throws Exception {
        Path photo = photo("page.png");
        assertThat(mnist("predict", photo.toString(), "--threshold", "0")).isZero();
        String digits = out.strip().replace("\n", " ");
        Path table = folder.resolve("labels.csv");
        Files.writeString(table, "file,digits\npage.png," + digits + "\n");
        Path report = folder.resolve("report");
        assertThat(
                        mnist(
                                "evaluate",
                                "--images",
                                table.toString(),
                                "--threshold",
                                "0",
                                "--json",
                                "--report",
                                report.toString()))
                .isZero();
        JsonNode page = new ObjectMapper().readTree(out).get(0);
        assertThat(page.get("truth").asText()).isEqualTo(digits.replace(" ", ""));
        assertThat(page.get("read").asText()).isEqualTo(page.get("truth").asText());
        assertThat(new ObjectMapper().readTree(report.resolve("images.json").toFile()).get(0))
                .isEqualTo(page);
        assertThat(report.resolve("failures.png")).exists();
        assertThat(page.get("sure").asBoolean()).isTrue();
        assertThat(mnist("evaluate", "--images", table.toString(), "--threshold", "1", "--json"))
                .isZero();
        assertThat(new ObjectMapper().readTree(out).get(0).get("sure").asBoolean()).isFalse();
    }
}
