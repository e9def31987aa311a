package io.github.mnist4j.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.tune.search.Epochs;
import io.github.mnist4j.tune.search.SearchConfig;
import io.github.mnist4j.tune.search.SearchResult;
import io.github.mnist4j.tune.search.SearchSpace;
import io.github.mnist4j.tune.search.Trial;
import io.github.mnist4j.tune.search.TrialLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** A full disk and used-up memory are not a trial's fault. */
class MachineFaultTest {
    private static final SearchSpace SPACE =
            SearchSpace.builder("mlp")
                    .range("width", 8, 32)
                    .logRange("learning-rate", 1e-3, 1e-1)
                    .build();

    private static DatasetLoader.Loaded data;

    private static SearchResult whole;

    @TempDir static Path undisturbed;
    @TempDir Path folder;

    @BeforeAll
    static void searchUndisturbed() throws IOException {
        data = DatasetLoader.builder().optGeneratedSizes(100, 20).build().load(Dataset.GENERATED);
        whole = Tuner.search(search(), data, undisturbed, new SearchListener() {});
    }

    private static SearchConfig search() {
        var base = TrainingPlan.builder("mlp").optEpochs(1).optValidation(20).build();
        return SearchConfig.builder(SPACE).optBase(base).optTrials(4).optSeed(3).build();
    }

    private static List<Trial> trials(Path search) throws IOException {
        try (TrialLog log = TrialLog.resume(search, false)) {
            return log.trials();
        }
    }

    /** Fails in the middle of the third trial, in the trainer's own thread. */
    private SearchListener failing(Path out, Throwable failure) {
        return new SearchListener() {
            @Override
            public boolean stopRequested() {
                if (Files.exists(out.resolve("trial-003").resolve("plan.json"))) {
                    if (failure instanceof Error error) {
                        throw error;
                    }
                    throw (RuntimeException) failure;
                }
                return false;
            }
        };
    }

    private static List<Object> metrics(SearchResult result) {
        return result.trials().stream()
                .<Object>map(t -> List.of(t.number(), t.values(), Epochs.of(t)))
                .toList();
    }

    private void stopsAndGoesOn(Throwable failure, String sentence) throws IOException {
        Path out = folder.resolve("out");
        assertThatThrownBy(() -> Tuner.search(search(), data, out, failing(out, failure)))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "the search in "
                                + out
                                + " cannot go on: "
                                + sentence.replace("OUT", out.toString())
                                + "; when that is fixed, continue with --resume");
        assertThat(trials(out)).extracting(Trial::number).containsExactly(1, 2);
        assertThat(out.resolve("result.json")).doesNotExist();
        SearchResult resumed = Tuner.resume(out, data, new SearchListener() {});
        assertThat(metrics(resumed)).isEqualTo(metrics(whole));
        assertThat(resumed.winner()).isEqualTo(whole.winner());
    }

    @Test
    void aFullDiskStopsTheSearch() throws IOException {
        stopsAndGoesOn(
                new UncheckedIOException(new IOException("No space left on device")),
                "cannot write OUT/trial-003: the disk is full");
    }

    @Test
    void aFileOfWhichTheNameIsKnownIsNamed() throws IOException {
        stopsAndGoesOn(
                new UncheckedIOException(new IOException("cannot write x.zip: the disk is full")),
                "cannot write x.zip: the disk is full");
    }

    @Test
    void usedUpMemoryStopsTheSearch() throws IOException {
        stopsAndGoesOn(
                new OutOfMemoryError("Physical memory usage is too high"),
                "trial 3 ran out of memory; allow more, or run fewer trials at a time");
    }

    @Test
    void anAllocationThatNd4jWrapsStopsTheSearch() throws IOException {
        stopsAndGoesOn(
                new RuntimeException(
                        "Allocation failed: [[DEVICE] allocation failed; Error code: [2]]"),
                "trial 3 ran out of memory; allow more, or run fewer trials at a time");
    }

    /** Provokes what the tests above only throw. */
    private void runsOutOfMemory(Runnable allocation) throws IOException {
        Path out = folder.resolve("out");
        var stop =
                new SearchListener() {
                    @Override
                    public boolean stopRequested() {
                        if (Files.exists(out.resolve("trial-003").resolve("plan.json"))) {
                            allocation.run();
                        }
                        return false;
                    }
                };
        assertThatThrownBy(() -> Tuner.search(search(), data, out, stop))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot go on: trial 3 ran out of memory");
        assertThat(trials(out)).extracting(Trial::number).containsExactly(1, 2);
        assertThat(metrics(Tuner.resume(out, data, new SearchListener() {})))
                .isEqualTo(metrics(whole));
    }

    @Test
    void anArrayThatTheHeapCannotHoldStopsTheSearch() throws IOException {
        runsOutOfMemory(() -> assertThat(new long[Integer.MAX_VALUE]).isEmpty());
    }

    /** 128 TiB, all that a process can address. */
    @Test
    void anArrayThatNd4jCannotHoldStopsTheSearch() throws IOException {
        runsOutOfMemory(() -> Nd4j.createUninitialized(DataType.DOUBLE, 1L << 44));
    }

    /** A failure of the trial itself is recorded, without the name of a class. */
    @Test
    void anotherFailureIsTheTrials() throws IOException {
        Path out = folder.resolve("out");
        SearchResult result =
                Tuner.search(
                        search(),
                        data,
                        out,
                        new SearchListener() {
                            @Override
                            public boolean stopRequested() {
                                if (Files.exists(out.resolve("trial-003").resolve("plan.json"))
                                        && !Files.exists(out.resolve("trial-004"))
                                        && inTraining()) {
                                    throw new NoSuchElementException(
                                            "java.lang.Foo has no bar\nand more");
                                }
                                return false;
                            }
                        });
        assertThat(result.finished()).hasSize(3);
        assertThat(result.trials().get(3).number()).isEqualTo(3);
        assertThat(result.trials().get(3).failure())
                .startsWith("this should not happen: please report it")
                .contains("(a class has no bar at ");
    }

    private static boolean inTraining() {
        return StackWalker.getInstance()
                .walk(frames -> frames.anyMatch(f -> f.getClassName().endsWith("TrialRunner")));
    }

    @Test
    void aNetworkThatNoMemoryHoldsIsATrialThatFailed() {
        var small = TrainingPlan.builder("mlp:dense=4").build();
        assertThat(TrialSize.parameters(small)).isEqualTo(784 * 4 + 4 + 4 * 10 + 10);
        assertThat(TrialSize.problem(small, 1)).isNull();
        var large = TrainingPlan.builder("mlp:dense=8192,8192,8192,8192").build();
        assertThat(TrialSize.parameters(large))
                .isEqualTo(784L * 8192 + 3L * 8192 * 8192 + 4 * 8192 + 8192 * 10 + 10);
        assertThat(TrialSize.problem(large, 1, 4L << 30)).isNull();
        assertThat(TrialSize.problem(large, 2, 4L << 30))
                .isEqualTo(
                        "its network has 207,863,818 parameters and takes 3.9 GiB to train, 2 of them at a time; 4.0"
                                + " GiB are available");
    }
}
