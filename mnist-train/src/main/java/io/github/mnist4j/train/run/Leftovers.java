package io.github.mnist4j.train.run;

import static java.util.Objects.requireNonNull;

import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.io.FolderLock;
import io.github.mnist4j.data.io.IoErrors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** What a killed run leaves in its folder that nobody can use. */
final class Leftovers {
    /**
     * These show that a run of ours wrote the plan.json that is found: every run has one of them
     * before its plan.json, until it is deleted with it. The lock's file does not: whoever looks
     * into the folder makes one, and deletes it.
     */
    private static final Set<String> SIGNS =
            Set.of(RunFolder.LOG_FILE, MetricsLog.NAME, "samples.png");

    private static final Set<String> OF_EPOCHS = Set.of("best.zip", "history.csv", "history.png");

    private Leftovers() {}

    /**
     * Whether the folder holds only what a run leaves that was killed before its first checkpoint:
     * at most one epoch's model, and not a search's trial, which never has a checkpoint.
     */
    static boolean areAllOf(Path folder) throws IOException {
        boolean ours = false;
        boolean trial =
                Files.notExists(folder.resolve("samples.png"))
                        && Files.notExists(folder.resolve(RunFolder.LOG_FILE));
        Set<String> ofEpochs =
                trial || epochs(folder.resolve("history.csv")) > 1 ? Set.of() : OF_EPOCHS;
        try (var files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (!SIGNS.contains(name)
                        && !ofEpochs.contains(name)
                        && !name.equals("plan.json")
                        && !name.equals(FolderLock.NAME)
                        && !isHalfWritten(name)) {
                    return false;
                }
                ours |= SIGNS.contains(name);
            }
        } catch (DirectoryIteratorException e) {
            throw IoErrors.named("read", folder, requireNonNull(e.getCause()));
        }
        return ours;
    }

    /** How many epochs a history.csv has; 0 if there is none. */
    private static long epochs(Path history) throws IOException {
        if (!Files.isRegularFile(history)) {
            return 0;
        }
        try (var lines = Files.lines(history, StandardCharsets.ISO_8859_1)) {
            return lines.skip(1).count();
        } catch (UncheckedIOException e) {
            throw IoErrors.named("read", history, requireNonNull(e.getCause()));
        }
    }

    private static boolean isHalfWritten(String name) {
        return name.matches("\\..*\\.tmp\\d.*|\\.writable.*");
    }

    /**
     * Deletes all but the lock, so that a run can start again. plan.json goes last: it marks a run.
     */
    static void delete(Path folder) throws IOException {
        for (String name : OF_EPOCHS) {
            Files.deleteIfExists(folder.resolve(name));
        }
        for (String name :
                List.of("samples.png", MetricsLog.NAME, RunFolder.LOG_FILE, "plan.json")) {
            Files.deleteIfExists(folder.resolve(name));
        }
        deleteHalfWritten(folder);
    }

    /** Deletes what a process that was killed while it wrote left under another name. */
    static void deleteHalfWritten(Path folder) throws IOException {
        AtomicFile.deleteLeftovers(folder);
        try (var files = Files.newDirectoryStream(folder, ".writable*")) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }
}
