package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.mnist4j.testkit.JavaProcess;
import io.github.mnist4j.testkit.Mount;
import io.github.mnist4j.train.Checkpoint;
import io.github.mnist4j.train.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Commands in processes of their own: what a machine does to them, and how they end. */
@EnabledOnOs(OS.LINUX)
class CommandProcessTest {
    @TempDir Path folder;

    private String out;
    private String err;

    /**
     * @param shell what stands in place of {@code JAVA MNIST}, which is {@code "$@"}
     * @param jvm options of the JVM, separated by blanks
     */
    private int run(String shell, String jvm, String... arguments)
            throws IOException, InterruptedException {
        var process =
                JavaProcess.of(Mnist.class, arguments)
                        .shell(shell)
                        .without("JAVA_TOOL_OPTIONS") // it is announced on standard error
                        .jvm("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
        if (!jvm.isEmpty()) {
            process.jvm(jvm.split(" "));
        }
        JavaProcess.Ended ended = process.run();
        out = ended.out();
        err = ended.err();
        return ended.exit();
    }

    private void assertOneLine(String... words) {
        assertThat(err.lines()).as(err).hasSize(1);
        assertThat(err).startsWith("error: ").contains(words);
        assertThat(err).doesNotContain("\tat ").doesNotContainPattern("\\w(Exception|Error)\\b");
    }

    @Test
    void whatCannotBePrintedHasFailed() throws Exception {
        assertThat(run("\"$@\" > /dev/full", "", "--help")).isEqualTo(1);
        assertOneLine("standard output");
        assertThat(run("\"$@\" >&-", "", "--version")).isEqualTo(1);
        assertOneLine("standard output");
        // the reader is gone before the first byte
        assertThat(
                        run(
                                "{ sleep 0.1; \"$@\"; echo $? > " + folder + "/code; } | true",
                                "",
                                "train",
                                "--help"))
                .isZero();
        assertThat(folder.resolve("code")).content().isEqualTo("1\n");
        assertThat(run("\"$@\" > /dev/null", "", "--version")).isZero();
        assertThat(err).isEmpty();
    }

    private Path data() throws IOException {
        Path data = Files.createDirectory(folder.resolve("data"));
        SmallData.write(data, "", 400, 60);
        return data;
    }

    private static String[] train(Path data, Path run) {
        return ("train --dataset mnist --quiet --epochs 3 --validation 50 --data "
                        + data
                        + " --out "
                        + run)
                .split(" ");
    }

    @Test
    void memoryThatIsUsedUpIsOneLine() throws Exception {
        Path run = folder.resolve("run");
        String[] generated = {
            "train", "--dataset", "generated", "--quiet", "--out", run.toString()
        };
        assertThat(run("\"$@\"", "-Xmx40m", generated)).isEqualTo(1);
        assertOneLine("not enough memory", "-Xmx2g");
        assertThat(out).isEmpty();
    }

    @Test
    void aFolderWhereNothingMayRunIsFoundByTrainAndDoctor() throws Exception {
        Path noexec = Files.createDirectory(folder.resolve("noexec"));
        try (var mount = Mount.of(noexec, "size=600m,noexec")) {
            assumeTrue(mount != null, "only root can mount");
            String jvm = "-Dorg.bytedeco.javacpp.cachedir=" + noexec.resolve("cache");
            assertThat(run("\"$@\"", jvm, train(data(), folder.resolve("run")))).isEqualTo(1);
            assertOneLine(
                    "noexec/cache", "is mounted noexec", "-Dorg.bytedeco.javacpp.cachedir=DIR");
            assertThat(run("\"$@\"", jvm, "doctor")).isEqualTo(1);
            assertThat(out)
                    .contains("is mounted noexec", "fix: ", "-Dorg.bytedeco.javacpp.cachedir=DIR")
                    .doesNotContain("add org.nd4j");
        }
    }

    @Test
    void aFolderInWhichAnotherProcessWorksIsRefused() throws Exception {
        Path run = folder.resolve("run");
        try (RunFolder mine = RunFolder.at(run)) {
            assertThat(run("\"$@\"", "", train(folder, run))).isEqualTo(1);
            assertOneLine("in use by process " + ProcessHandle.current().pid() + " (train, since");
            Files.writeString(mine.path().resolve("plan.json"), "{}");
            assertThat(run("\"$@\"", "", "train", "--resume", run.toString())).isEqualTo(1);
            assertOneLine("in use by process " + ProcessHandle.current().pid());
        }
    }

    /** In the middle of a run, which then goes on as if nothing had been. */
    @Test
    void aDiskThatIsFullIsOneLineAndTheRunGoesOnLater() throws Exception {
        Path data = data();
        Path disk = Files.createDirectory(folder.resolve("disk"));
        // best.zip takes 2 MB, last.zip 6; the second last.zip does not fit beside the first
        try (var mount = Mount.of(disk, "size=11m")) {
            assumeTrue(mount != null, "only root can mount");
            Path run = disk.resolve("run");
            assertThat(run("OMP_NUM_THREADS=2 \"$@\"", "", train(data, run))).isEqualTo(1);
            assertOneLine("cannot write " + run, "the disk is full");
            assertThat(Checkpoint.load(run.resolve("last.zip")).state().history()).hasSize(1);
            mount.remount("size=60m");
            assertThat(
                            run(
                                    "OMP_NUM_THREADS=1 \"$@\"",
                                    "",
                                    "train",
                                    "--quiet",
                                    "--resume",
                                    run.toString()))
                    .isZero();
            assertThat(err.lines()).as(err).hasSize(1);
            assertThat(err).startsWith("WARN").contains("2 threads", "1 thread:", "last bits");
            assertThat(Files.readString(run.resolve("report.json"))).contains("\"openMp\" : 1");
            assertThat(Files.readAllLines(run.resolve("history.csv"))).hasSize(4);
        }
    }

    /** Whatever digits the system's language writes. */
    @Test
    void digitsAreAsciiInEveryLanguage() throws Exception {
        String hindi = "-Duser.language=hi -Duser.country=IN -Duser.extensions=u-nu-deva";
        Path run = folder.resolve("run");
        Path data = data();
        String[] quick =
                ("train --dataset mnist --epochs 1 --validation 50 --data "
                                + data
                                + " --out "
                                + run)
                        .split(" ");
        assertThat(run("\"$@\"", hindi, quick)).isZero();
        assertAscii(out, err);
        for (String file : List.of("history.csv", "metrics.jsonl", "report.json", "plan.json")) {
            assertAscii(Files.readString(run.resolve(file)));
        }
        assertThat(
                        run(
                                "\"$@\"",
                                hindi,
                                "evaluate",
                                run.resolve("best.zip").toString(),
                                "--data",
                                data.toString()))
                .isZero();
        assertAscii(out, err);
        assertThat(
                        run(
                                "\"$@\"",
                                hindi,
                                "predict",
                                "--test",
                                "5",
                                "--data",
                                data.toString(),
                                "--out",
                                folder.toString()))
                .isZero();
        assertAscii(out, err);
    }

    private static void assertAscii(String... texts) {
        for (String text : texts) {
            assertThat(text.codePoints().filter(Character::isDigit))
                    .isNotNull()
                    .allMatch(c -> c >= '0' && c <= '9');
        }
    }
}
