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
 * What a space can search: the shape of the network's layers, and every setting of a plan whose row
 * in {@link PlanSetting#all} allows it, by its name on {@code mnist train}'s command line.
 *
 * @param name as spaces and trials have it
 * @param kind of its values
 * @param search how its values are chosen
 * @param values the allowed ones, in words
 * @param sentence what it is, in words
 * @param onlyConvolutions whether it applies only to networks with convolutions
 * @param setter puts a value into a plan
 */
public record Hyperparameter(
        String name,
        Kind kind,
        Search search,
        String values,
        String sentence,
        boolean onlyConvolutions,
        BiConsumer<Draft, Object> setter) {
    /** Those of the network's layers. */
    public static final List<Hyperparameter> LAYERS =
            List.of(
                    integer(
                            "layers",
                            Search.LINEAR,
                            "0 to 8",
                            "Dense layers before the last, all of one width",
                            false,
                            (d, v) -> d.layers = v),
                    integer(
                            "width",
                            Search.LOG,
                            "1 to 8192",
                            "Width of these dense layers",
                            false,
                            (d, v) -> d.width = v),
                    integer(
                            "blocks",
                            Search.LINEAR,
                            "1 to 4",
                            "Blocks of convolutions",
                            true,
                            (d, v) -> d.blocks = v),
                    integer(
                            "channels",
                            Search.LOG,
                            "1 to 1024",
                            "Channels of the first block; each further one has twice as many",
                            true,
                            (d, v) -> d.channels = v),
                    integer(
                            "convolutions",
                            Search.LINEAR,
                            "1 to 4",
                            "Convolutions in each block",
                            true,
                            (d, v) -> d.architecture = d.architecture.withConvolutions(v)),
                    integer(
                            "kernel",
                            Search.LINEAR,
                            "1 to 11",
                            "Width and height of the convolutions",
                            true,
                            (d, v) -> d.architecture = d.architecture.withKernel(v)),
                    new Hyperparameter(
                            "activation",
                            Kind.TEXT,
                            Search.LIST,
                            String.join(", ", Architecture.ACTIVATIONS),
                            "Activation after each layer but the last",
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

    private static Hyperparameter integer(
            String name,
            Search search,
            String values,
            String sentence,
            boolean onlyConvolutions,
            BiConsumer<Draft, Integer> setter) {
        return new Hyperparameter(
                name,
                Kind.INTEGER,
                search,
                values,
                sentence,
                onlyConvolutions,
                (d, v) -> setter.accept(d, (Integer) v));
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

    /** All hyperparameters, those of the layers first. */
    public static List<Hyperparameter> all() {
        return ALL;
    }

    /**
     * The hyperparameter of a name.
     *
     * @throws IllegalArgumentException if there is none; the message lists the names
     */
    public static Hyperparameter named(String name) {
        return ALL.stream()
                .filter(h -> h.name.equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "unknown hyperparameter "
                                                + JsonFile.printable(name)
                                                + ", one of "
                                                + ALL.stream()
                                                        .map(Hyperparameter::name)
                                                        .collect(Collectors.joining(", "))
                                                + " expected"));
    }

    /** Whether its values are whole numbers. */
    boolean isWhole() {
        return kind == Kind.INTEGER;
    }

    /**
     * A plan with other hyperparameters.
     *
     * @throws IllegalArgumentException if they do not make a valid plan; the message says why
     */
    static TrainingPlan apply(TrainingPlan base, Map<String, Object> values) {
        var draft = new Draft(base);
        for (Hyperparameter h : ALL) {
            Object value = values.get(h.name);
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

    /** Collects values for a plan. Layers are built last, from several values together. */
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
                if (count < 0 || count > 8) { // before a list of that length is made
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
