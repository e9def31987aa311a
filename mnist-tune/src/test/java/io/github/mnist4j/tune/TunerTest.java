package io.github.mnist4j.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.data.DataSource;
import io.github.mnist4j.data.DataSource.Dataset;
import io.github.mnist4j.data.IdxFile;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.TrainingPlan;
import io.github.mnist4j.train.cli.Mnist;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class TunerTest {
    private static DataSource.Loaded data;
    private static final TrainingPlan BASE =
            TrainingPlan.builder("mlp").optEpochs(2).optValidationSize(100).build();

    @TempDir Path folder;

    @BeforeAll
    static void generate() throws IOException {
        data = DataSource.builder().optGeneratedSizes(500, 20).build().load(Dataset.GENERATED);
    }

    private static Search search(int trials, long seed) {
        return new Search(BASE, trials, seed, 0, false);
    }

    @Test
    void ranksExactlyAsManyTrialsAsWereAskedFor() throws IOException {
        var watched = new ArrayList<Trial>();
        List<Trial> ranked = Tuner.search(search(4, 7), data, folder, watched::add);
        assertThat(ranked).hasSize(4).containsExactlyInAnyOrderElementsOf(watched);
        assertThat(watched).extracting(Trial::number).containsExactly(0, 1, 2, 3);
        assertThat(ranked)
                .extracting(Trial::score)
                .isSortedAccordingTo((a, b) -> Double.compare(b, a));
        for (Trial t : ranked) {
            assertThat(t.outcome()).isEqualTo(Trial.Outcome.DONE);
            assertThat(t.accuracies()).hasSize(2);
            assertThat(t.plan().learningRate()).isBetween(1e-4, 1e-2);
            assertThat(t.plan().weightDecay()).isBetween(1e-6, 1e-2);
            assertThat(t.plan().batchSize()).isIn(32, 64, 128, 256);
            assertThat(t.plan().dropout()).isBetween(0.0, 0.5);
        }
        // a trial is a training like any other, and its folder a run's
        Trial best = ranked.get(0);
        assertThat(Trainer.fit(best.plan(), data).bestEpoch().validationAccuracy())
                .isEqualTo(best.score());
        Path run = folder.resolve("trial-00" + best.number());
        assertThat(TrainingPlan.read(run.resolve("plan.json"))).isEqualTo(best.plan());
        assertThat(ModelFile.load(run.resolve("best.zip")).card().model()).isEqualTo("mlp");
    }

    @Test
    void theSeedDecidesTheCandidates() throws IOException {
        List<TrainingPlan> a = plans("a", 3);
        assertThat(plans("b", 3)).isEqualTo(a);
        assertThat(plans("c", 4)).isNotEqualTo(a);
    }

    private List<TrainingPlan> plans(String name, long seed) throws IOException {
        var plans = new ArrayList<TrainingPlan>();
        Tuner.search(search(2, seed), data, folder.resolve(name), t -> plans.add(t.plan()));
        return plans;
    }

    @Test
    void aFailedTrialIsRecordedAndTheSearchGoesOn() throws IOException {
        // more pictures to validate on than there are
        TrainingPlan impossible =
                TrainingPlan.builder("mlp").optEpochs(1).optValidationSize(5000).build();
        List<Trial> ranked =
                Tuner.search(new Search(impossible, 2, 1, 0, true), data, folder, t -> {});
        assertThat(ranked)
                .hasSize(2)
                .allSatisfy(
                        t -> {
                            assertThat(t.outcome()).isEqualTo(Trial.Outcome.FAILED);
                            assertThat(t.failure()).contains("validation size 5000");
                            assertThat(t.score()).isNaN();
                        });
        assertThatThrownBy(() -> search(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Search(BASE, 1, 1, -1, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("minutes is -1");
    }

    private static double median(double[] sorted) {
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    /** Every decision is checked against the rule. */
    @Test
    void poorTrialsAreEndedByTheMedianRule() throws IOException {
        var trials = new ArrayList<Trial>();
        Tuner.search(new Search(BASE, 14, 5, 0, true), data, folder, trials::add);
        assertThat(trials)
                .extracting(Trial::outcome)
                .contains(Trial.Outcome.ENDED_EARLY, Trial.Outcome.DONE);
        for (int i = 0; i < trials.size(); i++) {
            double[] before =
                    trials.subList(0, i).stream()
                            .mapToDouble(t -> t.accuracies().get(0))
                            .sorted()
                            .toArray();
            boolean poor = before.length >= 5 && trials.get(i).accuracies().get(0) < median(before);
            assertThat(trials.get(i).accuracies().size() == 1).as("trial %d", i).isEqualTo(poor);
        }
    }

    @Test
    void aSearchThatWasLeftGoesOnAsIfItHadNotBeen() throws IOException {
        var whole = new ArrayList<Trial>();
        Path a = folder.resolve("a");
        Tuner.search(new Search(BASE, 8, 9, 0, true), data, a, whole::add);
        // killed in the fourth trial, with half a line of the third on the disk
        Path b = Files.createDirectories(folder.resolve("b"));
        Files.copy(a.resolve("search.json"), b.resolve("search.json"));
        List<String> lines = Files.readAllLines(a.resolve("trials.jsonl"));
        Files.writeString(
                b.resolve("trials.jsonl"),
                lines.get(0) + "\n" + lines.get(1) + "\n" + lines.get(2).substring(0, 40));
        Files.createDirectories(b.resolve("trial-002"));
        Files.copy(a.resolve("trial-002/plan.json"), b.resolve("trial-002/plan.json"));
        var rest = new ArrayList<Trial>();
        List<Trial> ranked = Tuner.resume(b, data, rest::add);
        assertThat(rest).extracting(Trial::number).containsExactly(2, 3, 4, 5, 6, 7);
        assertSame(ranked, whole);
        assertThat(Files.readAllLines(b.resolve("trials.jsonl"))).hasSize(8);
        // and once more: nothing is left to do
        rest.clear();
        assertSame(Tuner.resume(b, data, rest::add), whole);
        assertThat(rest).isEmpty();
        assertThatThrownBy(() -> Tuner.search(search(1, 1), data, b, t -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("holds a search already");
        assertThatThrownBy(() -> Tuner.resume(folder, data, t -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no search in");
    }

    private static void assertSame(List<Trial> a, List<Trial> b) {
        assertThat(a)
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("seconds")
                .containsExactlyInAnyOrderElementsOf(b);
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aKilledProcessLosesNoTrial() throws Exception {
        IdxFile.writeImages(folder.resolve("train-images-idx3-ubyte"), data.train());
        IdxFile.writeLabels(folder.resolve("train-labels-idx1-ubyte"), data.train());
        IdxFile.writeImages(folder.resolve("t10k-images-idx3-ubyte"), data.test());
        IdxFile.writeLabels(folder.resolve("t10k-labels-idx1-ubyte"), data.test());
        DataSource.Loaded mnist =
                DataSource.builder().optFolder(folder).build().load(Dataset.MNIST);
        Path killed = folder.resolve("killed");
        var search =
                new Search(
                        BASE.toBuilder()
                                .optDataset(Dataset.MNIST)
                                .optData(folder.toString())
                                .build(),
                        9,
                        3,
                        0,
                        true);
        Journal.begin(killed, search);
        Process process = tune("--resume", killed.toString());
        long patience = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
        while (!Files.exists(killed.resolve("trials.jsonl"))
                || Files.readAllLines(killed.resolve("trials.jsonl")).size() < 3) {
            assertThat(process.isAlive()).isTrue();
            assertThat(System.nanoTime()).isLessThan(patience);
            Thread.sleep(20);
        }
        process.destroyForcibly(); // SIGKILL
        process.waitFor();
        assertThat(tune("--resume", killed.toString()).waitFor()).isZero();
        List<Trial> whole = Tuner.search(search, mnist, folder.resolve("whole"), t -> {});
        assertSame(Journal.resume(killed).trials(), whole);
        assertThat(TrainingPlan.read(killed.resolve("best-plan.json")))
                .isEqualTo(whole.get(0).plan());
    }

    private Process tune(String... arguments) throws IOException {
        var command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Mnist.class.getName(),
                                "tune"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("said").toFile()))
                .start();
    }
}
