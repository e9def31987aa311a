package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The script {@code mnist}, in a folder that looks like a clone, with a mvn and a java that say
 * what they were told.
 */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
    /** What the script calls besides mvn and java; flock is not one of them, see below. */
    private static final List<String> TOOLS =
            List.of(
                    "sh",
                    "cat",
                    "dirname",
                    "find",
                    "head",
                    "mkdir",
                    "mv",
                    "readlink",
                    "rm",
                    "rmdir",
                    "sleep",
                    "touch",
                    "kill");

    @TempDir Path folder;

    private Path clone;
    private Path tools;
    private Path built;

    @BeforeEach
    void cloneProject() throws IOException {
        folder = folder.toRealPath();
        Path script = Path.of("").toAbsolutePath().resolveSibling("mnist");
        assumeTrue(Files.isRegularFile(script), "the launcher is not beside this module");
        clone = Files.createDirectories(folder.resolve("a [clone] of mine"));
        Files.copy(script, clone.resolve("mnist"));
        executable(clone.resolve("mnist"));
        Files.createDirectories(clone.resolve("mnist-cli/src/main/java"));
        Files.writeString(clone.resolve("pom.xml"), "<project/>");
        Files.writeString(source(), "class A {}");
        tools = Files.createDirectories(folder.resolve("tools"));
        built = folder.resolve("built");
        // Maven's own reset of colours comes unless its library is told not to
        tool(
                "mvn",
                "echo begin >> '%s'".formatted(built),
                "case \"$MAVEN_OPTS\" in *-Djansi.noreset=true*) ;; *) printf '\\033[0m' ;; esac",
                "sleep \"${SLOW:-0}\"",
                "[ -z \"${BROKEN:-}\" ] || { echo COMPILATION ERROR; exit 1; }",
                "echo end >> '%s'".formatted(built));
        tool("java", "for a in \"$@\"; do echo \"<$a>\"; done");
    }

    private Path source() {
        return clone.resolve("mnist-cli/src/main/java/A.java");
    }

    private static void executable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void tool(String name, String... lines) throws IOException {
        Path file = tools.resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        executable(file);
    }

    /** Where tools are looked for: all of the system's, or those that the script may need. */
    private String path(boolean flock) throws IOException {
        if (flock) {
            return tools + ":" + System.getenv("PATH");
        }
        for (String name : TOOLS) {
            for (String at : System.getenv("PATH").split(":")) {
                Path file = Path.of(at, name);
                if (Files.isExecutable(file) && !Files.exists(tools.resolve(name))) {
                    tool(name, "exec '%s' \"$@\"".formatted(file));
                }
            }
        }
        return tools.toString();
    }

    private ProcessBuilder launcher(boolean flock, Path in, String... command) throws IOException {
        var process = new ProcessBuilder(command).directory(in.toFile());
        process.environment().put("PATH", path(flock));
        process.environment().remove("MAVEN_OPTS");
        process.environment().remove("MNIST4J_JAVA_OPTS");
        return process;
    }

    private static Said end(Process process) throws Exception {
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return new Said(process.exitValue(), out, err);
    }

    private Said run(Path in, String... command) throws Exception {
        return end(launcher(true, in, command).start());
    }

    private List<String> builds() throws IOException {
        return Files.exists(built) ? Files.readAllLines(built) : List.of();
    }

    private void assertStarted(Said said, String... arguments) {
        assertThat(said.exit()).as(said.err()).isZero();
        assertThat(said.out())
                .contains("<" + clone + "/mnist-cli/target/mnist-cli-0.1.0-SNAPSHOT.jar:")
                .contains("<io.github.mnist4j.cli.Mnist>\n");
        for (String argument : arguments) {
            assertThat(said.out()).contains("<" + argument + ">\n");
        }
    }

    @Test
    void buildsOnceAndAgainWhenASourceIsNewer() throws Exception {
        Said first = run(clone, "./mnist", "predict", "a b.png");
        assertStarted(first, "predict", "a b.png");
        assertThat(first.err()).contains("Building MNIST4J").doesNotContain("\u001b");
        Said second = run(clone, "./mnist", "train");
        assertStarted(second, "train");
        assertThat(second.err()).isEmpty();
        assertThat(builds()).hasSize(2);
        Files.setLastModifiedTime(source(), FileTime.fromMillis(System.currentTimeMillis() + 5000));
        assertStarted(run(clone, "./mnist", "train"));
        assertThat(builds()).hasSize(4);
    }

    @Test
    void findsItsFolderFromAnywhereAndThroughLinks() throws Exception {
        Path bin = Files.createDirectories(folder.resolve("my bin"));
        Path script = clone.resolve("mnist");
        var calls = new ArrayList<Said>();
        calls.add(run(folder, script.toString(), "x"));
        calls.add(run(folder, clone.getFileName() + "/mnist", "x"));
        calls.add(run(clone, "sh", "mnist", "x"));
        Files.createSymbolicLink(bin.resolve("absolute"), script);
        calls.add(run(folder, bin.resolve("absolute").toString(), "x"));
        Files.createSymbolicLink(bin.resolve("relative"), bin.relativize(script));
        calls.add(run(folder, "my bin/relative", "x"));
        Files.createSymbolicLink(bin.resolve("chained"), Path.of("relative"));
        Files.createSymbolicLink(folder.resolve("-c"), Path.of("my bin/chained"));
        calls.add(run(bin, "../-c", "x"));
        // a link to the folder, and one on the path
        Files.createSymbolicLink(folder.resolve("linked"), clone);
        calls.add(run(bin, "../linked/mnist", "x"));
        Files.createSymbolicLink(tools.resolve("mnist-of-mine"), Path.of("../my bin/chained"));
        calls.add(run(bin, "sh", "-c", "mnist-of-mine x"));
        var misled = launcher(true, folder, "my bin/chained", "x");
        misled.environment().put("CDPATH", clone + ":" + folder);
        calls.add(end(misled.start()));
        for (Said said : calls) {
            assertStarted(said, "x");
        }
        assertThat(builds()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ofTwoAtOnceTheSecondWaits(boolean flock) throws Exception {
        var slow = launcher(flock, clone, "./mnist", "first");
        slow.environment().put("SLOW", "1");
        Process first = slow.start();
        awaitBuild();
        Said second = end(launcher(flock, clone, "./mnist", "second").start());
        assertStarted(second, "second");
        assertThat(second.err())
                .contains("Another ./mnist is building MNIST4J; waiting for it")
                .doesNotContain("Building MNIST4J (");
        assertStarted(end(first), "first");
        assertThat(builds()).containsExactly("begin", "end");
    }

    private void awaitBuild() throws Exception {
        for (int i = 0; i < 500 && builds().isEmpty(); i++) {
            Thread.sleep(10);
        }
        assertThat(builds()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aKilledBuildKeepsNobodyWaiting(boolean flock) throws Exception {
        var slow = launcher(flock, clone, "./mnist", "first");
        slow.environment().put("SLOW", "2");
        Process killed = slow.start();
        awaitBuild();
        killed.descendants().forEach(ProcessHandle::destroyForcibly);
        killed.destroyForcibly().waitFor();
        assertStarted(end(launcher(flock, clone, "./mnist", "second").start()), "second");
        assertThat(builds()).containsExactly("begin", "begin", "end");
    }

    @Test
    void aFailedBuildIsSaidAndTriedAgain() throws Exception {
        assertStarted(run(clone, "./mnist"));
        Files.setLastModifiedTime(source(), FileTime.fromMillis(System.currentTimeMillis() + 1000));
        for (int i = 0; i < 2; i++) {
            var broken = launcher(true, clone, "./mnist", "x");
            broken.environment().put("BROKEN", "yes");
            Said said = end(broken.start());
            assertThat(said.exit()).isEqualTo(1);
            assertThat(said.out()).isEmpty();
            assertThat(said.err())
                    .contains("COMPILATION ERROR")
                    .endsWith("error: the build failed; see above\n");
        }
        // the source as it was before: what the failed builds left behind is not taken for whole
        Files.setLastModifiedTime(source(), FileTime.fromMillis(0));
        assertStarted(run(clone, "./mnist", "x"));
        assertThat(builds()).containsExactly("begin", "end", "begin", "begin", "begin", "end");
    }

    @Test
    void saysWhatIsMissing() throws Exception {
        Files.delete(tools.resolve("mvn"));
        Said said = end(launcher(false, clone, "./mnist").start());
        assertThat(said.exit()).isEqualTo(1);
        assertThat(said.err())
                .isEqualTo("error: mvn is not found; Maven is needed to build MNIST4J\n");
        assertThat(run(clone, "./mnist", "--backend").exit()).isEqualTo(2);
    }
}
