package io.github.mnist4j.train.plan;

import static java.util.Objects.requireNonNull;

import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.models.json.JsonFile;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One setting of a {@link TrainingPlan}: its name, its range, its default, what it is for. Command
 * lines, {@code plan.json}, searches, checks and the tables of the documentation are all made from
 * these; {@link PlanSettings} lists them.
 *
 * @param <T> what it is in Java
 */
public final class PlanSetting<T> {
    /** What a setting is about; the documentation has a table for each. */
    public enum Group {
        DATA("Model and data"),
        LENGTH("Steps"),
        LEARNING_RATE("Optimizer and learning rate"),
        AUGMENTATION("Augmentation"),
        REGULARIZATION("Regularization"),
        END("When to stop"),
        RUN("Validation, seeds and arithmetic");

        private final String title;

        Group(String title) {
            this.title = title;
        }

        public String title() {
            return title;
        }
    }

    /** The type of a setting's values. */
    public enum Kind {
        REAL("a number"),
        INTEGER("a whole number"),
        TEXT("a word"),
        BOOLEAN("true or false");

        private static final Pattern NUMBER =
                Pattern.compile("[-+]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][-+]?\\d{1,9})?");

        private final String description;

        Kind(String description) {
            this.description = description;
        }

        /** What to say is expected: "a whole number". */
        String description() {
            return description;
        }

        /**
         * A Double, an Integer, a String or a Boolean.
         *
         * @throws IllegalArgumentException if the text is not such a value
         */
        public Object parse(String text) {
            return parse(text, Integer::valueOf);
        }

        Object parse(String text, Function<String, ? extends Number> whole) {
            try {
                return switch (this) {
                    case REAL -> finite(text);
                    case INTEGER -> whole.apply(number(text));
                    case TEXT -> text;
                    case BOOLEAN -> bool(text);
                };
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        JsonFile.printable(text) + " found, " + description + " expected", e);
            }
        }

        private static Double finite(String text) {
            double value = Double.parseDouble(number(text));
            if (!Double.isFinite(value)) {
                throw new NumberFormatException(text);
            }
            return value;
        }

        /** Not what else Java takes: 1d, 0x1p3, NaN, digits of other scripts. */
        private static String number(String text) {
            if (!NUMBER.matcher(text).matches()) {
                throw new NumberFormatException(text);
            }
            return text;
        }

