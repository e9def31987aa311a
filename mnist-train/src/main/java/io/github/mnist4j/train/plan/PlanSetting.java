package io.github.mnist4j.train.plan;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.models.json.JsonFile;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One setting of a {@link TrainingPlan}: its name, its range, its default, what it is for. Command
 * lines, {@code plan.json}, searches, checks and the tables of the documentation are all made from
 * these; {@link PlanSettings} lists them.
 *
 * @param <T> what it is in Java
 */
public final class PlanSetting<T> {
    /** What a setting is about; the documentation has one table for each. */
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

    /** What a search sees of a value. */
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
        /** Not at all: it is not about how well a network learns, or it would spoil comparison. */
        NO,
        /** From a list. */
        LIST,
        /** From a list or a range; equal steps are alike. */
        LINEAR,
        /** From a list or a range; equal factors are alike. */
        LOG
    }

    /** Which numbers are allowed. */
    private record Bounds(double least, boolean aboveLeast, double most, boolean belowMost) {
        boolean contain(double value) {
            return (aboveLeast ? value > least : value >= least)
                    && (belowMost ? value < most : value <= most);
        }

        @Override
        public String toString() {
            if (most == Double.POSITIVE_INFINITY) {
                return aboveLeast ? "more than " + number(least) : number(least) + " or more";
            }
            return number(least) + (belowMost ? " to below " : " to ") + number(most);
        }
    }

    private final String name;
    private final Kind kind;
    private final Function<TrainingPlan, T> getter;
    private final BiConsumer<TrainingPlanBuilder, T> setter;
    private final Function<String, T> parser;
    private Function<T, String> writer = PlanSetting::text;
    private final Map<String, T> defaults = new LinkedHashMap<>();
    private T common;
    private Function<String, String> unset;
    private Consumer<T> check = value -> {};
    private Bounds bounds;
    private String values = "";
    private List<String> choices = List.of();
    private Group group = Group.RUN;
    private Search search = Search.NO;
    private String param = "X";
    private String sentence = "";
    private String whole;
    private String defaultsSaid;
    private boolean onlyConvolutions;

    private PlanSetting(
            String name,
            Kind kind,
            Function<String, T> parser,
            Function<TrainingPlan, T> getter,
            BiConsumer<TrainingPlanBuilder, T> setter) {
        this.name = name;
        this.kind = kind;
        this.parser = parser;
        this.getter = getter;
        this.setter = setter;
    }

    // ---- what PlanSettings' rows are written with

    static PlanSetting<Double> real(
            String name,
            Function<TrainingPlan, Double> getter,
            BiConsumer<TrainingPlanBuilder, Double> setter) {
        return new PlanSetting<>(name, Kind.REAL, t -> (Double) Kind.REAL.parse(t), getter, setter);
    }

    static PlanSetting<Integer> whole(
            String name,
            Function<TrainingPlan, Integer> getter,
            BiConsumer<TrainingPlanBuilder, Integer> setter) {
        return new PlanSetting<>(
                name, Kind.INTEGER, t -> (Integer) Kind.INTEGER.parse(t), getter, setter);
    }

    static PlanSetting<Long> seed(
            String name,
            Function<TrainingPlan, Long> getter,
            BiConsumer<TrainingPlanBuilder, Long> setter) {
        return new PlanSetting<>(
                        name,
                        Kind.INTEGER,
                        t -> (Long) Kind.INTEGER.parse(t, Long::valueOf),
                        getter,
                        setter)
                .param("N")
                .values("any whole number");
    }

    static PlanSetting<Boolean> flag(
            String name,
            Function<TrainingPlan, Boolean> getter,
            BiConsumer<TrainingPlanBuilder, Boolean> setter) {
        return new PlanSetting<>(
                        name, Kind.BOOLEAN, t -> (Boolean) Kind.BOOLEAN.parse(t), getter, setter)
                .values("true or false");
    }

    /** Words as they are. */
    static PlanSetting<String> text(
            String name,
            Function<TrainingPlan, String> getter,
            BiConsumer<TrainingPlanBuilder, String> setter) {
        return new PlanSetting<>(name, Kind.TEXT, t -> t, getter, setter);
    }

    /** One of an enum's constants, by its name in lower case. */
    static <E extends Enum<E>> PlanSetting<E> choice(
            String name,
            Class<E> type,
            Function<TrainingPlan, E> getter,
            BiConsumer<TrainingPlanBuilder, E> setter) {
        List<String> names = Arrays.stream(type.getEnumConstants()).map(PlanSetting::text).toList();
        return new PlanSetting<>(
                        name,
                        Kind.TEXT,
                        text -> {
                            int at = names.indexOf(text.toLowerCase(Locale.ROOT).replace('_', '-'));
                            if (at < 0) {
                                throw new IllegalArgumentException(
                                        JsonFile.printable(text)
                                                + " found, one of "
                                                + String.join(", ", names)
                                                + " expected");
                            }
                            return type.getEnumConstants()[at];
                        },
                        getter,
                        setter)
                .oneOf(names);
    }

    /** Anything that is written as one word. */
    static <T> PlanSetting<T> word(
            String name,
            Function<String, T> parser,
            Function<T, String> writer,
            Function<TrainingPlan, T> getter,
            BiConsumer<TrainingPlanBuilder, T> setter) {
        var setting = new PlanSetting<>(name, Kind.TEXT, parser, getter, setter);
        setting.writer = writer;
        return setting;
    }

    /** What holds for every model for which {@link #forModel} does not say another. */
    PlanSetting<T> byDefault(T value) {
        common = value;
        return this;
    }

    PlanSetting<T> forModel(String model, T value) {
        defaults.put(model, value);
        return this;
    }

    /** It may be null, and what that means, by model, for people. */
    PlanSetting<T> orNull(Function<String, String> meaning) {
        unset = meaning;
        return this;
    }

    /** What {@link #defaults} says, where a value for each model would mislead. */
    PlanSetting<T> defaultsSaid(String text) {
        defaultsSaid = text;
        return this;
    }

    PlanSetting<T> atLeast(double least) {
        return bounded(new Bounds(least, false, Double.POSITIVE_INFINITY, true));
    }

    PlanSetting<T> above(double least) {
        return bounded(new Bounds(least, true, Double.POSITIVE_INFINITY, true));
    }

    PlanSetting<T> from0Below1() {
        return bounded(new Bounds(0, false, 1, true));
    }

    PlanSetting<T> from0To(double most) {
        return bounded(new Bounds(0, false, most, false));
    }

    private PlanSetting<T> bounded(Bounds allowed) {
        bounds = allowed;
        return values(allowed.toString());
    }

    /** Throws an IllegalArgumentException for what is not allowed. */
    PlanSetting<T> checked(Consumer<T> check) {
        this.check = check;
        return this;
    }

    /** No word but these. */
    PlanSetting<T> oneOf(List<String> words) {
        choices = List.copyOf(words);
        return values(String.join(", ", words));
    }

    PlanSetting<T> values(String values) {
        this.values = values;
        return this;
    }

    PlanSetting<T> group(Group group) {
        this.group = group;
        return this;
    }

    PlanSetting<T> search(Search search) {
        this.search = search;
        return this;
    }

    PlanSetting<T> param(String param) {
        this.param = param;
        return this;
    }

    PlanSetting<T> sentence(String sentence) {
        this.sentence = sentence;
        return this;
    }

    /** It is an amount of another setting, not a component of the plan. */
    PlanSetting<T> partOf(String whole) {
        this.whole = whole;
        return this;
    }

    PlanSetting<T> onlyWithConvolutions() {
        onlyConvolutions = true;
        return this;
    }

    // ---- what others use

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
                .filter(s -> s.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown setting '" + name + "'"));
    }

    /** As on the command line, without the dashes: {@code batch-size}. */
    public String name() {
        return name;
    }

    /** As in Java and in {@code plan.json}: {@code batchSize}. */
    public String component() {
        var text = new StringBuilder();
        for (String word : name.split("-")) {
            text.append(
                    text.length() == 0
                            ? word
                            : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
        }
        return text.toString();
    }

    /** For messages: {@code batch size}. */
    public String label() {
        return name.replace('-', ' ');
    }

    public Kind kind() {
        return kind;
    }

    public Group group() {
        return group;
    }

    /** Whether a search may choose it, and how. */
    public Search search() {
        return search;
    }

    /** What stands for a value in a help text: {@code N}. */
    public String param() {
        return param;
    }

    /** What it is for, one sentence without a full stop. */
    public String sentence() {
        return sentence;
    }

    /** Which values are allowed, for people. */
    public String values() {
        return values;
    }

    /** The words of which it must be one; none if it is not so. */
    public List<String> choices() {
        return choices;
    }

    /** Whether it means something only to a network with convolutions. */
    public boolean isOnlyForConvolutions() {
        return onlyConvolutions;
    }

    /** Whether it is a component of the plan, not an amount of another setting. */
    public boolean isComponent() {
        return whole == null;
    }

    /** Its amounts, which are settings too; none for most. */
    List<PlanSetting<?>> parts() {
        return all().stream().filter(s -> name.equals(s.whole)).toList();
    }

    /** The defaults, for people: {@code 0.001}, or {@code mlp 64; cnn, cnn-small 128}. */
    public String defaults() {
        if (defaultsSaid != null) {
            return defaultsSaid;
        }
        var models = new LinkedHashMap<String, List<String>>();
        for (String model : MnistModels.NAMES) {
            TrainingPlan plan = TrainingPlan.builder(model).build();
            String text = text(plan);
            models.computeIfAbsent(text == null ? unset.apply(model) : text, t -> new ArrayList<>())
                    .add(model);
        }
        return models.size() == 1
                ? models.keySet().iterator().next()
                : models.entrySet().stream()
                        .map(e -> String.join(", ", e.getValue()) + " " + e.getKey())
                        .collect(Collectors.joining("; "));
    }

    /** This plan's value as the command line takes it; null if it is not set. */
    public String text(TrainingPlan plan) {
        T value = getter.apply(plan);
        return value == null ? null : writer.apply(value);
    }

    /** Whether two plans agree in it. */
    public boolean isSame(TrainingPlan one, TrainingPlan other) {
        return Objects.equals(getter.apply(one), getter.apply(other));
    }

    /**
     * Puts a value into a plan, as the command line has it. The range is checked when the plan is
     * built.
     *
     * @throws IllegalArgumentException if the text is not such a value
     */
    public void set(TrainingPlanBuilder builder, String text) {
        setter.accept(builder, parser.apply(text));
    }

    /**
     * @throws IllegalArgumentException if the text is not such a value
     */
    public void parse(String text) {
        Object unused = parser.apply(text);
    }

    void setDefault(TrainingPlanBuilder builder, String model) {
        setter.accept(builder, defaults.getOrDefault(model, common));
    }

    /**
     * @throws IllegalArgumentException if the value is not allowed; the message names the setting
     */
    void check(Object value) {
        if (value == null) {
            if (unset == null) {
                throw new IllegalArgumentException(label() + " is missing");
            }
            return;
        }
        if (bounds != null && !bounds.contain(((Number) value).doubleValue())) {
            throw new IllegalArgumentException(
                    label() + " is " + value + ", " + bounds + " expected");
        }
        @SuppressWarnings("unchecked") // the constructor gives each setting its own component
        T own = (T) value;
        check.accept(own);
    }

    /** As {@code plan.json} has it: a number, a text, a truth value, null, or its parts. */
    Object json(TrainingPlan plan) {
        if (!parts().isEmpty()) {
            var amounts = new LinkedHashMap<String, Object>();
            parts().forEach(part -> amounts.put(part.component(), part.json(plan)));
            return amounts;
        }
        return kind == Kind.TEXT ? text(plan) : getter.apply(plan);
    }

    /**
     * @throws IllegalArgumentException if it is not what {@link #json} writes; the message names
     *     the setting
     */
    void setJson(TrainingPlanBuilder builder, JsonNode value) {
        if (!parts().isEmpty() && value.isObject()) {
            value.properties()
                    .forEach(
                            e ->
                                    parts().stream()
                                            .filter(p -> p.component().equals(e.getKey()))
                                            .findFirst()
                                            .orElseThrow(
                                                    () ->
                                                            PlanJson.unknown(
                                                                    component() + "." + e.getKey()))
                                            .setJson(builder, e.getValue()));
        } else if (value.isNull() && unset != null) {
            setter.accept(builder, null);
        } else if (switch (kind) {
            case REAL -> value.isNumber();
            case INTEGER -> value.isIntegralNumber();
            case TEXT -> value.isTextual() && parts().isEmpty();
            case BOOLEAN -> value.isBoolean();
        }) {
            try {
                set(builder, value.asText());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        JsonFile.printable(component()) + ": " + e.getMessage(), e);
            }
        } else {
            throw new IllegalArgumentException(
                    JsonFile.printable(component())
                            + " is "
                            + JsonFile.printable(
                                    value.isTextual() ? value.asText() : value.toString())
                            + ", "
                            + (parts().isEmpty() ? kind.description : "an object")
                            + " expected");
        }
    }

    @Override
    public String toString() {
        return name;
    }

    /** Numbers without a needless exponent or zero; what is read back is the same number. */
    private static String text(Object value) {
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
