package io.github.mnist4j.data.io;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A lock on a folder that only one process may work in. The operating system frees it when the
 * process ends, however it ends. The file {@code .lock} says who holds it. {@link #close} deletes
 * that file; one that a killed process leaves behind means nothing.
 */
public final class FolderLock implements Closeable {
    /** The file's name in the folder. */
    public static final String NAME = ".lock";

    /** Beyond the text, so that others can read who holds the lock where locks are mandatory. */
    private static final long BYTE = Long.MAX_VALUE - 1;

    /**
     * Folders that this process holds or waits for. The system locks between processes; this set
     * locks between threads.
     */
    private static final Set<Path> HELD = new HashSet<>();

    private final Path key;
    private final Path file;
    private final @Nullable Object identity;
    private final FileChannel channel;

    private FolderLock(Path key, Path file, @Nullable Object identity, FileChannel channel) {
        this.key = key;
        this.file = file;
        this.identity = identity;
        this.channel = channel;
    }

    /**
     * Takes the lock, or fails at once.
     *
     * @param folder must exist
     * @param purpose what the process does in it, such as "train"
     * @throws IOException if another process or thread holds it (the message says who), or the
     *     folder cannot be written
     */
    public static FolderLock take(Path folder, String purpose) throws IOException {
        return take(folder, purpose, false);
    }

    /**
     * As {@link #take(Path, String)}, but waits until the holder frees the lock.
     *
     * @throws IOException if the folder cannot be written, or the thread is interrupted
     */
    public static FolderLock waitFor(Path folder, String purpose) throws IOException {
        return take(folder, purpose, true);
    }

    private static FolderLock take(Path folder, String purpose, boolean wait) throws IOException {
        Path key;
        try {
            key = folder.toRealPath();
        } catch (IOException e) {
            throw IoErrors.named("use", folder, e);
        }
        claim(key, folder, wait);
        try {
            Path file = folder.resolve(NAME);
            FolderLock lock = null;
            while (lock == null) {
                lock = lock(key, folder, file, purpose, wait);
            }
            return lock;
        } catch (Throwable e) {
            release(key);
            throw e;
        }
    }

    private static void claim(Path key, Path folder, boolean wait) throws IOException {
        synchronized (HELD) {
            while (!HELD.add(key)) {
                if (!wait) {
                    throw new IOException(folder + " is in use by this process");
                }
                try {
                    HELD.wait();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw interrupted(folder, e);
                }
            }
        }
    }

    private static void release(Path key) {
        synchronized (HELD) {
            HELD.remove(key);
            HELD.notifyAll();
        }
    }

    private static IOException interrupted(Path folder, Exception e) {
        return new IOException("interrupted while waiting for " + folder, e);
    }

    /**
     * @return null if the process that held the lock before has deleted the file meanwhile: then
     *     what is locked here is no longer the file of that name
     */
    private static @Nullable FolderLock lock(
            Path key, Path folder, Path file, String purpose, boolean wait) throws IOException {
        AppendedFile.refuseLink(file);
        createIfMissing(file);
        FileChannel channel = null;
        FolderLock taken = null;
        try {
            Object identity = identity(file);
            channel =
                    FileChannel.open(
                            file,
                            LinkOption.NOFOLLOW_LINKS,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            FileLock lock = wait ? channel.lock(BYTE, 1, false) : channel.tryLock(BYTE, 1, false);
            if (lock != null) {
                if (!Objects.equals(identity, identity(file)) || !isAt(file, channel)) {
                    return null;
                }
                channel.truncate(0);
                channel.write(ByteBuffer.wrap(text(purpose).getBytes(StandardCharsets.UTF_8)), 0);
                taken = new FolderLock(key, file, identity, channel);
                return taken;
            }
        } catch (NoSuchFileException e) {
            return null;
        } catch (FileLockInterruptionException e) {
            throw interrupted(folder, e);
        } catch (IOException e) {
            throw IoErrors.named("write", file, e);
        } finally {
            if (taken == null && channel != null) {
                channel.close();
            }
        }
        throw new IOException(folder + " is in use by " + holder(file));
    }

    private static void createIfMissing(Path file) throws IOException {
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException e) {
            // somebody uses the folder, or was killed in it
        } catch (IOException e) {
            throw IoErrors.named("write", file, e);
        }
    }

    /**
     * What tells a file from a later one of its name; null if it is gone, or the system does not
     * say. Read without opening it: to close a file frees the locks that this process has on it.
     */
    private static @Nullable Object identity(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /**
     * Whether the file that was opened is still the one of that name. Its identity alone does not
     * say so: a deleted file's number is given to a later one. What changes its length here must
     * change it there.
     */
    private static boolean isAt(Path file, FileChannel channel) throws IOException {
        long length = channel.size() + 1 + ThreadLocalRandom.current().nextInt(1 << 16);
        channel.write(ByteBuffer.allocate(1), length - 1);
        // asked by name, without opening it
        return Files.size(file) == length;
    }

    private static String text(String purpose) {
        return "process "
                + ProcessHandle.current().pid()
                + " ("
                + purpose
                + ", since "
                + LocalDateTime.now().truncatedTo(ChronoUnit.SECONDS)
                + ")\n";
    }

    private static String holder(Path file) {
        try {
            String text = Files.readString(file).strip();
            return text.matches("process \\d+ \\([^\\p{Cntrl}]{1,80}\\)")
                    ? text
                    : "another process";
        } catch (IOException e) {
            return "another process";
        }
    }

    /**
     * Refuses a folder with links in it. Call it for folders that may come from somebody else: what
     * is written to a link goes wherever it leads.
     *
     * @param folder must exist; it and the folders directly in it are checked
     * @throws IOException if there is a link; the message names it
     */
    public static void refuseLinks(Path folder) throws IOException {
        try (var files = Files.walk(folder, 2)) {
            Path link =
                    files.filter(f -> !f.equals(folder) && Files.isSymbolicLink(f))
                            .findFirst()
                            .orElse(null);
            if (link != null) {
                throw new IOException(
                        link
                                + " is a link: what is written to it could go anywhere; move it elsewhere");
            }
        } catch (UncheckedIOException e) {
            throw IoErrors.named("read", folder, Objects.requireNonNull(e.getCause()));
        }
    }

    /** Frees the folder and deletes the file. A second call does nothing. */
    @Override
    public synchronized void close() throws IOException {
        if (!channel.isOpen()) {
            return;
        }
        try (channel) {
            // still locked: whoever waits for it finds that it is gone, and makes a new one
            if (identity != null && identity.equals(identity(file))) {
                Files.delete(file);
            }
        } catch (IOException e) {
            // a file that stays means nothing
        } finally {
            release(key);
        }
    }
}