        private static Boolean bool(String text) {
            if (!text.equals("true") && !text.equals("false")) {
                throw new NumberFormatException(text);
            }
            return Boolean.valueOf(text);
        }
    }

    /** How a search may choose a setting's values. */
    public enum Search {
        /**
         * Not searched: it does not change how well a network learns, or would make trials
         * incomparable.
         */
        NO,
        /** From a list. */
        LIST,
        /** From a list, or from a range on a linear scale. */
        LINEAR,
        /** From a list, or from a range on a logarithmic scale. */
        LOG
    }

    private final SettingRow<T> row;

    PlanSetting(SettingRow<T> row) {
        this.row = row;
    }

    /** Every setting, in the order of {@link TrainingPlan}'s components. */
    public static List<PlanSetting<?>> all() {
        return PlanSettings.ALL;
    }

    /**
     * The setting of this name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static PlanSetting<?> of(String name) {
        return all().stream()
                .filter(s -> s.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown setting '" + name + "'"));
    }

    /** As on the command line, without the dashes: {@code batch-size}. */
    public String name() {
        return row.name;
    }

    /** As in Java and in {@code plan.json}: {@code batchSize}. */
    public String component() {
        var text = new StringBuilder();
        for (String word : name().split("-")) {
            text.append(
                    text.length() == 0
                            ? word
                            : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
        }
        return text.toString();
    }

    /** For messages: {@code batch size}. */
    public String label() {
        return name().replace('-', ' ');
    }

    public Kind kind() {
        return row.kind;
    }

    public Group group() {
        return row.group;
    }

    /** Whether a search may choose it, and how. */
    public Search search() {
        return row.search;
    }

    /** The placeholder for its value in help texts: {@code N}. */
    public String param() {
        return row.param;
    }

    /** What it is for, one sentence without a full stop. */
    public String sentence() {
        return row.sentence;
    }

    /** Which values are allowed, for people. */
    public String values() {
        return row.values;
    }

    /** The allowed words; empty if it is not one of a list. */
    public List<String> choices() {
        return row.choices;
    }

    /** Whether it applies only to networks with convolutions. */
    public boolean isOnlyForConvolutions() {
        return row.onlyConvolutions;
    }

    /** Whether it is a component of the plan, not an amount of another setting. */
    public boolean isComponent() {
        return row.whole == null;
    }

    /** Its amounts, which are settings too; empty for most. */
    List<PlanSetting<?>> parts() {
        return all().stream().filter(s -> name().equals(s.row.whole)).toList();
    }

    /** The defaults, for people: {@code 0.001}, or {@code mlp 64; cnn, cnn-small 128}. */
    public String defaults() {
        if (row.defaultsSaid != null) {
            return row.defaultsSaid;
        }
        var models = new LinkedHashMap<String, List<String>>();
        for (String model : MnistModels.NAMES) {
            String text = text(TrainingPlan.builder(model).build());
            models.computeIfAbsent(
                            text == null ? requireNonNull(row.unset).apply(model) : text,
                            t -> new ArrayList<>())
                    .add(model);
        }
        return models.size() == 1
                ? models.keySet().iterator().next()
                : models.entrySet().stream()
                        .map(e -> String.join(", ", e.getValue()) + " " + e.getKey())
                        .collect(Collectors.joining("; "));
    }

    /** This plan's value; null if it is not set. */
    @Nullable T value(TrainingPlan plan) {
        return row.getter.apply(plan);
    }

    /** This plan's value as the command line takes it; null if it is not set. */
    public @Nullable String text(TrainingPlan plan) {
        T value = value(plan);
        return value == null ? null : row.writer.apply(value);
    }

    /** Whether two plans agree in it. */
    public boolean isSame(TrainingPlan one, TrainingPlan other) {
        return Objects.equals(value(one), value(other));
    }

    /**
     * Puts a value into a plan, as the command line has it. The range is checked when the plan is
     * built.
     *
     * @throws IllegalArgumentException if the text is not such a value
     */
    public void set(TrainingPlanBuilder builder, String text) {
        row.setter.accept(builder, row.parser.apply(text));
    }

    /**
     * @throws IllegalArgumentException if the text is not such a value
     */
    public void parse(String text) {
        Object unused = row.parser.apply(text);
    }

    /** The description of its component in {@link TrainingPlan}'s Javadoc. */
    String javadoc() {
        return sentence()
                + " ("
                + values()
                + (row.nullMeaning == null ? "" : "; null for " + row.nullMeaning)
                + ")";
    }

    /** Whether a plan may leave it to the network or to the machine, as null. */
    boolean isNullable() {
        return row.unset != null;
    }

    void unset(TrainingPlanBuilder builder) {
        row.setter.accept(builder, null);
    }

    void setDefault(TrainingPlanBuilder builder, String model) {
        row.setter.accept(builder, row.defaults.getOrDefault(model, row.common));
    }

    /**
     * @throws IllegalArgumentException if the value is not allowed; the message names the setting
     */
    void check(@Nullable Object value) {
        if (value == null) {
            if (!isNullable()) {
                throw new IllegalArgumentException(label() + " is missing");
            }
            return;
        }
        Bounds bounds = row.bounds;
        if (bounds != null && !bounds.contain(((Number) value).doubleValue())) {
            throw new IllegalArgumentException(
                    label() + " is " + value + ", " + bounds + " expected");
        }
        @SuppressWarnings("unchecked") // the constructor gives each setting its own component
        T own = (T) value;
        row.check.accept(own);
    }

    @Override
    public String toString() {
        return row.name;
    }

    /** Numbers without a needless exponent or zero; what is read back is the same number. */
    static String written(Object value) {
        if (value instanceof Double number) {
            return number(number);
        }
        return value instanceof Enum<?> e
                ? e.name().toLowerCase(Locale.ROOT).replace('_', '-')
                : String.valueOf(value);
    }

    /** A number as the command line takes it, as short as it can be: 0.001, 17. */
    public static String number(double value) {
        if (value == 0) {
            return "0";
        }
        double size = Math.abs(value);
        return size < 1e-5 || size >= 1e9
                ? Double.toString(value)
                : BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }
}
