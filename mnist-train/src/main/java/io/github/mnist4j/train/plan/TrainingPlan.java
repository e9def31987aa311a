package io.github.mnist4j.train.plan;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.augment.Augmentation;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.models.Architecture;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.onednn.OneDnn;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Everything that decides how a run of training goes, in one place; two runs of one plan on one
 * machine with one number of threads give the same history, bit for bit. Made by {@link
 * #builder(String)}, which begins with the model's reference recipe.
 *
 * <p>Each component is a {@link PlanSetting} of the same name ({@code batchSize} is {@code
 * batch-size}), which knows its default and its range.
 *
 * @param model a name of {@link MnistModels}, or a name and what differs from it: {@code
 *     mlp:dense=1024,1024}; see {@link Architecture#parse}
 * @param dataset what to learn from
 * @param data folder of the data set's files; null to look where {@link
 *     io.github.mnist4j.data.source.DatasetLoader} looks
 * @param normalization what pixels go through on their way into the network; if null is given, the
 *     data set's own
 * @param epochs passes over the training split, 1 or more
 * @param batchSize images per step, 1 or more
 * @param optimizer adam, adamw (Adam with {@code weightDecay}), amsgrad, nesterov, sgd or rmsprop
 * @param learningRate the first, or the highest where the schedule rises to it; more than 0
 * @param momentum of nesterov, 0 to below 1
 * @param schedule how the learning rate changes: constant, {@code step:5:0.5} (halved every 5
 *     epochs), {@code multistep:5,10:0.1}, {@code exponential:0.9}, {@code poly:2}, {@code cosine}
 *     or {@code cosine:1} (after one epoch of warm-up), {@code onecycle}, {@code plateau:2:0.5};
 *     {@code 500it} instead of a number of epochs counts iterations
 * @param warmup epochs in which the learning rate rises evenly to where the schedule begins, which
 *     it does after them; 0 or more, below {@code epochs}; half an epoch is 0.5
 * @param augment how images are varied
 * @param dropout rate after dense layers, 0 to below 1; null for the network's own
 * @param convDropout rate after convolutions, 0 to below 1; null for the network's own
 * @param l1 coefficient of the L1 penalty, 0 for none
 * @param l2 coefficient of the L2 penalty, 0 for none; not together with {@code weightDecay}
 * @param weightDecay coefficient of decoupled weight decay, 0 for none; if null is given, the
 *     optimizer's own
 * @param labelSmoothing share of each label that is spread over all classes, 0 to below 1
 * @param clip greatest L2 norm of each layer's gradient, 0 for no limit
 * @param average of weights: none, {@code ema:0.999} (exponential, by step) or {@code swa:10} (of
 *     the epochs from the tenth on)
 * @param patience epochs without a gain after which the run ends, 0 for all epochs
 * @param monitor which validation metric patience waits for; the best epoch is always that of the
 *     highest accuracy
 * @param minGain what counts as a gain for patience: more than this, 0 or more
 * @param maxMinutes after which the run ends, 0 for no limit
 * @param targetAccuracy validation accuracy at which the run ends, 0 to 1, 0 for none
 * @param validation images held out of training to choose the best epoch on, 10 or more
 * @param splitSeed of the split into training and validation images, the same for all runs that are
 *     to be compared
 * @param seed of initial weights, order of images, augmentation and dropout
 * @param onednn whether oneDNN is used where it can be
 * @param precision of activations and multiplications in training where oneDNN is used: FP32, or
 *     BF16 (parameters, sums, validation and testing stay in 32 bits)
 */
@RecordBuilder
@RecordBuilder.Options(setterPrefix = "opt")
public record TrainingPlan(
        String model,
        Dataset dataset,
        String data,
        Normalization normalization,
        int epochs,
        int batchSize,
        String optimizer,
        double learningRate,
        double momentum,
        String schedule,
        double warmup,
        Augmentation augment,
        Double dropout,
        Double convDropout,
        double l1,
        double l2,
        Double weightDecay,
        double labelSmoothing,
        double clip,
        String average,
        int patience,
        Monitor monitor,
        double minGain,
        double maxMinutes,
        double targetAccuracy,
        int validation,
        long splitSeed,
        long seed,
        boolean onednn,
        OneDnn.Precision precision)
        implements Serializable, TrainingPlanBuilder.With {
    private static final long serialVersionUID = 2L;

    /** A validation metric. */
    public enum Monitor {
        ACCURACY,
        LOSS
    }

    /**
     * @throws IllegalArgumentException if a value is out of range; the message names it
     */
    public TrainingPlan {
        if (normalization == null && dataset != null) {
            normalization = dataset.normalization();
        }
        if (weightDecay == null) {
            weightDecay = Optimizers.weightDecay(optimizer);
        }
        PlanSettings.check(
                model,
                dataset,
                data,
                normalization,
                epochs,
                batchSize,
                optimizer,
                learningRate,
                momentum,
                schedule,
                warmup,
                augment,
                dropout,
                convDropout,
                l1,
                l2,
                weightDecay,
                labelSmoothing,
                clip,
                average,
                patience,
                monitor,
                minGain,
                maxMinutes,
                targetAccuracy,
                validation,
                splitSeed,
                seed,
                onednn,
                precision);
        if (l2 != 0 && weightDecay != 0) {
            throw new IllegalArgumentException(
                    "l2 and weight decay are both set, one of them expected");
        }
    }

    /** Begins with the reference recipe of a model: the defaults of {@link PlanSetting#all}. */
    public static TrainingPlanBuilder builder(String model) {
        return PlanSettings.defaults(model);
    }

    /**
     * Begins with this plan's settings. What is as its default has it, and hangs on another setting
     * (weight decay on the optimizer, normalization on the data set), follows when that is changed.
     */
    public TrainingPlanBuilder toBuilder() {
        var builder = TrainingPlanBuilder.builder(this);
        if (weightDecay.equals(Optimizers.weightDecay(optimizer))) {
            builder.optWeightDecay(null);
        }
        if (normalization.equals(dataset.normalization())) {
            builder.optNormalization(null);
        }
        return builder;
    }

    /** As {@link #toBuilder}. */
    @Override
    public TrainingPlanBuilder with() {
        return toBuilder();
    }

    /** With another optimizer; weight decay follows if it is the old one's own. */
    @Override
    public TrainingPlan withOptimizer(String optimizer) {
        return toBuilder().optOptimizer(optimizer).build();
    }

    /** With another data set; normalization follows if it is the old one's own. */
    @Override
    public TrainingPlan withDataset(Dataset dataset) {
        return toBuilder().optDataset(dataset).build();
    }

    /** As {@code plan.json} holds it. */
    public String toJson() {
        return new String(JsonFile.bytes(this), StandardCharsets.UTF_8);
    }

    /** For Jackson: what every file that holds a plan has for it. */
    @JsonValue
    JsonNode tree() {
        return PlanJson.write(this);
    }

    /**
     * For Jackson: reads what {@link #tree} gave, and the plans of before there was a format
     * number.
     */
    @JsonCreator
    static TrainingPlan of(JsonNode tree) {
        return PlanJson.read(tree);
    }

    /**
     * Reads what {@link #toJson} wrote. A setting that is missing takes its default.
     *
     * @throws IOException if there is no such file or it is not a plan; the message says what is
     *     wrong
     */
    public static TrainingPlan read(Path file) throws IOException {
        try {
            TrainingPlan plan = JsonFile.read(file, TrainingPlan.class);
            Schedules.checkWarmUp(plan);
            return plan;
        } catch (FileNotFoundException e) {
            throw new IOException("no plan at " + file, e);
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }
}
