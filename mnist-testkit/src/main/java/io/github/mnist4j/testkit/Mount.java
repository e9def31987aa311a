package io.github.mnist4j.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A file system in memory, small or of another kind than the rest; where this process may mount.
 */
public record Mount(Path folder) implements AutoCloseable {
    /**
     * @param options of tmpfs
     * @return null if it cannot be had
     */
    public static Mount of(Path folder, String options) throws IOException, InterruptedException {
        try {
            return run("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder.toString())
                    ? new Mount(folder)
                    : null;
        } catch (IOException e) {
            return null; // there is no such program
        }
    }

    /** Mounts it anew with other options, in place. */
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
