package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.testkit.JavaProcess;
import io.github.mnist4j.testkit.Mount;
import io.github.mnist4j.tune.search.Trial;
import io.github.mnist4j.tune.search.TrialLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Processes that are killed in the middle of a search, and what comes of their searches. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class TuneProcessTest {
    private static final int KILLED = 128 + 9;

    @TempDir Path folder;
    private int resumed;

    private void writeASmallDataSet(int images) throws IOException {
        SmallData.write(folder, "", images, 50);
        Files.writeString(
                folder.resolve("space.yaml"),
                "model: mlp\nwidth: {from: 8, to: 48}\nlearning-rate: {from: 1e-3, to: 1e-1, scale: log}\n"
                        + "activation: [relu, tanh]\n");
    }

    private static JavaProcess tuneProcess(String... arguments) {
        return JavaProcess.of(Mnist.class, arguments)
                // one thread adds up in the same order, whatever else the machine does
                .environment("OMP_NUM_THREADS", "1")
                .jvm("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
    }

    private static Process tune(Path said, String... arguments) throws IOException {
        return tuneProcess(arguments).start(said);
    }

    private Process begin(Path search, Path said, int trials, String... more) throws IOException {
        return tune(said, arguments(search, trials, more));
    }

    private String[] arguments(Path search, int trials, String... more) {
        var arguments =
                new ArrayList<>(
                        List.of(
                                "tune",
                                "--dataset",
                                "mnist",
                                "--data",
                                folder.toString(),
                                "--space",
                                folder.resolve("space.yaml").toString(),
                                "--epochs",
                                "1",
                                "--trials",
                                String.valueOf(trials),
                                "--seed",
                                "6",
                                "--out",
                                search.toString()));
        arguments.addAll(List.of(more));
        return arguments.toArray(new String[0]);
    }

    private static List<Trial> ended(Path search) throws IOException {
        try (TrialLog journal = TrialLog.resume(search, false)) {
            return journal.trials();
        }
    }

    /** Everything of a trial but the times, in the order of the numbers. */
    private static List<Object> trials(Path search) throws IOException {
        return ended(search).stream()
                .sorted(Comparator.comparingInt(Trial::number))
                .<Object>map(
                        t ->
                                Arrays.asList(
                                        t.number(),
                                        t.values(),
                                        t.plan(),
                                        metrics(t),
                                        t.outcome(),
                                        t.failure()))
                .toList();
    }

    /** Everything of its epochs but the times. */
    private static List<Object> metrics(Trial trial) {
        return trial.history().stream()
                .<Object>map(
                        e ->
                                List.of(
                                        e.epoch(),
                                        e.trainLoss(),
                                        e.trainAccuracy(),
                                        e.validationLoss(),
                                        e.validationAccuracy(),
                                        e.learningRate()))
                .toList();
    }

    private static void assertSame(Path search, Path whole) throws IOException {
        List<Object> trials = trials(search);
        assertThat(trials).isEqualTo(trials(whole));
        for (String file : List.of("best-plan.json", "result.json", "search.json")) {
            assertThat(search.resolve(file)).hasSameTextualContentAs(whole.resolve(file));
        }
        for (int i = 1; i <= trials.size(); i++) {
            assertThat(weights(search, i))
                    .as("weights of trial %d", i)
                    .isEqualTo(weights(whole, i));
        }
        try (var files = Files.walk(search)) {
            assertThat(files.map(f -> f.getFileName().toString()).filter(n -> n.contains(".tmp")))
                    .as("leftovers")
                    .isEmpty();
        }
    }

    private static Object weights(Path search, int trial) throws IOException {
        return ModelFile.load(TrialLog.folderOf(search, trial).resolve("best.zip"))
                .network()
                .params();
    }

    /** Kills one search after the other, each until it gets to its end. */
    private void killAndResume(int kills, int trials, long seed, String... more) throws Exception {
        var random = new Random(seed);
        Path said = folder.resolve("said");
        Path whole = folder.resolve("whole");
        long start = System.nanoTime();
        assertThat(begin(whole, said, trials, more).waitFor())
                .as(() -> JavaProcess.said(said))
                .isZero();
        int millis = (int) ((System.nanoTime() - start) / 1_000_000);
        Path search = null;
        int begun = 0;
        for (int i = 0; i < kills || search != null; ) {
            boolean fresh = search == null || !Files.exists(search.resolve("search.json"));
            if (search == null) {
                search = folder.resolve("search" + ++begun);
            }
            Process process =
                    fresh
                            ? begin(search, said, trials, more)
                            : tune(said, "tune", "--resume", search.toString());
            resumed += fresh ? 0 : 1;
            boolean ended =
                    i >= kills
                            ? process.waitFor(10, TimeUnit.MINUTES)
                            : process.waitFor(random.nextInt(millis), TimeUnit.MILLISECONDS);
            if (!ended) {
                assertThat(i).as("a search that was not killed hangs").isLessThan(kills);
                process.destroyForcibly(); // SIGKILL
                ended = process.waitFor() != KILLED; // just before it
                i += ended ? 0 : 1;
            }
            if (ended) {
                assertThat(process.exitValue()).as(() -> JavaProcess.said(said)).isZero();
                assertSame(search, whole);
                search = null;
            }
        }
    }

    @Test
    void aSearchThatIsKilledTwiceEndsAsOneThatWasNot() throws Exception {
        writeASmallDataSet(200);
        killAndResume(2, 4, 7);
    }

    /** Which trials are ended early depends on the others' pace: with several at a time none is. */
    @ParameterizedTest
    @CsvSource({"8, 1, --score=accuracy", "6, 2, --no-early-ending", "6, 1, --search=tpe"})
    @Tag("long")
    @Timeout(3600)
    void killedAtTwentyMoments(int kills, int parallel, String more) throws Exception {
        writeASmallDataSet(1000);
        killAndResume(kills, 14, kills, "--parallel", String.valueOf(parallel), more);
        assertThat(resumed).isGreaterThan(kills / 2); // or nothing was tried
    }

    @Test
    void ofTwoResumesOneIsToldWhoHoldsTheSearch() throws Exception {
        writeASmallDataSet(200);
        Path search = folder.resolve("search");
        Process first = begin(search, folder.resolve("said"), 10_000);
        try {
            awaitATrial(search, first);
            var second = JavaProcess.of(Mnist.class, "tune", "--resume", search.toString()).run();
            assertThat(second.exit()).isEqualTo(Mnist.FAILED);
            assertThat(second.err().strip())
                    .matches(
                            "error: \\S+search is in use by process "
                                    + first.pid()
                                    + " \\(tune, since \\S+\\)");
        } finally {
            first.destroyForcibly().waitFor();
        }
        assertThat(trials(search)).isNotEmpty(); // the lock went with its process
    }

    private void awaitATrial(Path search, Process process) throws Exception {
        long patience = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (!Files.exists(search.resolve("trials.jsonl"))) {
            assertThat(process.isAlive())
                    .as(() -> JavaProcess.said(folder.resolve("said")))
                    .isTrue();
            assertThat(System.nanoTime()).isLessThan(patience);
            Thread.sleep(20);
        }
    }

    @Test
    void controlCSavesAndExitsWith130() throws Exception {
        JavaProcess.assumeThatInterruptsArrive();
        writeASmallDataSet(200);
        Path search = folder.resolve("search");
        Path said = folder.resolve("said");
        Process process = begin(search, said, 10_000);
        try {
            awaitATrial(search, process);
            JavaProcess.interrupt(process);
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue())
                .as(() -> JavaProcess.said(said))
                .isEqualTo(Mnist.INTERRUPTED);
        assertThat(said).content().contains("Saved; resume with: mnist tune --resume " + search);
        // the one that was under way is not written down, and the test set is left alone
        assertThat(trials(search)).isNotEmpty();
        assertThat(search.resolve("report.html")).isNotEmptyFile();
        assertThat(search.resolve("result.json")).doesNotExist();
    }

    /** On 48a02ce: 196 lines of stack traces, and the trial had failed for ever. */
    @Test
    void aDiskThatIsFullEndsInOneSentence() throws Exception {
        Path disk = Files.createDirectories(folder.resolve("disk"));
        try (var mount = Mount.of(disk, "size=400k")) {
            assumeTrue(mount != null, "no disk can be mounted here");
            writeASmallDataSet(100);
            Path search = disk.resolve("search");
            var ended = tuneProcess(arguments(search, 8, "--validation", "20")).run();
            assertThat(ended.exit()).as(ended.err()).isEqualTo(Mnist.FAILED);
            assertThat(ended.err().lines().filter(l -> l.startsWith("error: ")))
                    .hasSize(1)
                    .allMatch(
                            l ->
                                    l.matches(
                                            "error: the search in \\S+ cannot go on: cannot write \\S+: the disk is full;"
                                                    + " when that is fixed, continue with --resume"));
            assertThat(ended.err())
                    .doesNotContain("\tat ")
                    .doesNotContain("Exception")
                    .doesNotContain("failed");
            List<Trial> before = ended(search);
            assertThat(before)
                    .hasSizeBetween(1, 7)
                    .allMatch(t -> t.outcome() != Trial.Outcome.FAILED);
            mount.remount("size=8m");
            ended = tuneProcess("tune", "--resume", search.toString()).run();
            assertThat(ended.exit()).as(ended.err()).isZero();
            assertThat(ended(search)).hasSize(8);
        }
    }
}
