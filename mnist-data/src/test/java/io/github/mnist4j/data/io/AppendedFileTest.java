package io.github.mnist4j.data.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppendedFileTest {
    @TempDir Path folder;

    @Test
    void appendsToWhatIsThere() throws IOException {
        Path file = folder.resolve("lines");
        AppendedFile.append(file, "one\n", false);
        AppendedFile.append(file, "zw\u00f6lf\n", true);
        assertThat(file).hasContent("one\nzw\u00f6lf\n");
    }

    @Test
    void aLinkIsNotFollowed() throws IOException {
        Path precious = Files.writeString(folder.resolve("precious"), "mine");
        Path link = Files.createSymbolicLink(folder.resolve("lines"), precious);
        assertThatThrownBy(() -> AppendedFile.append(link, "one\n", false))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot write " + link + ": it is a link; delete it");
        assertThat(precious).hasContent("mine");
        Path dangling = Files.createSymbolicLink(folder.resolve("more"), folder.resolve("none"));
        assertThatThrownBy(() -> AppendedFile.append(dangling, "one\n", false))
                .hasMessageContaining("it is a link");
        assertThat(folder.resolve("none")).doesNotExist();
    }

    @Test
    void saysWhichFileCannotBeWritten() {
        assertThatThrownBy(() -> AppendedFile.append(folder, "one\n", false))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot write " + folder + ": it is a folder");
        Path nowhere = folder.resolve("none").resolve("lines");
        assertThatThrownBy(() -> AppendedFile.append(nowhere, "one\n", false))
                .hasMessage("cannot write " + nowhere + ": it does not exist");
    }
}
