package io.github.mnist4j.data.io;

import java.awt.image.BufferedImage;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Writes files that appear whole or not at all. Content goes to a temporary file in the same
 * folder, is forced to the disk, read back and compared; only then is the file renamed, and the
 * folder forced too. Whatever happens, an existing file stays as it was until the renaming.
 */
public final class AtomicFile {
    /** A glob of the temporary files that a killed process leaves in a folder. */
    public static final String LEFTOVERS = ".*.tmp[0-9]*";

    private static final AtomicLong COUNTER = new AtomicLong();
    private static final long PID = ProcessHandle.current().pid();

    private AtomicFile() {}

    /** Writes a file's content to a stream. */
    @FunctionalInterface
    public interface Content {
        /** Writes all content to a buffered stream, which the caller closes. */
        void writeTo(OutputStream out) throws IOException;
    }

    /** Writes these bytes. See {@link #write(Path, Content)}. */
    public static void write(Path file, byte[] content) throws IOException {
        write(file, out -> out.write(content));
    }

    /** Writes the image as a PNG file. See {@link #write(Path, Content)}. */
    public static void write(Path file, BufferedImage image) throws IOException {
        write(file, png(image));
    }

    /**
     * Writes content of any length; replaces the file if it exists. Writes directly to a pipe or a
     * device. Replaces a link to a regular file, and leaves the file that it leads to as it is;
     * follows only the system's own links, such as {@code /dev/stdout}.
     *
     * @throws IOException if the content cannot be written whole; the message is a sentence that
     *     names the file
     */
    public static void write(Path file, Content content) throws IOException {
        try {
            Path target = isSystems(file) && Files.exists(file) ? file.toRealPath() : file;
            if (Files.isDirectory(target)) {
                throw new IOException("it is a folder");
            }
            if (Files.exists(target) && !Files.isRegularFile(target)) {
                try (var out = new BufferedOutputStream(Files.newOutputStream(target))) {
                    content.writeTo(out);
                }
                return;
            }
            replace(target, content);
        } catch (IOException e) {
            throw new IOException("cannot write " + file + ": " + IoErrors.reason(e), e);
        }
    }

    /** Whether the file lies where only the system makes links. */
    private static boolean isSystems(Path file) {
        Path path = file.toAbsolutePath().normalize();
        return path.startsWith("/dev") || path.startsWith("/proc");
    }

    private static void replace(Path file, Content content) throws IOException {
        Path temporary =
                file.resolveSibling(
                        "." + file.getFileName() + ".tmp" + PID + "-" + COUNTER.incrementAndGet());
        try {
            var written = new CRC32();
            long length;
            try (var channel =
                    FileChannel.open(
                            temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
                // closed by the channel: closing the stream before force() would close both
                var out =
                        new BufferedOutputStream(
                                new CheckedOutputStream(Channels.newOutputStream(channel), written),
                                1 << 16);
                content.writeTo(out);
                out.flush();
                channel.force(true);
                length = channel.position();
            }
            verify(temporary, length, written.getValue());
            Files.move(
                    temporary,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (Throwable e) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException left) {
                e.addSuppressed(left);
            }
            throw e;
        }
        force(Objects.requireNonNull(file.toAbsolutePath().getParent()));
    }

    /** A disk that was full for a moment can leave a hole that no call reports. */
    private static void verify(Path file, long length, long crc) throws IOException {
        var read = new CRC32();
        try (InputStream in =
                new CheckedInputStream(
                        new BufferedInputStream(Files.newInputStream(file), 1 << 16), read)) {
            if (in.transferTo(OutputStream.nullOutputStream()) != length) {
                throw new IOException("the disk holds fewer bytes than were written");
            }
        }
        if (read.getValue() != crc) {
            throw new IOException("the disk holds other bytes than were written");
        }
    }

    /** Makes the new name itself durable; file systems that cannot do this do not need it. */
    private static void force(Path folder) {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Windows opens no folder; the file's content is safe all the same
        }
    }

    /**
     * Deletes the temporary files that killed processes left in a folder.
     *
     * @throws IOException if the folder cannot be read or a file cannot be deleted
     */
    public static void deleteLeftovers(Path folder) throws IOException {
        try (var files = Files.newDirectoryStream(folder, LEFTOVERS)) {
            for (Path file : files) {
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    Files.delete(file);
                }
            }
        }
    }

    /** The image as the content of a PNG file. */
    public static byte[] png(BufferedImage image) throws IOException {
        var out = new ByteArrayOutputStream();
        // by default ImageIO writes a temporary file, and its folder may be full
        try (var memory = new MemoryCacheImageOutputStream(out)) {
            ImageIO.write(image, "png", memory);
        }
        return out.toByteArray();
    }
}
