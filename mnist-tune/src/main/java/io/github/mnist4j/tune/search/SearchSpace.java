package io.github.mnist4j.tune.search;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.github.mnist4j.data.io.IoErrors;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.train.plan.PlanSetting;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * What a search may choose from: for each hyperparameter, by its name on {@code mnist train}'s
 * command line, some values or a range. What is not named stays as in the model's recipe.
 *
 * <pre>{@code
 * SearchSpace space =
 *         SearchSpace.builder("mlp")
 *                 .logRange("learning-rate", 1e-4, 1e-2)
 *                 .range("layers", 1, 3)
 *                 .choice("activation", "relu", "tanh")
 *                 .build();
 * }</pre>
 *
 * <p>The same as a file, YAML or JSON:
 *
 * <pre>
 * model: mlp
 * learning-rate: {from: 1e-4, to: 1e-2, scale: log}
 * layers: {from: 1, to: 3}
 * activation: [relu, tanh]
 * dropout: 0.2
 * </pre>
 */
public final class SearchSpace {
    /** Every name that {@link #named} knows. */
    public static final List<String> NAMES = List.of("mlp", "cnn");

    private static final int MOST_BYTES = 1 << 20;
    private static final int MOST_VALUES = 1000;
    private static final int MOST_MESSAGE = 400;
    private static final int DEPTH = 20;
    private static final Pattern UNPRINTABLE =
            Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Cn}\\p{Zl}\\p{Zp}]");
    private static final YAMLFactory YAML = yaml();

    private final String model;
    private final Map<String, Values> parameters;

    /** What a hyperparameter may be. */
    public sealed interface Values {}

    /** One of these. */
    public record Choice(List<Object> values) implements Values {}

    /** All between these two, both included; on a logarithmic scale or a linear one. */
    public record Range(double from, double to, boolean log) implements Values {}

    private SearchSpace(String model, Map<String, Values> parameters) {
        this.model = model;
        this.parameters = parameters;
    }

    /** Begins a space around a model's recipe. */
    public static Builder builder(String model) {
        return new Builder(model);
    }

    /** The space of this name. */
    public static SearchSpace named(String name) {
        try {
            return parse(text(name));
        } catch (BadLineException e) {
            throw new IllegalStateException("space " + name + ", " + e.getMessage(), e);
        }
    }

    /**
     * The file behind a name, to begin one's own with.
     *
     * @throws IllegalArgumentException if there is none; the message lists {@link #NAMES}
     */
    public static String text(String name) {
        if (!NAMES.contains(name)) {
            throw new IllegalArgumentException(
                    "unknown space '"
                            + name
                            + "', a file or one of "
                            + String.join(", ", NAMES)
                            + " expected");
        }
        try (InputStream in = SearchSpace.class.getResourceAsStream("space-" + name + ".yaml")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Reads a space from a YAML or JSON file of at most 1 MiB.
     *
     * @throws IOException if there is no such file or it is not a space; the message is one line,
     *     which names the file and the line in it
     */
    public static SearchSpace read(Path file) throws IOException {
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            content = in.readNBytes(MOST_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw new IOException("no space at " + file, e);
        } catch (IOException e) {
            throw IoErrors.named("read", file, e);
        }
        if (content.length > MOST_BYTES) {
            throw new IOException(file + " is no space: it is longer than 1 MiB");
        }
        String text = JsonFile.text(content, file.toString());
        try {
            return parse(text);
        } catch (BadLineException e) {
            throw new IOException(file + ", " + e.getMessage(), e);
        }
    }

    @JsonCreator
    static SearchSpace of(JsonNode tree) {
        try {
            return parse(tree.toString());
        } catch (BadLineException e) {
            throw new IllegalArgumentException("the space: " + e.sentence, e);
        }
    }

    /** As it stands in a file. */
    @JsonValue
    Map<String, Object> tree() {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("model", model);
        parameters.forEach(
                (name, values) -> {
                    if (values instanceof Choice c) {
                        tree.put(name, c.values());
                    } else if (values instanceof Range r) {
                        var range = new LinkedHashMap<String, Object>();
                        boolean whole = Hyperparameter.named(name).kind() == INTEGER;
                        range.put("from", whole ? (Object) (int) r.from() : r.from());
                        range.put("to", whole ? (Object) (int) r.to() : r.to());
                        range.put("scale", r.log() ? "log" : "linear");
                        tree.put(name, range);
                    }
                });
        return tree;
    }

    private static final PlanSetting.Kind INTEGER = PlanSetting.Kind.INTEGER;

    /** Where a text is not a space, and why. */
    private static final class BadLineException extends Exception {
        private static final long serialVersionUID = 1L;
        private final String sentence;

        BadLineException(int line, String sentence, Throwable cause) {
            super("line " + Math.max(1, line) + ": " + sentence, cause);
            this.sentence = sentence;
        }
    }

    private static YAMLFactory yaml() {
        var options = new LoaderOptions();
        options.setNestingDepthLimit(DEPTH);
        options.setCodePointLimit(MOST_BYTES);
        options.setMaxAliasesForCollections(1);
        return YAMLFactory.builder().loaderOptions(options).build();
    }

    private static SearchSpace parse(String text) throws BadLineException {
        var lines = new LinkedHashMap<String, Integer>();
        int line = 1;
        try (YAMLParser in = YAML.createParser(text)) {
            var values = new LinkedHashMap<String, Values>();
            String model = "mlp";
            JsonToken first = in.nextToken();
            line = first == null ? 1 : line(in);
            check(first == JsonToken.START_OBJECT, "hyperparameters with their values expected");
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String name = in.currentName();
                line = line(in);
                JsonToken token = in.nextToken();
                check(lines.put(name, line) == null, JsonFile.printable(name) + " is there twice");
                if (name.equals("model")) {
                    model = word(in, "model");
                    TrainingPlan.builder(model);
                } else {
                    values.put(name, values(Hyperparameter.named(name), in, token));
                }
            }
            line = line(in);
            check(in.nextToken() == null, "there is more after the hyperparameters");
            line = lines.getOrDefault("model", 1);
            var builder = new Builder(model);
            for (var entry : values.entrySet()) {
                line = lines.get(entry.getKey());
                builder.add(entry.getKey(), entry.getValue());
            }
            line = 1;
            return builder.build();
        } catch (JsonProcessingException e) {
            int at = e.getLocation() == null ? line : e.getLocation().getLineNr();
            throw new BadLineException(at, "it is neither YAML nor JSON", e);
        } catch (YAMLException e) { // of snakeyaml, which Jackson lets through
            throw new BadLineException(line, "it is neither YAML nor JSON", e);
        } catch (IllegalArgumentException e) {
            throw new BadLineException(line, shown(e.getMessage()), e);
        } catch (IOException e) {
            throw new IllegalStateException(e); // a text cannot fail to be read
        }
    }

    private static int line(YAMLParser in) {
        return in.currentTokenLocation().getLineNr();
    }

    /** Models, schedules and the like say what they were given, which may be anything. */
    private static String shown(String message) {
        String line = UNPRINTABLE.matcher(message).replaceAll("?");
        return line.length() <= MOST_MESSAGE ? line : line.substring(0, MOST_MESSAGE) + "…";
    }

    private static void check(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    private static String word(YAMLParser in, String what) throws IOException {
        check(
                in.currentToken() != null
                        && in.currentToken().isScalarValue()
                        && in.currentToken() != JsonToken.VALUE_NULL
                        && !in.isCurrentAlias(),
                what + ": a word expected");
        String text = in.getText();
        check(text.length() <= 1000, what + ": a word of " + text.length() + " characters");
        return text;
    }

    private static Values values(Hyperparameter h, YAMLParser in, JsonToken token)
            throws IOException {
        if (token == JsonToken.START_ARRAY) {
            var choice = new ArrayList<>();
            while (in.nextToken() != JsonToken.END_ARRAY) {
                check(
                        choice.size() < MOST_VALUES,
                        h.option() + ": more than " + MOST_VALUES + " values to choose from");
                choice.add(scalar(h, in));
            }
            return new Choice(choice);
        }
        if (token != JsonToken.START_OBJECT) {
            return new Choice(List.of(scalar(h, in)));
        }
        var given = new LinkedHashMap<String, Object>();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String key = in.currentName();
            in.nextToken();
            Object value =
                    switch (key) {
                        case "from", "to" -> scalar(h, in);
                        case "scale" -> word(in, h.option() + ": scale");
                        default ->
                                throw new IllegalArgumentException(
                                        h.option()
                                                + ": unknown key "
                                                + JsonFile.printable(key)
                                                + ", from, to or scale expected");
                    };
            check(given.put(key, value) == null, h.option() + ": " + key + " is there twice");
        }
        if (!(given.get("from") instanceof Number least)
                || !(given.get("to") instanceof Number most)) {
            throw new IllegalArgumentException(h.option() + ": numbers from and to expected");
        }
        Object scale = given.getOrDefault("scale", "linear");
        check(
                scale.equals("log") || scale.equals("linear"),
                h.option()
                        + ": unknown scale "
                        + JsonFile.printable(scale.toString())
                        + ", log or linear expected");
        return new Range(least.doubleValue(), most.doubleValue(), scale.equals("log"));
    }

    private static Object scalar(Hyperparameter h, YAMLParser in) throws IOException {
        if (in.currentToken() == null
                || !in.currentToken().isScalarValue()
                || in.currentToken() == JsonToken.VALUE_NULL
                || in.isCurrentAlias()) {
            throw new IllegalArgumentException(
                    h.option()
                            + ": a value, a list of values or a range {from: .., to: ..} expected");
        }
        // as text: YAML 1.1 takes 1e-4 for a word
        try {
            return h.kind().parse(word(in, h.option()));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(h.option() + ": " + e.getMessage(), e);
        }
    }

    /** Whether a value may be chosen. */
    static boolean holds(String name, Values values, Object value) {
        if (values instanceof Choice c) {
            return c.values().contains(value);
        }
        var range = (Range) values;
        boolean whole = Hyperparameter.named(name).kind() == INTEGER;
        return (whole ? value instanceof Integer : value instanceof Double)
                && ((Number) value).doubleValue() >= range.from()
                && ((Number) value).doubleValue() <= range.to();
    }

    /** The model around whose recipe is searched. */
    public String model() {
        return model;
    }

    /** What is searched, by name, in the order in which it was named. */
    public Map<String, Values> parameters() {
        return parameters;
    }

    /** Names of the hyperparameters that can take more than one value. */
    public List<String> searched() {
        return parameters.entrySet().stream()
                .filter(e -> !(e.getValue() instanceof Choice c && c.values().size() == 1))
                .map(Map.Entry::getKey)
                .toList();
    }

    @Override
    public String toString() {
        return tree().toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SearchSpace s
                && model.equals(s.model)
                && new ArrayList<>(parameters.entrySet())
                        .equals(new ArrayList<>(s.parameters.entrySet()));
    }

    @Override
    public int hashCode() {
        return parameters.hashCode();
    }

    /** Hyperparameters to search; each call checks its values against what training takes. */
    public static final class Builder {
        private final String model;
        private final TrainingPlan base;
        private final Map<String, Values> parameters = new LinkedHashMap<>();

        private Builder(String model) {
            this.model = model;
            base = TrainingPlan.builder(model).build();
        }

        /**
         * One of these values: numbers, words or booleans, as the hyperparameter has them.
         *
         * @throws IllegalArgumentException if training would not take one; the message says why
         */
        public Builder choice(String name, Object... values) {
            Hyperparameter h = Hyperparameter.named(name);
            return add(
                    name,
                    new Choice(
                            Arrays.stream(values)
                                    .map(v -> h.kind().parse(String.valueOf(v)))
                                    .toList()));
        }

        /**
         * Any number between these, both included.
         *
         * @throws IllegalArgumentException if training would not take one; the message says why
         */
        public Builder range(String name, double from, double to) {
            return add(name, new Range(from, to, false));
        }

        /** As {@link #range}, on a logarithmic scale: 0.001 to 0.01 as likely as 0.01 to 0.1. */
        public Builder logRange(String name, double from, double to) {
            return add(name, new Range(from, to, true));
        }

        private Builder add(String name, Values values) {
            Hyperparameter h = Hyperparameter.named(name);
            if (values instanceof Range r) {
                check(
                        h.kind() == PlanSetting.Kind.REAL || h.kind() == INTEGER,
                        name + " takes no range, a list of values expected");
                check(
                        r.from() < r.to(),
                        String.format(
                                Locale.ROOT,
                                "%s: from %s to %s, a lower and a higher number expected",
                                name,
                                r.from(),
                                r.to()));
                check(!r.log() || r.from() > 0, name + ": a logarithmic scale begins above 0");
                check(
                        h.kind() != INTEGER || (whole(r.from()) && whole(r.to())),
                        name + ": whole numbers expected");
                tryOut(h, h.kind() == INTEGER ? (Object) (int) r.from() : r.from());
                tryOut(h, h.kind() == INTEGER ? (Object) (int) r.to() : r.to());
            } else if (values instanceof Choice c) {
                check(!c.values().isEmpty(), name + ": no value to choose from");
                check(
                        c.values().stream().distinct().count() == c.values().size(),
                        name + ": a value is there twice");
                c.values().forEach(v -> tryOut(h, v));
            }
            parameters.put(name, values);
            return this;
        }

        private static boolean whole(double value) {
            return value == Math.rint(value) && Math.abs(value) < Integer.MAX_VALUE;
        }

        private void tryOut(Hyperparameter h, Object value) {
            try {
                Hyperparameter.apply(base, Map.of(h.option(), value));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(h.option() + ": " + e.getMessage(), e);
            }
        }

        /**
         * @throws IllegalArgumentException if nothing has more than one value
         */
        public SearchSpace build() {
            var space = new SearchSpace(model, new LinkedHashMap<>(parameters));
            check(
                    !space.searched().isEmpty(),
                    "nothing to search: no hyperparameter has more than one value");
            return space;
        }
    }
}
