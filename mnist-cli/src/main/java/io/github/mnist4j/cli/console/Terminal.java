package io.github.mnist4j.cli.console;

import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.train.backend.Failure;
import java.io.Console;
import org.jspecify.annotations.Nullable;

/** Standard output, which is for results, and standard error, which is for people. */
public final class Terminal {
    private Terminal() {}

    /** Whether standard error is a terminal: the launcher knows, and says so. */
    public static boolean isAttached() {
        String told = System.getProperty("io.github.mnist4j.terminal");
        return told != null ? Boolean.parseBoolean(told) : isTerminal(System.console());
    }

    /** Since JDK 22 a console may not be a terminal, and has a method that tells. */
    private static boolean isTerminal(@Nullable Console console) {
        try {
            return console != null
                    && (Runtime.version().feature() < 22
                            || (boolean) Console.class.getMethod("isTerminal").invoke(console));
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    /** Prints a value as indented JSON on standard output. */
    public static void printJson(Object value) {
        System.out.println(JsonFile.indented(value));
    }

    /** A line on standard output that may hold a file's name. */
    public static void print(String line) {
        System.out.println(Failure.printable(line));
    }

    /** A line on standard error that may hold a file's name. */
    public static void tell(String line) {
        System.err.println(Failure.printable(line));
    }
}
