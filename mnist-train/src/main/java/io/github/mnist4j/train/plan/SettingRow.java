package io.github.mnist4j.train.plan;

import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.train.plan.PlanSetting.Group;
import io.github.mnist4j.train.plan.PlanSetting.Kind;
import io.github.mnist4j.train.plan.PlanSetting.Search;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the rows of {@link PlanSettings} are written with: begins with the setting's type, ends with
 * its sentence, which makes it a {@link PlanSetting}.
 *
 * @param <T> what the setting is in Java
 */
final class SettingRow<T> {
    final String name;
    final Kind kind;
    final Function<TrainingPlan, T> getter;
    final BiConsumer<TrainingPlanBuilder, T> setter;
    final Function<String, T> parser;
    Function<T, String> writer = PlanSetting::written;
    final Map<String, T> defaults = new LinkedHashMap<>();
    @Nullable T common;
    @Nullable Function<String, String> unset;
    Consumer<T> check = value -> {};
    @Nullable Bounds bounds;
    String values = "";
    List<String> choices = List.of();
    Group group = Group.RUN;
    Search search = Search.NO;
    String param = "X";
    String sentence = "";
    @Nullable String whole;
    @Nullable String nullMeaning;
    @Nullable String defaultsSaid;
    boolean onlyConvolutions;

    private SettingRow(
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

    static SettingRow<Double> real(
            String name,
            Function<TrainingPlan, Double> getter,
            BiConsumer<TrainingPlanBuilder, Double> setter) {
        return new SettingRow<>(name, Kind.REAL, t -> (Double) Kind.REAL.parse(t), getter, setter);
    }

    static SettingRow<Integer> whole(
            String name,
            Function<TrainingPlan, Integer> getter,
            BiConsumer<TrainingPlanBuilder, Integer> setter) {
        return new SettingRow<>(
                name, Kind.INTEGER, t -> (Integer) Kind.INTEGER.parse(t), getter, setter);
    }

    static SettingRow<Long> seed(
            String name,
            Function<TrainingPlan, Long> getter,
            BiConsumer<TrainingPlanBuilder, Long> setter) {
        return new SettingRow<>(
                        name,
                        Kind.INTEGER,
                        t -> (Long) Kind.INTEGER.parse(t, Long::valueOf),
                        getter,
                        setter)
                .param("N")
                .values("any whole number");
    }

    static SettingRow<Boolean> flag(
            String name,
            Function<TrainingPlan, Boolean> getter,
            BiConsumer<TrainingPlanBuilder, Boolean> setter) {
        return new SettingRow<>(
                        name, Kind.BOOLEAN, t -> (Boolean) Kind.BOOLEAN.parse(t), getter, setter)
                .values("true or false");
    }

    /** Words as they are. */
    static SettingRow<String> text(
            String name,
            Function<TrainingPlan, String> getter,
            BiConsumer<TrainingPlanBuilder, String> setter) {
        return new SettingRow<>(name, Kind.TEXT, t -> t, getter, setter);
    }

    /** One of an enum's constants, by its name in lower case. */
    static <E extends Enum<E>> SettingRow<E> choice(
            String name,
            Class<E> type,
            Function<TrainingPlan, E> getter,
            BiConsumer<TrainingPlanBuilder, E> setter) {
        List<String> names =
                Arrays.stream(type.getEnumConstants()).map(PlanSetting::written).toList();
        return new SettingRow<>(
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
    static <T> SettingRow<T> word(
            String name,
            Function<String, T> parser,
            Function<T, String> writer,
            Function<TrainingPlan, T> getter,
            BiConsumer<TrainingPlanBuilder, T> setter) {
        var setting = new SettingRow<>(name, Kind.TEXT, parser, getter, setter);
        setting.writer = writer;
        return setting;
    }

    /** What holds for every model for which {@link #forModel} does not say another. */
    SettingRow<T> byDefault(T value) {
        common = value;
        return this;
    }

    SettingRow<T> forModel(String model, T value) {
        defaults.put(model, value);
        return this;
    }

    /**
     * A plan may hold null.
     *
     * @param meaning what null stands for
     * @param value what that is, by model, for people
     */
    SettingRow<T> orNull(String meaning, Function<String, String> value) {
        unset = value;
        return nullMeans(meaning);
    }

    /** A builder takes null, for this. */
    SettingRow<T> nullMeans(String meaning) {
        nullMeaning = meaning;
        return this;
    }

    /** What {@link #defaults} says, where a value for each model would mislead. */
    SettingRow<T> defaultsSaid(String text) {
        defaultsSaid = text;
        return this;
    }

    SettingRow<T> atLeast(double least) {
        return bounded(new Bounds(least, false, Double.POSITIVE_INFINITY, true));
    }

    SettingRow<T> above(double least) {
        return bounded(new Bounds(least, true, Double.POSITIVE_INFINITY, true));
    }

    SettingRow<T> from0Below1() {
        return bounded(new Bounds(0, false, 1, true));
    }

    SettingRow<T> from0To(double most) {
        return bounded(new Bounds(0, false, most, false));
    }

    private SettingRow<T> bounded(Bounds allowed) {
        bounds = allowed;
        return values(allowed.toString());
    }

    /** Throws an IllegalArgumentException for what is not allowed. */
    SettingRow<T> checked(Consumer<T> check) {
        this.check = check;
        return this;
    }

    /** No word but these. */
    SettingRow<T> oneOf(List<String> words) {
        choices = List.copyOf(words);
        return values(String.join(", ", words));
    }

    SettingRow<T> values(String values) {
        this.values = values;
        return this;
    }

    SettingRow<T> group(Group group) {
        this.group = group;
        return this;
    }

    SettingRow<T> search(Search search) {
        this.search = search;
        return this;
    }

    SettingRow<T> param(String param) {
        this.param = param;
        return this;
    }

    /** It is an amount of another setting, not a component of the plan. */
    SettingRow<T> partOf(String whole) {
        this.whole = whole;
        return this;
    }

    SettingRow<T> onlyWithConvolutions() {
        onlyConvolutions = true;
        return this;
    }

    /** What it is for, without a full stop; this ends the row. */
    PlanSetting<T> sentence(String text) {
        sentence = text;
        return new PlanSetting<>(this);
    }
}
