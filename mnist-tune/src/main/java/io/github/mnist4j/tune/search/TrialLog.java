package io.github.mnist4j.tune.search;

import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.io.FolderLock;
import io.github.mnist4j.data.io.IoErrors;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.tune.search.TrialLogReader.BadLine;
import java.io.Closeable;
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
import org.jspecify.annotations.Nullable;

/**
 * A search on disk, in a folder that is locked while it is open: {@code search.json}, what was
 * asked for, and {@code trials.jsonl}, a line for each trial that ended, on the disk before the
 * next one begins. A last line without its end is what a killed process leaves: it is cut off. Any
 * other bad line stops the reader; the file stays as it is.
 */
public final class TrialLog implements Closeable {
    /** The option that goes on without bad lines. */
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
     * A new search.
     *
     * @param folder is made where there is none
     * @throws IOException if the folder holds a search already, or another process uses it
     */
    public static TrialLog begin(Path folder, SearchConfig search) throws IOException {
        refuseIfThereIsOne(folder);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw IoErrors.named("make the folder", folder, e);
        }
        FolderLock lock = FolderLock.take(folder, "tune");
        try {
            refuseIfThereIsOne(folder); // since
            JsonFile.write(folder.resolve(SEARCH), search);
            return new TrialLog(folder, search, lock);
        } catch (Throwable e) {
            lock.close();
            throw e;
        }
    }

    /**
     * Checks that a search may begin in a folder, before the work of loading data.
     *
     * @throws IOException if the folder holds a search already, or is a file
     */
    public static void refuseIfThereIsOne(Path folder) throws IOException {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new IOException("cannot write to " + folder + ": it is a file, not a folder");
        }
        if (Files.exists(folder.resolve(SEARCH))) {
            throw new IOException(
                    folder
                            + " holds a search already; go on with --resume, or name another folder");
        }
    }

    /**
     * A search that was left.
     *
     * @param skipBad whether lines that are no trials are passed over: their trials are run anew,
     *     and the file as it was stays beside the new one, as trials.jsonl.bad
     * @throws IOException if the folder holds no search, another process uses it, or a line is bad;
     *     the message names it
     */
    public static TrialLog resume(Path folder, boolean skipBad) throws IOException {
        refuseIfThereIsNone(folder); // else a lock would be left in a folder that is none of ours
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

    /** What was asked for. */
    public SearchConfig search() {
        return search;
    }

    /** Where it is. */
    public Path folder() {
        return folder;
    }

    /** Frees the folder. */
    @Override
    public void close() throws IOException {
        lock.close();
    }

    /**
     * What was asked for in the search in this folder.
     *
     * @throws IOException if there is none, or its search.json is bad
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
                            + ": it is of another search than "
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
                            + " anew");
        }
    }

    /** The file as it was goes by another name, first of all. */
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
     * @throws IOException if it is not on the disk now; then nothing is written any more, for half
     *     a line may stand there
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
        Path file = folder.resolve(TRIALS);
        try (var out =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            long before = out.size();
            out.position(before);
            try {
                ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(true);
            } catch (IOException e) {
                try {
                    out.truncate(before);
                } catch (IOException again) {
                    e.addSuppressed(again); // half a line without its end is cut off later
                }
                throw e;
            }
        } catch (IOException e) {
            throw IoErrors.named("write", file, e);
        }
    }

    /** Those that ended, in the order in which they did. */
    public synchronized List<Trial> trials() {
        return List.copyOf(trials);
    }

    /** The one of this number, if it has ended. */
    public Optional<Trial> trial(int number) {
        return trials().stream().filter(t -> t.number() == number).findFirst();
    }

    /** Where a trial's run goes. */
    public Path folderOf(int trial) {
        return folderOf(folder, trial);
    }

    /** As above, of the search in this folder. */
    public static Path folderOf(Path folder, int trial) {
        return folder.resolve(String.format(Locale.ROOT, "trial-%03d", trial));
    }
}
