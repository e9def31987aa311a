package io.github.mnist4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.Split;
import io.github.mnist4j.data.augment.Augmentation;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.train.evaluate.ClassificationMetrics;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlanBuilder;
import io.github.mnist4j.train.run.RunFolder;
import io.github.mnist4j.train.run.RunRecorder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A run that was left goes on as if it had not been. */
public class ResumeTest {
    private static DatasetLoader.Loaded data;

    @TempDir Path folder;

    @BeforeAll
    static void generate() throws IOException {
        data = DatasetLoader.builder().optGeneratedSizes(700, 100).build().load(Dataset.GENERATED);
    }

    /** Everything that could be forgotten is in it. */
    public static TrainingPlanBuilder full(String model) {
        return TrainingPlan.builder(model)
                .optDataset(Dataset.GENERATED)
                .optEpochs(4)
                .optBatchSize(32)
                .optValidation(100)
                .optOptimizer("adamw")
                .optSchedule("plateau:1:0.5")
                .optAugment(Augmentation.of("strong"))
                .optLabelSmoothing(0.05)
                .optClip(1)
                .optAverage("ema:0.9")
                .optPatience(10);
    }

    /** Asks to stop at the iterations named. */
    private record StopAt(IntPredicate iterations, int[] seen) implements TrainingCallback {
        StopAt(IntPredicate iterations) {
            this(iterations, new int[1]);
        }

        @Override
        public void onStep(Step step) {
            seen[0] = step.iteration();
        }

        @Override
        public boolean stopRequested() {
            return iterations.test(seen[0]);
        }
    }

    public static RunRecorder recorder(Path run) throws IOException {
        return new RunRecorder(RunFolder.at(run));
    }

    /** As the command line does. */
    public static TrainingResult resume(
            Path run, DatasetLoader.Loaded data, TrainingCallback... callbacks) throws IOException {
        RunFolder left = RunFolder.resume(run);
        var all = new ArrayList<TrainingCallback>(List.of(callbacks));
        all.add(new RunRecorder(left));
        return Trainer.resume(
                left.saved().orElseThrow(), data, all.toArray(new TrainingCallback[0]));
    }

    static void assertSame(TrainingResult a, TrainingResult b) {
        assertThat(TrainerTest.withoutSeconds(a)).isEqualTo(TrainerTest.withoutSeconds(b));
        assertThat(a.network().params()).isEqualTo(b.network().params());
        assertThat(a.test().accuracy()).isEqualTo(b.test().accuracy());
        assertThat(a.test().loss()).isEqualTo(b.test().loss());
        assertThat(a.reason()).isEqualTo(b.reason());
    }

    /** The plan was given with the run: what is wrong with it is the file's fault. */
    @ParameterizedTest
    @CsvSource({"warmup, 1e300, warmup is 1.0E300", "validation, 695, is 695"})
    void aPlanByWhichNothingCanGoOnIsNamed(String setting, String value, String words)
            throws Exception {
        Path run = folder.resolve("run");
        var plan = TrainingPlan.builder("mlp").optValidation(100).optEpochs(2).build();
        Trainer.run(plan, data, recorder(run), new StopAt(i -> i >= 1));
        Path file = run.resolve("plan.json");
        String good = Files.readString(file);
        String bad = good.replaceFirst("(\"" + setting + "\" : )[\\d.]+", "$1" + value);
        assertThat(bad).isNotEqualTo(good);
        Files.writeString(file, bad);
        assertThatThrownBy(() -> resume(run, data))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(words);
    }

    @Test
    void dataTooSmallToLearnFromIsTheDatasFault() throws IOException {
        DatasetLoader.Loaded one =
                DatasetLoader.builder().optGeneratedSizes(1, 1).build().load(Dataset.GENERATED);
        assertThatThrownBy(() -> Trainer.run(TrainingPlan.builder("mlp").build(), one))
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith(" has too few training images: 1, 20 or more expected");
    }

