package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.models.ModelCard;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.models.Provenance;
import io.github.mnist4j.onednn.AcceleratedNetwork;
import io.github.mnist4j.onednn.OneDnn;
import io.github.mnist4j.testkit.JavaProcess;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.TrainingCallback;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.run.RunFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.preprocessor.DataNormalization;

/** {@code train} as a person meets it: options, files, errors and exit codes. */
class MnistTrainerTest extends CommandFixture {
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
                        "train.log");
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
        DigitSet test = testDigits();
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
        assertOneLineError("in epoch 2", "no longer a number", "epoch 1 is kept, untested");
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
                data.resolve("train-labels-idx1-ubyte.gz"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThat(train("--out", folder.resolve("c").toString())).isEqualTo(1);
        assertOneLineError("60 labels for the 400 images");

        Files.delete(data.resolve("train-labels-idx1-ubyte.gz"));
        assertThat(train("--out", folder.resolve("d").toString())).isEqualTo(1);
        assertOneLineError("no mnist in " + data);
        // nothing was begun, so nothing is left
        assertThat(folder.toFile().list()).containsExactly("data");
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertThat(train("--out", empty.toString())).isEqualTo(1);
        assertThat(empty).isEmptyDirectory();
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
        SmallData.write(small, "", 1, 1);
        String out = folder.resolve("none").toString();
        assertThat(mnist(command, "--dataset", "mnist", "--data", small.toString(), "--out", out))
                .isEqualTo(1);
        assertOneLineError(small + " has too few training images: 1, 20 or more expected");
        assertThat(Path.of(out)).doesNotExist();
    }

    /** oneDNN adds in another order, so the weights' last bits are others. */
    @Test
    void withoutOneDnnTheStepsAreDl4js() throws IOException {
        assumeTrue(OneDnn.status().available(), () -> OneDnn.status().detail());
        var weights = new ArrayList<INDArray>();
        var classes = new ArrayList<Class<?>>();
        for (String option : List.of("--onednn", "--no-onednn")) {
            Path run = folder.resolve("run" + option);
            assertThat(
                            mnist(
                                    "train",
                                    "--model=mlp:dense=8",
                                    "--dropout=0", // each draws its own masks
                                    "--data=" + data,
                                    "--validation=50",
                                    "--epochs=1",
                                    option,
                                    "--out",
                                    run.toString()))
                    .as(err)
                    .isZero();
            weights.add(ModelFile.load(run.resolve("best.zip")).network().params());
            // the same plan from Java
            TrainingPlan plan = TrainingPlan.read(run.resolve("plan.json"));
            assertThat(plan.onednn()).isEqualTo(option.equals("--onednn"));
            Trainer.run(
                    plan,
                    DatasetLoader.builder().optFolder(data).build().load(Dataset.MNIST),
                    new TrainingCallback() {
                        @Override
                        public void onStart(Trainer.Start start) {
                            classes.add(start.network().getClass());
                        }
                    });
        }
        assertThat(classes).containsExactly(AcceleratedNetwork.class, MultiLayerNetwork.class);
        assertThat(weights.get(1).toFloatVector()).isNotEqualTo(weights.get(0).toFloatVector());
        assertThat(weights.get(1).distance2(weights.get(0))).isLessThan(1e-2);
    }

    /** DL4J's layers name the probability to keep a value. */
    @Test
    void bothDropoutsAreThoseThatWereAskedFor() throws IOException {
        String model = "cnn:channels=2:convolutions=1:dense=4";
        assertThat(train("--model", model, "--conv-dropout", "0.3", "--dropout", "0.6")).isZero();
        var network = ModelFile.load(folder.resolve("run").resolve("best.zip")).network();
        assertThat(network.getLayers())
                .extracting(layer -> layer.conf().getLayer())
                .filteredOn(DropoutLayer.class::isInstance)
                .extracting(layer -> ((Dropout) ((DropoutLayer) layer).getIDropout()).getP())
                .containsExactly(1 - 0.3, 1 - 0.6);
    }

    /** Every command that takes a data set. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "train --out=none",
                "lr-find --out=none",
                "tune --out=none",
                "samples --out=none",
                "bench",
                "predict --test=3 --out=none",
                "evaluate MODEL --out=none"
            })
    void theDataSetAndItsFolderAreThoseThatWereNamed(String command) throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        Path model = untrained("model.zip");
        for (String dataset : List.of("mnist", "fashion-mnist")) {
            String line =
                    command.replace("MODEL", model.toString())
                            + " --dataset="
                            + dataset
                            + " --data="
                            + empty;
            assertThat(mnist(line.split(" "))).as(err).isEqualTo(1);
            assertOneLineError("no " + dataset + " in " + empty);
        }
        assertThat(Path.of("none")).doesNotExist();
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
        Path model = untrained("best.zip");
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
        assertThat(ModelFile.load(model).card().model()).isEqualTo("mlp");
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
