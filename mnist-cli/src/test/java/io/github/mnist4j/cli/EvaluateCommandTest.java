package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.mnist4j.models.ModelFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** {@code evaluate}: a model on a test set, and a reader on labeled images. */
class EvaluateCommandTest extends CommandFixture {
    @Test
    void evaluateLooksCloser() throws IOException {
        assertThat(train()).isZero();
        Path best = folder.resolve("run").resolve("best.zip");
        String accuracy = out.strip();
        assertThat(
                        mnist(
                                "evaluate",
                                best.toString(),
                                "--data",
                                data.toString(),
                                "--dataset",
                                "mnist"))
                .isZero();
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
                        mnist(
                                "evaluate",
                                best.toString(),
                                "--data",
                                data.toString(),
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
        assertThat(mnist("evaluate", best.toString(), "--data", data.toString(), "--rotate", "5"))
                .isEqualTo(2);
        assertOneLineError("--tta");
        assertThat(mnist("evaluate", data.toString(), "--data", data.toString())).isEqualTo(1);
        assertOneLineError("no model file at", "it is a folder");
        Path file = Files.writeString(folder.resolve("file"), "mine");
        String why = "cannot write to " + file + ": it is a file, not a folder";
        assertThat(
                        mnist(
                                "evaluate",
                                best.toString(),
                                "--data",
                                data.toString(),
                                "--out",
                                file.toString()))
                .isEqualTo(1);
        assertOneLineError(why);
        assertThat(mnist("evaluate", "--images", "none.csv", "--report", file.toString()))
                .isEqualTo(1);
        assertOneLineError(why);
        assertThat(mnist("predict", "none.png", "--out", file.toString())).isEqualTo(1);
        assertOneLineError(why);
        assertThat(file).hasContent("mine");
        Path noModel = data.resolve("t10k-images-idx3-ubyte");
        assertThat(mnist("evaluate", noModel.toString(), "--data", data.toString())).isEqualTo(1);
        assertOneLineError(noModel.toString(), "is not a model");
    }

    @Test
    void aModelWhoseAnswersAreNotNumbersIsNamed() throws IOException {
        assertThat(train()).isZero();
        ModelFile good = ModelFile.load(folder.resolve("run").resolve("best.zip"));
        good.network().params().assign(3e38);
        Path file = folder.resolve("huge.zip");
        ModelFile.save(file, good.network(), good.normalization(), good.card(), false);
        assertThat(mnist("evaluate", file.toString(), "--data", data.toString())).isEqualTo(1);
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
    }
}
