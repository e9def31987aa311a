package io.github.mnist4j.data.source;

import io.github.mnist4j.data.io.FileKind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * A gzip file that mirrors have.
 *
 * @param name of the gzip file
 * @param algorithm of the digest: SHA-256 or MD5
 * @param digest in hexadecimal
 * @param ofContent whether the digest is that of the uncompressed file, else of the gzip file
 * @param size of the uncompressed file, in bytes: neither download nor content may be longer
 */
record RemoteFile(String name, String algorithm, String digest, boolean ofContent, long size) {

    /** The longest gzip file that can have this content: nothing compressed, and a header. */
    long mostBytes() {
        return size + size / 1000 + 4096;
    }

    /**
     * What is wrong with a file that a server sent as this one, as a clause; empty if it is the
     * file.
     *
     * @throws LocalFileException if it cannot be read
     */
    Optional<String> fault(Path path) throws LocalFileException {
        return LocalFileException.get("read", path, () -> faultOf(path));
    }

    private Optional<String> faultOf(Path path) throws IOException {
        byte[] head;
        try (InputStream raw = Files.newInputStream(path)) {
            head = raw.readNBytes(FileKind.BYTES);
        }
        FileKind kind = FileKind.of(head);
        if (kind == FileKind.WEB_PAGE) {
            return Optional.of("sends a web page, perhaps a proxy's or a login's, not " + name);
        }
        if (kind != FileKind.GZIP) {
            return Optional.of(
                    "sends what is not a gzip file" + FileKind.hint(head, "a gzip file"));
        }
        MessageDigest found = newDigest();
        try (InputStream raw = Files.newInputStream(path);
                InputStream in = ofContent ? new GZIPInputStream(raw, 1 << 16) : raw) {
            byte[] buffer = new byte[1 << 16];
            long left = ofContent ? size : mostBytes();
            for (int n; (n = in.read(buffer)) >= 0; ) {
                left -= n;
                if (left < 0) {
                    return Optional.of(
                            "sends another file: it unpacks to more than the "
                                    + size
                                    + " bytes of "
                                    + name);
                }
                found.update(buffer, 0, n);
            }
        } catch (ZipException | EOFException e) {
            return Optional.of("sends a damaged gzip file");
        }
        return mismatch(HexFormat.of().formatHex(found.digest()));
    }

    private MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has " + algorithm, e);
        }
    }

    private Optional<String> mismatch(String found) {
        if (found.equals(digest)) {
            return Optional.empty();
        }
        return Optional.of(
                "wrong "
                        + algorithm
                        + (ofContent ? " of the content of " : " of ")
                        + name
                        + ": "
                        + found
                        + ", "
                        + digest
                        + " expected");
    }
}
