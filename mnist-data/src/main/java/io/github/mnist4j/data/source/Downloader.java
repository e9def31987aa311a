package io.github.mnist4j.data.source;

import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.io.FolderLock;
import io.github.mnist4j.data.io.IoErrors;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Fetches files from the first mirror that has them whole: resumes what was cut off, checks the
 * digest, and only then moves a file to its place. It replaces a file that is there already and has
 * another digest. Two processes may fetch into one folder at once: the second waits for the first
 * and finds the file there.
 */
final class Downloader {
    private static final int TRIES = 3;

    private final List<URI> mirrors;
    private final DownloadProgress progress;
    private final Duration stalled;

    /**
     * @param mirrors base addresses, http or https, in the order in which they are asked
     * @param stalled how long a server may send nothing, or next to nothing, before the connection
     *     is given up
     */
    Downloader(List<URI> mirrors, DownloadProgress progress, Duration stalled) {
        this.mirrors = mirrors.stream().map(Downloader::folder).toList();
        this.progress = progress;
        this.stalled = stalled;
    }

    private static URI folder(URI mirror) {
        return mirror.toString().endsWith("/") ? mirror : URI.create(mirror + "/");
    }

    /**
     * Makes sure that the folder holds the files.
     *
     * @throws IOException if no mirror gave one of them, in which case the message says what each
     *     answered, or if the folder cannot be written
     */
    void fetch(Path folder, List<RemoteFile> files) throws IOException {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw IoErrors.named("write", folder, e);
        }
        try (var lock = FolderLock.waitFor(folder, "download")) {
            for (RemoteFile file : files) {
                Path there = folder.resolve(file.name());
                if (!Files.exists(there) || file.fault(there).isPresent()) {
                    fetch(folder, file);
                }
            }
        }
    }

    private void fetch(Path folder, RemoteFile file) throws IOException {
        Path part = folder.resolve(file.name() + ".part");
        List<String> answers = new ArrayList<>();
        for (URI mirror : mirrors) {
            if (fetch(mirror, part, file, answers)) {
                moveWhole(part, folder.resolve(file.name()));
                return;
            }
        }
        throw new IOException(
                file.name() + " could not be downloaded (" + String.join("; ", answers) + ")");
    }

    /**
     * Asks one mirror, several times if it makes sense.
     *
     * @param answers receives what went wrong
     * @return whether the partial file is now the whole one
     */
    private boolean fetch(URI mirror, Path part, RemoteFile file, List<String> answers)
            throws IOException {
        String host = mirror.getAuthority();
        for (int attempt = 1; attempt <= TRIES; attempt++) {
            long before = Transfer.length(part);
            var transfer = new Transfer(mirror.resolve(file.name()), part, file, stalled, progress);
            try {
                boolean resumed = transfer.run();
                Optional<String> fault = file.fault(part);
                if (fault.isEmpty()) {
                    return true;
                }
                delete(part);
                if (!resumed) {
                    answers.add(host + ": " + fault.get());
                    return false; // the mirror has another file: asking again will not help
                }
                // what was there before may be another file's: start anew
            } catch (LocalFileException e) {
                throw e;
            } catch (Transfer.RefusedException e) {
                answers.add(host + ": " + e.getMessage());
                return false;
            } catch (IOException e) {
                answers.add(host + ": " + reason(e));
                boolean silent =
                        e instanceof SocketTimeoutException
                                && Transfer.length(part) - before < StallWatch.leastBytes(stalled);
                if (isUnreachable(e) || silent) {
                    return false;
                }
            }
        }
        return false;
    }

    private static void moveWhole(Path part, Path whole) throws LocalFileException {
        LocalFileException.run(
                "write", whole, () -> AtomicFile.write(whole, out -> Files.copy(part, out)));
        delete(part);
    }

    private static void delete(Path part) throws LocalFileException {
        LocalFileException.run("delete", part, () -> Files.delete(part));
    }

    private static boolean isUnreachable(IOException e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof ConnectException
                    || t instanceof NoRouteToHostException
                    || t instanceof UnknownHostException
                    || (t instanceof SocketTimeoutException
                            && "Connect timed out".equalsIgnoreCase(t.getMessage()))) {
                return true;
            }
        }
        return false;
    }

    private String reason(IOException e) {
        if (isUnreachable(e)) {
            return "cannot be reached";
        }
        if (e instanceof SocketTimeoutException) {
            return String.format(
                    Locale.ROOT,
                    "next to nothing came in %.0f s",
                    Math.ceil(stalled.toMillis() / 1000.0));
        }
        return IoErrors.reason(e);
    }
}
