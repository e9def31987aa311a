package io.github.mnist4j.lite;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Whole files, as far as the heap has room for them. */
final class FileBytes {
    private FileBytes() {}

    static byte[] of(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a folder");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return of(in, file.toString());
        } catch (NoSuchFileException e) {
            // its message is the path alone
            var named = new FileNotFoundException(file + " does not exist");
            named.initCause(e);
            throw named;
        } catch (AccessDeniedException e) {
            // likewise
            throw new IOException(file + " may not be read", e);
        }
    }

    static byte[] of(InputStream in, String name) throws IOException {
        Runtime java = Runtime.getRuntime();
        long free = java.maxMemory() - java.totalMemory() + java.freeMemory();
        // it is held in pieces, then as one array, and then decoded
        int most = (int) Math.min(Integer.MAX_VALUE - 16, Math.max(0, free / 3));
        byte[] content = in.readNBytes(most);
        if (in.read() >= 0) {
            throw new NotAnImageException(
                    name
                            + " is longer than "
                            + (most >> 20)
                            + " MiB, which is what Java's heap has room for: give more by -Xmx");
        }
        return content;
    }
}
