package io.github.mnist4j.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Another JVM with the class path of this one: {@code JavaProcess.of(Mnist.class,
 * "doctor").jvm("-Xmx64m").run()}.
 */
public final class JavaProcess {
    private final String main;
    private final List<String> arguments;
    private final List<String> jvm = new ArrayList<>();
    private final Map<String, String> environment = new TreeMap<>();
    private final Set<String> removed = new TreeSet<>();
    private String classPath = System.getProperty("java.class.path");
    private @Nullable Path directory;
    private @Nullable String shell;

    private JavaProcess(String main, List<String> arguments) {
        this.main = main;
        this.arguments = arguments;
    }

    /**
     * What a process left behind.
     *
     * @param exit its exit code, 128 and the signal's number where one ended it
     * @param out its standard output
     * @param err its standard error
     */
    public record Ended(int exit, String out, String err) {}

    /** A process that runs the main method of a class. */
    public static JavaProcess of(Class<?> main, String... arguments) {
        return new JavaProcess(main.getName(), List.of(arguments));
    }

    /** A process that runs a source file. */
    public static JavaProcess of(Path source, String... arguments) {
        return new JavaProcess(source.toString(), List.of(arguments));
    }

    /** Options of the JVM. */
    public JavaProcess jvm(String... options) {
        jvm.addAll(List.of(options));
        return this;
    }

    /** A variable of its environment. */
    public JavaProcess environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** A variable of this process that it does not get. */
    public JavaProcess without(String name) {
        removed.add(name);
        return this;
    }

    /** Another class path than this process's. */
    public JavaProcess classPath(String entries) {
        classPath = entries;
        return this;
    }

    /** The folder it works in. */
    public JavaProcess in(Path folder) {
        directory = folder;
        return this;
    }

    /**
     * Runs it by a shell, for limits and redirections: {@code "ulimit -v 4000000; exec \"$@\""} or
     * {@code "\"$@\" > /dev/full"}.
     */
    public JavaProcess shell(String script) {
        shell = script;
        return this;
    }

    /** The whole command line. */
    public List<String> command() {
        var command = new ArrayList<String>();
        if (shell != null) {
            command.addAll(List.of("/bin/sh", "-c", shell, "sh"));
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.add("-cp");
        command.add(classPath);
        command.add(main);
        command.addAll(arguments);
        return command;
    }

    /** Starts it; standard output and error go to one file. */
    public Process start(Path output) throws IOException {
        return builder()
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                .start();
    }

    /** Runs it to its end; fails after two minutes. */
    public Ended run() throws IOException, InterruptedException {
        Path out = Files.createTempFile("out", ".txt");
        Path err = Files.createTempFile("err", ".txt");
        try {
            Process process =
                    builder().redirectOutput(out.toFile()).redirectError(err.toFile()).start();
            process.getOutputStream().close();
            if (!process.waitFor(2, TimeUnit.MINUTES)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError(
                        "no end after two minutes: " + arguments + "\n" + Files.readString(err));
            }
            return new Ended(process.exitValue(), read(out), read(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** What a process has written so far, for the message of an assertion. */
    public static String said(Path output) {
        try {
            return read(output);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static String read(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    private ProcessBuilder builder() {
        var builder = new ProcessBuilder(command());
        builder.environment().keySet().removeAll(removed);
        builder.environment().putAll(environment);
        if (directory != null) {
            builder.directory(directory.toFile());
        }
        return builder;
    }

    /** Sends the signal of Ctrl-C. */
    public static void interrupt(Process process) throws IOException, InterruptedException {
        int exit = new ProcessBuilder("kill", "-INT", "" + process.pid()).start().waitFor();
        if (exit != 0) {
            throw new AssertionError("kill -INT ended with exit code " + exit);
        }
    }

    /**
     * Skips the test if this process was started with SIGINT ignored, as in the background of a
     * script: its children inherit that.
     */
    public static void assumeThatInterruptsArrive() throws IOException {
        Path status = Path.of("/proc/self/status");
        assumeTrue(Files.exists(status), "this system does not say which signals are ignored");
        String ignored =
                Arrays.stream(Files.readString(status).split("\n"))
                        .filter(line -> line.startsWith("SigIgn:"))
                        .findFirst()
                        .orElse("SigIgn: 0")
                        .split("\\s+")[1];
        long mask = Long.parseUnsignedLong(ignored, 16);
        assumeTrue((mask & 1L << 1) == 0, "SIGINT is ignored here");
    }
}
