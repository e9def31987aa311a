package io.github.mnist4j.cli.options;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/** Values on the command line: from text, and whether they are in range. */
public final class Arguments {
    private Arguments() {}

    /**
     * Every file and folder named on the command line passes through here.
     *
     * @throws TypeConversionException if the name is blank, as a shell makes it of an unset
     *     variable, which would mean the current folder; or if no file can have it
     */
    public static Path path(String name) {
        if (name.isBlank()) {
            throw new TypeConversionException(
                    "the name of a file or folder is expected, not an empty text");
        }
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new TypeConversionException("'" + name + "' is not a name for a file");
        }
    }

    /**
     * @param name of the value in the message
     * @throws IllegalArgumentException if the value is below {@code least}
     */
    public static void atLeast(long least, String name, long value) {
        if (value < least) {
            throw new IllegalArgumentException(
                    name + " is " + value + ", " + least + " or more expected");
        }
    }

    private static final Pattern SIZE = Pattern.compile("(\\d{1,9}) ?([KMG]?)B?");

    /**
     * A number of bytes: {@code 500KB}, {@code 10MB}, {@code 1000}.
     *
     * @param name of the value in the message
     * @throws IllegalArgumentException if it is not one
     */
    public static long bytes(String name, String text) {
        Matcher matcher = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    name + " is '" + text + "', a size such as 500KB or 10MB expected");
        }
        long factor =
                switch (matcher.group(2)) {
                    case "K" -> 1_000;
                    case "M" -> 1_000_000;
                    case "G" -> 1_000_000_000;
                    default -> 1;
                };
        return Long.parseLong(matcher.group(1)) * factor;
    }

    /**
     * For a mode of a command in which some of its options would do nothing.
     *
     * @param allowed long names
     * @param why what the message says of an option that is not: "does not go with --images"
     * @throws IllegalArgumentException if an option was given that is not allowed
     */
    public static void refuseAllBut(Set<String> allowed, String why, CommandSpec spec) {
        for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
            if (!allowed.contains(option.longestName())) {
                throw new IllegalArgumentException(option.longestName() + " " + why);
            }
        }
    }

    /** The name of a file, or of something built in. */
    public static final class NotBlank implements ITypeConverter<String> {
        @Override
        public String convert(String text) {
            path(text);
            return text;
        }
    }

    /** 90s, 30m or 1h30m, in minutes. */
    public static final class Minutes implements ITypeConverter<Double> {
        @Override
        public Double convert(String text) {
            try {
                Duration time = Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
                if (!time.isNegative()) {
                    return time.toMillis() / 60_000.0;
                }
            } catch (DateTimeParseException e) {
                // said below
            }
            throw new TypeConversionException(
                    "'" + text + "' is not a time such as 90s, 30m or 1h30m");
        }
    }
}
