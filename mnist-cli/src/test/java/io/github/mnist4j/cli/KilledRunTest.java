package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.testkit.JavaProcess;
import io.github.mnist4j.train.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Processes that are killed in the middle of a training, and what comes of their runs. */
class KilledRunTest {
    private static final int KILLED = 128 + 9;

    @TempDir Path folder;

    private final Random random = new Random(20);
    private int resumed;

    @BeforeEach
    void writeASmallDataSet() throws IOException {
        SmallData.write(folder, "", 1500, 100);
    }

    private Process mnist(Path run, String... arguments) throws IOException {
        var all = new ArrayList<>(List.of("train", "--data", folder.toString()));
        all.addAll(List.of(arguments));
        return JavaProcess.of(Mnist.class, all.toArray(new String[0]))
                .start(run.resolveSibling(run.getFileName() + ".said"));
    }

    /** With everything in it that a resumed run could have forgotten. */
    private Process begin(Path run) throws IOException {
        return mnist(
                run,
                ("--dataset mnist --validation 100 --epochs 5 --batch-size 32 --augment strong"
                                + " --schedule plateau:1:0.5 --average ema:0.9 --patience 9 --keep 2 --out "
                                + run)
                        .split(" "));
    }

    private Process resume(Path run) throws IOException {
        return mnist(run, "--resume", run.toString(), "--keep", "2");
    }

    private static String said(Path run) {
        return JavaProcess.said(run.resolveSibling(run.getFileName() + ".said"));
    }

    private static String history(Path run) throws IOException {
        // without the last column, the seconds
        return Files.readString(run.resolve("history.csv")).replaceAll(",[^,\n]*\n", "\n");
    }

    private void assertSame(Path run, Path whole) throws IOException {
        assertThat(history(run)).isEqualTo(history(whole));
        for (String file : List.of("best.zip", "last.zip", "epoch-0004.zip")) {
            assertThat(ModelFile.load(run.resolve(file)).network().params())
                    .as(file)
                    .isEqualTo(ModelFile.load(whole.resolve(file)).network().params());
        }
        assertThat(run.toFile().list())
                .filteredOn(name -> name.contains(".tmp"))
                .as("leftovers")
                .isEmpty();
    }

