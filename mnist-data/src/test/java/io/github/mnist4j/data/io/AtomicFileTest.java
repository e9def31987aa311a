package io.github.mnist4j.data.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.mnist4j.testkit.JavaProcess;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir Path folder;

    @Test
    void holdsWhatWasWrittenAndNothingElseIsLeft() throws IOException {
        Path file = folder.resolve("a.bin");
        byte[] content = new byte[200_000];
        content[199_999] = 7;
        AtomicFile.write(file, content);
        assertThat(file).hasBinaryContent(content);
        AtomicFile.write(file, new byte[] {1});
        assertThat(file).hasBinaryContent(new byte[] {1});
        assertThat(names()).containsExactly("a.bin");
    }

    @Test
    void aFailureInTheMiddleLeavesTheOldFile() throws IOException {
        Path file = folder.resolve("a.bin");
        AtomicFile.write(file, new byte[] {1, 2, 3});
        assertThatThrownBy(
                        () ->
                                AtomicFile.write(
                                        file,
                                        out -> {
                                            out.write(new byte[100_000]);
                                            throw new IOException("No space left on device");
                                        }))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot write " + file + ": the disk is full");
        assertThatThrownBy(
                        () ->
                                AtomicFile.write(
                                        file,
                                        out -> {
                                            out.write(1);
                                            throw new IllegalStateException("no");
                                        }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(file).hasBinaryContent(new byte[] {1, 2, 3});
        assertThat(names()).containsExactly("a.bin");
    }

    @Test
    void saysWhyAFileCannotBeWritten() throws IOException {
        assertThatThrownBy(() -> AtomicFile.write(folder, new byte[1]))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot write " + folder + ": it is a folder");
        Path missing = folder.resolve("no/such/a.bin");
        assertThatThrownBy(() -> AtomicFile.write(missing, new byte[1]))
                .hasMessage("cannot write " + missing + ": it does not exist");
        Path file = Files.writeString(folder.resolve("file"), "x");
        assertThatThrownBy(() -> AtomicFile.write(file.resolve("a.bin"), new byte[1]))
                .hasMessageContaining("cannot write " + file.resolve("a.bin") + ": ")
                .hasMessageContaining("not a folder");
    }

    @Test
    void aFullDeviceIsAnError() {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "this system has no /dev/full");
        assertThatThrownBy(() -> AtomicFile.write(full, new byte[1]))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot write /dev/full: the disk is full");
    }

    @Test
    void replacesALinkAndLeavesWhatItLeadsTo() throws IOException {
        Path target = Files.writeString(folder.resolve("target"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link"), target);
        Path dangling =
                Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("none"));
        AtomicFile.write(link, new byte[] {'n', 'e', 'w'});
        AtomicFile.write(dangling, new byte[] {'n', 'e', 'w'});
        assertThat(link).isRegularFile().hasContent("new");
        assertThat(Files.isSymbolicLink(link)).isFalse();
        assertThat(target).hasContent("old");
        assertThat(dangling).hasContent("new");
        assertThat(names()).containsExactly("dangling", "link", "target");
    }

    /** Writes one byte to the file that it is told. */
    static final class Writer {
        public static void main(String[] args) throws IOException {
            AtomicFile.write(Path.of(args[0]), new byte[] {'x'});
        }
    }

    @Test
    void standardOutputThatIsAFileIsWrittenTo() throws Exception {
        Path stdout = Path.of("/dev/stdout");
        assumeTrue(Files.isSymbolicLink(stdout), "this system has no /dev/stdout");
        Path out = folder.resolve("out");
        assertThat(JavaProcess.of(Writer.class, stdout.toString()).start(out).waitFor()).isZero();
        assertThat(out).hasContent("x");
        assertThat(stdout).isSymbolicLink();
    }

    @Test
    void clearsAwayWhatAKilledProcessLeft() throws IOException {
        Files.writeString(folder.resolve(".last.zip.tmp123-4"), "half");
        Files.writeString(folder.resolve("last.zip"), "whole");
        Files.writeString(folder.resolve(".keep"), "somebody's");
        AtomicFile.deleteLeftovers(folder);
        assertThat(names()).containsExactly(".keep", "last.zip");
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void anImageNeedsNoTemporaryFolder() throws IOException {
        Path gone = Files.createDirectory(folder.resolve("gone"));
        File before = ImageIO.getCacheDirectory();
        ImageIO.setCacheDirectory(gone.toFile());
        Files.delete(gone);
        try {
            byte[] png = AtomicFile.png(new BufferedImage(2, 3, BufferedImage.TYPE_INT_RGB));
            assertThat(png).startsWith(0x89, 'P', 'N', 'G').endsWith(0xAE, 0x42, 0x60, 0x82);
        } finally {
            ImageIO.setCacheDirectory(before);
        }
    }
}
