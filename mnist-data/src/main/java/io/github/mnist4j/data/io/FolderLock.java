package io.github.mnist4j.data.io;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * A folder that one process works in. The operating system frees the lock when the process ends,
 * however it ends; the file {@code .lock} stays, for to delete it would let two processes hold two
 * files of one name.
 */
public final class FolderLock implements Closeable {
    /** The file's name in the folder. */
    public static final String NAME = ".lock";

    /** Beyond the text, so that others can read who holds the lock where locks are mandatory. */
    private static final long BYTE = Long.MAX_VALUE - 1;

    /** The system's locks are the process's; these are ours among its threads. */
    private static final Set<Path> HELD = new HashSet<>();

    private final Path key;
    private final FileChannel channel;

    private FolderLock(Path key, FileChannel channel) {
        this.key = key;
        this.channel = channel;
    }

    /**
     * Takes the lock, or fails at once.
     *
     * @param folder one that exists
     * @param purpose what the process does in it, such as "train"
     * @throws IOException if another holds it; the message says who
     */
    public static FolderLock take(Path folder, String purpose) throws IOException {
        Path file = folder.resolve(NAME);
        Path key;
        try {
            key = folder.toRealPath();
        } catch (IOException e) {
            throw IoErrors.named("use", folder, e);
        }
        synchronized (HELD) {
            if (HELD.contains(key)) {
                throw new IOException(folder + " is in use by this process");
            }
            if (Files.isSymbolicLink(file)) {
                throw new IOException("cannot write " + file + ": it is a link; delete it");
            }
            FileChannel channel;
            try {
                channel =
                        FileChannel.open(
                                file,
                                // in a folder from a stranger it could lead to any file
                                LinkOption.NOFOLLOW_LINKS,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE);
            } catch (IOException e) {
                throw IoErrors.named("write", file, e);
            }
            boolean held;
            try {
                FileLock lock = channel.tryLock(BYTE, 1, false);
                held = lock != null;
                if (held) {
                    String text =
                            "process "
                                    + ProcessHandle.current().pid()
                                    + " ("
                                    + purpose
                                    + ", since "
                                    + LocalDateTime.now().truncatedTo(ChronoUnit.SECONDS)
                                    + ")\n";
                    channel.truncate(0);
                    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
                }
            } catch (IOException e) {
                channel.close();
                throw IoErrors.named("write", file, e);
            } catch (Throwable e) {
                channel.close();
                throw e;
            }
            if (!held) {
                channel.close();
                throw new IOException(folder + " is in use by " + holder(file));
            }
            HELD.add(key);
            return new FolderLock(key, channel);
        }
    }

    /**
     * For folders that may come from somebody else: what is written to a link goes to wherever it
     * leads.
     *
     * @param folder one that exists; it and the folders in it are looked at
     * @throws IOException if one of the names in it is a link; the message names it
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
                                + " is a link, which could lead what is written anywhere; move it elsewhere");
            }
        } catch (UncheckedIOException e) {
            throw IoErrors.named("read", folder, Objects.requireNonNull(e.getCause()));
        }
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

    /** Frees the folder. A second call does nothing. */
    @Override
    public void close() throws IOException {
        synchronized (HELD) {
            if (channel.isOpen()) {
                HELD.remove(key);
                channel.close();
            }
        }
    }
}
