package io.github.mnist4j.cli;

import java.nio.file.Path;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilder;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilderFactory;
import org.apache.logging.log4j.core.config.builder.impl.BuiltConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * Log4j 2 for the command line: warnings of ours on standard error, everything that DL4J, ND4J and
 * JavaCPP have to say in the run's log file. Set up here and not by a file on the class path, which
 * would bind every program that uses the library.
 */
final class LogFile {
    private static final String PATTERN = "%d{HH:mm:ss.SSS} %-5level %logger{1.}: %msg%n%ex";

    private LogFile() {}

    /** Nothing but our own warnings, on standard error. */
    static void quiet() {
        configure(null, false, false);
    }

    /** A line on standard error for each request to the server. */
    static void access() {
        configure(null, false, true);
    }

    /** From here on everything goes to this file too, and with {@code verbose} to the screen. */
    static void open(Path file, boolean verbose) {
        configure(file, verbose, false);
    }

    private static void configure(@Nullable Path file, boolean verbose, boolean access) {
        ConfigurationBuilder<BuiltConfiguration> b =
                ConfigurationBuilderFactory.newConfigurationBuilder();
        // a log that cannot be written, on a full disk, is not worth a page of Log4j's own words
        b.setStatusLevel(Level.OFF);
        b.add(
                b.newAppender("screen", "Console")
                        .addAttribute("target", "SYSTEM_ERR")
                        .addAttribute("follow", true)
                        .add(
                                b.newLayout("PatternLayout")
                                        .addAttribute("pattern", "%-5level %msg%n%ex{0}")));
        var root = b.newRootLogger(file == null ? Level.OFF : Level.INFO);
        if (file != null) {
            b.add(
                    b.newAppender("file", "File")
                            .addAttribute("fileName", file.toString())
                            .add(b.newLayout("PatternLayout").addAttribute("pattern", PATTERN)));
            root.add(b.newAppenderRef("file"));
            if (verbose) {
                root.add(b.newAppenderRef("screen"));
            }
        }
        b.add(root);
        b.add(
                b.newLogger("io.github.mnist4j", Level.INFO)
                        .add(
                                b.newAppenderRef("screen")
                                        .addAttribute("level", verbose ? Level.OFF : Level.WARN)));
        if (access) {
            b.add(
                    b.newAppender("access", "Console")
                            .addAttribute("target", "SYSTEM_ERR")
                            .addAttribute("follow", true)
                            .add(
                                    b.newLayout("PatternLayout")
                                            .addAttribute("pattern", "%d{HH:mm:ss} %msg%n")));
            b.add(
                    b.newLogger("io.github.mnist4j.serve.access", Level.INFO)
                            .addAttribute("additivity", false)
                            .add(b.newAppenderRef("access")));
        }
        // the exceptions behind one-line errors: for the file, not for the screen
        b.add(
                b.newLogger("io.github.mnist4j.cli.Mnist", file == null ? Level.OFF : Level.INFO)
                        .addAttribute("additivity", false)
                        .add(b.newAppenderRef(file == null ? "screen" : "file")));
        var context = (LoggerContext) LogManager.getContext(false);
        if (context.getConfiguration() instanceof BuiltConfiguration) {
            Configurator.reconfigure(b.build(false));
        } else {
            Configurator.initialize(LogFile.class.getClassLoader(), b.build(false));
            context.reconfigure();
            Configurator.reconfigure(b.build(false));
        }
    }
}
