package io.github.mnist4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * Fetches files from the first mirror that has them whole: resumes what was cut off, checks the
 * digest, and moves a file to its place only then. Two processes may fetch into one folder at once:
 * the second waits for the first and finds the file there.
 */
final class Downloader {
    private static final int TRIES = 3;
    private static final Duration CONNECT = Duration.ofSeconds(3);

    /**
     * @param name of the gzip file
     * @param algorithm of the digest: SHA-256 or MD5
     * @param digest in hexadecimal
     * @param ofContent whether the digest is that of the uncompressed file, else of the gzip file
     */
    record RemoteFile(String name, String algorithm, String digest, boolean ofContent) {}

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
     * @param mirrors base addresses, ending in a slash, in the order in which they are asked
     * @param stalled how long a server may say nothing before the connection is given up
     */
    Downloader(List<URI> mirrors, Progress progress, Duration stalled) {
        this.mirrors = mirrors;
        this.progress = progress;
        this.stalled = stalled;
    }

    /**
     * Makes sure that the folder holds the files.
     *
     * @throws IOException if none of the mirrors gave one of them; the message says what each
     *     answered
     */
    void fetch(Path folder, List<RemoteFile> files) throws IOException {
        Files.createDirectories(folder);
        // between processes; within one, FileChannel.lock would throw instead of waiting
        synchronized (Downloader.class) {
            try (var channel =
                            FileChannel.open(
                                    folder.resolve(".lock"),
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.WRITE);
                    var lock = channel.lock()) {
                for (RemoteFile file : files) {
                    if (!Files.exists(folder.resolve(file.name))) {
                        fetch(folder, file);
                    }
                }
            }
        }
    }

    private void fetch(Path folder, RemoteFile file) throws IOException {
        Path part = folder.resolve(file.name + ".part");
        List<String> answers = new ArrayList<>();
        for (URI mirror : mirrors) {
            for (int attempt = 1; attempt <= TRIES; attempt++) {
                try {
                    download(mirror.resolve(file.name), part);
                    String digest = digest(part, file);
                    if (digest.equals(file.digest)) {
                        Files.move(part, folder.resolve(file.name), StandardCopyOption.ATOMIC_MOVE);
                        return;
                    }
                    Files.delete(part);
                    answers.add(mirror.getHost() + ": wrong " + file.algorithm + " " + digest);
                    break; // the mirror holds another file: asking again will not help
                } catch (Refused e) {
                    answers.add(mirror.getHost() + ": " + e.getMessage());
                    break;
                } catch (IOException e) {
                    answers.add(mirror.getHost() + ": " + reason(e));
                    if (unreachable(e)) {
                        break;
                    }
                }
            }
        }
        throw new IOException(
                file.name + " could not be downloaded (" + String.join("; ", answers) + ")");
    }

    /** The server answered, and said no. */
    private static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;

        Refused(int status) {
            super("HTTP status " + status);
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

    private static String reason(IOException e) {
        if (unreachable(e)) {
            return "cannot be reached";
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private void download(URI from, Path part) throws IOException {
        long have = Files.exists(part) ? Files.size(part) : 0;
        var connection = (HttpURLConnection) from.toURL().openConnection();
        connection.setConnectTimeout((int) CONNECT.toMillis());
        connection.setReadTimeout((int) stalled.toMillis()); // also in the middle of a body
        if (have > 0) {
            connection.setRequestProperty("Range", "bytes=" + have + "-");
        }
        try {
            int status = connection.getResponseCode();
            if (status == 416) {
                // nothing is left to send: what is there is either whole or rubbish, and the digest
                // will tell
                return;
            }
            if (status != 200 && status != 206) {
                throw new Refused(status);
            }
            if (status == 200) {
                have = 0; // the server does not resume
            }
            long length = connection.getContentLengthLong();
            long total = length < 0 ? -1 : have + length;
            try (InputStream body = connection.getInputStream();
                    OutputStream out =
                            Files.newOutputStream(
                                    part,
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.WRITE,
                                    have > 0
                                            ? StandardOpenOption.APPEND
                                            : StandardOpenOption.TRUNCATE_EXISTING)) {
                byte[] buffer = new byte[1 << 16];
                long done = have;
                for (int n; (n = body.read(buffer)) >= 0; ) {
                    out.write(buffer, 0, n);
                    done += n;
                    progress.at(part.getFileName().toString().replace(".part", ""), done, total);
                }
                if (total >= 0 && done < total) {
                    throw new IOException("cut off after " + done + " of " + total + " bytes");
                }
            }
        } finally {
            connection.disconnect();
        }
    }

    /**
     * The digest of a file as {@link RemoteFile} defines it; an empty string if it is no gzip file
     * where one must be.
     */
    static String digest(Path path, RemoteFile file) throws IOException {
        try {
            var digest = MessageDigest.getInstance(file.algorithm);
            try (InputStream raw = Files.newInputStream(path);
                    InputStream in = file.ofContent ? new GZIPInputStream(raw, 1 << 16) : raw) {
                byte[] buffer = new byte[1 << 16];
                for (int n; (n = in.read(buffer)) >= 0; ) {
                    digest.update(buffer, 0, n);
                }
            } catch (java.util.zip.ZipException | java.io.EOFException e) {
                return "";
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
