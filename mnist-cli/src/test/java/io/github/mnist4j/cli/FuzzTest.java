package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.mnist4j.testkit.JavaProcess;
import io.github.mnist4j.testkit.Refusal;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What strangers hand in is read or refused; see {@link Fuzz}. */
class FuzzTest {
    /** All that strangers may hand in. */
    private static final String KINDS =
            "model checkpoint image idx idx.gz npz plan space search journal";

    @TempDir Path folder;

    /** In a process of its own: half a gigabyte of heap, and a crash of the JVM is one of it. */
    private void fuzz(int mutants, long seed, String kinds) throws Exception {
        Path said = folder.resolve("said");
        Path cwd = Files.createDirectories(folder.resolve("cwd"));
        var arguments =
                new ArrayList<>(
                        List.of(
                                folder.resolve("found").toString(),
                                String.valueOf(mutants),
                                String.valueOf(seed)));
        arguments.addAll(List.of(kinds.split(" ")));
        Process process =
                JavaProcess.of(Fuzz.class, arguments.toArray(new String[0]))
                        .jvm("-Xmx512m", "-XX:+UseSerialGC")
                        .in(cwd)
                        .start(said);
        try {
            assertThat(process.waitFor(3, TimeUnit.HOURS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(said);
        Path list = folder.resolve("found").resolve("violations.txt");
        assertThat(process.exitValue())
                .as(() -> text + (Files.exists(list) ? JavaProcess.said(list) : ""))
                .isZero();
        assertThat(text.lines().filter(l -> l.contains(" 0 violations")))
                .hasSize(kinds.split(" ").length);
        if (mutants > 1000) {
            System.out.println(text);
        }
    }

    @Test
    void hundredsOfEachKindAreReadOrRefused() throws Exception {
        fuzz(400, 1, KINDS);
    }

    @Test
    @Tag("long")
    @Timeout(4 * 3600)
    void aHundredThousandOfEachKindAreReadOrRefused() throws Exception {
        fuzz(100_000, 2, KINDS);
    }

    /** What the harness itself is worth. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/a/b/file.x",
                "/a/b/file.x is wrong\nand more",
                "/a/b/file.x is wrong: \u001b[31mred",
                "something is wrong",
                "/a/b/file.x: java.lang.Runtime is no number",
                "/a/b/file.x: unknown field (class io.github.mnist4j.tune.search.SearchConfig$Builder)",
                "/a/b/file.x: NumberFormatException"
            })
    void findsMessagesThatAreNoneForUsers(String message) {
        assertThat(Refusal.wrong(new IOException(message), Path.of("/a/b/file.x"))).isNotNull();
    }

    @Test
    void knowsWhatIsExpected() {
        Path file = Path.of("/a/b/file.x");
        String good = "/a/b/file.x, line 3: unknown name \"java.lang.Runtime\"";
        assertThat(Refusal.wrong(new IOException(good), file)).isNull();
        assertThat(Refusal.wrong(new IllegalArgumentException(good), file)).isNull();
        assertThat(Refusal.wrong(new EOFException(good), file)).isNotNull();
        assertThat(Refusal.wrong(new IllegalStateException(good), file)).isNotNull();
        assertThat(Refusal.wrong(new NumberFormatException(good), file)).isNotNull();
        assertThat(Refusal.wrong(new StackOverflowError(), file)).isNotNull();
        assertThat(Refusal.wrong(new IOException(good + "x".repeat(600)), file)).isNotNull();
    }
}