    @ParameterizedTest(name = "{0}, oneDNN {1}, averaging {2}")
    @CsvSource({"mlp, true, ema:0.9", "mlp, false, none", "mlp, true, swa:2", "cnn, true, ema:0.9"})
    void stoppedInTheMiddleAndBetweenEpochsItEndsTheSame(
            String model, boolean accelerated, String averaging) throws Exception {
        var plan =
                full(model)
                        .optOnednn(accelerated)
                        .optAverage(averaging)
                        .optEpochs(model.equals("cnn") ? 2 : 4)
                        .build();
        TrainingResult whole = Trainer.run(plan, data);

        Path run = folder.resolve("run");
        // 19 batches an epoch: in the middle of the first, at the end of it, in the second
        TrainingResult left = Trainer.run(plan, data, recorder(run), new StopAt(i -> i == 7));
        assertThat(left.reason()).isEqualTo(StopReason.REQUESTED);
        assertThat(left.test()).isNull();
        assertThat(left.bestEpoch()).isNull();
        assertThat(run.resolve("report.json")).doesNotExist();
        left = resume(run, data, new StopAt(i -> i == 19));
        assertThat(left.history()).hasSize(1);
        left = resume(run, data, new StopAt(i -> i == 30));
        assertThat(left.history()).hasSize(1);
        TrainingResult resumed = resume(run, data);

        assertSame(resumed, whole);
        assertThat(run.resolve("report.json")).exists();
        List<String> metrics = Files.readAllLines(run.resolve("metrics.jsonl"));
        assertThat(metrics).doesNotHaveDuplicates();
        assertThat(metrics.stream().filter(l -> l.contains("validationLoss")))
                .hasSize(plan.epochs());
        assertThat(metrics.stream().filter(l -> l.contains("\"batch\":19"))).hasSize(plan.epochs());
    }

