package io.github.mnist4j.tune.search;

import io.github.mnist4j.data.io.AppendedFile;
import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.io.FolderLock;
import io.github.mnist4j.data.io.IoErrors;
import io.github.mnist4j.data.io.OutputFolder;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.tune.search.TrialLogReader.BadLine;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A search on disk: its settings in {@code search.json}, and in {@code trials.jsonl} a line for
 * each trial that has ended, on the disk before the next one begins. The folder is locked while the
 * log is open. A killed process may leave an unfinished last line, which is cut off; any other bad
 * line is an error, and the file stays as it is.
 */
public final class TrialLog implements Closeable {
    /** The command-line option that skips bad lines, for messages. */
    public static final String SKIP = "--skip-bad-trials";

    private static final String SEARCH = "search.json";
    private static final String TRIALS = "trials.jsonl";

    private final Path folder;
    private final SearchConfig search;
    private final FolderLock lock;
    private final List<Trial> trials = new ArrayList<>();
    private @Nullable IOException broken;

    private TrialLog(Path folder, SearchConfig search, FolderLock lock) {
        this.folder = folder;
        this.search = search;
        this.lock = lock;
    }

    /**
     * Starts the log of a new search.
     *
     * @param folder is made if it does not exist
     * @throws IOException if the folder already holds a search, or another process uses it
     */
    public static TrialLog begin(Path folder, SearchConfig search) throws IOException {
        refuseIfThereIsOne(folder);
        OutputFolder.create(folder);
        FolderLock lock = FolderLock.take(folder, "tune");
        try {
            refuseIfThereIsOne(folder); // another process may have begun one since
            AppendedFile.refuseLink(folder.resolve(TRIALS));
            JsonFile.write(folder.resolve(SEARCH), search);
            return new TrialLog(folder, search, lock);
        } catch (Throwable e) {
            lock.close();
            throw e;
        }
    }

    /**
     * Checks that a new search may use a folder; cheap, so that it can precede the loading of data.
     *
     * @throws IOException if the folder already holds a search, or is a file
     */
    public static void refuseIfThereIsOne(Path folder) throws IOException {
        OutputFolder.refuseFile(folder);
        if (Files.exists(folder.resolve(SEARCH))) {
            throw new IOException(
                    folder
                            + " already holds a search; continue with --resume, or name another folder");
        }
    }

    /**
     * Opens the log of a search that was left or killed.
     *
     * @param skipBad whether to skip lines that are not trials of this search. Their trials run
     *     again, and a copy of the old file stays as trials.jsonl.bad.
     * @throws IOException if the folder does not hold a search, another process uses it, or a line
     *     is bad and {@code skipBad} is not set; the message names the line
     */
    public static TrialLog resume(Path folder, boolean skipBad) throws IOException {
        refuseIfThereIsNone(folder); // or a lock would be left in a folder that is not ours
        FolderLock.refuseLinks(folder);
        FolderLock lock = FolderLock.take(folder, "tune");
        try {
            var log = new TrialLog(folder, search(folder), lock);
            AtomicFile.deleteLeftovers(folder);
            log.read(skipBad);
            return log;
        } catch (Throwable e) {
            lock.close();
            throw e;
        }
    }

    /** The settings of the search. */
    public SearchConfig search() {
        return search;
    }

    /** The folder of the search. */
    public Path folder() {
        return folder;
    }

    /** Unlocks the folder. */
    @Override
    public void close() throws IOException {
        lock.close();
    }

    /**
     * The settings of the search in a folder.
     *
     * @throws IOException if the folder does not hold a search, or its search.json is bad
     */
    public static SearchConfig search(Path folder) throws IOException {
        refuseIfThereIsNone(folder);
        return JsonFile.read(folder.resolve(SEARCH), SearchConfig.class);
    }

    private static void refuseIfThereIsNone(Path folder) throws IOException {
        if (!Files.exists(folder.resolve(SEARCH))) {
            throw new IOException("no search in " + folder + ": it has no " + SEARCH);
        }
    }

    private void read(boolean skipBad) throws IOException {
        Path file = folder.resolve(TRIALS);
        if (!Files.exists(file)) {
            return;
        }
        var reader = new TrialLogReader(file, search);
        try {
            reader.read();
        } catch (IOException e) {
            throw IoErrors.named("read", file, e);
        }
        trials.addAll(reader.trials());
        if (!reader.bad().isEmpty()) {
            refuse(file, reader.bad(), skipBad);
            keepOnlyGood(file);
        } else if (reader.lacksLineFeed()) {
            append("\n");
        } else if (reader.length() < Files.size(file)) {
            try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(reader.length());
                channel.force(true);
            } catch (IOException e) {
                throw IoErrors.named("write", file, e);
            }
        }
    }

    private void refuse(Path file, List<BadLine> bad, boolean skipBad) throws IOException {
        BadLine first = bad.get(0);
        if (trials.isEmpty() && bad.stream().allMatch(BadLine::foreign)) {
            throw new IOException(
                    file
                            + ", line "
                            + first.number()
                            + ": it belongs to another search than "
                            + SEARCH
                            + ": "
                            + first.sentence());
        }
        if (!skipBad) {
            throw new IOException(
                    file
                            + ", line "
                            + first.number()
                            + ": "
                            + first.sentence()
                            + switch (bad.size()) {
                                case 1 -> "";
                                case 2 -> "; 1 more line is bad";
                                default -> "; " + (bad.size() - 1) + " more lines are bad";
                            }
                            + "; "
                            + SKIP
                            + " runs "
                            + (bad.size() == 1 ? "its trial" : "their trials")
                            + " again");
        }
    }

    /** Copies the file before it is replaced. */
    private void keepOnlyGood(Path file) throws IOException {
        Path kept = file.resolveSibling(TRIALS + ".bad");
        for (int i = 2; Files.exists(kept); i++) {
            kept = file.resolveSibling(TRIALS + ".bad" + i);
        }
        AtomicFile.write(kept, out -> Files.copy(file, out));
        AtomicFile.write(
                file,
                out -> {
                    for (Trial trial : trials) {
                        out.write((JsonFile.line(trial) + "\n").getBytes(StandardCharsets.UTF_8));
                    }
                });
    }

    /**
     * Appends a trial and forces it to the disk.
     *
     * @throws IOException if that fails; from then on every call fails, because the file may end in
     *     half a line
     */
    public synchronized void add(Trial trial) throws IOException {
        if (broken != null) {
            throw broken;
        }
        try {
            append(JsonFile.line(trial) + "\n");
        } catch (IOException e) {
            broken = e;
            throw e;
        }
        trials.add(trial);
    }

    private void append(String text) throws IOException {
        AppendedFile.append(folder.resolve(TRIALS), text, true);
    }

    /** The trials that have ended, in the order in which they did. */
    public synchronized List<Trial> trials() {
        return List.copyOf(trials);
    }

    /** The trial of this number, if it has ended. */
    public Optional<Trial> trial(int number) {
        return trials().stream().filter(t -> t.number() == number).findFirst();
    }

    /** The run folder of a trial. */
    public Path folderOf(int trial) {
        return folderOf(folder, trial);
    }

    /** The run folder of a trial of the search in a folder. */
    public static Path folderOf(Path folder, int trial) {
        return folder.resolve(String.format(Locale.ROOT, "trial-%03d", trial));
    }
}
