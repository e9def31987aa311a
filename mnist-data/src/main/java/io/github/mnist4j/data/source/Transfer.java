package io.github.mnist4j.data.source;

import io.github.mnist4j.data.io.Heap;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * Fetches one file from one address into a partial file, and goes on where an earlier transfer
 * stopped.
 */
final class Transfer {
    private static final Duration CONNECT = Duration.ofSeconds(3);

    private final URI from;
    private final Path part;
    private final RemoteFile file;
    private final Duration stalled;
    private final DownloadProgress progress;

    /** The server answered, and its answer is of no use. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        RefusedException(String why) {
            super(why);
        }

        static RefusedException status(int status) {
            String hint =
                    switch (status) {
                        case 407 -> ", the proxy asks for a password";
                        case 511 -> ", the network asks for a login";
                        default -> "";
                    };
            return new RefusedException("HTTP status " + status + hint);
        }
    }

    /**
     * @param part what an earlier transfer left, if it exists; receives the rest
     * @param stalled how long the server may send next to nothing
     */
    Transfer(URI from, Path part, RemoteFile file, Duration stalled, DownloadProgress progress) {
        this.from = from;
        this.part = part;
        this.file = file;
        this.stalled = stalled;
        this.progress = progress;
    }

    /** Bytes of a partial file; 0 if it does not exist. */
    static long length(Path part) throws LocalFileException {
        return LocalFileException.get(
                "read", part, () -> Files.exists(part) ? Files.size(part) : 0);
    }

    /**
     * Runs until the file's end.
     *
     * @return whether what was there before is a part of what is there now
     * @throws LocalFileException if the partial file cannot be read or written
     * @throws RefusedException if the server has another file or none
     * @throws IOException if the connection fails or stalls; what arrived stays
     */
    boolean run() throws IOException {
        long have = length(part);
        if (have > file.mostBytes()) {
            have = 0; // it cannot be a part of the file
        }
        var connection = (HttpURLConnection) from.toURL().openConnection();
        connection.setConnectTimeout((int) CONNECT.toMillis());
        connection.setReadTimeout((int) stalled.toMillis()); // also in the middle of a body
        if (have > 0) {
            connection.setRequestProperty("Range", "bytes=" + have + "-");
        }
        try (var watch = new StallWatch(connection, stalled)) {
            int status;
            try {
                status = connection.getResponseCode();
            } catch (IOException e) {
                throw watch.explain(e);
            }
            if (status == 416 && have > 0) {
                // nothing is left to send: the file is either whole or another one, and its digest
                // will tell
                return true;
            }
            if (status != 200 && status != 206) {
                throw RefusedException.status(status);
            }
            if (status == 200) {
                have = 0; // the server does not resume
            }
            long length = connection.getContentLengthLong();
            long total = length < 0 ? -1 : have + length;
            if (total > file.mostBytes()) {
                throw tooLong();
            }
            receive(connection, have, total, watch);
            return have > 0;
        } finally {
            connection.disconnect();
        }
    }

    private RefusedException tooLong() {
        return new RefusedException(
                "sends more than the "
                        + Heap.megabytes(file.mostBytes())
                        + " that "
                        + file.name()
                        + " can have");
    }

    private void receive(HttpURLConnection connection, long have, long total, StallWatch watch)
            throws IOException {
        OutputStream opened =
                LocalFileException.get(
                        "write",
                        part,
                        () ->
                                Files.newOutputStream(
                                        part,
                                        StandardOpenOption.CREATE,
                                        StandardOpenOption.WRITE,
                                        have > 0
                                                ? StandardOpenOption.APPEND
                                                : StandardOpenOption.TRUNCATE_EXISTING));
        long done = have;
        try (OutputStream out = opened;
                InputStream body = connection.getInputStream()) {
            byte[] buffer = new byte[1 << 16];
            for (int n; (n = body.read(buffer)) >= 0; ) {
                write(out, buffer, n);
                done += n;
                watch.received(n);
                if (done > file.mostBytes()) {
                    throw tooLong();
                }
                progress.at(file.name(), done, total);
            }
        } catch (RefusedException e) {
            LocalFileException.run("delete", part, () -> Files.deleteIfExists(part));
            throw e;
        } catch (LocalFileException e) {
            throw e;
        } catch (IOException e) {
            throw watch.explain(e);
        }
        if (total >= 0 && done < total) {
            throw watch.explain(
                    new IOException("cut off after " + done + " of " + total + " bytes"));
        }
    }

    private void write(OutputStream out, byte[] buffer, int length) throws LocalFileException {
        LocalFileException.run("write", part, () -> out.write(buffer, 0, length));
    }
}
