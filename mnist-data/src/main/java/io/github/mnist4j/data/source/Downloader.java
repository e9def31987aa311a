package io.github.mnist4j.data.source;

import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.io.FileKind;
import io.github.mnist4j.data.io.FolderLock;
import io.github.mnist4j.data.io.Heap;
import io.github.mnist4j.data.io.IoErrors;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Fetches files from the first mirror that has them whole: resumes what was cut off, checks the
 * digest, and moves a file to its place only then. A file that is there already and has another
 * digest is replaced. Two processes may fetch into one folder at once: the second waits for the
 * first and finds the file there.
 */
final class Downloader {
    private static final int TRIES = 3;
    private static final Duration CONNECT = Duration.ofSeconds(3);

    /** A server that sends less than this is as good as one that sends nothing. */
    private static final long BYTES_A_SECOND = 1000;

    /**
     * @param name of the gzip file
     * @param algorithm of the digest: SHA-256 or MD5
     * @param digest in hexadecimal
     * @param ofContent whether the digest is that of the uncompressed file, else of the gzip file
     * @param size of the uncompressed file, in bytes: neither download nor content may be longer
     */
    record RemoteFile(String name, String algorithm, String digest, boolean ofContent, long size) {
        /** The most that a gzip file of this content can have: nothing packed, and a header. */
        long mostBytes() {
            return size + size / 1000 + 4096;
        }
    }

    /** Told how far a file is. */
    interface Progress {
        /**
         * @param total bytes of the file, -1 if the server does not say
         */
        void at(String file, long done, long total);
    }

    private final List<URI> mirrors;
    private final Progress progress;
    private final Duration stalled;

    /**
     * @param mirrors base addresses, http or https, in the order in which they are asked
     * @param stalled how long a server may send nothing, or next to nothing, before the connection
     *     is given up
     */
    Downloader(List<URI> mirrors, Progress progress, Duration stalled) {
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
     * @throws IOException if none of the mirrors gave one of them, in which case the message says
     *     what each answered, or if the folder cannot be written
     */
    void fetch(Path folder, List<RemoteFile> files) throws IOException {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw IoErrors.named("write", folder, e);
        }
        try (var lock = FolderLock.waitFor(folder, "download")) {
            for (RemoteFile file : files) {
                Path there = folder.resolve(file.name);
                if (!Files.exists(there) || fault(there, file).isPresent()) {
                    fetch(folder, file);
                }
            }
        }
    }

    private void fetch(Path folder, RemoteFile file) throws IOException {
        Path part = folder.resolve(file.name + ".part");
        List<String> answers = new ArrayList<>();
        for (URI mirror : mirrors) {
            String host = mirror.getAuthority();
            for (int attempt = 1; attempt <= TRIES; attempt++) {
                long before = length(part);
                try {
                    boolean resumed = download(mirror.resolve(file.name), part, file);
                    Optional<String> fault = fault(part, file);
                    if (fault.isEmpty()) {
                        Path whole = folder.resolve(file.name);
                        local(
                                "write",
                                whole,
                                () -> AtomicFile.write(whole, out -> Files.copy(part, out)));
                        local("delete", part, () -> Files.delete(part));
                        return;
                    }
                    local("delete", part, () -> Files.delete(part));
                    if (resumed) {
                        continue; // what was there before may be another file's: start anew
                    }
                    answers.add(host + ": " + fault.get());
                    break; // the mirror holds another file: asking again will not help
                } catch (Local e) {
                    throw e;
                } catch (Refused e) {
                    answers.add(host + ": " + e.getMessage());
                    break;
                } catch (IOException e) {
                    answers.add(host + ": " + reason(e));
                    if (unreachable(e)
                            || (e instanceof SocketTimeoutException
                                    && length(part) - before < leastBytes())) {
                        break;
                    }
                }
            }
        }
        throw new IOException(
                file.name + " could not be downloaded (" + String.join("; ", answers) + ")");
    }

    /** The server answered, and what it said or sent is of no use. */
    private static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;

        Refused(String why) {
            super(why);
        }

