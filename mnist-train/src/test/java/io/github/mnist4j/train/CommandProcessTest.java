package io.github.mnist4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.mnist4j.train.cli.Mnist;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
        Path said = folder.resolve("said.out");
        Path complained = folder.resolve("said.err");
        var command = new ArrayList<>(List.of("/bin/sh", "-c", shell, "sh"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        if (!jvm.isEmpty()) {
            command.addAll(List.of(jvm.split(" ")));
        }
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), Mnist.class.getName()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command);
        builder.environment().remove("JAVA_TOOL_OPTIONS"); // it is announced on standard error
        Process process =
                builder.redirectOutput(said.toFile()).redirectError(complained.toFile()).start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        out = Files.readString(said);
        err = Files.readString(complained);
        return process.exitValue();
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

    private String[] train(String run) {
        return new String[] {
            "train", "--dataset", "generated", "--quiet", "--epochs", "1", "--out", run
        };
    }

    @Test
    void memoryThatIsUsedUpIsOneLine() throws Exception {
        Path run = folder.resolve("run");
        assertThat(run("\"$@\"", "-Xmx40m", train(run.toString()))).isEqualTo(1);
        assertOneLine("not enough memory", "-Xmx2g");
        assertThat(out).isEmpty();
    }

    @Test
    void aFolderWhereNothingMayRunIsFoundByTrainAndDoctor() throws Exception {
        Path noexec = Files.createDirectory(folder.resolve("noexec"));
        try (var mount = Mount.of(noexec, "size=600m,noexec")) {
            assumeTrue(mount != null, "only root can mount");
            String jvm = "-Dorg.bytedeco.javacpp.cachedir=" + noexec.resolve("cache");
            assertThat(run("\"$@\"", jvm, train(folder.resolve("run").toString()))).isEqualTo(1);
            assertOneLine(
                    "noexec/cache", "is mounted noexec", "-Dorg.bytedeco.javacpp.cachedir=DIR");
            assertThat(run("\"$@\"", jvm, "doctor")).isEqualTo(1);
            assertThat(out)
                    .contains("is mounted noexec", "mend: ", "-Dorg.bytedeco.javacpp.cachedir=DIR")
                    .doesNotContain("add org.nd4j");
        }
    }
}
