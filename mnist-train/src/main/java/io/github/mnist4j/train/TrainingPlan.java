package io.github.mnist4j.train;

import io.github.mnist4j.data.DataSource.Dataset;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.onednn.OneDnn;
import java.io.Serializable;

/**
 * Everything that decides how a run of training goes, in one place; two runs of one plan on one
 * machine give the same history, bit for bit. Made by {@link #builder(String)}, which begins with
 * the model's reference recipe.
 *
 * @param model a name of {@link MnistModels}
 * @param dataset what to learn from
 * @param data folder of the data set's files; null to look where {@link
 *     io.github.mnist4j.data.DataSource} looks
 * @param epochs passes over the training split, 1 or more
 * @param batchSize pictures a step, 1 or more
 * @param learningRate of Adam, more than 0
 * @param schedule how the learning rate changes: {@code constant} or {@code step:EPOCHS:FACTOR}
 * @param rotation greatest angle of random rotation in degrees, 0 for none
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
        double learningRate,
        String schedule,
        double rotation,
        int validationSize,
        long splitSeed,
        long seed,
        boolean accelerated,
        OneDnn.Precision precision)
        implements Serializable {
    private static final long serialVersionUID = 1L;

    /**
     * @throws IllegalArgumentException if a value is out of range; the message names it
     */
    public TrainingPlan {
        check(
                MnistModels.NAMES.contains(model),
                "unknown model '"
                        + model
                        + "', one of "
                        + String.join(", ", MnistModels.NAMES)
                        + " expected");
        check(epochs >= 1, "epochs is " + epochs + ", 1 or more expected");
        check(batchSize >= 1, "batch size is " + batchSize + ", 1 or more expected");
        check(
                learningRate > 0 && learningRate < Double.POSITIVE_INFINITY,
                "learning rate is " + learningRate + ", more than 0 expected");
        check(
                rotation >= 0 && rotation <= 180,
                "rotation is " + rotation + ", 0 to 180 degrees expected");
        check(
                validationSize >= 10,
                "validation size is " + validationSize + ", 10 or more expected");
        Schedules.parse(schedule, learningRate);
    }

    private static void check(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /**
     * Begins with the reference recipe of a model. mlp: Adam 0.001, batch 64, 10 epochs. cnn: Adam
     * 0.001 halved every 5 epochs, batch 128, 15 epochs, rotation by up to 10 degrees. Both hold
     * back 5,000 pictures.
     *
     * @throws IllegalArgumentException if there is no such model
     */
    public static Builder builder(String model) {
        var builder = new Builder();
        builder.model = model;
        if (model.equals("cnn")) {
            builder.optEpochs(15).optBatchSize(128).optSchedule("step:5:0.5").optRotation(10);
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
        builder.learningRate = learningRate;
        builder.schedule = schedule;
        builder.rotation = rotation;
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
        private double learningRate = 1e-3;
        private String schedule = "constant";
        private double rotation;
        private int validationSize = 5000;
        private long splitSeed = 1;
        private long seed = 1;
        private boolean accelerated = true;
        private OneDnn.Precision precision = OneDnn.Precision.FP32;

        private Builder() {}

        public Builder optDataset(Dataset dataset) {
            this.dataset = dataset;
            return this;
        }

        public Builder optData(String folder) {
            this.data = folder;
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

        public Builder optLearningRate(double learningRate) {
            this.learningRate = learningRate;
            return this;
        }

        public Builder optSchedule(String schedule) {
            this.schedule = schedule;
            return this;
        }

        public Builder optRotation(double degrees) {
            this.rotation = degrees;
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

        /**
         * @throws IllegalArgumentException if a value is out of range; the message names it
         */
        public TrainingPlan build() {
            return new TrainingPlan(
                    model,
                    dataset,
                    data,
                    epochs,
                    batchSize,
                    learningRate,
                    schedule,
                    rotation,
                    validationSize,
                    splitSeed,
                    seed,
                    accelerated,
                    precision);
        }
    }
}
