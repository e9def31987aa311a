package io.github.mnist4j.cli;

import io.github.mnist4j.data.io.IoErrors;
import io.github.mnist4j.train.backend.Failure;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/** The command line: {@code mnist COMMAND}. */
@Command(
        name = "mnist",
        description = "Handwritten-digit recognition for Java on Deeplearning4j.",
        mixinStandardHelpOptions = true,
        versionProvider = Mnist.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            MnistTrainer.class,
            EvaluateCommand.class,
            PredictCommand.class,
            InfoCommand.class,
            ExportCommand.class,
            LearningRateCommand.class,
            SamplesCommand.class,
            BenchCommand.class,
            DoctorCommand.class,
            MnistTuner.class
        })
public final class Mnist implements Runnable {
    @Spec private CommandSpec spec;

    /** The command failed at its work. */
    static final int FAILED = 1;

    /** The command was called wrongly. */
    static final int USAGE = 2;

    /** What a shell makes of Ctrl-C: 128 + SIGINT. */
    static final int INTERRUPTED = 130;

    /** The version in the jar's manifest. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Mnist.class.getPackage().getImplementationVersion();
            return new String[] {"MNIST4J " + (version == null ? "(not packaged)" : version)};
        }
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing");
    }

    /**
     * Runs a command and ends the process with its exit code: 0 done, 1 the work failed, 2 wrong
     * usage.
     */
    public static void main(String[] args) {
        System.exit(execute(new Mnist(), args));
    }

    /**
     * Runs a picocli command by the house's rules: whatever goes wrong, in whatever thread, is one
     * line on standard error, never a stack trace, and an exit code. The trace goes to the run's
     * log, where there is one.
     *
     * @return 0 done, 1 the work failed, or its output could not be written; 2 wrong usage
     */
    static int execute(Object command, String... args) {
        LogFile.quiet();
        var failed = new AtomicBoolean();
        var handler = Thread.getDefaultUncaughtExceptionHandler();
        Locale locale = Locale.getDefault(Locale.Category.FORMAT);
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, e) -> {
                    failed.set(true);
                    report(e);
                });
        // for the digits of libraries; our own code asks for them
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        try {
            int code = run(command, args);
            // a stream that prints keeps its errors to itself
            if (System.out.checkError() && code == 0) {
                System.err.println("error: the result cannot be written to standard output");
                code = FAILED;
            }
            return code == 0 && failed.get() ? FAILED : code;
        } finally {
            Locale.setDefault(Locale.Category.FORMAT, locale);
            Thread.setDefaultUncaughtExceptionHandler(handler);
        }
    }

    private static int run(Object command, String... args) {
        try {
            var line = new CommandLine(command);
            line.setCaseInsensitiveEnumValuesAllowed(true);
            line.registerConverter(Path.class, Mnist::path);
            line.setParameterExceptionHandler(
                    (e, arguments) -> {
                        PrintStream err = System.err;
                        err.println("error: " + Failure.printable(UsageMessage.of(e)));
                        err.println(
                                "try: "
                                        + e.getCommandLine().getCommandSpec().qualifiedName()
                                        + " --help");
                        return USAGE;
                    });
            line.setExecutionExceptionHandler((e, commandLine, result) -> report(e));
            return line.execute(args);
        } catch (Throwable e) {
            return report(e); // picocli lets errors pass
        }
    }

    /**
     * Every file and folder that is named on the command line comes by here.
     *
     * @throws CommandLine.TypeConversionException if the name is empty, as an unset variable of a
     *     shell makes it, and would be that of the folder at hand; or cannot be a file's
     */
    static Path path(String name) {
        if (name.isBlank()) {
            throw new CommandLine.TypeConversionException(
                    "the name of a file or folder is expected, not an empty text");
        }
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new CommandLine.TypeConversionException(
                    "'" + name + "' is not a name for a file");
        }
    }

    /**
     * A folder for results, made if it is not there.
     *
     * @throws IOException if it is a file or cannot be made; the message says which
     */
    static Path made(Path folder) throws IOException {
        try {
            return Files.createDirectories(folder);
        } catch (FileAlreadyExistsException e) {
            throw new IOException("cannot write to " + folder + ": it is a file, not a folder", e);
        } catch (IOException e) {
            throw new IOException("cannot write to " + folder + ": " + IoErrors.reason(e), e);
        }
    }

    /**
     * What {@link #made} would come upon, asked before the work is done; null is no folder.
     *
     * @throws IOException if it is a file
     */
    static void refuseFile(Path folder) throws IOException {
        if (folder != null && Files.exists(folder) && !Files.isDirectory(folder)) {
            made(folder);
        }
    }

    private static int report(Throwable e) {
        String sentence = Failure.sentence(e);
        System.err.println("error: " + sentence);
        try {
            LoggerFactory.getLogger(Mnist.class).error("failed", e);
        } catch (Throwable again) {
            // no memory for the trace: the sentence is out
        }
        return Failure.isUsage(e) ? USAGE : FAILED;
    }

    /**
     * What is resumed goes on as it was asked for.
     *
     * @throws IllegalArgumentException if an option was given that is not allowed
     */
    static void refuseAllBut(Set<String> allowed, String what, CommandSpec spec) {
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
            if (!allowed.contains(option.longestName())) {
                throw new IllegalArgumentException(
                        option.longestName()
                                + " cannot be changed in "
                                + what
                                + " that is resumed");
            }
        }
    }

    /** Whether standard error is a terminal: the launcher knows, and says so. */
    static boolean terminal() {
        String told = System.getProperty("io.github.mnist4j.terminal");
        return told != null ? Boolean.parseBoolean(told) : isTerminal(System.console());
    }

    /** A JDK 22 and newer may have a console that is not a terminal, and a method that tells. */
    private static boolean isTerminal(Console console) {
        try {
            return console != null
                    && (Runtime.version().feature() < 22
                            || (boolean) Console.class.getMethod("isTerminal").invoke(console));
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
