package io.github.mnist4j.train.plan;

import static io.github.mnist4j.train.plan.SettingRow.choice;
import static io.github.mnist4j.train.plan.SettingRow.flag;
import static io.github.mnist4j.train.plan.SettingRow.real;
import static io.github.mnist4j.train.plan.SettingRow.seed;
import static io.github.mnist4j.train.plan.SettingRow.text;
import static io.github.mnist4j.train.plan.SettingRow.whole;
import static io.github.mnist4j.train.plan.SettingRow.word;

import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.augment.Augmentation;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.models.Architecture;
import io.github.mnist4j.onednn.OneDnn;
import io.github.mnist4j.train.plan.PlanSetting.Group;
import io.github.mnist4j.train.plan.PlanSetting.Search;
import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The table of all settings. A new one is a component of {@link TrainingPlan}, its place in the
 * call of {@link #check}, a row here, and the code that heeds it; everything else follows from the
 * row, the component's Javadoc included. A component {@code someThing} has the row {@code
 * some-thing}; rows are in the components' order.
 */
final class PlanSettings {
    static final List<PlanSetting<?>> ALL =
            List.of(
                    text("model", TrainingPlan::model, TrainingPlanBuilder::optModel)
                            .checked(Architecture::parse)
                            .defaultsSaid("mlp")
                            .group(Group.DATA)
                            .param("NAME")
                            .values("a model's name or description")
                            .sentence(
                                    "mlp, cnn or cnn-small, or one of them and what differs: mlp:dense=1024,1024:activation=swish,"
                                            + " cnn:channels=16,32,64:convolutions=1:kernel=5:batchnorm=false"),
                    choice(
                                    "dataset",
                                    Dataset.class,
                                    TrainingPlan::dataset,
                                    TrainingPlanBuilder::optDataset)
                            .byDefault(Dataset.AUTO)
                            .group(Group.DATA)
                            .param("NAME")
                            .sentence(
                                    "The data set; auto is MNIST if it can be had, else generated digits"),
                    word(
                                    "data",
                                    PlanSettings::notEmpty,
                                    folder -> folder,
                                    TrainingPlan::data,
                                    TrainingPlanBuilder::optData)
                            .orNull(
                                    "where DatasetLoader looks",
                                    model ->
                                            "the environment variable MNIST4J_DATA, else the cache, else a download into the"
                                                    + " cache")
                            .group(Group.DATA)
                            .param("DIR")
                            .values("a folder")
                            .sentence("Folder of the data set's four IDX files, packed or not"),
                    word(
                                    "normalization",
                                    Normalization::parse,
                                    Normalization::toString,
                                    TrainingPlan::normalization,
                                    TrainingPlanBuilder::optNormalization)
                            .group(Group.DATA)
                            .param("MEAN,SD")
                            .values("a mean from 0 to 1 and a standard deviation above 0")
                            .nullMeans("the data set's own")
                            .defaultsSaid(
                                    Normalization.MNIST
                                            + "; fashion-mnist "
                                            + Normalization.FASHION_MNIST)
                            .sentence(
                                    "Mean and standard deviation of pixels from 0 to 1, by which the network's input is"
                                            + " standardized"),
                    whole("epochs", TrainingPlan::epochs, TrainingPlanBuilder::optEpochs)
                            .atLeast(1)
                            .byDefault(10)
                            .forModel("cnn", 15)
                            .forModel("cnn-small", 15)
                            .group(Group.LENGTH)
                            .param("N")
                            .sentence("Passes over the training images"),
                    whole("batch-size", TrainingPlan::batchSize, TrainingPlanBuilder::optBatchSize)
                            .atLeast(1)
                            .byDefault(64)
                            .forModel("cnn", 128)
                            .forModel("cnn-small", 128)
                            .group(Group.LENGTH)
                            .search(Search.LOG)
                            .param("N")
                            .sentence("Images per step"),
                    text("optimizer", TrainingPlan::optimizer, TrainingPlanBuilder::optOptimizer)
                            .checked(name -> Optimizers.of(name, 1, 0))
                            .byDefault("adam")
                            .group(Group.LEARNING_RATE)
                            .search(Search.LIST)
                            .param("NAME")
                            .oneOf(Optimizers.NAMES)
                            .sentence("Update rule; adamw is Adam with decoupled weight decay"),
                    real(
                                    "learning-rate",
                                    TrainingPlan::learningRate,
                                    TrainingPlanBuilder::optLearningRate)
                            .above(0)
                            .byDefault(0.001)
                            .forModel("cnn-small", 0.003)
                            .group(Group.LEARNING_RATE)
                            .search(Search.LOG)
                            .sentence(
                                    "Initial learning rate, or the peak of a schedule that rises"),
                    real("momentum", TrainingPlan::momentum, TrainingPlanBuilder::optMomentum)
                            .from0Below1()
                            .byDefault(0.9)
                            .group(Group.LEARNING_RATE)
                            .search(Search.LINEAR)
                            .sentence("Momentum of nesterov"),
                    text("schedule", TrainingPlan::schedule, TrainingPlanBuilder::optSchedule)
                            .checked(schedule -> Schedules.parse(schedule, 1, 1, 1))
                            .byDefault("constant")
                            .forModel("cnn", "step:5:0.5")
                            .forModel("cnn-small", "onecycle")
                            .group(Group.LEARNING_RATE)
                            .search(Search.LIST)
                            .param("S")
                            .values(
                                    "constant, step, multistep, exponential, poly, cosine, onecycle, plateau")
                            .sentence(
                                    "How the learning rate changes: constant, step:5:0.5 (halved every 5 epochs),"
                                            + " multistep:5,10:0.1, exponential:0.9, poly:2, cosine, cosine:1 (after one epoch of"
                                            + " warm-up), onecycle, onecycle:0.3 (rising for 30 % of the run), plateau:2:0.5 (halved"
                                            + " after 2 epochs without a lower validation loss); 500it instead of a number of epochs"
                                            + " counts iterations"),
                    real("warmup", TrainingPlan::warmup, TrainingPlanBuilder::optWarmup)
                            .atLeast(0)
                            .byDefault(0.0)
                            .group(Group.LEARNING_RATE)
                            .search(Search.LINEAR)
                            .param("EPOCHS")
                            .sentence(
                                    "Epochs over which the learning rate rises linearly before the schedule begins; 0.5 is"
                                            + " half an epoch"),
                    word(
                                    "augment",
                                    Augmentation::of,
                                    PlanSettings::policy,
                                    TrainingPlan::augment,
                                    TrainingPlanBuilder::optAugment)
                            .byDefault(Augmentation.NONE)
                            .forModel("cnn", Augmentation.of("rotate"))
                            .forModel("cnn-small", Augmentation.of("affine"))
                            .group(Group.AUGMENTATION)
                            .search(Search.LIST)
                            .param("POLICY")
                            .oneOf(Augmentation.NAMES)
                            .sentence(
                                    "How images are varied; rotate to erase change single amounts of the policy"),
                    amount("rotate", 180, Augmentation::rotation, Augmentation::withRotation)
                            .param("DEGREES")
                            .sentence("Maximum random rotation"),
                    amount("shift", 0.5, Augmentation::shift, Augmentation::withShift)
                            .param("PART")
                            .sentence(
                                    "Maximum random translation, as a fraction of the width: 0.1"),
                    amount("scale", 0.9, Augmentation::scale, Augmentation::withScale)
                            .param("PART")
                            .sentence("Maximum random change of size: 0.1 is 90 to 110 %"),
                    amount("shear", 60, Augmentation::shear, Augmentation::withShear)
                            .param("DEGREES")
                            .sentence("Maximum random shear"),
                    amount("elastic", 200, Augmentation::elastic, Augmentation::withElastic)
                            .param("STRENGTH")
                            .sentence("Elastic distortion after Simard et al. 2003, who take 34"),
                    amount("stroke", 1, Augmentation::stroke, Augmentation::withStroke)
                            .param("PART")
                            .sentence("Maximum random thickening or thinning of strokes"),
                    amount("erase", 1, Augmentation::erase, Augmentation::withErase)
                            .param("P")
                            .sentence("Probability of erasing a random rectangle"),
                    real("dropout", TrainingPlan::dropout, TrainingPlanBuilder::optDropout)
                            .from0Below1()
                            .forModel("cnn-small", 0.4)
                            .orNull(
                                    "the network's own",
                                    model -> model.equals("mlp") ? "0.2" : "0.5")
                            .group(Group.REGULARIZATION)
                            .search(Search.LINEAR)
                            .param("RATE")
                            .sentence("Dropout after dense layers"),
                    real(
                                    "conv-dropout",
                                    TrainingPlan::convDropout,
                                    TrainingPlanBuilder::optConvDropout)
                            .from0Below1()
                            .forModel("cnn-small", 0.1)
                            .orNull(
                                    "the network's own",
                                    model -> model.equals("mlp") ? "has none" : "0.25")
                            .onlyWithConvolutions()
                            .group(Group.REGULARIZATION)
                            .search(Search.LINEAR)
                            .param("RATE")
                            .sentence("Dropout after convolutions"),
                    real("l1", TrainingPlan::l1, TrainingPlanBuilder::optL1)
                            .atLeast(0)
                            .byDefault(0.0)
                            .group(Group.REGULARIZATION)
                            .search(Search.LOG)
                            .sentence("L1 penalty"),
                    real("l2", TrainingPlan::l2, TrainingPlanBuilder::optL2)
                            .atLeast(0)
                            .byDefault(0.0)
                            .group(Group.REGULARIZATION)
                            .search(Search.LOG)
                            .sentence("L2 penalty; not together with weight decay"),
                    real(
                                    "weight-decay",
                                    TrainingPlan::weightDecay,
                                    TrainingPlanBuilder::optWeightDecay)
                            .atLeast(0)
                            .group(Group.REGULARIZATION)
                            .search(Search.LOG)
                            .nullMeans("the optimizer's own")
                            .defaultsSaid("0; adamw " + Optimizers.weightDecay("adamw"))
                            .sentence("Decoupled weight decay (Loshchilov and Hutter 2019)"),
                    real(
                                    "label-smoothing",
                                    TrainingPlan::labelSmoothing,
                                    TrainingPlanBuilder::optLabelSmoothing)
                            .from0Below1()
                            .byDefault(0.0)
                            .group(Group.REGULARIZATION)
                            .search(Search.LINEAR)
                            .param("PART")
                            .sentence("Fraction of each label that is spread over all classes"),
                    real("clip", TrainingPlan::clip, TrainingPlanBuilder::optClip)
                            .atLeast(0)
                            .byDefault(0.0)
                            .group(Group.REGULARIZATION)
                            .search(Search.LOG)
                            .param("NORM")
                            .sentence("Maximum L2 norm of each layer's gradient; 0 for no limit"),
                    text("average", TrainingPlan::average, TrainingPlanBuilder::optAverage)
                            .checked(WeightAverage::parse)
                            .byDefault("none")
                            .forModel("cnn-small", "ema:0.999")
                            .group(Group.REGULARIZATION)
                            .search(Search.LIST)
                            .param("A")
                            .values("none, ema:DECAY, swa:EPOCH")
                            .sentence(
                                    "Weight averaging: ema:0.999 (exponential, after each step) or swa:10 (after each epoch from"
                                            + " the tenth on)"),
                    whole("patience", TrainingPlan::patience, TrainingPlanBuilder::optPatience)
                            .atLeast(0)
                            .byDefault(0)
                            .group(Group.END)
                            .param("N")
                            .sentence("End after this many epochs without a gain; 0 for never"),
                    choice(
                                    "monitor",
                                    Monitor.class,
                                    TrainingPlan::monitor,
                                    TrainingPlanBuilder::optMonitor)
                            .byDefault(Monitor.ACCURACY)
                            .group(Group.END)
                            .param("METRIC")
                            .sentence(
                                    "Validation metric that patience watches; the best epoch is always the one with the highest"
                                            + " accuracy"),
                    real("min-gain", TrainingPlan::minGain, TrainingPlanBuilder::optMinGain)
                            .atLeast(0)
                            .byDefault(0.0)
                            .group(Group.END)
                            .sentence("A gain for patience is more than this"),
                    real(
                                    "max-minutes",
                                    TrainingPlan::maxMinutes,
                                    TrainingPlanBuilder::optMaxMinutes)
                            .atLeast(0)
                            .byDefault(0.0)
                            .group(Group.END)
                            .param("N")
                            .sentence("End after so many minutes; 0 for no limit"),
                    real(
                                    "target-accuracy",
                                    TrainingPlan::targetAccuracy,
                                    TrainingPlanBuilder::optTargetAccuracy)
                            .from0To(1)
                            .byDefault(0.0)
                            .group(Group.END)
                            .sentence(
                                    "End when validation accuracy reaches this: 0.99; 0 for none"),
                    whole(
                                    "validation",
                                    TrainingPlan::validation,
                                    TrainingPlanBuilder::optValidation)
                            .atLeast(10)
                            .byDefault(5000)
                            .group(Group.RUN)
                            .param("N")
                            .sentence("Images held out of training to choose the best epoch"),
                    seed("split-seed", TrainingPlan::splitSeed, TrainingPlanBuilder::optSplitSeed)
                            .byDefault(1L)
                            .group(Group.RUN)
                            .sentence(
                                    "Seed of the split into training and validation images; runs that share it are"
                                            + " comparable"),
                    seed("seed", TrainingPlan::seed, TrainingPlanBuilder::optSeed)
                            .byDefault(1L)
                            .group(Group.RUN)
                            .sentence(
                                    "Seed of initial weights, order of images, augmentation and dropout"),
                    flag("onednn", TrainingPlan::onednn, TrainingPlanBuilder::optOnednn)
                            .byDefault(true)
                            .group(Group.RUN)
                            .sentence(
                                    "Compute with oneDNN where possible; --no-onednn uses DL4J's own layers only"),
                    choice(
                                    "precision",
                                    OneDnn.Precision.class,
                                    TrainingPlan::precision,
                                    TrainingPlanBuilder::optPrecision)
                            .byDefault(OneDnn.Precision.FP32)
                            .group(Group.RUN)
                            .param("P")
                            .sentence(
                                    "Arithmetic of training; bf16 is faster where the processor multiplies bfloat16, and keeps"
                                            + " parameters, sums, validation and testing in 32 bits"));

