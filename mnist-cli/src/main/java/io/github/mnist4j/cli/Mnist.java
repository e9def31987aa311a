package io.github.mnist4j.cli;

import io.github.mnist4j.cli.options.Arguments;
import io.github.mnist4j.cli.options.UsageMessage;
import io.github.mnist4j.train.backend.Failure;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
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
            ServeCommand.class,
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
     * Runs a picocli command by the project's rules: every failure, in any thread, is one line on
     * standard error, never a stack trace, and an exit code. The trace goes to the run's log, where
     * there is one.
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
            line.registerConverter(Path.class, Arguments::path);
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
}
