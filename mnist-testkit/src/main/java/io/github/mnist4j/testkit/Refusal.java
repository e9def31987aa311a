package io.github.mnist4j.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks how a file was refused: one printable sentence that names the file, and no class. */
public final class Refusal {
    private static final int MOST_MESSAGE = 500;

    /** A quoted text, which may say anything. */
    public static final Pattern QUOTED =
            Pattern.compile("\"[^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+(?:\"|$)|'[^']*+(?:'|…$)");

    private static final Pattern CLASS_NAME =
            Pattern.compile(
                    "\\b[a-z]\\w*(\\.\\w+)+\\.[A-Z]\\w+|Exception|Error:|\\[L[a-z]|\\$\\w+@");

    private Refusal() {}

    /**
     * @return what is wrong with how a file was refused; null if nothing is
     */
    public static @Nullable String wrong(Throwable e, Path file) {
        boolean expected =
                e.getClass() == IllegalArgumentException.class
                        || (e instanceof IOException
                                && (e.getClass() == IOException.class
                                        || e.getClass().getName().startsWith("io.github.mnist4j")));
        String message = e.getMessage();
        if (!expected) {
            return e.getClass().getName() + " at " + place(e) + ": " + message;
        }
        if (message == null || message.isBlank()) {
            return "no message, at " + place(e);
        }
        if (message.length() > MOST_MESSAGE + file.toString().length()) {
            return "a long message, at " + place(e) + ": " + message.substring(0, 100);
        }
        if (message.chars().anyMatch(c -> Character.isISOControl(c) || c == 0x202e)) {
            return "a message that is not printable, at " + place(e) + ": " + message;
        }
        if (!names(message, file.getFileName()) && !names(message, file.getParent())) {
            return "a message that does not name the file, at " + place(e) + ": " + message;
        }
        String own = QUOTED.matcher(message.replace(file.toString(), "FILE")).replaceAll("QUOTED");
        if (CLASS_NAME.matcher(own).find()) {
            return "a message with a class, at " + place(e) + ": " + message;
        }
        if (own.strip().equals("FILE")) {
            return "a message that is only a path, at " + place(e);
        }
        return null;
    }

    private static boolean names(String message, @Nullable Path path) {
        return path != null && message.contains(path.toString());
    }

    /** The line of this project's code that is nearest to where it was thrown. */
    public static String place(Throwable e) {
        return Arrays.stream(e.getStackTrace())
                .filter(f -> f.getClassName().startsWith("io.github.mnist4j"))
                .findFirst()
                .map(f -> f.getFileName() + ":" + f.getLineNumber())
                .orElse("?");
    }
}
