package io.github.mnist4j.cli.options;

import io.github.mnist4j.train.plan.PlanSetting;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlanBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.IGetter;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * Settings of a {@link TrainingPlan} as options, made from their rows in the table; a command has
 * them by a {@code @Mixin} of a subclass.
 */
@Command
class SettingOptions {
    private final List<PlanSetting<?>> settings;
    private final Map<PlanSetting<?>, String> given = new LinkedHashMap<>();

    SettingOptions(Predicate<PlanSetting<?>> which) {
        settings = PlanSetting.all().stream().filter(which).toList();
    }

    /** Called by picocli. */
    @Spec(Spec.Target.MIXEE)
    void addTo(CommandSpec command) {
        settings.forEach(setting -> command.addOption(option(setting)));
    }

    /** What the help says of a setting. */
    String sentence(PlanSetting<?> setting) {
        return setting.sentence()
                + (setting.choices().isEmpty() ? "" : "; one of " + setting.values());
    }

    /** What the help says is its default. */
    String defaults(PlanSetting<?> setting) {
        return setting.defaults();
    }

    private OptionSpec option(PlanSetting<?> setting) {
        var option =
                OptionSpec.builder("--" + setting.name())
                        .description(
                                (sentence(setting) + ". Default: " + defaults(setting))
                                        .replace("%", "%%")) // picocli formats it
                        .getter(
                                new IGetter() {
                                    @Override
                                    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
                                    public <T> @Nullable T get() {
                                        return (T) given.get(setting);
                                    }
                                })
                        .setter(
                                new ISetter() {
                                    @Override
                                    public <T> @Nullable T set(T value) {
                                        // null at the beginning of every parsing
                                        if (value == null) {
                                            given.remove(setting);
                                        } else {
                                            given.put(setting, value.toString());
                                        }
                                        return null;
                                    }
                                });
        if (setting.kind() == PlanSetting.Kind.BOOLEAN) {
            return option.type(Boolean.class).negatable(true).build();
        }
        return option.type(String.class)
                .arity("1")
                .paramLabel(setting.param())
                .converters(text -> checked(setting, text))
                .build();
    }

    private static String checked(PlanSetting<?> setting, String text) {
        try {
            setting.parse(text);
            return text;
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /** What was given for a setting. */
    Optional<String> given(String setting) {
        return Optional.ofNullable(given.get(PlanSetting.of(setting)));
    }

    /** Puts what was given into a plan; what was not stays. */
    void applyTo(TrainingPlanBuilder builder) {
        // in the table's order: an augmentation's policy before its amounts
        for (PlanSetting<?> setting : settings) {
            if (given.containsKey(setting)) {
                setting.set(builder, given.get(setting));
            }
        }
    }
}
