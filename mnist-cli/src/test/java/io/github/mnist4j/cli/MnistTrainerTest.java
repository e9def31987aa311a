package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.idx.IdxFile;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.models.ModelCard;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.models.Provenance;
import io.github.mnist4j.testkit.JavaProcess;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.run.RunFolder;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.preprocessor.DataNormalization;

/** The command line as a person meets it: options, files, errors and exit codes. */
class MnistTrainerTest {
    @TempDir Path folder;

    private Path data;
    private String out;
    private String err;

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

    private int mnist(String... arguments) {
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

    private int train(String... more) {
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

    private void assertOneLineError(String... words) {
        assertThat(err.lines().filter(line -> line.startsWith("error: ")))
                .hasSize(1)
                .allSatisfy(line -> assertThat(line).contains(words));
        assertThat(err).doesNotContain("\tat ").doesNotContain("Exception");
    }

    @Test
    void aRunLeavesEverythingInItsFolder() throws Exception {
        assertThat(train("--epochs", "2", "--seed", "5")).isZero();
        Path run = folder.resolve("run");
        assertThat(run.toFile().list())
                .containsExactlyInAnyOrder(
                        "plan.json",
                        "history.csv",
                        "history.png",
                        "confusion.png",
                        "samples.png",
                        "best.zip",
                        "last.zip",
                        "report.json",
                        "metrics.jsonl",
                        "train.log",
                        ".lock");
        assertThat(Files.readAllLines(run.resolve("history.csv")))
                .hasSize(3)
                .first()
                .asString()
                .startsWith("epoch,");
        for (String picture : List.of("history.png", "confusion.png", "samples.png")) {
            assertThat(ImageIO.read(run.resolve(picture).toFile()).getWidth())
                    .as(picture)
                    .isGreaterThan(200);
        }
        JsonNode report = new ObjectMapper().readTree(run.resolve("report.json").toFile());
        assertThat(report.get("seed").asLong()).isEqualTo(5);
        assertThat(report.get("trainDigest").asText()).hasSize(64);
        assertThat(report.get("backend").get("backend").asText()).isEqualTo("CPU");
        assertThat(out.strip())
                .isEqualTo(
                        String.format(
                                java.util.Locale.ROOT,
                                "%.4f",
                                report.get("testAccuracy").asDouble()));
        assertThat(Files.readString(run.resolve("train.log")))
                .contains("TrainingPlan[model=mlp")
                .contains("epoch=2");
        assertThat(err)
                .contains("535,818 parameters")
                .contains("epoch  1/2")
                .contains("epoch  2/2")
                .contains("Test accuracy")
                .contains("Written to " + run)
                .doesNotContain("\u001b[");
    }

    @Test
    void theSavedModelIsPlainDl4j() throws Exception {
        assertThat(train()).isZero();
        Path best = folder.resolve("run").resolve("best.zip");
        MultiLayerNetwork plain = ModelSerializer.restoreMultiLayerNetwork(best.toFile());
        DataNormalization normalizer = ModelSerializer.restoreNormalizerFromFile(best.toFile());
        ModelFile ours = ModelFile.load(best);
        DigitSet test =
                IdxFile.read(
                        data.resolve("t10k-images-idx3-ubyte"),
                        data.resolve("t10k-labels-idx1-ubyte.gz"));
        float[] pixels = new float[784];
        byte[] bytes = test.pixels(0);
        for (int i = 0; i < 784; i++) {
            pixels[i] = bytes[i] & 0xFF;
        }
        INDArray x = org.nd4j.linalg.factory.Nd4j.create(pixels, new long[] {1, 1, 28, 28}, 'c');
        normalizer.transform(x);
        assertThat(plain.output(x).toDoubleVector())
                .usingComparatorWithPrecision(1e-4)
                .containsExactly(perceptron(plain, pixels));
        assertThat(ours.card().model()).isEqualTo("mlp");
        Provenance provenance = ours.card().provenance();
        assertThat(provenance.more()).containsOnlyKeys("plan", "epoch");
        assertThat(provenance.trainDigest()).hasSize(64);
        assertThat(provenance.threshold()).isBetween(0.0, 1.0);
        assertThat(provenance.testAccuracy()).isBetween(0.5, 1.0);
        assertThat(provenance.trained()).matches("\\d{4}-\\d\\d-\\d\\d");
    }

    /** The network's definition: dense layers with ReLU, and softmax at the end. */
    private static double[] perceptron(MultiLayerNetwork network, float[] pixels) {
        double[] values = new double[pixels.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (pixels[i] / 255 - 0.1307) / 0.3081;
        }
        for (var layer : network.getLayers()) {
            if (layer.numParams() == 0) {
                continue; // dropout, which does nothing here
            }
            INDArray weights = layer.getParam("W");
            double[] sums = layer.getParam("b").toDoubleVector();
            for (int from = 0; from < values.length; from++) {
                for (int to = 0; to < sums.length; to++) {
                    sums[to] += values[from] * weights.getDouble(from, to);
                }
            }
            boolean last = layer == network.getOutputLayer();
            values = Arrays.stream(sums).map(v -> last ? Math.exp(v) : Math.max(0, v)).toArray();
        }
        double sum = Arrays.stream(values).sum();
        return Arrays.stream(values).map(v -> v / sum).toArray();
    }

    @Test
    void wrongOptionsAreUsageErrors() {
        assertThat(train("--model", "resnet")).isEqualTo(2);
        assertOneLineError("resnet", "mlp, cnn");
        assertThat(train("--batch-size", "-5")).isEqualTo(2);
        assertOneLineError("batch size is -5");
        assertThat(train("--epochs", "many")).isEqualTo(2);
        assertOneLineError("--epochs", "many");
        assertThat(train("--dataset", "minst")).isEqualTo(2);
        assertOneLineError("minst", "fashion-mnist");
        assertThat(mnist("train", "--lerning-rate", "1")).isEqualTo(2);
        assertOneLineError("--lerning-rate");
        assertThat(mnist()).isEqualTo(2);
        assertOneLineError("a command is missing");
        assertThat(folder.resolve("run")).doesNotExist();
    }

    /** What a shell makes of a variable that is not set is not the folder at hand. */
    @ParameterizedTest
    @CsvSource({
        "train --out, --out",
        "train --plan, --plan",
        "train --resume, --resume",
        "train --data, --data",
        "tune --out, --out",
        "tune --space, --space",
        "tune --resume, --resume",
        "predict --model, --model",
        "predict --out, --out",
        "predict --test 1 --data, --data",
        "evaluate, MODEL",
        "evaluate --images, --images",
        "export model.zip --out, --out",
        "samples --out, --out",
        "lr-find --out, --out",
        "info, MODEL"
    })
    void anEmptyNameOfAFileIsAUsageError(String command, String option) {
        for (String empty : List.of("", " ")) {
            List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
            arguments.add(empty);
            assertThat(mnist(arguments.toArray(new String[0]))).isEqualTo(2);
            assertOneLineError(option, "empty");
        }
    }

    @Test
    void aNetworkCanBeDescribed() throws IOException {
        String description = "cnn:channels=2,4:convolutions=1:dense=8:activation=tanh";
        assertThat(train("--model", description)).isZero();
        Path out = folder.resolve("run");
        TrainingPlan plan = TrainingPlan.read(out.resolve("plan.json"));
        assertThat(plan.model()).isEqualTo(description);
        // the recipe is that of the name
        assertThat(plan.schedule()).isEqualTo("step:5:0.5");
        assertThat(ModelFile.load(out.resolve("best.zip")).network().getLayer(0).conf().getLayer())
                .isInstanceOfSatisfying(
                        ConvolutionLayer.class, c -> assertThat(c.getNOut()).isEqualTo(2));
        assertThat(RunFolder.unused(folder, description).getFileName().toString())
                .matches("\\d{8}-\\d{6}-cnn-channels-2-4-convolutions-1-dense-8-activation-tanh");
        assertThat(mnist("train", "--model", "cnn:kernel=0", "--data", data.toString()))
                .isEqualTo(2);
        assertOneLineError("kernel is 0, 1 to 11 expected");
    }

    @Test
    void aFolderThatCannotBeWrittenIsSaidBeforeAnythingStarts() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "mine");
        assertThat(train("--out", file.toString())).isEqualTo(1);
        assertOneLineError("cannot write to " + file);
        assertThat(file).hasContent("mine");
        assertThat(train("--out", file.resolve("below").toString())).isEqualTo(1);
        assertOneLineError("cannot write to");
    }

