package io.github.mnist4j.tune.search;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.mnist4j.train.plan.PlanSetting;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.tune.search.SearchSpaceParser.BadLineException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The values a search may choose from: a list or a range for each hyperparameter, by its name on
 * {@code mnist train}'s command line. What it does not name stays as in the model's recipe.
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
    /** The built-in spaces, for {@link #named}. */
    public static final List<String> NAMES = List.of("mlp", "cnn");

    private final String model;
    private final Map<String, Values> parameters;

    /** The values that a hyperparameter may take. */
    public sealed interface Values {
        /** Whether these include a value of a trial. */
        boolean holds(@Nullable Object value);

        /** In the form that a file has, for Jackson. */
        Object tree();
    }

    /** A list of values: Strings, Integers, Doubles or Booleans. */
    public record Choice(List<Object> values) implements Values {
        @Override
        public boolean holds(@Nullable Object value) {
            return values.contains(value);
        }

        @Override
        public Object tree() {
            return values;
        }
    }

    /**
     * All numbers between two bounds.
     *
     * @param from the lowest, included
     * @param to the highest, included
     * @param log whether the scale is logarithmic rather than linear
     * @param whole whether the numbers are whole: Integers in a trial, otherwise Doubles
     */
    public record Range(double from, double to, boolean log, boolean whole) implements Values {
        @Override
        public boolean holds(@Nullable Object value) {
            return value instanceof Number number
                    && number.getClass() == (whole ? Integer.class : Double.class)
                    && number.doubleValue() >= from
                    && number.doubleValue() <= to;
        }

        @Override
        public Object tree() {
            var tree = new LinkedHashMap<String, Object>();
            tree.put("from", value(from));
            tree.put("to", value(to));
            tree.put("scale", log ? "log" : "linear");
            return tree;
        }

        /**
         * The closest value that a trial may have.
         *
         * @param number is clipped to the range, and rounded if its numbers are whole
         */
        Object value(double number) {
            double inside = Math.max(from, Math.min(to, whole ? Math.rint(number) : number));
            return whole ? (Object) (int) inside : inside;
        }
    }

    private SearchSpace(String model, Map<String, Values> parameters) {
        this.model = model;
        this.parameters = parameters;
    }

    /**
     * Starts a space around a model's recipe.
     *
     * @param model a name as {@link TrainingPlan#builder} takes it
     */
    public static Builder builder(String model) {
        return new Builder(model);
    }

    /**
     * A built-in space.
     *
     * @throws IllegalArgumentException if there is none of this name; the message lists {@link
     *     #NAMES}
     */
    public static SearchSpace named(String name) {
        try {
            return SearchSpaceParser.parse(text(name));
        } catch (BadLineException e) {
            throw new IllegalStateException("space " + name + ", " + e.getMessage(), e);
        }
    }

    /**
     * The YAML of a built-in space, to start your own from.
     *
     * @throws IllegalArgumentException if there is none of this name; the message lists {@link
     *     #NAMES}
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
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Reads a space from a YAML or JSON file of at most 1 MiB.
     *
     * @throws IOException if there is no such file or it is not a space; the message is one line
     *     that names the file and the line in it
     */
    public static SearchSpace read(Path file) throws IOException {
        return SearchSpaceParser.read(file);
    }

    @JsonCreator
    static SearchSpace of(JsonNode tree) {
        try {
            return SearchSpaceParser.parse(tree.toString());
        } catch (BadLineException e) {
            throw new IllegalArgumentException("the space: " + e.sentence(), e);
        }
    }

    /** In the form that a file has, for Jackson. */
    @JsonValue
    Map<String, Object> tree() {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("model", model);
        parameters.forEach((name, values) -> tree.put(name, values.tree()));
        return tree;
    }

    /** The model whose recipe the search varies. */
    public String model() {
        return model;
    }

    /** The values of each hyperparameter, in the order in which they were named. */
    public Map<String, Values> parameters() {
        return parameters;
    }

    /**
     * The values of one hyperparameter.
     *
     * @throws NullPointerException if this space does not name it
     */
    public Values values(String name) {
        return Objects.requireNonNull(parameters.get(name), name);
    }

    /** The names of the hyperparameters that have more than one value. */
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

    static void check(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** Builds a space. Each call checks its values against what training accepts. */
    public static final class Builder {
        private final String model;
        private final TrainingPlan base;
        private final Map<String, Values> parameters = new LinkedHashMap<>();

        private Builder(String model) {
            this.model = model;
            base = TrainingPlan.builder(model).build();
        }

        /**
         * Lets a hyperparameter have any of these values.
         *
         * @param values numbers, words or booleans, whichever the hyperparameter has
         * @throws IllegalArgumentException if training refuses one; the message says why
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
         * Lets a hyperparameter have any number between these, both included.
         *
         * @throws IllegalArgumentException if it does not take numbers, or training refuses one of
         *     the two; the message says why
         */
        public Builder range(String name, double from, double to) {
            return addRange(name, from, to, false);
        }

        /**
         * Like {@link #range}, on a logarithmic scale: 0.001 to 0.01 is as likely as 0.01 to 0.1.
         */
        public Builder logRange(String name, double from, double to) {
            return addRange(name, from, to, true);
        }

        private Builder addRange(String name, double from, double to, boolean log) {
            return add(name, new Range(from, to, log, Hyperparameter.named(name).isWhole()));
        }

        Builder add(String name, Values values) {
            Hyperparameter h = Hyperparameter.named(name);
            if (values instanceof Range r) {
                check(
                        h.kind() == PlanSetting.Kind.REAL || r.whole(),
                        name + " does not take a range, a list of values expected");
                check(
                        r.from() < r.to(),
                        String.format(
                                Locale.ROOT,
                                "%s: from %s to %s, a lower and a higher number expected",
                                name,
                                r.from(),
                                r.to()));
                check(!r.log() || r.from() > 0, name + ": a logarithmic scale starts above 0");
                check(
                        !r.whole() || (isWhole(r.from()) && isWhole(r.to())),
                        name + ": whole numbers expected");
                tryOut(h, r.value(r.from()));
                tryOut(h, r.value(r.to()));
            } else if (values instanceof Choice c) {
                check(!c.values().isEmpty(), name + ": the list of values is empty");
                check(
                        c.values().stream().distinct().count() == c.values().size(),
                        name + ": a value appears twice");
                c.values().forEach(v -> tryOut(h, v));
            }
            parameters.put(name, values);
            return this;
        }

        private static boolean isWhole(double value) {
            return value == Math.rint(value) && Math.abs(value) < Integer.MAX_VALUE;
        }

        private void tryOut(Hyperparameter h, Object value) {
            try {
                Hyperparameter.apply(base, Map.of(h.name(), value));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(h.name() + ": " + e.getMessage(), e);
            }
        }

        /**
         * @throws IllegalArgumentException if no hyperparameter has more than one value
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