    private PlanSettings() {}

    /** An amount of the plan's augmentation. */
    private static SettingRow<Double> amount(
            String name,
            double most,
            Function<Augmentation, Double> getter,
            BiFunction<Augmentation, Double, Augmentation> with) {
        return real(
                        name,
                        plan -> getter.apply(plan.augment()),
                        (builder, value) ->
                                builder.optAugment(with.apply(builder.augment(), value)))
                .partOf("augment")
                .from0To(most)
                .defaultsSaid("the policy's")
                .group(Group.AUGMENTATION)
                .search(Search.LINEAR);
    }

    /** A policy's name; none, if it is only amounts. */
    private static String policy(Augmentation augmentation) {
        return Augmentation.NAMES.stream()
                .filter(name -> Augmentation.of(name).equals(augmentation))
                .findFirst()
                .orElse("none");
    }

    static TrainingPlanBuilder defaults(String model) {
        String name = Architecture.parse(model).name();
        var builder = TrainingPlanBuilder.builder();
        for (PlanSetting<?> setting : ALL) {
            if (setting.isComponent()) {
                setting.setDefault(builder, name);
            }
        }
        return builder.optModel(model);
    }

    /**
     * @param values of {@link TrainingPlan}'s components, in their order
     * @throws IllegalArgumentException if one is not allowed; the message names it
     */
    static void check(@Nullable Object... values) {
        int i = 0;
        for (PlanSetting<?> setting : ALL) {
            if (setting.isComponent()) {
                setting.check(values[i++]);
            }
        }
    }

    /** An empty name is that of the folder at hand, which nobody means by it. */
    private static String notEmpty(String folder) {
        if (folder.isBlank()) {
            throw new IllegalArgumentException(
                    "the name of a folder is expected, not an empty text");
        }
        return folder;
    }
}
