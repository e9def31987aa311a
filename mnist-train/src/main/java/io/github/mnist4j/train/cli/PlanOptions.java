package io.github.mnist4j.train.cli;

import io.github.mnist4j.data.DataSource;
import io.github.mnist4j.onednn.OneDnn;
import io.github.mnist4j.train.TrainingPlan;
import java.io.IOException;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Every setting of a {@link TrainingPlan} as an option; what is not given stays as it is. */
public final class PlanOptions {
    @Option(
            names = "--model",
            paramLabel = "NAME",
            description =
                    "mlp, cnn or cnn-small, or one of them and what differs: mlp:dense=1024,1024:activation=swish,"
                            + " cnn:channels=16,32,64:convolutions=1:kernel=5:batchnorm=false. Default: mlp")
    private String model;

    @Mixin private DataOptions data;

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Passes over the training pictures. Default: mlp 10, cnn 15")
    private Integer epochs;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            description = "Pictures a step. Default: mlp 64, cnn 128")
    private Integer batchSize;

    @Option(
            names = "--optimizer",
            paramLabel = "NAME",
            description = "adam, adamw, amsgrad, nesterov, sgd or rmsprop. Default: adam")
    private String optimizer;

    @Option(names = "--learning-rate", paramLabel = "X", description = "Default: 0.001")
    private Double learningRate;

    @Option(names = "--momentum", paramLabel = "X", description = "Of nesterov. Default: 0.9")
    private Double momentum;

    @Option(
            names = "--schedule",
            paramLabel = "S",
            description =
                    "How the learning rate changes: constant, step:5:0.5 (halved every 5 epochs), multistep:5,10:0.1,"
                            + " exponential:0.9, poly:2, cosine, cosine:1 (after one epoch of warm-up), onecycle,"
                            + " onecycle:0.3 (rising for 30 %% of the run), plateau:2:0.5 (halved after 2 epochs without a"
                            + " lower validation loss). 500it instead of a number of epochs counts iterations. Default: mlp"
                            + " constant, cnn step:5:0.5")
    private String schedule;

    @Mixin private AugmentationOptions augmentation;

    @Option(
            names = "--dropout",
            paramLabel = "RATE",
            description = "After dense layers. Default: mlp 0.2, cnn 0.5")
    private Double dropout;

    @Option(
            names = "--conv-dropout",
            paramLabel = "RATE",
            description = "After convolutions. Default: 0.25")
    private Double convolutionDropout;

    @Option(names = "--l1", paramLabel = "X", description = "L1 penalty")
    private Double l1;

    @Option(names = "--l2", paramLabel = "X", description = "L2 penalty")
    private Double l2;

    @Option(
            names = "--weight-decay",
            paramLabel = "X",
            description = "Decoupled weight decay. Default: 0, adamw 0.01")
    private Double weightDecay;

    @Option(
            names = "--label-smoothing",
            paramLabel = "PART",
            description = "Share of each label that is spread over all classes")
    private Double labelSmoothing;

    @Option(
            names = "--clip",
            paramLabel = "NORM",
            description = "Greatest L2 norm of each layer's gradient")
    private Double clip;

    @Option(
            names = "--average",
            paramLabel = "A",
            description =
                    "Averaging of weights: ema:0.999 (exponential, by step), swa:10 (of the epochs from the tenth on)."
                            + " Default: none")
    private String averaging;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "End after this many epochs without a gain. Default: 0, never")
    private Integer patience;

    @Option(
            names = "--monitor",
            paramLabel = "FIGURE",
            description = "accuracy or loss: what patience waits for. Default: accuracy")
    private TrainingPlan.Monitor monitor;

    @Option(
            names = "--min-gain",
            paramLabel = "X",
            description = "What counts as a gain: more than this. Default: 0")
    private Double minGain;

    @Option(
            names = "--max-minutes",
            paramLabel = "N",
            description = "End after this time. Default: no limit")
    private Double maxMinutes;

    @Option(
            names = "--target-accuracy",
            paramLabel = "X",
            description = "End when validation reaches it: 0.99. Default: none")
    private Double targetAccuracy;

    @Option(
            names = "--validation",
            paramLabel = "N",
            description = "Pictures held back to choose the best epoch on. Default: 5000")
    private Integer validationSize;

    @Option(names = "--seed", paramLabel = "N", description = "Default: 1")
    private Long seed;

    @Option(names = "--no-onednn", description = "Compute with DL4J's own layers only")
    private boolean noOneDnn;

    @Option(
            names = "--precision",
            paramLabel = "P",
            description =
                    "fp32, or bf16: faster in training where the processor multiplies bfloat16. Default: fp32")
    private OneDnn.Precision precision;

    /** The model to begin with: the one given, or mlp. */
    public String model() {
        return model == null ? "mlp" : model;
    }

    /**
     * The plan with what was given.
     *
     * @throws IllegalArgumentException if a value is out of range; the message names it
     */
    public TrainingPlan apply(TrainingPlan plan) {
        if (model != null && !model.equals(plan.model())) {
            throw new IllegalArgumentException(
                    "the plan is of model '"
                            + plan.model()
                            + "', --model "
                            + model
                            + " is another");
        }
        var builder = plan.toBuilder();
        if (data.isDatasetGiven()) {
            builder.optDataset(data.dataset());
        }
        given(data.folder(), builder::optData);
        given(epochs, builder::optEpochs);
        given(batchSize, builder::optBatchSize);
        given(optimizer, builder::optOptimizer);
        if ("adamw".equals(optimizer) && weightDecay == null && plan.weightDecay() == 0) {
            builder.optWeightDecay(0.01);
        }
        given(learningRate, builder::optLearningRate);
        given(momentum, builder::optMomentum);
        given(schedule, builder::optSchedule);
        builder.optAugmentation(augmentation.apply(plan.augmentation()));
        given(dropout, builder::optDropout);
        given(convolutionDropout, builder::optConvolutionDropout);
        given(l1, builder::optL1);
        given(l2, builder::optL2);
        given(weightDecay, builder::optWeightDecay);
        given(labelSmoothing, builder::optLabelSmoothing);
        given(clip, builder::optClip);
        given(averaging, builder::optAveraging);
        given(monitor, builder::optMonitor);
        given(patience, builder::optPatience);
        given(minGain, builder::optMinGain);
        given(maxMinutes, builder::optMaxMinutes);
        given(targetAccuracy, builder::optTargetAccuracy);
        given(validationSize, builder::optValidationSize);
        given(seed, builder::optSeed);
        if (noOneDnn) {
            builder.optAccelerated(false);
        }
        given(precision, builder::optPrecision);
        return builder.build();
    }

    private static <T> void given(T value, Consumer<T> setting) {
        if (value != null) {
            setting.accept(value);
        }
    }

    /** The plan's data, with the progress of a download. */
    public DataSource.Loaded load(TrainingPlan plan, boolean terminal) throws IOException {
        return data.load(plan.dataset(), plan.data(), terminal);
    }
}
