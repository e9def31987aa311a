package io.github.mnist4j.tune;

import io.github.mnist4j.data.Augmentation;
import io.github.mnist4j.models.Architecture;
import io.github.mnist4j.models.JsonFile;
import io.github.mnist4j.train.TrainingPlan;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a space can search, by the name that it has on the command line of {@code mnist train}; the
 * network's layers by names of their own.
 */
enum Hyperparameter {
    LAYERS("layers", Kind.INTEGER, (d, v) -> d.layers = (Integer) v),
    WIDTH("width", Kind.INTEGER, (d, v) -> d.width = (Integer) v),
    BLOCKS("blocks", Kind.INTEGER, (d, v) -> d.blocks = (Integer) v),
    CHANNELS("channels", Kind.INTEGER, (d, v) -> d.channels = (Integer) v),
    CONVOLUTIONS(
            "convolutions",
            Kind.INTEGER,
            (d, v) -> d.architecture = d.architecture.withConvolutions((Integer) v)),
    KERNEL(
            "kernel",
            Kind.INTEGER,
            (d, v) -> d.architecture = d.architecture.withKernel((Integer) v)),
    ACTIVATION(
            "activation",
            Kind.TEXT,
            (d, v) -> d.architecture = d.architecture.withActivation((String) v)),
    BATCH_NORM(
            "batch-norm",
            Kind.BOOLEAN,
            (d, v) -> d.architecture = d.architecture.withBatchNorm((Boolean) v)),
    DROPOUT("dropout", Kind.REAL, (d, v) -> d.plan.optDropout((Double) v)),
    CONV_DROPOUT("conv-dropout", Kind.REAL, (d, v) -> d.plan.optConvolutionDropout((Double) v)),
    OPTIMIZER("optimizer", Kind.TEXT, (d, v) -> d.optimizer((String) v)),
    LEARNING_RATE("learning-rate", Kind.REAL, (d, v) -> d.plan.optLearningRate((Double) v)),
    MOMENTUM("momentum", Kind.REAL, (d, v) -> d.plan.optMomentum((Double) v)),
    SCHEDULE("schedule", Kind.TEXT, (d, v) -> d.plan.optSchedule((String) v)),
    BATCH_SIZE("batch-size", Kind.INTEGER, (d, v) -> d.plan.optBatchSize((Integer) v)),
    WEIGHT_DECAY("weight-decay", Kind.REAL, (d, v) -> d.plan.optWeightDecay((Double) v)),
    L1("l1", Kind.REAL, (d, v) -> d.plan.optL1((Double) v)),
    L2("l2", Kind.REAL, (d, v) -> d.plan.optL2((Double) v)),
    LABEL_SMOOTHING("label-smoothing", Kind.REAL, (d, v) -> d.plan.optLabelSmoothing((Double) v)),
    CLIP("clip", Kind.REAL, (d, v) -> d.plan.optClip((Double) v)),
    AVERAGE("average", Kind.TEXT, (d, v) -> d.plan.optAveraging((String) v)),
    // the policy first: the amounts below change it
    AUGMENT("augment", Kind.TEXT, (d, v) -> d.augmentation = Augmentation.of((String) v)),
    ROTATE("rotate", (d, v) -> d.augmentation = d.augmentation.withRotation((Double) v)),
    SHIFT("shift", (d, v) -> d.augmentation = d.augmentation.withShift((Double) v)),
    SCALE("scale", (d, v) -> d.augmentation = d.augmentation.withScale((Double) v)),
    SHEAR("shear", (d, v) -> d.augmentation = d.augmentation.withShear((Double) v)),
    ELASTIC("elastic", (d, v) -> d.augmentation = d.augmentation.withElastic((Double) v)),
    STROKE("stroke", (d, v) -> d.augmentation = d.augmentation.withStroke((Double) v)),
    ERASE("erase", (d, v) -> d.augmentation = d.augmentation.withErase((Double) v));

