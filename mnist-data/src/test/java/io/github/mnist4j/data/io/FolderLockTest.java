package io.github.mnist4j.data.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.testkit.JavaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
