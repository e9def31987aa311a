package io.github.mnist4j.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.idx.IdxFile;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.testkit.JavaProcess;
import io.github.mnist4j.testkit.SharedData;
import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.evaluate.ClassificationMetrics;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import io.github.mnist4j.tune.search.SearchConfig;
import io.github.mnist4j.tune.search.SearchConfigBuilder;
import io.github.mnist4j.tune.search.SearchResult;
import io.github.mnist4j.tune.search.SearchSpace;
import io.github.mnist4j.tune.search.Trial;
import io.github.mnist4j.tune.search.TrialLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TunerTest {
    private static DatasetLoader.Loaded data;
    private static final TrainingPlan BASE =
            TrainingPlan.builder("mlp").optEpochs(2).optValidation(100).build();
    private static final SearchSpace SPACE =
            SearchSpace.builder("mlp")
                    .range("layers", 1, 2)
                    .logRange("width", 8, 32)
                    .logRange("learning-rate", 1e-4, 1e-1)
                    .choice("activation", "relu", "tanh")
                    .choice("batch-size", 32, 64)
                    .range("dropout", 0, 0.5)
                    .build();

    @TempDir Path folder;

    @BeforeAll
    static void generate() throws IOException {
        data = DatasetLoader.builder().optGeneratedSizes(500, 20).build().load(Dataset.GENERATED);
    }

    private static SearchConfigBuilder search(int trials, long seed) {
        return SearchConfig.builder(SPACE)
                .optBase(BASE)
                .optTrials(trials)
                .optSeed(seed)
                .optEndPoorTrials(false);
    }

    /** Writes down what it is told, and asks to stop after so many trials. */
    private static final class Watched implements SearchListener {
        private final List<Trial> trials = new ArrayList<>();
        private final int stopAfter;

        Watched(int stopAfter) {
            this.stopAfter = stopAfter;
        }

        @Override
        public void onTrial(Trial trial) {
            trials.add(trial);
        }

        @Override
        public boolean stopRequested() {
            return trials.size() >= stopAfter;
        }
    }

    private static List<Trial> ended(Path search) throws IOException {
        try (TrialLog log = TrialLog.resume(search, false)) {
            return log.trials();
        }
    }

    private static Watched all() {
        return new Watched(Integer.MAX_VALUE);
    }

    @Test
    void ranksExactlyAsManyTrialsAsWereAskedFor() throws IOException {
        Watched watched = all();
        SearchResult result = Tuner.search(search(4, 7).build(), data, folder, watched);
        List<Trial> ranked = result.trials();
        assertThat(ranked).hasSize(4).containsExactlyInAnyOrderElementsOf(watched.trials);
        assertThat(watched.trials).extracting(Trial::number).containsExactly(1, 2, 3, 4);
        assertThat(ranked)
                .extracting(t -> t.score(Monitor.ACCURACY))
                .isSortedAccordingTo((a, b) -> Double.compare(b, a));
        for (Trial t : ranked) {
            assertThat(t.outcome()).isEqualTo(Trial.Outcome.DONE);
            assertThat(t.history()).extracting(EpochRecord::epoch).containsExactly(1, 2);
            assertThat(t.plan().learningRate())
                    .isBetween(1e-4, 1e-1)
                    .isEqualTo(t.values().get("learning-rate"));
            assertThat(t.plan().batchSize()).isIn(32, 64);
            assertThat((int) t.values().get("width")).isBetween(8, 32);
            assertThat(t.ended()).isGreaterThan(t.began());
        }
        // a trial is a training like any other, and its folder a run's
        Trial best = result.best().orElseThrow();
        assertThat(best).isEqualTo(ranked.get(0));
        assertThat(Trainer.fit(best.plan(), data).bestEpoch().validationAccuracy())
                .isEqualTo(best.score(Monitor.ACCURACY));
        Path run = folder.resolve("trial-00" + best.number());
        assertThat(result.folderOf(best)).isEqualTo(run);
        assertThat(TrainingPlan.read(run.resolve("plan.json"))).isEqualTo(best.plan());
        assertThat(TrainingPlan.read(folder.resolve("best-plan.json"))).isEqualTo(best.plan());
        // the winner's saved network is what was tested
        ModelFile model = ModelFile.load(run.resolve("best.zip"));
        assertThat(model.card().model()).isEqualTo(best.plan().model());
        var test = ClassificationMetrics.of(model.network(), data.test(), model.normalization());
        assertThat(result.winner())
                .isEqualTo(new SearchResult.Winner(best.number(), test.accuracy(), test.loss()));
        assertThat(folder.resolve("report.html")).isNotEmptyFile();
    }

    @ParameterizedTest
    @EnumSource(SearchConfig.Method.class)
    void theSeedDecidesTheCandidates(SearchConfig.Method method) throws IOException {
        List<Map<String, Object>> a = values(method, "a", 3);
        assertThat(a).hasSize(8).doesNotHaveDuplicates();
        assertThat(values(method, "b", 3)).isEqualTo(a);
        assertThat(values(method, "c", 4)).isNotEqualTo(a);
    }

    private List<Map<String, Object>> values(SearchConfig.Method method, String name, long seed)
            throws IOException {
        Watched watched = all();
        TrainingPlan oneEpoch = BASE.toBuilder().optEpochs(1).build();
        var search = search(8, seed).optMethod(method).optBase(oneEpoch).build();
        Tuner.search(search, data, folder.resolve(name), watched);
        return watched.trials.stream().map(Trial::values).toList();
    }

    @Test
    void aGridIsEveryCombinationOnceAndNoMore() throws IOException {
        var space =
                SearchSpace.builder("mlp")
                        .choice("width", 4, 8)
                        .logRange("learning-rate", 1e-3, 1e-1)
                        .choice("dropout", 0.1)
                        .build();
        var search =
                SearchConfig.builder(space)
                        .optBase(BASE.toBuilder().optEpochs(1).build())
                        .optMethod(SearchConfig.Method.GRID)
                        .optGridSteps(3)
                        .optTrials(100)
                        .build();
        SearchResult result = Tuner.search(search, data, folder, all());
        // the ends and the geometric mean of the range
        assertThat(result.trials())
                .extracting(t -> t.values().get("width") + " " + t.values().get("learning-rate"))
                .containsExactlyInAnyOrder(
                        "4 0.001", "4 0.01", "4 0.1", "8 0.001", "8 0.01", "8 0.1");
    }

    private static SearchSpace.Builder rateAndDropout() {
        return SearchSpace.builder("mlp")
                .logRange("learning-rate", 1e-6, 1e-1)
                .range("dropout", 0, 0.9);
    }

    /** In the order in which they were drawn. */
    private List<Trial> fortyTrials(SearchSpace space, SearchConfig.Method method, long seed)
            throws IOException {
        TrainingPlan base =
                BASE.toBuilder().optEpochs(1).optModel("mlp:dense=16").optBatchSize(32).build();
        var search =
                SearchConfig.builder(space)
                        .optBase(base)
                        .optMethod(method)
                        .optTrials(40)
                        .optSeed(seed)
                        .optEndPoorTrials(false)
                        .build();
        Watched watched = all();
        Tuner.search(search, data, folder.resolve("seed" + seed), watched);
        return watched.trials;
    }

    @Test
    void geneticSearchBreedsFromTheBest() throws IOException {
        List<Trial> trials = fortyTrials(rateAndDropout().build(), SearchConfig.Method.GENETIC, 1);
        assertThat(mean(trials.subList(25, 40))).isGreaterThan(mean(trials.subList(0, 9)) + 0.05);
        // most of what is bred takes its rate from a parent
        assertThat(trials.subList(15, 40).stream().map(t -> t.value("learning-rate")).distinct())
                .hasSizeLessThan(20);
    }

    @Test
    void tpeDrawsFromWhereTheBestLie() throws IOException {
        var space = rateAndDropout().choice("activation", "relu", "sigmoid", "tanh").build();
        // eight seeds gave gains of 0.10 to 0.24, random search gives 0 on average; one seed's
        // gain depends on how a processor rounds
        double gain = 0;
        for (int seed = 1; seed <= 3; seed++) {
            List<Trial> trials = fortyTrials(space, SearchConfig.Method.TPE, seed);
            gain += mean(trials.subList(25, 40)) - mean(trials.subList(0, 10));
        }
        assertThat(gain / 3).isGreaterThan(0.08);
    }

    private static double mean(List<Trial> trials) {
        return trials.stream().mapToDouble(t -> t.score(Monitor.ACCURACY)).average().orElseThrow();
    }

    @Test
    void trialsAtATimeAreTheSameTrials() throws IOException {
        // one thread each either way, so that sums are added up in the same order
        Watched one = all();
        Tuner.search(search(6, 2).optParallel(2).build(), data, folder.resolve("1"), one);
        Watched two = all();
        Tuner.search(search(6, 2).optParallel(3).build(), data, folder.resolve("2"), two);
        assertSame(one.trials, two.trials);
        assertThat(two.trials).extracting(Trial::number).contains(1, 2, 3, 4, 5, 6).hasSize(6);
        // the second began before the first had ended
        Trial first = numbered(one.trials, 1);
        assertThat(numbered(one.trials, 2).began()).isLessThan(first.ended());
    }

    private static Trial numbered(List<Trial> trials, int number) {
        return trials.stream().filter(t -> t.number() == number).findFirst().orElseThrow();
    }

    @Test
    void aFailedTrialIsRecordedAndTheSearchGoesOn() throws IOException {
        var space =
                SearchSpace.builder("mlp")
                        .choice("learning-rate", 1e-3, 1e30)
                        .choice("l2", 0.0, 1e-4)
                        .choice("weight-decay", 0.0, 1e-4)
                        .build();
        var search =
                SearchConfig.builder(space)
                        .optBase(BASE)
                        .optMethod(SearchConfig.Method.GRID)
                        .optTrials(9);
        SearchResult result = Tuner.search(search.build(), data, folder, all());
        assertThat(result.trials()).hasSize(8);
        for (Trial t : result.trials()) {
            boolean noPlan =
                    !t.values().get("l2").equals(0.0)
                            && !t.values().get("weight-decay").equals(0.0);
            boolean diverges = t.values().get("learning-rate").equals(1e30);
            if (noPlan) {
                assertThat(t.failure()).contains("l2 and weight decay are both set");
                assertThat(t.plan()).isNull();
            } else if (diverges) {
                assertThat(t.failure()).contains("the learning rate is too high");
            }
            assertThat(t.outcome() == Trial.Outcome.FAILED).isEqualTo(noPlan || diverges);
        }
        // they stand last
        assertThat(result.trials().subList(0, 3)).allMatch(t -> t.outcome() == Trial.Outcome.DONE);
        assertThat(ended(folder)).containsExactlyInAnyOrderElementsOf(result.trials());
        assertThat(folder.resolve("report.html"))
                .content()
                .contains("l2 and weight decay are both set")
                .contains("the learning rate is too high");
    }

    @Test
    void lossRanksWhereItIsAskedFor() throws IOException {
        SearchResult result =
                Tuner.search(search(6, 11).optScore(Monitor.LOSS).build(), data, folder, all());
        assertThat(result.trials())
                .extracting(t -> t.score(Monitor.LOSS))
                .isSortedAccordingTo(Double::compare);
    }

    private static double median(double[] sorted) {
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    /** Every decision is checked against the rule. */
    @Test
    void poorTrialsAreEndedByTheMedianRule() throws IOException {
        Watched watched = all();
        SearchResult result =
                Tuner.search(search(14, 5).optEndPoorTrials(true).build(), data, folder, watched);
        List<Trial> trials = watched.trials;
        assertThat(trials)
                .extracting(Trial::outcome)
                .contains(Trial.Outcome.ENDED_EARLY, Trial.Outcome.DONE);
        int ended = 0;
        for (int i = 0; i < trials.size(); i++) {
            double[] before =
                    trials.subList(0, i).stream()
                            .mapToDouble(t -> t.history().get(0).validationAccuracy())
                            .sorted()
                            .toArray();
            boolean poor =
                    before.length >= 5
                            && trials.get(i).history().get(0).validationAccuracy() < median(before);
            assertThat(trials.get(i).epochs() == 1).as("trial %d", i).isEqualTo(poor);
            ended += poor ? 1 : 0;
        }
        // one of two epochs each
        assertThat(result.saving().trials()).isEqualTo(ended);
        assertThat(result.saving().epochs()).isEqualTo(ended);
        assertThat(result.saving().seconds())
                .isEqualTo(
                        trials.stream()
                                .filter(t -> t.epochs() == 1)
                                .mapToDouble(Trial::seconds)
                                .sum());
    }

    @Test
    void noTrialBeginsWhenTheTimeIsUp() throws IOException {
        Watched watched = all();
        var search = search(1000, 1).optMinutes(4 / 60.0).build();
        SearchResult result = Tuner.search(search, data, folder, watched);
        assertThat(result.trials()).hasSizeBetween(1, 900);
        assertThat(result.trials()).allMatch(t -> t.began() < 4);
        assertThat(result.winner()).isNotNull();
        // the time that a search has used counts when it is resumed
        assertThat(Tuner.resume(folder, data, all()).trials()).isEqualTo(result.trials());
    }

    @ParameterizedTest
    @EnumSource(SearchConfig.Method.class)
    void aSearchThatWasLeftGoesOnAsIfItHadNotBeen(SearchConfig.Method method) throws IOException {
        Watched whole = all();
        Path a = folder.resolve("a");
        var search = search(12, 9).optMethod(method).optEndPoorTrials(true).build();
        SearchResult result = Tuner.search(search, data, a, whole);
        // killed in the fourth trial, with half a line of the third on the disk
        Path b = Files.createDirectories(folder.resolve("b"));
        Files.copy(a.resolve("search.json"), b.resolve("search.json"));
        List<String> lines = Files.readAllLines(a.resolve("trials.jsonl"));
        Files.writeString(
                b.resolve("trials.jsonl"),
                lines.get(0) + "\n" + lines.get(1) + "\n" + lines.get(2).substring(0, 40));
        for (String file :
                List.of("trial-001/best.zip", "trial-002/best.zip", "trial-003/plan.json")) {
            Files.createDirectories(b.resolve(file).getParent());
            Files.copy(a.resolve(file), b.resolve(file));
        }
        // and left once more, on request
        Watched some = new Watched(3);
        SearchResult left = Tuner.resume(b, data, some);
        assertThat(some.trials).extracting(Trial::number).containsExactly(3, 4, 5);
        assertThat(left.trials()).hasSize(5);
        assertThat(left.winner()).isNull();
        assertThat(b.resolve("result.json")).doesNotExist();
        Watched rest = all();
        SearchResult resumed = Tuner.resume(b, data, rest);
        assertThat(rest.trials).extracting(Trial::number).containsExactly(6, 7, 8, 9, 10, 11, 12);
        assertSame(resumed.trials(), whole.trials);
        assertThat(resumed.winner()).isEqualTo(result.winner());
        assertThat(Files.readAllLines(b.resolve("trials.jsonl"))).hasSize(12);
        // time counts on from where it was left
        assertThat(rest.trials.get(0).began())
                .isGreaterThanOrEqualTo(
                        left.trials().stream().mapToDouble(Trial::ended).max().orElseThrow());
        // and once more: nothing is left to do
        Watched none = all();
        assertSame(Tuner.resume(b, data, none).trials(), whole.trials);
        assertThat(none.trials).isEmpty();
        assertThatThrownBy(() -> Tuner.search(search, data, b, all()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("already holds a search");
        assertThatThrownBy(() -> Tuner.resume(folder, data, all()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no search in");
    }

    private static void assertSame(List<Trial> a, List<Trial> b) {
        assertThat(a)
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields(
                        "began", "ended", "history.seconds")
                .containsExactlyInAnyOrderElementsOf(b);
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aKilledProcessLosesNoTrial() throws Exception {
        SearchConfig search = begun("killed");
        DatasetLoader.Loaded mnist =
                DatasetLoader.builder().optFolder(folder).build().load(Dataset.MNIST);
        Path killed = folder.resolve("killed");
        Process process = resume(killed);
        awaitTrials(killed, 3, process);
        process.destroyForcibly(); // SIGKILL
        process.waitFor();
        assertThat(resume(killed).waitFor()).isZero();
        SearchResult whole = Tuner.search(search, mnist, folder.resolve("whole"), all());
        assertSame(ended(killed), whole.trials());
        assertThat(TrainingPlan.read(killed.resolve("best-plan.json")))
                .isEqualTo(whole.trials().get(0).plan());
    }

    @Test
    void imagesThatNoNetworkTakesAreRefusedBeforeTheFirstTrial() {
        var small = DigitSet.of(20, 20, new byte[500 * 400], new byte[500]);
        var none = DigitSet.of(28, 28, new byte[0], new byte[0]);
        Path out = folder.resolve("search");
        for (var bad :
                List.of(
                        new DatasetLoader.Loaded(
                                Dataset.MNIST, small, small, "a folder", Optional.empty()),
                        new DatasetLoader.Loaded(
                                Dataset.MNIST, data.train(), small, "a folder", Optional.empty()),
                        new DatasetLoader.Loaded(
                                Dataset.MNIST, data.train(), none, "a folder", Optional.empty()))) {
            assertThatThrownBy(() -> Tuner.search(search(1, 1).build(), bad, out, new Watched(9)))
                    .isInstanceOf(IOException.class)
                    .hasMessageMatching(
                            "the (training|test) images in mnist from a folder have 20x20 pixels, .*"
                                    + "|no test images in mnist from a folder");
            assertThat(out).doesNotExist();
        }
    }

    /** A search on disk, on data that is there too, for another process to go on with. */
    private SearchConfig begun(String name) throws IOException {
        SharedData.writeMnist(
                folder, "", data.train(), data.test(), IdxFile::writeImages, IdxFile::writeLabels);
        var search =
                search(9, 3)
                        .optEndPoorTrials(true)
                        .optBase(
                                BASE.toBuilder()
                                        .optDataset(Dataset.MNIST)
                                        .optData(folder.toString())
                                        .build())
                        .build();
        TrialLog.begin(folder.resolve(name), search).close();
        return search;
    }

    private static void awaitTrials(Path search, int trials, Process process) throws Exception {
        Path log = search.resolve("trials.jsonl");
        long patience = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
        while (!Files.exists(log) || Files.readAllLines(log).size() < trials) {
            assertThat(process.isAlive()).isTrue();
            assertThat(System.nanoTime()).isLessThan(patience);
            Thread.sleep(20);
        }
    }

    private Process resume(Path search) throws IOException {
        return JavaProcess.of(Resume.class, search.toString(), folder.toString())
                .start(folder.resolve("said"));
    }

    /** What the process runs that is killed: goes on with a search on MNIST's files in a folder. */
    static final class Resume {
        private Resume() {}

        public static void main(String[] args) throws IOException {
            DatasetLoader.Loaded data =
                    DatasetLoader.builder().optFolder(Path.of(args[1])).build().load(Dataset.MNIST);
            Tuner.resume(Path.of(args[0]), data, new SearchListener() {});
        }
    }
}
