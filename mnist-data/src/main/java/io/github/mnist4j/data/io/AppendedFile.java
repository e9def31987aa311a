package io.github.mnist4j.data.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that grows line by line, which {@link AtomicFile} would write anew for each. */
public final class AppendedFile {
    private AppendedFile() {}

    /**
     * Appends a text to a file, which is made if it is not there. If that fails, the file is cut to
     * what it was before, as far as the disk allows.
     *
     * @param force whether the text is to be on the disk when this returns
     * @throws IOException if it cannot be written, or the file is a symbolic link; the message
     *     names the file
     */
    public static void append(Path file, String text, boolean force) throws IOException {
        refuseLink(file);
        try (var out =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS)) {
            long before = out.size();
            out.position(before);
            try {
                ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                if (force) {
                    out.force(true);
                }
            } catch (IOException e) {
                try {
                    out.truncate(before);
                } catch (IOException again) {
                    e.addSuppressed(again); // the reader must bear half a line
                }
                throw e;
            }
        } catch (IOException e) {
            throw IoErrors.named("write", file, e);
        }
    }

    /**
     * What {@link #append} would come upon, asked before the work is done. In a folder from a
     * stranger a link could lead to any file.
     *
     * @throws IOException if the file is a symbolic link; the message names it
     */
    public static void refuseLink(Path file) throws IOException {
        if (Files.isSymbolicLink(file)) {
            throw new IOException("cannot write " + file + ": it is a link; delete it");
        }
    }
}
