package io.github.mnist4j.data.source;

/** Told how far a download is. */
@FunctionalInterface
public interface DownloadProgress {
    /**
     * @param file its name
     * @param done bytes that are there
     * @param total bytes of the file; -1 if the server does not say
     */
    void at(String file, long done, long total);
}
