package io.github.mnist4j.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.github.mnist4j.data.Augmentation;
import io.github.mnist4j.data.DataSource.Dataset;
import io.github.mnist4j.models.Architecture;
import io.github.mnist4j.models.JsonFile;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.onednn.OneDnn;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;

/**
 * Everything that decides how a run of training goes, in one place; two runs of one plan on one
 * machine with one number of threads give the same history, bit for bit. Made by {@link
 * #builder(String)}, which begins with the model's reference recipe.
 *
 * @param model a name of {@link MnistModels}, or a name and what differs from it: {@code
 *     mlp:dense=1024,1024}; see {@link Architecture#parse}
 * @param dataset what to learn from
 * @param data folder of the data set's files; null to look where {@link
 *     io.github.mnist4j.data.DataSource} looks
 * @param epochs passes over the training split, 1 or more
 * @param batchSize pictures a step, 1 or more
 * @param optimizer adam, adamw (Adam with {@code weightDecay}), amsgrad, nesterov, sgd or rmsprop
 * @param learningRate the first, or the highest where the schedule rises to it; more than 0
 * @param momentum of nesterov, 0 to below 1
 * @param schedule how the learning rate changes: constant, {@code step:5:0.5} (halved every 5
 *     epochs), {@code multistep:5,10:0.1}, {@code exponential:0.9}, {@code poly:2}, {@code cosine}
 *     or {@code cosine:1} (after one epoch of warm-up), {@code onecycle}, {@code plateau:2:0.5};
 *     {@code 500it} instead of a number of epochs counts iterations
 * @param augmentation how pictures are varied
 * @param dropout rate after dense layers, 0 to below 1; null for the network's own
 * @param convolutionDropout rate after convolutions, 0 to below 1; null for the network's own
 * @param l1 coefficient of the L1 penalty, 0 for none
 * @param l2 coefficient of the L2 penalty, 0 for none; not together with {@code weightDecay}
 * @param weightDecay coefficient of decoupled weight decay, 0 for none; the builder takes 0.01 for
 *     adamw where it is not set
 * @param labelSmoothing share of each label that is spread over all classes, 0 to below 1
 * @param clip greatest L2 norm of each layer's gradient, 0 for no limit
 * @param averaging of weights: none, {@code ema:0.999} (exponential, by step) or {@code swa:10} (of
 *     the epochs from the tenth on)
 * @param monitor which validation figure patience waits for; the best epoch is always that of the
 *     highest accuracy
 * @param patience epochs without a gain after which the run ends, 0 for all epochs
 * @param minGain what counts as a gain for patience: more than this, 0 or more
 * @param maxMinutes after which the run ends, 0 for no limit
 * @param targetAccuracy validation accuracy at which the run ends, 0 to 1, 0 for none
 * @param validationSize pictures held back from training to choose the best epoch on
 * @param splitSeed of the split into training and validation pictures, the same for all runs that
 *     are to be compared
 * @param seed of initial weights, order of pictures, augmentation and dropout
 * @param accelerated whether oneDNN is used where it can be
 * @param precision of activations and multiplications in training where oneDNN is used: FP32, or
 *     BF16 (parameters, sums, validation and testing stay in 32 bits)
 */
