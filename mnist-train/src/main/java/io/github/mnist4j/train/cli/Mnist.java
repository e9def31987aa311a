package io.github.mnist4j.train.cli;

import io.github.mnist4j.train.MnistTrainer;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Set;
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
            DoctorCommand.class
        })
public final class Mnist implements Runnable {
    @Spec private CommandSpec spec;

    /** The command failed at its work. */
    public static final int FAILED = 1;

    /** The command was called wrongly. */
    public static final int USAGE = 2;

    /** What a shell makes of Ctrl-C: 128 + SIGINT. */
    public static final int INTERRUPTED = 130;

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

    /** The search lies in a module above this one; it is a command where that module is there. */
    private static void addTuner(CommandLine line) {
        try {
            Object tuner =
                    Class.forName("io.github.mnist4j.tune.MnistTuner")
                            .getConstructor()
                            .newInstance();
            line.addSubcommand(tuner);
        } catch (ReflectiveOperationException e) {
            LoggerFactory.getLogger(Mnist.class).debug("no command tune: {}", e.toString());
        }
    }

    /**
     * Runs a picocli command by the house's rules: a user's mistake is one line, never a stack
     * trace.
     */
    public static int execute(Object command, String... args) {
        LogFile.quiet();
        var line = new CommandLine(command);
        if (command instanceof Mnist) {
            addTuner(line);
        }
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(
                (e, arguments) -> {
                    PrintStream err = System.err;
                    err.println("error: " + firstLine(e.getMessage()));
                    err.println(
                            "try: "
                                    + e.getCommandLine().getCommandSpec().qualifiedName()
                                    + " --help");
                    return USAGE;
                });
        line.setExecutionExceptionHandler(
                (e, commandLine, result) -> {
                    LoggerFactory.getLogger(Mnist.class).error("failed", e);
                    boolean usage = e instanceof IllegalArgumentException;
                    boolean expected =
                            usage || e instanceof IOException || e instanceof IllegalStateException;
                    System.err.println(
                            "error: " + (expected ? firstLine(e.getMessage()) : e.toString()));
                    return usage ? USAGE : FAILED;
                });
        return line.execute(args);
    }

    /**
     * What is resumed goes on as it was asked for.
     *
     * @throws IllegalArgumentException if an option was given that is not allowed
     */
    public static void refuseAllBut(Set<String> allowed, String what, CommandSpec spec) {
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

    private static String firstLine(String message) {
        return message == null ? "unknown" : message.lines().findFirst().orElse("unknown");
    }

    /** Whether standard error is a terminal: the launcher knows, and says so. */
    public static boolean terminal() {
        String told = System.getProperty("io.github.mnist4j.terminal");
        return told != null ? Boolean.parseBoolean(told) : System.console() != null;
    }
}
