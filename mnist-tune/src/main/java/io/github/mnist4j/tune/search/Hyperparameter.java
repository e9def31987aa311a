package io.github.mnist4j.tune.search;

import io.github.mnist4j.models.Architecture;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.train.plan.PlanSetting;
import io.github.mnist4j.train.plan.PlanSetting.Kind;
import io.github.mnist4j.train.plan.PlanSetting.Search;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlanBuilder;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a space can search: the network's layers by names of their own, and every setting of a plan
 * that allows it, by the name that it has on the command line of {@code mnist train}.
 *
 * @param option its name
 * @param kind what its values are
 * @param search how they are chosen
 * @param values which are allowed, for people
 * @param sentence what it is, for people
 * @param onlyConvolutions whether it means something only to a network with convolutions
 */
public record Hyperparameter(
        String option,
        Kind kind,
        Search search,
        String values,
        String sentence,
        boolean onlyConvolutions,
        BiConsumer<Draft, Object> setter) {
    /** Of the network's layers. */
    public static final List<Hyperparameter> LAYERS =
            List.of(
                    shape("layers", Search.LINEAR, "0 to 8", (d, v) -> d.layers = v)
                            .of("Dense layers before the last, all of one width"),
                    shape("width", Search.LOG, "1 to 8192", (d, v) -> d.width = v)
                            .of("Width of these dense layers"),
                    shape("blocks", Search.LINEAR, "1 to 4", (d, v) -> d.blocks = v)
                            .of("Blocks of convolutions")
                            .convolutional(),
                    shape("channels", Search.LOG, "1 to 1024", (d, v) -> d.channels = v)
                            .of("Channels of the first block; each next one has twice as many")
                            .convolutional(),
                    shape(
                                    "convolutions",
                                    Search.LINEAR,
                                    "1 to 4",
                                    (d, v) -> d.architecture = d.architecture.withConvolutions(v))
                            .of("Convolutions in each block")
                            .convolutional(),
                    shape(
                                    "kernel",
                                    Search.LINEAR,
                                    "1 to 11",
                                    (d, v) -> d.architecture = d.architecture.withKernel(v))
                            .of("Width and height of the convolutions")
                            .convolutional(),
                    new Hyperparameter(
                            "activation",
                            Kind.TEXT,
                            Search.LIST,
                            String.join(", ", Architecture.ACTIVATIONS),
                            "What comes after each layer but the last",
                            false,
                            (d, v) -> d.architecture = d.architecture.withActivation((String) v)),
                    new Hyperparameter(
                            "batch-norm",
                            Kind.BOOLEAN,
                            Search.LIST,
                            "true or false",
                            "Batch norm after each layer but the last",
                            false,
                            (d, v) -> d.architecture = d.architecture.withBatchNorm((Boolean) v)));

    private static final List<Hyperparameter> ALL =
            Stream.concat(
                            LAYERS.stream(),
                            // in the table's order: an augmentation's policy before its amounts
                            PlanSetting.all().stream()
                                    .filter(s -> s.search() != Search.NO)
                                    .map(Hyperparameter::of))
                    .toList();

    private static Hyperparameter shape(
            String option, Search search, String values, BiConsumer<Draft, Integer> setter) {
        return new Hyperparameter(
                option,
                Kind.INTEGER,
                search,
                values,
                "",
                false,
                (d, v) -> setter.accept(d, (Integer) v));
    }

    private Hyperparameter of(String sentence) {
        return new Hyperparameter(option, kind, search, values, sentence, onlyConvolutions, setter);
    }

    private Hyperparameter convolutional() {
        return new Hyperparameter(option, kind, search, values, sentence, true, setter);
    }

    private static Hyperparameter of(PlanSetting<?> setting) {
        return new Hyperparameter(
                setting.name(),
                setting.kind(),
                setting.search(),
                setting.values(),
                setting.sentence(),
                setting.isOnlyForConvolutions(),
                (d, v) -> setting.set(d.plan, v.toString()));
    }

    /** All that there are; those of the layers first. */
    public static List<Hyperparameter> all() {
        return ALL;
    }

    /**
     * @throws IllegalArgumentException if there is none of this name; the message lists them
     */
    public static Hyperparameter named(String option) {
        return ALL.stream()
                .filter(h -> h.option.equals(option))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "unknown hyperparameter "
                                                + JsonFile.printable(option)
                                                + ", one of "
                                                + ALL.stream()
                                                        .map(Hyperparameter::option)
                                                        .collect(Collectors.joining(", "))
                                                + " expected"));
    }

    /** Whether its values are whole numbers. */
    boolean isWhole() {
        return kind == Kind.INTEGER;
    }

    /**
     * The plan with these values in it.
     *
     * @throws IllegalArgumentException if they make no plan; the message says why
     */
    static TrainingPlan apply(TrainingPlan base, Map<String, Object> values) {
        var draft = new Draft(base);
        for (Hyperparameter h : ALL) {
            Object value = values.get(h.option);
            if (value == null) {
                continue;
            }
            if (draft.architecture.channels().isEmpty() && h.onlyConvolutions) {
                throw new IllegalArgumentException(
                        "model " + base.model() + " has no convolutions");
            }
            h.setter.accept(draft, value);
        }
        return draft.build();
    }

    /** A plan while values are put into it. */
    static final class Draft {
        private final TrainingPlanBuilder plan;
        private Architecture architecture;
        private @Nullable Integer layers;
        private @Nullable Integer width;
        private @Nullable Integer blocks;
        private @Nullable Integer channels;

        private Draft(TrainingPlan base) {
            plan = base.toBuilder();
            architecture = Architecture.parse(base.model());
        }

        private TrainingPlan build() {
            if (layers != null || width != null) {
                List<Integer> own = architecture.dense();
                int count = layers != null ? layers : own.size();
                int size = width != null ? width : own.isEmpty() ? 128 : own.get(0);
                if (count < 0 || count > 8) { // before a list of so many is made
                    throw new IllegalArgumentException("layers is " + count + ", 0 to 8 expected");
                }
                architecture = architecture.withDense(Collections.nCopies(count, size));
            }
            if (blocks != null || channels != null) {
                int count = blocks != null ? blocks : architecture.channels().size();
                int first = channels != null ? channels : architecture.channels().get(0);
                if (count < 1 || count > 4) {
                    throw new IllegalArgumentException("blocks is " + count + ", 1 to 4 expected");
                }
                architecture =
                        architecture.withChannels(
                                IntStream.range(0, count).mapToObj(i -> first << i).toList());
            }
            return plan.optModel(architecture.toString()).build();
        }
    }
}