        static Refused status(int status) {
            String hint =
                    switch (status) {
                        case 407 -> ", the proxy asks for a password";
                        case 511 -> ", the network asks for a login";
                        default -> "";
                    };
            return new Refused("HTTP status " + status + hint);
        }
    }

    /** This machine's fault: no mirror can help. */
    private static final class Local extends IOException {
        private static final long serialVersionUID = 1L;

        Local(@Nullable String message, IOException cause) {
            super(message, cause);
        }
    }

    private interface Step {
        void run() throws IOException;
    }

    private static void local(String verb, Path file, Step step) throws Local {
        try {
            step.run();
        } catch (IOException e) {
            boolean said = e.getMessage() != null && e.getMessage().startsWith("cannot ");
            throw new Local(said ? e.getMessage() : IoErrors.named(verb, file, e).getMessage(), e);
        }
    }

    private static boolean unreachable(IOException e) {
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
        if (unreachable(e)) {
            return "cannot be reached";
        }
        if (e instanceof SocketTimeoutException) {
            return "next to nothing came in " + seconds();
        }
        return IoErrors.reason(e);
    }

    private static long length(Path part) throws Local {
        long[] length = new long[1];
        local("read", part, () -> length[0] = Files.exists(part) ? Files.size(part) : 0);
        return length[0];
    }

    /** What must come in the time of a stall, or it is one. */
    private long leastBytes() {
        return BYTES_A_SECOND * stalled.toMillis() / 1000;
    }

    private String seconds() {
        return String.format(Locale.ROOT, "%.0f s", Math.ceil(stalled.toMillis() / 1000.0));
    }

    /**
     * @return whether what was there before is a part of what is there now
     */
    private boolean download(URI from, Path part, RemoteFile file) throws IOException {
        long have = length(part);
        if (have > file.mostBytes()) {
            have = 0; // no part of it is that long
        }
        var connection = (HttpURLConnection) from.toURL().openConnection();
        connection.setConnectTimeout((int) CONNECT.toMillis());
        connection.setReadTimeout((int) stalled.toMillis()); // also in the middle of a body
        if (have > 0) {
            connection.setRequestProperty("Range", "bytes=" + have + "-");
        }
        try (var watch = new Watch(connection)) {
            int status;
            try {
                status = connection.getResponseCode();
            } catch (IOException e) {
                throw watch.explain(e);
            }
            if (status == 416 && have > 0) {
                // nothing is left to send: what is there is either whole or rubbish, and the digest
                // will tell
                return true;
            }
            if (status != 200 && status != 206) {
                throw Refused.status(status);
            }
            if (status == 200) {
                have = 0; // the server does not resume
            }
            long length = connection.getContentLengthLong();
            long total = length < 0 ? -1 : have + length;
            if (total > file.mostBytes()) {
                throw tooLong(file);
            }
            receive(connection, part, file, have, total, watch);
            return have > 0;
        } finally {
            connection.disconnect();
        }
    }

    private static Refused tooLong(RemoteFile file) {
        return new Refused(
                "sends more than the "
                        + Heap.megabytes(file.mostBytes())
                        + " that "
                        + file.name
                        + " can have");
    }

    private void receive(
            HttpURLConnection connection,
            Path part,
            RemoteFile file,
            long have,
            long total,
            Watch watch)
            throws IOException {
        OutputStream[] out = new OutputStream[1];
        local(
                "write",
                part,
                () ->
                        out[0] =
                                Files.newOutputStream(
                                        part,
                                        StandardOpenOption.CREATE,
                                        StandardOpenOption.WRITE,
                                        have > 0
                                                ? StandardOpenOption.APPEND
                                                : StandardOpenOption.TRUNCATE_EXISTING));
        long done = have;
        try (InputStream body = connection.getInputStream();
                OutputStream to = out[0]) {
            byte[] buffer = new byte[1 << 16];
            for (int n; (n = body.read(buffer)) >= 0; ) {
                int length = n;
                local("write", part, () -> to.write(buffer, 0, length));
                done += n;
                watch.came(n);
                if (done > file.mostBytes()) {
                    throw tooLong(file);
                }
                progress.at(file.name, done, total);
            }
        } catch (Refused e) {
            local("delete", part, () -> Files.deleteIfExists(part));
            throw e;
        } catch (Local e) {
            throw e;
        } catch (IOException e) {
            throw watch.explain(e);
        }
        if (total >= 0 && done < total) {
            throw watch.explain(
                    new IOException("cut off after " + done + " of " + total + " bytes"));
        }
    }

    /**
     * Closes a connection on which next to nothing arrives. The timeout of the socket alone does
     * not: a byte now and then keeps it from running out.
     */
    private final class Watch implements AutoCloseable {
        private final ScheduledExecutorService clock =
                Executors.newSingleThreadScheduledExecutor(
                        task -> {
                            var thread = new Thread(task, "mnist4j-download-watch");
                            thread.setDaemon(true);
                            return thread;
                        });
        private long bytes;
        private boolean closed;

        Watch(HttpURLConnection connection) {
            long most = stalled.toMillis();
            // what it would say is never asked for: close() ends it
            Future<?> unused =
                    clock.scheduleAtFixedRate(
                            () -> look(connection), most, most, TimeUnit.MILLISECONDS);
        }

        private void look(HttpURLConnection connection) {
            synchronized (this) {
                if (bytes >= leastBytes()) {
                    bytes = 0;
                    return;
                }
                closed = true;
            }
            connection.disconnect();
        }

        synchronized void came(int n) {
            bytes += n;
        }

        /** What an exception means if it was the watch that closed the connection. */
        synchronized IOException explain(IOException e) {
            if (!closed) {
                return e;
            }
            var timeout = new SocketTimeoutException("stalled");
            timeout.initCause(e);
            return timeout;
        }

        @Override
        public void close() {
            clock.shutdownNow();
        }
    }

    /**
     * What is wrong with a file, as {@link RemoteFile} defines it, as a clause; empty if it is the
     * file.
     *
     * @throws Local if it cannot be read
     */
    static Optional<String> fault(Path path, RemoteFile file) throws IOException {
        byte[] head;
        try (InputStream raw = Files.newInputStream(path)) {
            head = raw.readNBytes(FileKind.BYTES);
        } catch (IOException e) {
            throw new Local(IoErrors.named("read", path, e).getMessage(), e);
        }
        FileKind kind = FileKind.of(head);
        if (kind == FileKind.WEB_PAGE) {
            return Optional.of(
                    "sends a web page, perhaps a proxy's or a login's, not " + file.name);
        }
        if (kind != FileKind.GZIP) {
            return Optional.of(
                    "sends what is not a gzip file" + FileKind.hint(head, "a gzip file"));
        }
        try {
            var digest = MessageDigest.getInstance(file.algorithm);
            try (InputStream raw = Files.newInputStream(path);
                    InputStream in = file.ofContent ? new GZIPInputStream(raw, 1 << 16) : raw) {
                byte[] buffer = new byte[1 << 16];
                long most = file.ofContent ? file.size : file.mostBytes();
                for (int n; (n = in.read(buffer)) >= 0; ) {
                    most -= n;
                    if (most < 0) {
                        return Optional.of(
                                "sends another file: it unpacks to more than the "
                                        + file.size
                                        + " bytes of "
                                        + file.name);
                    }
                    digest.update(buffer, 0, n);
                }
            } catch (java.util.zip.ZipException | java.io.EOFException e) {
                return Optional.of("sends a damaged gzip file");
            } catch (IOException e) {
                throw new Local(IoErrors.named("read", path, e).getMessage(), e);
            }
            String found = HexFormat.of().formatHex(digest.digest());
            if (found.equals(file.digest)) {
                return Optional.empty();
            }
            return Optional.of(
                    "wrong "
                            + file.algorithm
                            + (file.ofContent ? " of the content of " : " of ")
                            + file.name
                            + ": "
                            + found
                            + ", "
                            + file.digest
                            + " expected");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