    @Test
    void aRunThatIsDoneOrNeverBeganCannotBeResumed() throws Exception {
        Path run = folder.resolve("run");
        assertThatThrownBy(() -> RunFolder.resume(run)).hasMessageContaining("no plan.json");
        var plan = full("mlp").optEpochs(1).build();
        Trainer.run(plan, data, recorder(run));
        assertThatThrownBy(() -> RunFolder.resume(run)).hasMessageContaining("is done");
        Files.delete(run.resolve("report.json"));
        Files.writeString(run.resolve(".best.zip.tmp123-1"), "half a model");
        Files.writeString(run.resolve(".history.csv.tmp123-2"), "half a table");
        // killed between the last checkpoint and the report: only the test is missing
        assertThat(resume(run, data).history()).hasSize(1);
        assertThat(run.toFile().list()).noneMatch(name -> name.contains(".tmp"));
        Files.delete(run.resolve("report.json"));
        Files.delete(run.resolve("last.zip"));
        assertThatThrownBy(() -> RunFolder.resume(run)).hasMessageContaining("first checkpoint");
        Files.writeString(run.resolve("plan.json"), "{\n  \"model\": 3,\n  oops");
        assertThatThrownBy(() -> TrainingPlan.read(run.resolve("plan.json")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("line 3");
    }

    /** Of training, validation, testing, every model file; and of the run that goes on. */
    @Test
    void normalizationIsThePlans() throws Exception {
        var plan = full("mlp").optEpochs(2).optDataset(Dataset.FASHION_MNIST).build();
        assertThat(plan.normalization()).isEqualTo(Normalization.FASHION_MNIST);
        Path run = folder.resolve("run");
        Trainer.run(plan, data, recorder(run), new StopAt(i -> i == 25));
        for (String file : List.of("best.zip", "last.zip")) {
            assertClose(ModelFile.load(run.resolve(file)).normalization(), plan.normalization());
        }
        TrainingResult resumed = resume(run, data);
        assertSame(resumed, Trainer.run(plan, data));
        assertThat(resumed.normalization()).isEqualTo(plan.normalization());
        assertClose(ModelFile.load(run.resolve("best.zip")).normalization(), plan.normalization());
        assertThat(Trainer.run(plan.withNormalization(Normalization.MNIST), data).history().get(0))
                .isNotEqualTo(resumed.history().get(0));

        Split split = Split.stratified(data.train(), 100, 1);
        try (var as = Trainer.batches(plan.withNormalization(new Normalization(0, 1)), split);
                var other = Trainer.batches(plan, split)) {
            INDArray pixels = as.next().getFeatures();
            assertThat(other.next().getFeatures().sub(pixels.sub(0.2860).div(0.3530)).amaxNumber())
                    .satisfies(most -> assertThat(most.doubleValue()).isLessThan(1e-5));
        }
    }

    private static void assertClose(Normalization found, Normalization expected) {
        assertThat(found.mean()).isCloseTo(expected.mean(), within(1e-9));
        assertThat(found.standardDeviation()).isCloseTo(expected.standardDeviation(), within(1e-9));
    }

    /** Whatever becomes of its files: all of them are read before the run goes on, and once. */
    @Test
    void aResumedRunReadsItsFilesOnce() throws Exception {
        var plan = full("mlp").build();
        Path run = folder.resolve("run");
        Trainer.run(plan, data, recorder(run), new StopAt(i -> i == 30));
        RunFolder left = RunFolder.resume(run);
        for (String read : List.of("plan.json", "last.zip", "best.zip")) {
            Files.delete(run.resolve(read));
        }
        SavedRun saved = left.saved().orElseThrow();
        assertSame(Trainer.resume(saved, data, new RunRecorder(left)), Trainer.run(plan, data));
    }

    /** What the trainer kept of its validation is what another inference would give. */
    @ParameterizedTest
    @CsvSource({"none, true", "ema:0.9, true", "ema:0.9, false"})
    void theBestEpochIsValidatedOnce(String average, boolean onednn) throws Exception {
        var plan = full("cnn-small").optEpochs(2).optAverage(average).optOnednn(onednn).build();
        Path run = folder.resolve("run");
        TrainingResult result = Trainer.run(plan, data, recorder(run));
        DigitSet images =
                Split.stratified(data.train(), plan.validation(), plan.splitSeed()).validation();
        var again = ClassificationMetrics.of(result.network(), images, plan.normalization());
        assertThat(result.validation().probabilities()).isDeepEqualTo(again.probabilities());
        assertThat(result.validation().accuracy())
                .isEqualTo(result.bestEpoch().validationAccuracy());
        assertThat(ModelFile.load(run.resolve("best.zip")).card().provenance().threshold())
                .isEqualTo(again.threshold(images, 0.998));
    }

    @Test
    void asManyCheckpointsAreKeptAsAskedFor() throws Exception {
        Path run = folder.resolve("run");
        Trainer.run(full("mlp").build(), data, recorder(run).optCheckpoints(1, 2));
        assertThat(run.resolve("epoch-0003.zip")).exists();
        assertThat(run.resolve("epoch-0004.zip"))
                .hasBinaryContent(Files.readAllBytes(run.resolve("last.zip")));
        assertThat(run.resolve("epoch-0002.zip")).doesNotExist();
        assertThat(Checkpoint.load(run.resolve("epoch-0003.zip")).state().history()).hasSize(3);
        assertThatThrownBy(() -> recorder(folder.resolve("b")).optCheckpoints(0, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void plansSurviveTheirFile() throws Exception {
        TrainingPlan plan =
                full("cnn")
                        .optDropout(0.3)
                        .optL1(1e-5)
                        .optMonitor(TrainingPlan.Monitor.LOSS)
                        .build();
        Path file = Files.writeString(folder.resolve("plan.json"), plan.toJson());
        assertThat(TrainingPlan.read(file)).isEqualTo(plan);
        Files.writeString(file, plan.toJson().replace("\"clip\"", "\"clop\""));
        assertThatThrownBy(() -> TrainingPlan.read(file))
                .hasMessageContaining("unknown setting \"clop\"");
        Files.writeString(file, plan.toJson().replaceFirst("\\{", "{ \"clop\" : 1,"));
        assertThatThrownBy(() -> TrainingPlan.read(file)).hasMessageContaining("clop");
        Files.writeString(file, plan.toJson().replace("\"epochs\" : 4", "\"epochs\" : 0"));
        assertThatThrownBy(() -> TrainingPlan.read(file)).hasMessageContaining("epochs is 0");
    }
}
