package io.github.mnist4j.train.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.train.plan.PlanSetting.Kind;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A plan as JSON: a format number, and the settings by their components' names. A missing one takes
 * the model's default, so plans of older versions stay readable; an unknown one is refused rather
 * than ignored.
 */
final class PlanJson {
    /** The format that is written; it grows when older plans would be misread. */
    static final int FORMAT = 1;

    private static final String FORMAT_NAME = "format";

    /** Names of settings before there was a format number. */
    private static final Map<String, String> OLD_NAMES =
            Map.of(
                    "augmentation", "augment",
                    "convolutionDropout", "convDropout",
                    "averaging", "average",
                    "validationSize", "validation",
                    "accelerated", "onednn",
                    "rotation", "rotate");

    private PlanJson() {}

    static JsonNode write(TrainingPlan plan) {
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        tree.put(FORMAT_NAME, FORMAT);
        components().forEach(setting -> write(tree, setting, plan));
        return tree;
    }

    private static List<PlanSetting<?>> components() {
        return PlanSetting.all().stream().filter(PlanSetting::isComponent).toList();
    }

    private static void write(ObjectNode tree, PlanSetting<?> setting, TrainingPlan plan) {
        String name = setting.component();
        if (!setting.parts().isEmpty()) {
            ObjectNode amounts = tree.putObject(name);
            setting.parts().forEach(part -> write(amounts, part, plan));
            return;
        }
        Object value = setting.kind() == Kind.TEXT ? setting.text(plan) : setting.value(plan);
        if (value instanceof Double number) {
            tree.put(name, number);
        } else if (value instanceof Integer number) {
            tree.put(name, number);
        } else if (value instanceof Long number) {
            tree.put(name, number);
        } else if (value instanceof Boolean truth) {
            tree.put(name, truth);
        } else {
            tree.put(name, (String) value);
        }
    }

    /**
     * @throws IllegalArgumentException if it is not a plan; the message says why
     */
    static TrainingPlan read(JsonNode tree) {
        if (!tree.isObject()) {
            throw new IllegalArgumentException("a plan is an object of settings");
        }
        JsonNode format = tree.get(FORMAT_NAME);
        if (format == null) {
            return read(renamed(tree), Normalization.MNIST);
        }
        if (!format.isIntegralNumber() || format.asLong() < 1) {
            throw new IllegalArgumentException(
                    "format is "
                            + JsonFile.printable(format.toString())
                            + ", a number from 1 to "
                            + FORMAT
                            + " expected");
        }
        if (!format.canConvertToInt() || format.asInt() > FORMAT) {
            throw new IllegalArgumentException(
                    "format "
                            + format.asText()
                            + " is newer than "
                            + FORMAT
                            + ", the newest that this program reads; use a newer MNIST4J");
        }
        return read(tree, null);
    }

    /**
     * @param normalization what holds if the plan does not say; null for the data set's own
     */
    private static TrainingPlan read(JsonNode tree, @Nullable Normalization normalization) {
        var builder =
                TrainingPlan.builder(
                                tree.path("model").isTextual() ? tree.get("model").asText() : "mlp")
                        .optNormalization(normalization);
        ObjectNode settings = tree.deepCopy();
        settings.remove(FORMAT_NAME);
        read(settings, components(), "", builder);
        return builder.build();
    }

    /**
     * @param settings those that may be there
     * @param path of the object in the plan, with a dot at its end
     */
    private static void read(
            JsonNode object,
            List<PlanSetting<?>> settings,
            String path,
            TrainingPlanBuilder builder) {
        object.properties()
                .forEach(
                        e ->
                                read(
                                        settings.stream()
                                                .filter(s -> s.component().equals(e.getKey()))
                                                .findFirst()
                                                .orElseThrow(() -> unknown(path + e.getKey())),
                                        e.getValue(),
                                        builder));
    }

    private static void read(PlanSetting<?> setting, JsonNode value, TrainingPlanBuilder builder) {
        String name = setting.component();
        List<PlanSetting<?>> parts = setting.parts();
        if (!parts.isEmpty() && value.isObject()) {
            read(value, parts, name + ".", builder);
        } else if (value.isNull() && setting.isNullable()) {
            setting.unset(builder);
        } else if (parts.isEmpty() && isOf(setting.kind(), value)) {
            try {
                setting.set(builder, value.asText());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        JsonFile.printable(name) + ": " + e.getMessage(), e);
            }
        } else {
            throw new IllegalArgumentException(
                    JsonFile.printable(name)
                            + " is "
                            + JsonFile.printable(
                                    value.isTextual() ? value.asText() : value.toString())
                            + ", "
                            + (parts.isEmpty() ? setting.kind().description() : "an object")
                            + " expected");
        }
    }

    private static boolean isOf(Kind kind, JsonNode value) {
        return switch (kind) {
            case REAL -> value.isNumber();
            case INTEGER -> value.isIntegralNumber();
            case TEXT -> value.isTextual();
            case BOOLEAN -> value.isBoolean();
        };
    }

    private static IllegalArgumentException unknown(String name) {
        return new IllegalArgumentException("unknown setting " + JsonFile.printable(name));
    }

    /**
     * Plans without a format number were all trained with MNIST's normalization, whatever the data
     * set.
     */
    private static JsonNode renamed(JsonNode tree) {
        ObjectNode renamed = JsonNodeFactory.instance.objectNode();
        tree.properties()
                .forEach(
                        e ->
                                renamed.set(
                                        OLD_NAMES.getOrDefault(e.getKey(), e.getKey()),
                                        e.getValue().isObject()
                                                ? renamed(e.getValue())
                                                : e.getValue()));
        return renamed;
    }
}