    @Test
    void aRunThatIsThereIsNotOverwritten() throws IOException {
        assertThat(train()).isZero();
        byte[] before = Files.readAllBytes(folder.resolve("run").resolve("best.zip"));
        assertThat(train("--seed", "2")).isEqualTo(1);
        assertOneLineError("holds a run already", "--out");
        assertThat(folder.resolve("run").resolve("best.zip")).hasBinaryContent(before);
    }

    @Test
    void aRunThatDivergesHasFailedWhateverItKeeps() throws IOException {
        Path run = folder.resolve("run");
        assertThat(train("--model", "cnn-small", "--optimizer", "sgd", "--learning-rate", "1e12"))
                .isEqualTo(1);
        assertOneLineError("of epoch 1", "no longer a number", "no model is kept");
        assertThat(out).isEmpty();
        assertThat(run.resolve("best.zip")).doesNotExist();
        assertThat(run.resolve("report.json")).doesNotExist();

        // a step of rate 0, then one beyond all reason
        run = folder.resolve("later");
        assertThat(
                        train(
                                "--optimizer",
                                "sgd",
                                "--learning-rate",
                                "1e30",
                                "--schedule",
                                "cosine:2it",
                                "--batch-size",
                                "350",
                                "--epochs",
                                "3",
                                "--out",
                                run.toString()))
                .isEqualTo(1);
        assertOneLineError("in epoch 2", "no longer a number", "kept and not tested is epoch 1");
        assertThat(out).isEmpty();
        assertThat(err).doesNotContain("Test accuracy");
        assertThat(ModelFile.load(run.resolve("best.zip")).network().params().sumNumber())
                .matches(sum -> Double.isFinite(sum.doubleValue()));
        assertThat(run.resolve("report.json")).doesNotExist();
    }

