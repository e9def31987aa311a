package io.github.mnist4j.data.io;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import java.util.Map;

/** Says what the JDK's I/O exceptions mean. Many of their messages are only a path. */
public final class IoErrors {
    /** Those whose class says everything. */
    private static final Map<Class<? extends IOException>, String> REASONS =
            Map.of(
                    NoSuchFileException.class, "it does not exist",
                    AccessDeniedException.class, "permission denied",
                    FileAlreadyExistsException.class, "it exists already",
                    NotDirectoryException.class, "it is not a folder",
                    DirectoryNotEmptyException.class, "the folder is not empty",
                    FileSystemLoopException.class, "its links lead in a circle",
                    AtomicMoveNotSupportedException.class,
                            "the file system cannot rename in one step",
                    CharacterCodingException.class, "it is not UTF-8 text");

    private IoErrors() {}

    /**
     * The reason alone, for a message such as "cannot read FILE: REASON".
     *
     * @return never null
     */
    public static String reason(IOException e) {
        for (var known : REASONS.entrySet()) {
            if (known.getKey().isInstance(e)) {
                return known.getValue();
            }
        }
        if (e instanceof UnknownHostException) {
            return "the host " + e.getMessage() + " is not known";
        }
        if (e instanceof ConnectException) {
            return "no connection" + (e.getMessage() == null ? "" : " (" + e.getMessage() + ")");
        }
        String text =
                e instanceof FileSystemException file && file.getReason() != null
                        ? file.getReason()
                        : e.getMessage();
        if (text == null) {
            return e instanceof java.io.EOFException
                    ? "it ends too early"
                    : "an input or output error";
        }
        if (e instanceof FileNotFoundException && text.endsWith(")")) {
            // java.io's "PATH (reason)"
            text = text.substring(text.lastIndexOf('(') + 1, text.length() - 1);
        }
        return words(text);
    }

    /** The operating system's sentences as ours. */
    private static String words(String text) {
        return switch (text) {
            case "Is a directory" -> "it is a folder";
            case "Not a directory" -> "a part of its path is a file, not a folder";
            case "No such file or directory" -> "it does not exist";
            case "Permission denied" -> "permission denied";
            case "No space left on device" -> "the disk is full";
            case "Disk quota exceeded" -> "the disk quota is used up";
            case "Read-only file system" -> "the file system is read-only";
            case "Too many levels of symbolic links",
                    "Too many levels of symbolic links or unable to access attributes of symbolic link" ->
                    "its links lead in a circle";
            case "File name too long" -> "its name is too long";
            case "Too many open files" -> "too many files are open";
            case "Broken pipe" -> "nobody reads it any more";
            default -> text;
        };
    }

    /**
     * Whether the machine is at fault and the same call may succeed later: the disk is full, a
     * quota or the memory used up, too many files are open, a device fails.
     */
    public static boolean isMachinesFault(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause() == t ? null : t.getCause()) {
            if (t instanceof OutOfMemoryError) {
                return true;
            }
            String text = t.getMessage();
            if (t instanceof IOException && text != null) {
                String lower = text.toLowerCase(Locale.ROOT);
                for (String sign : SIGNS) {
                    if (lower.contains(sign)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static final String[] SIGNS = {
        "no space left",
        "the disk is full",
        "quota",
        "read-only file system",
        "file system is read-only",
        "too many open files",
        "too many files are open",
        "input/output error",
        "not enough space on the disk",
        "the disk holds",
        "stale file handle",
        "stale nfs"
    };

    /**
     * An exception whose message is a sentence that names the file.
     *
     * @param verb what was tried: "read", "write"
     */
    public static IOException named(String verb, Object file, IOException e) {
        return new IOException("cannot " + verb + " " + file + ": " + reason(e), e);
    }
}
