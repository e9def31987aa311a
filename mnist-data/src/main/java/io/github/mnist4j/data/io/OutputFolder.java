package io.github.mnist4j.data.io;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A folder that results are written to. */
public final class OutputFolder {
    private OutputFolder() {}

    /**
     * Makes the folder if it is not there.
     *
     * @throws IOException if it is a file or cannot be made; the message says which
     */
    public static Path create(Path folder) throws IOException {
        try {
            return Files.createDirectories(folder);
        } catch (FileAlreadyExistsException e) {
            throw new IOException("cannot write to " + folder + ": it is a file, not a folder", e);
        } catch (IOException e) {
            throw IoErrors.named("write to", folder, e);
        }
    }

    /**
     * What {@link #create} would come upon, asked before the work is done.
     *
     * @param folder null for none
     * @throws IOException if it is a file
     */
    public static void refuseFile(@Nullable Path folder) throws IOException {
        if (folder != null && Files.exists(folder) && !Files.isDirectory(folder)) {
            create(folder);
        }
    }
}