    @Test
    void damagedDataIsNamedWithItsPlace() throws IOException {
        Path images = data.resolve("train-images-idx3-ubyte.gz");
        byte[] good = Files.readAllBytes(images);
        Files.write(images, Arrays.copyOf(good, good.length / 2));
        assertThat(train()).isEqualTo(1);
        assertOneLineError(images.toString(), "damaged gzip");

        Files.writeString(images, "<html>404</html>");
        assertThat(train("--out", folder.resolve("b").toString())).isEqualTo(1);
        assertOneLineError(images.toString(), "magic number 3c68746d");

        Files.write(images, good);
        Files.copy(
                data.resolve("t10k-labels-idx1-ubyte.gz"),
                data.resolve("train-labels-idx1-ubyte"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThat(train("--out", folder.resolve("c").toString())).isEqualTo(1);
        assertOneLineError("60 labels for the 400 images");

        Files.delete(data.resolve("train-labels-idx1-ubyte"));
        assertThat(train("--out", folder.resolve("d").toString())).isEqualTo(1);
        assertOneLineError("no mnist in " + data);
        // nothing was begun, so nothing is left
        assertThat(folder.toFile().list()).containsExactly("data");
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertThat(train("--out", empty.toString())).isEqualTo(1);
        assertThat(empty.toFile().list()).containsExactly(".lock");
    }

    private void write(String images, String labels, int side, int count) throws IOException {
        var digits = DigitSet.of(side, side, new byte[count * side * side], new byte[count]);
        Files.deleteIfExists(data.resolve(images + ".gz"));
        Files.deleteIfExists(data.resolve(labels + ".gz"));
        IdxFile.writeImages(data.resolve(images), digits);
        IdxFile.writeLabels(data.resolve(labels), digits);
    }

    /** Not after the last epoch, and not as a division by zero. */
    @Test
    void aTestSetOfAnotherSizeOrEmptyIsFoundBeforeTheFirstEpoch() throws IOException {
        assertThat(train()).isZero();
        String best = folder.resolve("run").resolve("best.zip").toString();
        String[][] commands = {
            {"evaluate", best, "--dataset", "mnist", "--data", data.toString()},
            {"predict", "--test", "3", "--dataset", "mnist", "--data", data.toString()}
        };
        for (int[] sides : new int[][] {{14, 20}, {28, 0}}) {
            write("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", sides[0], sides[1]);
            String word = sides[1] == 0 ? "no images" : "14x14";
            assertThat(train("--out", folder.resolve("other").toString())).isEqualTo(1);
            assertOneLineError(word);
            assertThat(err).doesNotContain("epoch");
            assertThat(folder.resolve("other")).doesNotExist();
            for (String[] command : commands) {
                assertThat(mnist(command)).isEqualTo(1);
                assertOneLineError(word);
            }
        }
        write("train-images-idx3-ubyte", "train-labels-idx1-ubyte", 28, 0);
        for (String command : List.of("lr-find", "samples", "bench")) {
            assertThat(mnist(command, "--dataset", "mnist", "--data", data.toString()))
                    .as(command)
                    .isEqualTo(1);
            assertOneLineError("no images");
        }
    }

    @Test
    void aValidationSizeThatTheDataDoesNotHaveNamesItsOption() {
        assertThat(train("--validation", "391")).isEqualTo(2);
        assertOneLineError("--validation", "391", "at most 390", "400 training images");
        assertThat(folder.resolve("run")).doesNotExist();
    }

    /** No option would help: the data is at fault. */
    @ParameterizedTest
    @ValueSource(strings = {"train", "tune", "lr-find"})
    void aDataSetOfOneImageIsNoWrongUsage(String command) throws IOException {
        Path small = Files.createDirectories(folder.resolve("small"));
        SmallData.write(small, 1, 1);
        String out = folder.resolve("none").toString();
        assertThat(mnist(command, "--dataset", "mnist", "--data", small.toString(), "--out", out))
                .isEqualTo(1);
        assertOneLineError("there are only 1 training images", small.toString(), "20 or more");
        assertThat(Path.of(out)).doesNotExist();
    }

    @Test
    void helpIsNoError() {
        assertThat(mnist("--help")).isZero();
        assertThat(out).contains("train").contains("samples");
        assertThat(mnist("train", "--help")).isZero();
        assertThat(out).contains("--learning-rate").contains("--dataset");
        assertThat(mnist("--version")).isZero();
        assertThat(out).contains("MNIST4J");
    }

    @Test
    void samplesDrawsASheet() throws IOException {
        Path sheet = folder.resolve("sheet.png");
        assertThat(
                        mnist(
                                "samples",
                                "--data",
                                data.toString(),
                                "--count",
                                "45",
                                "--out",
                                sheet.toString()))
                .isZero();
        assertThat(out.strip()).isEqualTo(sheet.toString());
        assertThat(ImageIO.read(sheet.toFile()).getWidth()).isEqualTo(8 + 20 * (56 + 8));
        assertThat(mnist("samples", "--data", data.toString(), "--count", "0")).isEqualTo(2);
    }

    @Test
    void samplesShowsWhatAnAugmentationDoes() throws IOException {
        Path sheet = folder.resolve("sheet.png");
        String[] command = {
            "samples", "--data", data.toString(), "--augment", "strong", "--out", sheet.toString()
        };
        assertThat(mnist(command)).isZero();
        var picture = ImageIO.read(sheet.toFile());
        assertThat(picture.getWidth()).isEqualTo(8 + 10 * (56 + 8));
        assertThat(picture.getHeight()).isEqualTo(8 + 7 * (56 + 8));
        // originals above, something else below
        int[] first = picture.getRGB(8, 8, 56, 56, null, 0, 56);
        for (int row = 1; row < 7; row++) {
            assertThat(picture.getRGB(8, 8 + row * 64, 56, 56, null, 0, 56)).isNotEqualTo(first);
        }
        byte[] before = Files.readAllBytes(sheet);
        assertThat(mnist(command)).isZero();
        assertThat(sheet).hasBinaryContent(before);
        assertThat(mnist("samples", "--data", data.toString(), "--augment", "wild")).isEqualTo(2);
        assertOneLineError("'wild'", "elastic");
    }

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

    /** Four generated digits in two lines, dark on light. */
    private Path photo(String name) throws IOException {
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
        assertThat(card.get("model").asText()).isEqualTo("cnn:channels=16,32,96:dense=96");
        assertThat(card.get("provenance").get("testAccuracy").asDouble()).isGreaterThan(0.995);
        assertThat(train()).isZero();
        assertThat(mnist("info", folder.resolve("run").resolve("best.zip").toString())).isZero();
        assertThat(new ObjectMapper().readTree(out).get("model").asText()).isEqualTo("mlp");
        assertThat(mnist("info", folder.resolve("none.zip").toString())).isEqualTo(1);
        assertOneLineError("no model file at");
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
        assertThat(err).contains("failed: there is no file none.png");
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

    @Test
    void checkpointsAreAsOftenAndAsManyAsWasAsked() throws IOException {
        Path run = folder.resolve("run");
        assertThat(train("--epochs", "5", "--checkpoint-every", "2", "--keep", "3")).isZero();
        try (var files = Files.list(run)) {
            assertThat(files.map(f -> f.getFileName().toString()).filter(f -> f.endsWith(".zip")))
                    .containsExactlyInAnyOrder(
                            "best.zip",
                            "last.zip",
                            "epoch-0002.zip",
                            "epoch-0004.zip",
                            "epoch-0005.zip");
        }
    }

    @Test
    void exportWritesOtherFormsAndReadsWeights() throws Exception {
        assertThat(train()).isZero();
        Path best = folder.resolve("run").resolve("best.zip");
        Path weights = folder.resolve("w.npz");
        Path back = folder.resolve("back.zip");
        Path onnx = folder.resolve("m.onnx");
        Path small = folder.resolve("small.zip");
        assertThat(mnist("export", best.toString(), "--out", best.toString())).isEqualTo(2);
        assertOneLineError("--out is the model itself");
        assertThat(mnist("export", best.toString(), "--to", "weights", "--out", weights.toString()))
                .isZero();
        assertThat(
                        mnist(
                                "export",
                                weights.toString(),
                                "--from",
                                "weights",
                                "--model",
                                "mlp",
                                "--to",
                                "dl4j",
                                "--out",
                                back.toString()))
                .isZero();
        assertThat(ModelFile.load(back).network().params())
                .isEqualTo(ModelFile.load(best).network().params());
        assertThat(mnist("export", best.toString(), "--to", "onnx", "--out", onnx.toString()))
                .isZero();
        assertThat(onnx).isNotEmptyFile();
        assertThat(mnist("export", best.toString(), "--out", small.toString())).isZero();
        assertThat(ModelSerializer.restoreMultiLayerNetwork(small.toFile()).getnLayers())
                .isEqualTo(3);

        byte[] before = Files.readAllBytes(small);
        assertThat(mnist("export", data.toString(), "--out", small.toString())).isEqualTo(1);
        assertOneLineError("no model file at", "it is a folder");
        assertThat(
                        mnist(
                                "export",
                                weights.toString(),
                                "--from",
                                "weights",
                                "--out",
                                small.toString()))
                .isEqualTo(2);
        assertOneLineError("--model");
        assertThat(mnist("export", best.toString(), "--normalize", "--out", small.toString()))
                .isEqualTo(2);
        assertOneLineError("--to onnx");
        assertThat(mnist("export", best.toString(), "--to", "tflite", "--out", "x")).isEqualTo(2);
        assertOneLineError("tflite");
        assertThat(small).hasBinaryContent(before);
    }

    @Test
    void lrFindDrawsTheCurve() throws IOException {
        Path curve = folder.resolve("curve.png");
        assertThat(
                        mnist(
                                "lr-find",
                                "--data",
                                data.toString(),
                                "--dataset",
                                "mnist",
                                "--validation",
                                "50",
                                "--steps",
                                "60",
                                "--from",
                                "1e-4",
                                "--to",
                                "1e-2",
                                "--out",
                                curve.toString()))
                .isZero();
        List<Double> rates =
                Files.readAllLines(folder.resolve("curve.csv")).stream()
                        .skip(1)
                        .map(line -> Double.valueOf(line.split(",")[0]))
                        .toList();
        // 60 steps that rise by the same factor, from the first rate to the last
        assertThat(rates).hasSize(60);
        assertThat(rates.get(0)).isCloseTo(1e-4, withinPercentage(0.01));
        assertThat(rates.get(30) / rates.get(29))
                .isCloseTo(Math.pow(100, 1 / 59.0), withinPercentage(0.01));
        assertThat(rates.get(59)).isCloseTo(1e-2, withinPercentage(0.01));
        double found = Double.parseDouble(out.strip());
        assertThat(rates).anyMatch(rate -> Math.abs(rate / found - 1) < 0.05);
        assertThat(ImageIO.read(curve.toFile()).getWidth()).isGreaterThan(200);
        assertThat(Files.readAllLines(folder.resolve("curve.csv")))
                .hasSizeBetween(10, 61)
                .first()
                .isEqualTo("learning_rate,loss");
        assertThat(mnist("lr-find", "--data", data.toString(), "--from", "1", "--to", "0.1"))
                .isEqualTo(2);
        assertOneLineError("must rise");
        assertThat(mnist("lr-find", "--out", folder.toString())).isEqualTo(1);
        assertOneLineError(folder + ": it is a folder");
    }

    @Test
    void plansAndResumingOnTheCommandLine() throws IOException {
        assertThat(train("--augment", "affine", "--shift", "0.2")).isZero();
        Path plan = folder.resolve("run").resolve("plan.json");
        Path again = folder.resolve("again");
        assertThat(
                        mnist(
                                "train",
                                "--plan",
                                plan.toString(),
                                "--seed",
                                "9",
                                "--quiet",
                                "--json",
                                "--out",
                                again.toString()))
                .isZero();
        assertThat(err).isEmpty();
        assertThat(new ObjectMapper().readTree(out).get("seed").asLong()).isEqualTo(9);
        TrainingPlan first = TrainingPlan.read(plan);
        assertThat(first.augment().shift()).isEqualTo(0.2);
        assertThat(first.augment().shear()).isEqualTo(8);
        assertThat(TrainingPlan.read(again.resolve("plan.json")))
                .isEqualTo(first.toBuilder().optSeed(9).build());
        assertThat(mnist("train", "--resume", again.toString())).isEqualTo(1);
        assertOneLineError("is done");
        assertThat(mnist("train", "--resume", again.toString(), "--epochs", "3")).isEqualTo(2);
        assertOneLineError("--epochs cannot be changed");
        assertThat(mnist("train", "--plan", plan.toString(), "--model", "cnn")).isEqualTo(2);
        assertOneLineError("'mlp'", "cnn");
        Path verbose = folder.resolve("verbose");
        assertThat(
                        mnist(
                                "train",
                                "--plan",
                                plan.toString(),
                                "--verbose",
                                "--out",
                                verbose.toString()))
                .isZero();
        assertThat(err).contains("TrainingPlan[model=mlp");
    }

    /** The file's fault is exit code 1: the command was called well. */
    @Test
    void plansThatAreNotPlansAreOneLine() throws IOException {
        Path file = folder.resolve("plan.json");
        String good = TrainingPlan.builder("mlp").build().toJson();
        for (byte[] content :
                new byte[][] {
                    {},
                    {'{', '"', 'm', 'o', 'd', 'e', 'l', '"', ':', '"', -1, -2, '"', '}'},
                    "null".getBytes(StandardCharsets.UTF_8),
                    "[".repeat(100_000).getBytes(StandardCharsets.UTF_8),
                    good.replaceFirst("\"epochs\" : \\d+", "\"epochs\" : 0")
                            .getBytes(StandardCharsets.UTF_8),
                    good.replaceFirst("\"epochs\" : \\d+", "\"epochs\" : 1e99")
                            .getBytes(StandardCharsets.UTF_8),
                    good.replaceFirst("\"mlp\"", "\"mlp:dense=99999999999\"")
                            .getBytes(StandardCharsets.UTF_8),
                    good.replaceFirst("\"mlp\"", "[\"java.lang.Object\", 1]")
                            .getBytes(StandardCharsets.UTF_8),
                    (good + good).getBytes(StandardCharsets.UTF_8),
                }) {
            Files.write(file, content);
            assertThat(train("--plan", file.toString())).isEqualTo(1);
            assertOneLineError(file.toString());
            assertThat(err).doesNotContain("java.").doesNotContain("io.github");
            assertThat(folder.resolve("run")).doesNotExist();
        }
        assertThat(train("--plan", folder.toString())).isEqualTo(1);
        assertOneLineError(folder + " is a folder");
        assertThat(train("--plan", folder.resolve("none").toString())).isEqualTo(1);
        assertOneLineError("no plan at");
    }

    /**
     * A limit on file sizes stands in for a full disk: writing fails in the middle of the model.
     */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aDiskThatFillsWhileSavingLeavesTheEarlierModelWhole() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")));
        Path model = folder.resolve("best.zip");
        var network = new MultiLayerNetwork(MnistModels.mlp());
        network.init();
        ModelFile.save(
                model,
                network,
                Normalization.MNIST,
                ModelCard.of("mlp", Provenance.UNKNOWN),
                false);
        byte[] before = Files.readAllBytes(model);
        var saving =
                JavaProcess.of(Save.class, model.toString())
                        .shell("ulimit -f 1000; exec \"$@\"")
                        .jvm("-XX:-UsePerfData")
                        .run();
        assertThat(saving.exit()).as(saving.err()).isEqualTo(1);
        assertThat(saving.out()).contains("saving failed");
        assertThat(model).hasBinaryContent(before);
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("data", "best.zip");
        assertThat(ModelFile.load(model).network().params()).isEqualTo(network.params());
    }

    /** What the process with the limit runs. */
    static final class Save {
        public static void main(String[] args) {
            var network =
                    new MultiLayerNetwork(
                            MnistModels.mlp(
                                    new MnistModels.Settings(
                                            2, new org.nd4j.linalg.learning.config.Sgd(0.1))));
            network.init();
            try {
                ModelFile.save(
                        Path.of(args[0]),
                        network,
                        Normalization.MNIST,
                        ModelCard.of("mlp", Provenance.UNKNOWN),
                        false);
                System.exit(0);
            } catch (IOException e) {
                System.out.println("saving failed: " + e.getMessage());
                System.exit(1);
            }
        }
    }
}
