package io.github.mnist4j.data.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.testkit.JavaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class FolderLockTest {
    @TempDir Path folder;

    /** Another process: holds the lock of a folder until its standard input ends. */
    static final class Holder {
        public static void main(String[] args) throws IOException {
            try (var lock = FolderLock.take(Path.of(args[0]), "train")) {
                System.out.println("held");
                System.in.read();
            }
        }
    }

    private Process holder() throws IOException {
        Process process =
                new ProcessBuilder(JavaProcess.of(Holder.class, folder.toString()).command())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        assertThat(process.inputReader().readLine()).isEqualTo("held");
        return process;
    }

    @Test
    void anotherProcessIsRefusedUntilTheHolderDies() throws Exception {
        Process other = holder();
        try {
            assertThatThrownBy(() -> FolderLock.take(folder, "train"))
                    .isInstanceOf(IOException.class)
                    .hasMessageMatching(
                            "\\Q"
                                    + folder
                                    + "\\E is in use by process "
                                    + other.pid()
                                    + " \\(train, since \\S+\\)");
        } finally {
            other.destroyForcibly().waitFor();
        }
        try (var lock = FolderLock.take(folder, "train")) {
            assertThat(Files.readString(folder.resolve(FolderLock.NAME)))
                    .startsWith("process " + ProcessHandle.current().pid() + " (train");
        }
    }

    @Test
    void oneProcessHoldsItOnce() throws IOException {
        var first = FolderLock.take(folder, "tune");
        Path sameByAnotherName = folder.resolve("..").resolve(folder.getFileName());
        assertThatThrownBy(() -> FolderLock.take(sameByAnotherName, "tune"))
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("is in use by this process");
        first.close();
        first.close();
        FolderLock.take(folder, "tune").close();
    }

    @Test
    void waitsForAnotherProcessAndNamesItself() throws Exception {
        Process other = holder();
        var taken = new CompletableFuture<String>();
        var waiting = new Thread(() -> waitFor(taken));
        try {
            waiting.start();
            // not a proof that it waits, but it would have failed or taken the lock in this time
            waiting.join(300);
            assertThat(taken).isNotDone();
        } finally {
            other.destroyForcibly().waitFor();
        }
        assertThat(taken.get(20, TimeUnit.SECONDS))
                .startsWith("process " + ProcessHandle.current().pid() + " (download, since ");
        waiting.join();
    }

    @Test
    void waitsForAnotherThread() throws Exception {
        var first = FolderLock.take(folder, "download");
        var taken = new CompletableFuture<String>();
        var waiting = new Thread(() -> waitFor(taken));
        waiting.start();
        while (waiting.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertThat(taken).isNotDone();
        first.close();
        assertThat(taken.get(20, TimeUnit.SECONDS)).contains("(download, since ");
        waiting.join();
    }

    @Test
    void aThreadThatIsInterruptedWaitsNoLonger() throws Exception {
        var taken = new CompletableFuture<String>();
        var waiting = new Thread(() -> waitFor(taken));
        try (var first = FolderLock.take(folder, "train")) {
            waiting.start();
            waiting.interrupt();
            assertThatThrownBy(() -> taken.get(20, TimeUnit.SECONDS))
                    .hasRootCauseInstanceOf(InterruptedException.class)
                    .hasMessageContaining("interrupted while waiting for " + folder);
        }
        waiting.join();
        FolderLock.take(folder, "train").close();
    }

    private void waitFor(CompletableFuture<String> text) {
        try (var lock = FolderLock.waitFor(folder, "download")) {
            text.complete(Files.readString(folder.resolve(FolderLock.NAME)));
        } catch (Exception e) {
            text.completeExceptionally(e);
        }
    }

    /** Another process: adds one to a number in a file, so often, each time with the lock. */
    static final class Counter {
        public static void main(String[] args) throws IOException {
            Path number = Path.of(args[1]);
            for (int i = 0; i < Integer.parseInt(args[2]); i++) {
                try (var lock = FolderLock.waitFor(Path.of(args[0]), "count")) {
                    int now = Integer.parseInt(Files.readString(number));
                    Files.writeString(number, Integer.toString(now + 1));
                }
            }
        }
    }

    /** Each holder deletes the file; nobody may go on believing in a deleted one. */
    @Test
    void neverHasTwoHolders(@TempDir Path elsewhere) throws Exception {
        Path number = Files.writeString(elsewhere.resolve("number"), "0");
        var processes = new ArrayList<Process>();
        for (int i = 0; i < 3; i++) {
            processes.add(
                    JavaProcess.of(Counter.class, folder.toString(), number.toString(), "200")
                            .start(elsewhere.resolve("out")));
        }
        for (Process process : processes) {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(elsewhere.resolve("out")).isEmptyFile();
        assertThat(number).hasContent("600");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void nothingIsLeftWhenItIsFreed() throws IOException {
        Path killed =
                Files.writeString(folder.resolve(FolderLock.NAME), "process 1 (train, since x)");
        FolderLock.take(folder, "train").close();
        assertThat(killed).doesNotExist();
        var lock = FolderLock.take(folder, "train");
        Files.delete(killed);
        Files.writeString(killed, "somebody else's");
        lock.close();
        assertThat(killed).hasContent("somebody else's");
    }

    @Test
    void linksInAStrangersFolderAreRefused() throws IOException {
        Files.createDirectories(folder.resolve("trial-001"));
        Files.writeString(folder.resolve("trial-001/plan.json"), "{}");
        FolderLock.refuseLinks(folder);
        Path elsewhere = Files.writeString(folder.resolve("precious"), "mine");
        Path link = Files.createSymbolicLink(folder.resolve("trial-001/best.zip"), elsewhere);
        assertThatThrownBy(() -> FolderLock.refuseLinks(folder))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(link + " is a link");
    }

    @Test
    void aMissingFolderIsASentence() {
        Path missing = folder.resolve("missing");
        assertThatThrownBy(() -> FolderLock.take(missing, "train"))
                .hasMessage("cannot use " + missing + ": it does not exist");
    }

    @Test
    void aLinkIsNotFollowed(@TempDir Path elsewhere) throws IOException {
        Path precious = Files.writeString(elsewhere.resolve("precious"), "precious");
        Files.createSymbolicLink(folder.resolve(FolderLock.NAME), precious);
        assertThatThrownBy(() -> FolderLock.take(folder, "train"))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "cannot write "
                                + folder.resolve(FolderLock.NAME)
                                + ": it is a link; delete it");
        assertThat(precious).hasContent("precious");
    }

    @Test
    void whatCannotBeWrittenIsNamed() throws IOException {
        Path file = folder.resolve(FolderLock.NAME);
        Files.createDirectory(file);
        assertThatThrownBy(() -> FolderLock.take(folder, "train"))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("cannot write " + file + ": ");
    }

    /** A pipe is opened, and cannot be cut, as a file on a full disk cannot be written. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void whatFailsBehindTheOpeningIsNamedToo() throws Exception {
        Path file = folder.resolve(FolderLock.NAME);
        assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor()).isZero();
        assertThatThrownBy(() -> FolderLock.take(folder, "train"))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("cannot write " + file + ": ");
    }
}
