package io.github.mnist4j.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A file system in memory, mounted at a folder, where this process may mount one. */
public record Mount(Path folder) implements AutoCloseable {
    /**
     * @param options tmpfs's
     * @return null if it cannot be mounted
     */
    public static @Nullable Mount of(Path folder, String options)
            throws IOException, InterruptedException {
        try {
            return run("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder.toString())
                    ? new Mount(folder)
                    : null;
        } catch (IOException e) {
            return null; // there is no mount program
        }
    }

    /** Remounts it in place with other options. */
    public void remount(String options) throws IOException, InterruptedException {
        if (!run("mount", "-o", "remount," + options, folder.toString())) {
            throw new IOException("cannot remount " + folder);
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        run("umount", "-l", folder.toString());
    }
}
