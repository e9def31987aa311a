package io.github.mnist4j.cli.options;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is wrong with a command line, in the user's words rather than picocli's. */
public final class UsageMessage {
    /** picocli ends some sentences with the names of Java classes. */
    private static final Pattern CLASSES =
            Pattern.compile(" to (?:interface|class) \\S+ \\(.*", Pattern.DOTALL);

    private static final Map<String, String> TYPES =
            Map.of(
                    " is not an int", " is not a whole number",
                    " is not a long", " is not a whole number",
                    " is not a double", " is not a number");

    private static final Pattern CHOICE =
            Pattern.compile("expected one of \\[(.*)] \\(case-insensitive\\) but was ('.*')");

    private UsageMessage() {}

    /** One sentence without a full stop. */
    public static String of(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            return unmatched(unmatched);
        }
        if (e instanceof MissingParameterException missing && !missing.getMissing().isEmpty()) {
            return missing.getMissing().stream()
                    .map(UsageMessage::shape)
                    .collect(Collectors.joining(", ", "missing: ", ""));
        }
        String message = e.getMessage();
        if (message == null) {
            return "an option is wrong";
        }
        message = CLASSES.matcher(message).replaceAll("");
        for (var type : TYPES.entrySet()) {
            if (message.endsWith(type.getKey())) {
                message = message.replace(type.getKey(), type.getValue());
            }
        }
        message =
                CHOICE.matcher(message)
                        .replaceFirst(
                                m ->
                                        Matcher.quoteReplacement(
                                                m.group(2)
                                                        + " is not one of "
                                                        + m.group(1).toLowerCase(Locale.ROOT)));
        return message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
    }

    private static String unmatched(UnmatchedArgumentException e) {
        String what = "'" + e.getUnmatched().get(0) + "'";
        List<String> similar = e.getSuggestions();
        String hint =
                similar.isEmpty()
                        ? ""
                        : "; did you mean "
                                + similar.stream().limit(3).collect(Collectors.joining(" or "))
                                + "?";
        if (e.isUnknownOption()) {
            return "unknown option " + what + hint;
        }
        var commands = e.getCommandLine().getSubcommands().keySet();
        if (commands.isEmpty()) {
            return "unexpected argument " + what;
        }
        return "unknown command "
                + what
                + (hint.isEmpty() ? "; the commands are " + String.join(", ", commands) : hint);
    }

    private static String shape(ArgSpec missing) {
        return missing instanceof OptionSpec option
                ? option.longestName() + "=" + option.paramLabel()
                : missing.paramLabel();
    }
}
