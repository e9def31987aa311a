package io.github.mnist4j.train.plan;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.augment.Augmentation;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.onednn.OneDnn;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * All settings of a training run. Two runs of the same plan on the same machine with the same
 * number of threads give the same history, bit for bit. {@link #builder(String)} starts from the
 * model's reference recipe.
 *
 * <p>Each component is a {@link PlanSetting} of the same name ({@code batchSize} is {@code
 * batch-size}), which knows its default and its range.
 *
 * @param model mlp, cnn or cnn-small, or one of them and what differs:
 *     mlp:dense=1024,1024:activation=swish,
 *     cnn:channels=16,32,64:convolutions=1:kernel=5:batchnorm=false (a model's name or description)
 * @param dataset The data set; auto is MNIST if it can be had, else generated digits (mnist,
 *     fashion-mnist, generated, auto)
 * @param data Folder of the data set's four IDX files, packed or not (a folder; null for where
 *     DatasetLoader looks)
 * @param normalization Mean and standard deviation of pixels from 0 to 1, by which the network's
 *     input is standardized (a mean from 0 to 1 and a standard deviation above 0; null for the data
 *     set's own)
 * @param epochs Passes over the training images (1 or more)
 * @param batchSize Images per step (1 or more)
 * @param optimizer Update rule; adamw is Adam with decoupled weight decay (adam, adamw, amsgrad,
 *     nesterov, sgd, rmsprop)
 * @param learningRate Initial learning rate, or the peak of a schedule that rises (more than 0)
 * @param momentum Momentum of nesterov (0 to below 1)
 * @param schedule How the learning rate changes: constant, step:5:0.5 (halved every 5 epochs),
 *     multistep:5,10:0.1, exponential:0.9, poly:2, cosine, cosine:1 (after one epoch of warm-up),
 *     onecycle, onecycle:0.3 (rising for 30 % of the run), plateau:2:0.5 (halved after 2 epochs
 *     without a lower validation loss); 500it instead of a number of epochs counts iterations
 *     (constant, step, multistep, exponential, poly, cosine, onecycle, plateau)
 * @param warmup Epochs over which the learning rate rises linearly before the schedule begins; 0.5
 *     is half an epoch (0 or more)
 * @param augment How images are varied; rotate to erase change single amounts of the policy (none,
 *     rotate, affine, elastic, strong)
 * @param dropout Dropout after dense layers (0 to below 1; null for the network's own)
 * @param convDropout Dropout after convolutions (0 to below 1; null for the network's own)
 * @param l1 L1 penalty (0 or more)
 * @param l2 L2 penalty; not together with weight decay (0 or more)
 * @param weightDecay Decoupled weight decay (Loshchilov and Hutter 2019) (0 or more; null for the
 *     optimizer's own)
 * @param labelSmoothing Fraction of each label that is spread over all classes (0 to below 1)
 * @param clip Maximum L2 norm of each layer's gradient; 0 for no limit (0 or more)
 * @param average Weight averaging: ema:0.999 (exponential, after each step) or swa:10 (after each
 *     epoch from the tenth on) (none, ema:DECAY, swa:EPOCH)
 * @param patience End after this many epochs without a gain; 0 for never (0 or more)
 * @param monitor Validation metric that patience watches; the best epoch is always the one with the
 *     highest accuracy (accuracy, loss)
 * @param minGain A gain for patience is more than this (0 or more)
 * @param maxMinutes End after so many minutes; 0 for no limit (0 or more)
 * @param targetAccuracy End when validation accuracy reaches this: 0.99; 0 for none (0 to 1)
 * @param validation Images held out of training to choose the best epoch (10 or more)
 * @param splitSeed Seed of the split into training and validation images; runs that share it are
 *     comparable (any whole number)
 * @param seed Seed of initial weights, order of images, augmentation and dropout (any whole number)
 * @param onednn Compute with oneDNN where possible; --no-onednn uses DL4J's own layers only (true
 *     or false)
 * @param precision Arithmetic of training; bf16 is faster where the processor multiplies bfloat16,
 *     and keeps parameters, sums, validation and testing in 32 bits (fp32, bf16)
 */
@RecordBuilder
@RecordBuilder.Options(setterPrefix = "opt")
public record TrainingPlan(
        String model,
        Dataset dataset,
        @Nullable String data,
        @Nullable Normalization normalization,
        int epochs,
        int batchSize,
        String optimizer,
        double learningRate,
        double momentum,
        String schedule,
        double warmup,
        Augmentation augment,
        @Nullable Double dropout,
        @Nullable Double convDropout,
        double l1,
        double l2,
        @Nullable Double weightDecay,
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

    /** What pixels go through on their way into the network; never null. */
    @Override
    public Normalization normalization() {
        return requireNonNull(normalization);
    }

    /** Coefficient of decoupled weight decay, 0 for none; never null. */
    @Override
    public Double weightDecay() {
        return requireNonNull(weightDecay);
    }

    /** Starts from the reference recipe of a model: the defaults of {@link PlanSetting#all}. */
    public static TrainingPlanBuilder builder(String model) {
        return PlanSettings.defaults(model);
    }

    /**
     * Starts from this plan's settings. A default that depends on another setting (weight decay on
     * the optimizer, normalization on the data set) follows that setting when it changes.
     */
    public TrainingPlanBuilder toBuilder() {
        var builder = TrainingPlanBuilder.builder(this);
        if (weightDecay().equals(Optimizers.weightDecay(optimizer))) {
            builder.optWeightDecay(null);
        }
        if (normalization().equals(dataset.normalization())) {
            builder.optNormalization(null);
        }
        return builder;
    }

    /** As {@link #toBuilder}. */
    @Override
    public TrainingPlanBuilder with() {
        return toBuilder();
    }

    /** With another optimizer; weight decay follows if it is the default of the old one. */
    @Override
    public TrainingPlan withOptimizer(String optimizer) {
        return toBuilder().optOptimizer(optimizer).build();
    }

    /** With another data set; normalization follows if it is that of the old one. */
    @Override
    public TrainingPlan withDataset(Dataset dataset) {
        return toBuilder().optDataset(dataset).build();
    }

    /** As {@code plan.json} holds it. */
    public String toJson() {
        return new String(JsonFile.bytes(this), StandardCharsets.UTF_8);
    }

    /** For Jackson: the plan as every JSON file holds it. */
    @JsonValue
    JsonNode tree() {
        return PlanJson.write(this);
    }

    /**
     * For Jackson: reads what {@link #tree} gave, and plans from before there was a format number.
     */
    @JsonCreator
    static TrainingPlan of(JsonNode tree) {
        return PlanJson.read(tree);
    }

    /**
     * Reads what {@link #toJson} wrote, the plan of a run. A setting that is missing takes its
     * default.
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