public record TrainingPlan(
        String model,
        Dataset dataset,
        String data,
        int epochs,
        int batchSize,
        String optimizer,
        double learningRate,
        double momentum,
        String schedule,
        Augmentation augmentation,
        Double dropout,
        Double convolutionDropout,
        double l1,
        double l2,
        double weightDecay,
        double labelSmoothing,
        double clip,
        String averaging,
        Monitor monitor,
        int patience,
        double minGain,
        double maxMinutes,
        double targetAccuracy,
        int validationSize,
        long splitSeed,
        long seed,
        boolean accelerated,
        OneDnn.Precision precision)
        implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final ObjectMapper JSON =
            new ObjectMapper()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);

    /** A validation figure. */
    public enum Monitor {
        ACCURACY,
        LOSS
    }

    /**
     * @throws IllegalArgumentException if a value is out of range; the message names it
     */
    public TrainingPlan {
        Architecture.parse(model);
        check(dataset != null, "data set is missing, a name expected");
        check(epochs >= 1, "epochs is " + epochs + ", 1 or more expected");
        check(batchSize >= 1, "batch size is " + batchSize + ", 1 or more expected");
        Optimizers.of(optimizer, 1, 0);
        check(
                learningRate > 0 && learningRate < Double.POSITIVE_INFINITY,
                "learning rate is " + learningRate + ", more than 0 expected");
        below1("momentum", momentum);
        Schedules.parse(schedule, learningRate, epochs, 1);
        below1("dropout", dropout == null ? 0 : dropout);
        below1("convolution dropout", convolutionDropout == null ? 0 : convolutionDropout);
        notNegative("l1", l1);
        notNegative("l2", l2);
        notNegative("weight decay", weightDecay);
        check(
                l2 == 0 || weightDecay == 0,
                "l2 and weight decay are both set, one of them expected");
        below1("label smoothing", labelSmoothing);
        notNegative("clip", clip);
        WeightAverage.parse(averaging);
        check(patience >= 0, "patience is " + patience + ", 0 or more expected");
        notNegative("minimum gain", minGain);
        notNegative("time limit", maxMinutes);
        check(
                targetAccuracy >= 0 && targetAccuracy <= 1,
                "target accuracy is " + targetAccuracy + ", 0 to 1 expected");
        check(
                validationSize >= 10,
                "validation size is " + validationSize + ", 10 or more expected");
    }

    private static void check(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    private static void below1(String name, double value) {
        check(value >= 0 && value < 1, name + " is " + value + ", 0 to below 1 expected");
    }

    private static void notNegative(String name, double value) {
        check(
                value >= 0 && value < Double.POSITIVE_INFINITY,
                name + " is " + value + ", 0 or more expected");
    }

    /** As {@code plan.json} holds it. */
    public String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @throws IOException if there is no such file or it is no plan; the message says where it is
     *     wrong
     */
    public static TrainingPlan read(Path file) throws IOException {
        try {
            return JsonFile.read(file, TrainingPlan.class);
        } catch (FileNotFoundException e) {
            throw new IOException("no plan at " + file, e);
        }
    }

    /**
     * Begins with the reference recipe of a model. mlp: Adam 0.001, batch 64, 10 epochs. cnn: Adam
     * 0.001 halved every 5 epochs, batch 128, 15 epochs, rotation by up to 10 degrees. cnn-small:
     * the other recipe of docs/training.md. All hold back 5,000 pictures.
     */
    public static Builder builder(String model) {
        var builder = new Builder();
        builder.model = model;
        String name = Architecture.parse(model).name();
        if (name.equals("cnn")) {
            builder.optEpochs(15).optBatchSize(128).optSchedule("step:5:0.5").optRotation(10);
        } else if (name.equals("cnn-small")) {
            builder.optEpochs(15)
                    .optBatchSize(128)
                    .optLearningRate(0.003)
                    .optSchedule("onecycle")
                    .optAveraging("ema:0.999")
                    .optAugmentation(Augmentation.of("affine"))
                    .optConvolutionDropout(0.1)
                    .optDropout(0.4);
        }
        return builder;
    }

    /** Begins with this plan's settings. */
    public Builder toBuilder() {
        var builder = new Builder();
        builder.model = model;
        builder.dataset = dataset;
        builder.data = data;
        builder.epochs = epochs;
        builder.batchSize = batchSize;
        builder.optimizer = optimizer;
        builder.learningRate = learningRate;
        builder.momentum = momentum;
        builder.schedule = schedule;
        builder.augmentation = augmentation;
        builder.dropout = dropout;
        builder.convolutionDropout = convolutionDropout;
        builder.l1 = l1;
        builder.l2 = l2;
        builder.weightDecay = weightDecay;
        builder.labelSmoothing = labelSmoothing;
        builder.clip = clip;
        builder.averaging = averaging;
        builder.monitor = monitor;
        builder.patience = patience;
        builder.minGain = minGain;
        builder.maxMinutes = maxMinutes;
        builder.targetAccuracy = targetAccuracy;
        builder.validationSize = validationSize;
        builder.splitSeed = splitSeed;
        builder.seed = seed;
        builder.accelerated = accelerated;
        builder.precision = precision;
        return builder;
    }

    /** Settings to change; see {@link TrainingPlan} for what each means. */
    public static final class Builder {
        private String model;
        private Dataset dataset = Dataset.AUTO;
        private String data;
        private int epochs = 10;
        private int batchSize = 64;
        private String optimizer = "adam";
        private double learningRate = 1e-3;
        private double momentum = 0.9;
        private String schedule = "constant";
        private Augmentation augmentation = Augmentation.NONE;
        private Double dropout;
        private Double convolutionDropout;
        private double l1;
        private double l2;
        private Double weightDecay;
        private double labelSmoothing;
        private double clip;
        private String averaging = "none";
        private Monitor monitor = Monitor.ACCURACY;
        private int patience;
        private double minGain;
        private double maxMinutes;
        private double targetAccuracy;
        private int validationSize = 5000;
        private long splitSeed = 1;
        private long seed = 1;
        private boolean accelerated = true;
        private OneDnn.Precision precision = OneDnn.Precision.FP32;

        private Builder() {}

        /** Another network; the other settings stay, whatever its own recipe is. */
        public Builder optModel(String model) {
            this.model = model;
            return this;
        }

        public Builder optDataset(Dataset dataset) {
            this.dataset = dataset;
            return this;
        }

        public Builder optData(String data) {
            this.data = data;
            return this;
        }

        public Builder optEpochs(int epochs) {
            this.epochs = epochs;
            return this;
        }

        public Builder optBatchSize(int batchSize) {
            this.batchSize = batchSize;
            return this;
        }

        public Builder optOptimizer(String optimizer) {
            this.optimizer = optimizer;
            return this;
        }

        public Builder optLearningRate(double learningRate) {
            this.learningRate = learningRate;
            return this;
        }

        public Builder optMomentum(double momentum) {
            this.momentum = momentum;
            return this;
        }

        public Builder optSchedule(String schedule) {
            this.schedule = schedule;
            return this;
        }

        public Builder optAugmentation(Augmentation augmentation) {
            this.augmentation = augmentation;
            return this;
        }

        public Builder optDropout(Double dropout) {
            this.dropout = dropout;
            return this;
        }

        public Builder optConvolutionDropout(Double convolutionDropout) {
            this.convolutionDropout = convolutionDropout;
            return this;
        }

        public Builder optL1(double l1) {
            this.l1 = l1;
            return this;
        }

        public Builder optL2(double l2) {
            this.l2 = l2;
            return this;
        }

        public Builder optWeightDecay(double weightDecay) {
            this.weightDecay = weightDecay;
            return this;
        }

        public Builder optLabelSmoothing(double labelSmoothing) {
            this.labelSmoothing = labelSmoothing;
            return this;
        }

        public Builder optClip(double clip) {
            this.clip = clip;
            return this;
        }

        public Builder optAveraging(String averaging) {
            this.averaging = averaging;
            return this;
        }

        public Builder optMonitor(Monitor monitor) {
            this.monitor = monitor;
            return this;
        }

        public Builder optPatience(int patience) {
            this.patience = patience;
            return this;
        }

        public Builder optMinGain(double minGain) {
            this.minGain = minGain;
            return this;
        }

        public Builder optMaxMinutes(double maxMinutes) {
            this.maxMinutes = maxMinutes;
            return this;
        }

        public Builder optTargetAccuracy(double targetAccuracy) {
            this.targetAccuracy = targetAccuracy;
            return this;
        }

        public Builder optValidationSize(int validationSize) {
            this.validationSize = validationSize;
            return this;
        }

        public Builder optSplitSeed(long splitSeed) {
            this.splitSeed = splitSeed;
            return this;
        }

        public Builder optSeed(long seed) {
            this.seed = seed;
            return this;
        }

        public Builder optAccelerated(boolean accelerated) {
            this.accelerated = accelerated;
            return this;
        }

        public Builder optPrecision(OneDnn.Precision precision) {
            this.precision = precision;
            return this;
        }

        /** Changes one amount of the augmentation. */
        public Builder optRotation(double degrees) {
            return optAugmentation(augmentation.withRotation(degrees));
        }

        /**
         * @throws IllegalArgumentException if a value is out of range; the message names it
         */
        public TrainingPlan build() {
            double decay = weightDecay != null ? weightDecay : "adamw".equals(optimizer) ? 0.01 : 0;
            return new TrainingPlan(
                    model,
                    dataset,
                    data,
                    epochs,
                    batchSize,
                    optimizer,
                    learningRate,
                    momentum,
                    schedule,
                    augmentation,
                    dropout,
                    convolutionDropout,
                    l1,
                    l2,
                    decay,
                    labelSmoothing,
                    clip,
                    averaging,
                    monitor,
                    patience,
                    minGain,
                    maxMinutes,
                    targetAccuracy,
                    validationSize,
                    splitSeed,
                    seed,
                    accelerated,
                    precision);
        }
    }
}