    /** What its values are. */
    enum Kind {
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
         * @throws IllegalArgumentException if the text is no such value
         */
        Object parse(String text) {
            try {
                return switch (this) {
                    case REAL -> finite(text);
                    case INTEGER -> whole(text);
                    case TEXT -> text;
                    case BOOLEAN -> bool(text);
                };
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        JsonFile.printable(text) + " found, " + description + " expected", e);
            }
        }

        private static Double finite(String text) {
            // not what else Java takes: 1d, 0x1p3
            double value = NUMBER.matcher(text).matches() ? Double.parseDouble(text) : Double.NaN;
            if (!Double.isFinite(value)) {
                throw new NumberFormatException(text);
            }
            return value;
        }

        private static Integer whole(String text) {
            // nor digits of other scripts
            if (!NUMBER.matcher(text).matches()) {
                throw new NumberFormatException(text);
            }
            return Integer.valueOf(text);
        }

        private static Boolean bool(String text) {
            if (!text.equals("true") && !text.equals("false")) {
                throw new NumberFormatException(text);
            }
            return Boolean.valueOf(text);
        }
    }

    private static final List<Hyperparameter> OF_CONVOLUTIONS =
            List.of(BLOCKS, CHANNELS, CONVOLUTIONS, KERNEL, CONV_DROPOUT);

    private final String option;
    private final Kind kind;
    private final BiConsumer<Draft, Object> setting;

    Hyperparameter(String option, BiConsumer<Draft, Object> setting) {
        this(option, Kind.REAL, setting);
    }

    Hyperparameter(String option, Kind kind, BiConsumer<Draft, Object> setting) {
        this.option = option;
        this.kind = kind;
        this.setting = setting;
    }

    String option() {
        return option;
    }

    Kind kind() {
        return kind;
    }

    /**
     * @throws IllegalArgumentException if there is none of this name; the message lists them
     */
    static Hyperparameter of(String option) {
        return Arrays.stream(values())
                .filter(h -> h.option.equals(option))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "unknown hyperparameter "
                                                + JsonFile.printable(option)
                                                + ", one of "
                                                + Arrays.stream(values())
                                                        .map(Hyperparameter::option)
                                                        .collect(Collectors.joining(", "))
                                                + " expected"));
    }

    /**
     * The plan with these values in it.
     *
     * @throws IllegalArgumentException if they make no plan; the message says why
     */
    static TrainingPlan apply(TrainingPlan base, Map<String, Object> values) {
        var draft = new Draft(base);
        for (Hyperparameter h : values()) {
            Object value = values.get(h.option);
            if (value == null) {
                continue;
            }
            if (draft.architecture.channels().isEmpty() && OF_CONVOLUTIONS.contains(h)) {
                throw new IllegalArgumentException(
                        "model " + base.model() + " has no convolutions");
            }
            h.setting.accept(draft, value);
        }
        return draft.build(!values.containsKey(WEIGHT_DECAY.option));
    }

    /** A plan while values are put into it. */
    private static final class Draft {
        private final TrainingPlan base;
        private final TrainingPlan.Builder plan;
        private Architecture architecture;
        private Augmentation augmentation;
        private boolean adamw;
        private Integer layers;
        private Integer width;
        private Integer blocks;
        private Integer channels;

        Draft(TrainingPlan base) {
            this.base = base;
            plan = base.toBuilder();
            architecture = Architecture.parse(base.model());
            augmentation = base.augmentation();
        }

        void optimizer(String name) {
            plan.optOptimizer(name);
            adamw = name.equals("adamw");
        }

        TrainingPlan build(boolean ownDecay) {
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
            if (adamw && ownDecay && base.weightDecay() == 0) {
                plan.optWeightDecay(0.01); // what train --optimizer adamw takes
            }
            return plan.optModel(architecture.toString()).optAugmentation(augmentation).build();
        }
    }
}
