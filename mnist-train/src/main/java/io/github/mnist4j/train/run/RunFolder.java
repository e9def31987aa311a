package io.github.mnist4j.train.run;

import io.github.mnist4j.data.io.FolderLock;
import io.github.mnist4j.data.io.IoErrors;
import io.github.mnist4j.data.io.OutputFolder;
import io.github.mnist4j.train.SavedRun;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The folder of one run, which a {@link RunRecorder} fills. It is locked until {@link #close}: no
 * other process and no other object can work in it.
 */
public final class RunFolder implements Closeable {
    /** The command line's log of the run. */
    public static final String LOG_FILE = "train.log";

    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

    private final Path folder;
    private final FolderLock lock;

    /** Folders that were not there before this run, the innermost first. */
    private final List<Path> made;

    private final @Nullable SavedRun saved;

    /** Whether there was a log before this run. */
    private final boolean logged;

    private boolean begun;

    private RunFolder(Path folder, FolderLock lock, List<Path> made, @Nullable SavedRun saved) {
        this.folder = folder;
        this.lock = lock;
        this.made = made;
        this.saved = saved;
        logged = Files.exists(folder.resolve(LOG_FILE));
        begun = saved != null;
    }

    /**
     * Opens the folder of an interrupted run. {@link #saved} goes to {@link
     * io.github.mnist4j.train.Trainer#resume}.
     *
     * @throws IOException if it holds no run that can be resumed; the message says why
     */
    public static RunFolder resume(Path folder) throws IOException {
        if (!Files.exists(folder.resolve("plan.json"))) {
            throw new IOException("no run in " + folder + ": it has no plan.json");
        }
        FolderLock.refuseLinks(folder);
        FolderLock lock = FolderLock.take(folder, "train");
        try {
            if (Files.exists(folder.resolve("report.json"))) {
                throw new IOException(
                        "the run in " + folder + " is done; there is nothing to resume");
            }
            if (!Files.exists(folder.resolve("last.zip"))) {
                Path above = folder.toAbsolutePath().normalize().getParent();
                if (above != null && Files.exists(above.resolve("search.json"))) {
                    throw new IOException(
                            folder
                                    + " is a trial of a search; go on with mnist tune --resume "
                                    + above);
                }
                throw new IOException(
                        "the run in "
                                + folder
                                + " ended before its first checkpoint; start it again"
                                + (Leftovers.areAllOf(folder)
                                        ? " with --out " + folder
                                        : " in another folder"));
            }
            Leftovers.deleteHalfWritten(folder);
            SavedRun saved = SavedRun.read(folder);
            new MetricsLog(folder).deleteAfter(saved.checkpoint().state());
            return new RunFolder(folder, lock, List.of(), saved);
        } catch (Throwable e) {
            lock.close();
            throw e;
        }
    }

    /** A new folder {@code <time>-<model>} below the given one; see {@link #at}. */
    public static RunFolder below(Path parent, String model) throws IOException {
        return at(unused(parent, model));
    }

    /** A path {@code <time>-<what>} below the given folder that does not exist yet. */
    public static Path unused(Path parent, String what) {
        // a description such as mlp:dense=64 holds what a file's name should not
        String name = LocalDateTime.now().format(NAME) + "-" + what.replaceAll("[^\\w]+", "-");
        Path folder = parent.resolve(name);
        // two runs may begin in one second
        for (int i = 2; Files.exists(folder); i++) {
            folder = parent.resolve(name + "-" + i);
        }
        return folder;
    }

    /**
     * This folder for a new run, made if it is not there. The remains of a run that was killed
     * before its first checkpoint are deleted.
     *
     * @throws IOException if it holds a run already, another process works in it, or it cannot be
     *     written to; the message says which
     */
    public static RunFolder at(Path folder) throws IOException {
        var made = new ArrayList<Path>();
        for (Path f = folder.toAbsolutePath(); f != null && !Files.exists(f); f = f.getParent()) {
            made.add(f);
        }
        FolderLock lock = null;
        try {
            OutputFolder.create(folder);
            try {
                Files.delete(Files.createTempFile(folder, ".writable", null));
            } catch (IOException e) {
                throw IoErrors.named("write to", folder, e);
            }
            lock = FolderLock.take(folder, "train");
            if (Leftovers.areAllOf(folder)) {
                Leftovers.delete(folder);
            } else if (Files.exists(folder.resolve("plan.json"))) {
                throw new IOException(
                        folder + " holds a run already; name another folder with --out");
            }
            return new RunFolder(folder, lock, made, null);
        } catch (Throwable e) {
            if (lock != null) {
                lock.close();
            }
            unmake(made);
            throw e;
        }
    }

    /** Deletes folders, the innermost first, as far as they are empty. */
    private static void unmake(List<Path> folders) {
        for (Path f : folders) {
            if (!f.toFile().delete()) {
                return;
            }
        }
    }

    /**
     * Unlocks the folder. If the run failed before it began, whatever was made for it is deleted. A
     * second call does nothing.
     */
    @Override
    public void close() throws IOException {
        if (!begun && !logged) {
            folder.resolve(LOG_FILE).toFile().delete();
        }
        lock.close();
        if (!begun) {
            unmake(made);
        }
        begun = true; // once is enough
    }

    /** The path of the folder. */
    public Path path() {
        return folder;
    }

    /** The interrupted run in this folder; empty for a new one. */
    public Optional<SavedRun> saved() {
        return Optional.ofNullable(saved);
    }

    /** From here on there is something to keep: {@link #close} leaves it where it is. */
    void begin() {
        begun = true;
    }
}
