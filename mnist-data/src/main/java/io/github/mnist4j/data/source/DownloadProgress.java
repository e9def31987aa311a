package io.github.mnist4j.data.source;

/** Listens to the progress of a download. */
@FunctionalInterface
public interface DownloadProgress {
    /**
     * Called whenever more of a file has arrived.
     *
     * @param file the file's name
     * @param done bytes so far
     * @param total bytes of the file; -1 if the server does not say
     */
    void at(String file, long done, long total);
}