    /** Kills one run after the other, each until it gets to its end, {@code kills} times in all. */
    private void killAndResume(int kills) throws Exception {
        Path whole = folder.resolve("whole");
        long start = System.nanoTime();
        Process process = begin(whole);
        assertThat(process.waitFor()).as(() -> said(whole)).isZero();
        int millis = (int) ((System.nanoTime() - start) / 1_000_000);
        Path run = null;
        int begun = 0;
        for (int i = 0; i < kills || run != null; ) {
            if (run == null) {
                run = folder.resolve("run" + ++begun);
            }
            // one that was killed before the first epoch was done is begun anew in its place
            boolean fresh = !Files.exists(run.resolve("last.zip"));
            process = fresh ? begin(run) : resume(run);
            resumed += fresh ? 0 : 1;
            boolean ended =
                    i >= kills
                            ? process.waitFor(10, TimeUnit.MINUTES)
                            : process.waitFor(random.nextInt(millis), TimeUnit.MILLISECONDS);
            if (!ended) {
                assertThat(i).as("a run that was not killed hangs").isLessThan(kills);
                process.destroyForcibly(); // SIGKILL
                int exit = process.waitFor();
                Path left = run;
                if (exit == 0 || Files.exists(left.resolve("report.json"))) {
                    // the kill came when all was written: there is nothing to resume
                    assertSame(run, whole);
                    run = null;
                    continue;
                }
                i++;
                assertThat(exit).as(() -> said(left)).isEqualTo(KILLED);
                if (Files.exists(left.resolve("last.zip"))) {
                    Checkpoint.load(left.resolve("last.zip")); // whole
                }
            } else {
                Path done = run;
                assertThat(process.exitValue()).as(() -> said(done)).isZero();
                assertSame(run, whole);
                run = null;
            }
        }
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aKilledRunEndsAsOneThatWasNot() throws Exception {
        killAndResume(3);
    }

    @Test
    @Tag("long")
    @Timeout(1800)
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void killedAtSixtyMoments() throws Exception {
        killAndResume(60);
        assertThat(resumed).isGreaterThan(15); // or nothing was tried
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void controlCSavesAndExitsWith130() throws Exception {
        JavaProcess.assumeThatInterruptsArrive();
        Path whole = folder.resolve("whole");
        assertThat(begin(whole).waitFor()).isZero();
        Path run = folder.resolve("run");
        Process process = begin(run);
        long patience = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (!Files.exists(run.resolve("metrics.jsonl"))) {
            assertThat(process.isAlive()).as(() -> said(run)).isTrue();
            assertThat(System.nanoTime()).isLessThan(patience);
            Thread.sleep(5);
        }
        JavaProcess.interrupt(process);
        assertThat(process.waitFor()).as(() -> said(run)).isEqualTo(130);
        assertThat(said(run)).contains("--resume " + run);
        assertThat(run.resolve("report.json")).doesNotExist();
        assertThat(resume(run).waitFor()).as(() -> said(run)).isZero();
        assertSame(run, whole);
    }

    /** A saved model in a process that has DL4J, but no class of ours. */
    @Test
    void aModelLoadsWithDl4jAlone() throws Exception {
        Path run = folder.resolve("run");
        Process training =
                mnist(
                        run,
                        ("--dataset mnist --validation 100 --epochs 1 --schedule onecycle --optimizer adamw"
                                        + " --average ema:0.9 --clip 1 --label-smoothing 0.1 --out "
                                        + run)
                                .split(" "));
        assertThat(training.waitFor()).as(() -> said(run)).isZero();
        Path program =
                Files.writeString(
                        folder.resolve("Plain.java"),
                        """
                        import java.io.File;
                        import org.deeplearning4j.util.ModelSerializer;
                        import org.nd4j.linalg.dataset.api.preprocessor.DataNormalization;
                        import org.nd4j.linalg.factory.Nd4j;

                        public class Plain {
                            public static void main(String[] args) throws Exception {
                                try {
                                    Class.forName("io.github.mnist4j.train.Trainer");
                                    System.out.println("MNIST4J is here");
                                } catch (ClassNotFoundException e) {
                                    var network = ModelSerializer.restoreMultiLayerNetwork(new File(args[0]), true);
                                    DataNormalization normalizer = ModelSerializer.restoreNormalizerFromFile(new File(args[0]));
                                    var blank = Nd4j.zeros(1, 1, 28, 28);
                                    normalizer.transform(blank);
                                    System.out.println("sum " + network.output(blank).sumNumber());
                                }
                            }
                        }
                        """);
        String without =
                String.join(
                        java.io.File.pathSeparator,
                        Arrays.stream(classPath().split(java.io.File.pathSeparator))
                                .filter(entry -> !entry.contains("mnist4j") && !ours(entry))
                                .toList());
        for (String model : List.of("best.zip", "last.zip")) {
            var plain =
                    JavaProcess.of(program, run.resolve(model).toString()).classPath(without).run();
            assertThat(plain.exit()).as(plain.err()).isZero();
            assertThat(plain.out())
                    .containsPattern("sum (1\\.0|0\\.99999)")
                    .doesNotContain("is here");
        }
    }

    private static String classPath() {
        return System.getProperty(
                "surefire.test.class.path", System.getProperty("java.class.path"));
    }

    /** A module's classes, as a folder or as the jar in its target. */
    private static boolean ours(String entry) {
        return Path.of(entry).getParent().endsWith("target")
                || Path.of(entry).endsWith(Path.of("target", "classes"));
    }
}
