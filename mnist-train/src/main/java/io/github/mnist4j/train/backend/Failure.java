package io.github.mnist4j.train.backend;

import io.github.mnist4j.data.io.IoErrors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;

/**
 * Turns whatever was thrown into one line for the user, without control characters, class names or
 * stack traces, and tells wrong usage from failed work.
 */
public final class Failure {
    private static final int MOST = 600;

    private static final String OURS = "io.github.mnist4j.";

    /** {@code java.lang.String}, {@code org/nd4j/Foo}, {@code [Lorg.x.Y;}. */
    private static final Pattern CLASS_NAME =
            Pattern.compile("\\[?L?\\b[a-z]\\w*(?:[./][a-z]\\w*)*[./][A-Z][\\w$]*(?![\\w./-]);?");

    private Failure() {}

    /**
     * Whether the command was called wrongly and did nothing: our own code refused a value. What a
     * third-party library refuses, our code should have refused first.
     */
    public static boolean isUsage(Throwable thrown) {
        Throwable e = unwrapped(thrown);
        return e.getClass() == IllegalArgumentException.class && isOurs(e);
    }

    private static boolean isOurs(Throwable e) {
        StackTraceElement[] trace = e.getStackTrace();
        return trace.length == 0 || trace[0].getClassName().startsWith(OURS);
    }

    /** What was thrown, without the wrappers of threads and reflection. */
    private static Throwable unwrapped(Throwable thrown) {
        Throwable e = thrown;
        while (e.getCause() != null
                && (e instanceof InvocationTargetException
                        || e instanceof ExecutionException
                        || e instanceof CompletionException
                        || e instanceof UncheckedIOException
                        // what a thread's wrapper is wrapped in again says nothing of its own
                        || (e.getClass() == RuntimeException.class
                                && e.toString().contains(e.getCause().toString())))) {
            e = e.getCause();
        }
        return e;
    }

    /** One line for the user, without a full stop at its end. */
    public static String sentence(Throwable thrown) {
        try {
            return printable(words(unwrapped(thrown)));
        } catch (OutOfMemoryError | StackOverflowError e) {
            return "there is not enough memory; allow more with MNIST4J_JAVA_OPTS=-Xmx2g";
        }
    }

    private static String words(Throwable e) {
        String message = e.getMessage();
        if (isSaid(e) && message != null && isWords(message)) {
            return message;
        }
        Optional<OutOfMemoryError> memory = memory(e);
        if (memory.isPresent()) {
            return memory(String.valueOf(memory.get().getMessage()));
        }
        Optional<NativeLibraries.Diagnosis> natives = NativeLibraries.diagnose(e);
        if (natives.isPresent()) {
            return natives.get().toString();
        }
        if (e instanceof StackOverflowError) {
            return "something is nested too deeply; if that is intended, allow more with"
                    + " MNIST4J_JAVA_OPTS=-Xss8m";
        }
        if (e instanceof FileSystemException file && file.getFile() != null) {
            return "cannot use " + file.getFile() + ": " + IoErrors.reason(file);
        }
        if (e instanceof IOException io) {
            String reason = IoErrors.reason(io);
            return isWords(reason) ? reason : "cannot read or write: " + reason;
        }
        if (e instanceof InvalidPathException path) {
            return "not a valid file name: '" + path.getInput() + "'";
        }
        if (e.getClass().getSimpleName().startsWith("DL4JInvalid") && message != null) {
            return "DL4J refuses this network: " + withoutClasses(message);
        }
        return unexpected(e);
    }

    /** Whether our own code threw it for the user to read. */
    private static boolean isSaid(Throwable e) {
        return isOurs(e)
                && (e.getClass() == IllegalArgumentException.class
                        || e.getClass() == IllegalStateException.class
                        || e.getClass() == IOException.class
                        || e.getClass().getName().startsWith(OURS));
    }

    /** Two words or more, not a path or a number alone. */
    private static boolean isWords(String text) {
        return text.codePoints().limit(1000).anyMatch(Character::isWhitespace)
                && text.codePoints().limit(1000).filter(Character::isLetter).count() > 2;
    }

    private static Optional<OutOfMemoryError> memory(Throwable e) {
        for (Throwable t : NativeLibraries.causes(e)) {
            if (t instanceof OutOfMemoryError memory) {
                return Optional.of(memory);
            }
        }
        return Optional.empty();
    }

    private static String memory(String message) {
        String lower = message.toLowerCase(Locale.ROOT);
        if (lower.contains("thread")) {
            return "this process cannot start more threads; raise its limits (ulimit -u, ulimit -v)";
        }
        if (lower.contains("metaspace") || lower.contains("compressed class")) {
            return "there is not enough memory for Java's classes; raise -XX:MaxMetaspaceSize";
        }
        if (lower.contains("physical")
                || lower.contains("totalbytes")
                || lower.contains("direct")
                || lower.contains("native")) {
            return "there is not enough memory outside Java's heap; a smaller batch needs less, and"
                    + " MNIST4J_JAVA_OPTS=\"-Dorg.bytedeco.javacpp.maxbytes=0"
                    + " -Dorg.bytedeco.javacpp.maxphysicalbytes=0\" lifts JavaCPP's own limit";
        }
        return "there is not enough memory: Java's heap is "
                + (Runtime.getRuntime().maxMemory() >> 20)
                + " MiB; allow more with MNIST4J_JAVA_OPTS=-Xmx2g";
    }

    /** A mistake of ours: what helps to find it, in words. */
    private static String unexpected(Throwable e) {
        String message = e.getMessage() == null ? "" : withoutClasses(e.getMessage());
        String at = "";
        for (StackTraceElement frame : e.getStackTrace()) {
            if (frame.getClassName().startsWith(OURS) && frame.getFileName() != null) {
                at = " at " + frame.getFileName() + ":" + frame.getLineNumber();
                break;
            }
        }
        return "this should not happen: please report it, with the run's log if there is one ("
                + (message.isEmpty() ? "no message" : message)
                + at
                + ")";
    }

    private static String withoutClasses(String message) {
        String line = message.strip().lines().findFirst().orElse("");
        return CLASS_NAME
                .matcher(line.substring(0, Math.min(line.length(), MOST)))
                .replaceAll("a class");
    }

    /**
     * Makes any text safe for a message: one line, without characters that control a terminal, at
     * most {@value #MOST} characters; the middle of a longer text is left out.
     */
    public static String printable(String text) {
        var out = new StringBuilder();
        text.codePoints()
                .limit(100_000)
                .forEach(
                        c -> {
                            switch (Character.getType(c)) {
                                case Character.CONTROL,
                                        Character.FORMAT,
                                        Character.SURROGATE,
                                        Character.PRIVATE_USE,
                                        Character.UNASSIGNED,
                                        Character.LINE_SEPARATOR,
                                        Character.PARAGRAPH_SEPARATOR ->
                                        out.append(escaped(c));
                                default -> out.appendCodePoint(c);
                            }
                        });
        if (out.length() <= MOST) {
            return out.toString();
        }
        int head = MOST * 2 / 3;
        int tail = MOST - head - 3;
        // not through the middle of a character
        head -= Character.isHighSurrogate(out.charAt(head - 1)) ? 1 : 0;
        tail -= Character.isLowSurrogate(out.charAt(out.length() - tail)) ? 1 : 0;
        return out.substring(0, head) + " … " + out.substring(out.length() - tail);
    }

    private static String escaped(int c) {
        return switch (c) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> String.format(Locale.ROOT, c < 0x10000 ? "\\u%04x" : "\\u{%x}", c);
        };
    }
}
