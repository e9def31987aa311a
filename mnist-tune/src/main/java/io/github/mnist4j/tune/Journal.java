package io.github.mnist4j.tune;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.github.mnist4j.data.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A search on disk: {@code search.json}, what was asked for, and {@code trials.jsonl}, a line for
 * each trial that ended, on the disk before the next one begins. A line that a killed process left
 * half-written is dropped.
 */
final class Journal {
    private static final ObjectMapper JSON = new ObjectMapper();
    private final Path folder;
    private final List<Trial> trials = new ArrayList<>();

    private Journal(Path folder) {
        this.folder = folder;
    }

    /**
     * @throws IOException if the folder holds a search already
     */
    static Journal begin(Path folder, Search search) throws IOException {
        Files.createDirectories(folder);
        if (Files.exists(folder.resolve("search.json"))) {
            throw new IOException(
                    folder
                            + " holds a search already; go on with --resume, or name another folder");
        }
        AtomicFile.write(
                folder.resolve("search.json"),
                JSON.writer(SerializationFeature.INDENT_OUTPUT).writeValueAsBytes(search));
        return new Journal(folder);
    }

    /**
     * @throws IOException if the folder holds no search
     */
    static Journal resume(Path folder) throws IOException {
        search(folder); // is there one?
        var journal = new Journal(folder);
        Path file = folder.resolve("trials.jsonl");
        if (Files.exists(file)) {
            var whole = new StringBuilder();
            for (String line : Files.readAllLines(file)) {
                try {
                    journal.trials.add(JSON.readValue(line, Trial.class));
                } catch (JsonProcessingException e) {
                    break;
                }
                whole.append(line).append('\n');
            }
            AtomicFile.write(file, whole.toString().getBytes(StandardCharsets.UTF_8));
        }
        return journal;
    }

    /** What was asked for. */
    static Search search(Path folder) throws IOException {
        Path file = folder.resolve("search.json");
        if (!Files.exists(file)) {
            throw new IOException("no search in " + folder + ": it has no search.json");
        }
        try {
            return JSON.readValue(Files.readAllBytes(file), Search.class);
        } catch (JsonProcessingException e) {
            throw new IOException(file + " is damaged: " + e.getOriginalMessage(), e);
        }
    }

    synchronized void add(Trial trial) throws IOException {
        try (var out =
                FileChannel.open(
                        folder.resolve("trials.jsonl"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND)) {
            out.write(
                    ByteBuffer.wrap(
                            (JSON.writeValueAsString(trial) + "\n")
                                    .getBytes(StandardCharsets.UTF_8)));
            out.force(true);
        }
        trials.add(trial);
    }

    /** Those that ended, in the order in which they did. */
    synchronized List<Trial> trials() {
        return List.copyOf(trials);
    }

    /** The one of this number, if it has ended. */
    Optional<Trial> trial(int number) {
        return trials().stream().filter(t -> t.number() == number).findFirst();
    }

    /** Where a trial's run goes. */
    Path folderOf(int trial) {
        return folderOf(folder, trial);
    }

    /** As above, of the search in this folder. */
    static Path folderOf(Path folder, int trial) {
        return folder.resolve(String.format(Locale.ROOT, "trial-%03d", trial));
    }
}
