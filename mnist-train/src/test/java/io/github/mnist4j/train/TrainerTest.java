package io.github.mnist4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.mnist4j.data.DigitIterator;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.Split;
import io.github.mnist4j.data.augment.Augmentation;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.train.evaluate.ClassificationMetrics;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlanBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Sgd;

public class TrainerTest {
    static DatasetLoader.Loaded data;

    @BeforeAll
    static void generate() throws IOException {
        data = DatasetLoader.builder().optGeneratedSizes(3000, 500).build().load(Dataset.GENERATED);
    }

    static TrainingPlanBuilder small(String model) {
        return TrainingPlan.builder(model)
                .optDataset(Dataset.GENERATED)
                .optEpochs(3)
                .optValidation(500);
    }

    public static MultiLayerNetwork tinyNetwork() {
        var network = new MultiLayerNetwork(MnistModels.mlp());
        network.init();
        return network;
    }

    @Test
    void seedZeroIsASeedAsAnyOther() throws IOException {
        for (boolean onednn : new boolean[] {true, false}) {
            TrainingPlan plan = small("mlp").optSeed(0).optEpochs(1).optOnednn(onednn).build();
            assertThat(Trainer.run(plan, data).network().params())
                    .isEqualTo(Trainer.run(plan, data).network().params());
        }
    }

    @Test
    void learnsDigitsAndKeepsTheBestEpoch() throws IOException {
        TrainingResult result = Trainer.run(small("mlp").build(), data);
        assertThat(result.history())
                .hasSize(3)
                .extracting(EpochRecord::epoch)
                .containsExactly(1, 2, 3);
        assertThat(result.history().get(2).trainLoss())
                .isLessThan(result.history().get(0).trainLoss() / 2);
        double best =
                result.history().stream()
                        .mapToDouble(EpochRecord::validationAccuracy)
                        .max()
                        .orElseThrow();
        assertThat(result.bestEpoch().validationAccuracy()).isEqualTo(best);
        assertThat(result.test().accuracy()).isGreaterThan(0.85);
        // the network in the result is the one that was tested
        assertThat(
                        ClassificationMetrics.of(result.network(), data.test(), Normalization.MNIST)
                                .accuracy())
                .isEqualTo(result.test().accuracy());
    }

    @Test
    void oneSeedGivesOneHistoryBitForBit() throws IOException {
        TrainingPlan plan =
                small("mlp").optAugment(Augmentation.NONE.withRotation(10)).optEpochs(2).build();
        TrainingResult a = Trainer.run(plan, data);
        TrainingResult b = Trainer.run(plan, data);
        assertThat(withoutSeconds(b)).isEqualTo(withoutSeconds(a));
        assertThat(b.network().params()).isEqualTo(a.network().params());
        TrainingResult other =
                Trainer.run(
                        small("mlp")
                                .optAugment(Augmentation.NONE.withRotation(10))
                                .optEpochs(2)
                                .optSeed(2)
                                .build(),
                        data);
        assertThat(withoutSeconds(other)).isNotEqualTo(withoutSeconds(a));
    }

    static List<EpochRecord> withoutSeconds(TrainingResult result) {
        return result.history().stream()
                .map(
                        e ->
                                new EpochRecord(
                                        e.epoch(),
                                        e.trainLoss(),
                                        e.trainAccuracy(),
                                        e.validationLoss(),
                                        e.validationAccuracy(),
                                        e.learningRate(),
                                        0))
                .toList();
    }

    @Test
    void dl4jsOwnLayersLearnTheSameNetworkAsWell() throws IOException {
        TrainingPlan plan = small("mlp").optEpochs(2).optOnednn(false).build();
        TrainingResult result = Trainer.run(plan, data);
        assertThat(result.network().getClass()).isEqualTo(MultiLayerNetwork.class);
        assertThat(result.test().accuracy()).isGreaterThan(0.8);
        assertThat(result.history().get(1).trainAccuracy()).isBetween(0.6, 1.0);
    }

    @Test
    void theConvolutionalNetworkTrainsToo() throws IOException {
        TrainingPlan plan = small("cnn").optEpochs(1).build();
        TrainingResult result = Trainer.run(plan, data);
        DigitSet validation =
                Split.stratified(data.train(), plan.validation(), plan.splitSeed()).validation();
        Evaluation evaluation =
                result.network()
                        .evaluate(DigitIterator.builder(validation).setBatchSize(100).build());
        assertThat(evaluation.accuracy()).isGreaterThan(0.6);
        EpochRecord epoch = result.history().get(0);
        assertThat(epoch.validationAccuracy()).isCloseTo(evaluation.accuracy(), within(1e-9));
        assertThat(epoch.trainAccuracy()).isGreaterThan(0.6);
    }

    @Test
    void theLearningRateFollowsItsSchedule() throws IOException {
        var tiny =
                DatasetLoader.builder().optGeneratedSizes(120, 20).build().load(Dataset.GENERATED);
        TrainingResult result =
                Trainer.run(
                        TrainingPlan.builder("mlp")
                                .optEpochs(5)
                                .optValidation(20)
                                .optSchedule("step:2:0.1")
                                .build(),
                        tiny);
        assertThat(result.history())
                .extracting(EpochRecord::learningRate)
                .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-12 ? 0 : 1)
                .containsExactly(1e-3, 1e-3, 1e-4, 1e-4, 1e-5);
    }

    @Test
    void callbacksSeeARunFromStartToEnd() throws IOException {
        var tiny =
                DatasetLoader.builder().optGeneratedSizes(120, 20).build().load(Dataset.GENERATED);
        var seen = new ArrayList<String>();
        Trainer.run(
                TrainingPlan.builder("mlp").optEpochs(1).optBatchSize(64).optValidation(20).build(),
                tiny,
                new TrainingCallback() {
                    @Override
                    public void onStart(Trainer.Start start) {
                        seen.add("start " + start.split().train().size());
                    }

                    @Override
                    public void onEpochStart(int epoch, int batches) {
                        seen.add("epoch " + epoch + " of " + batches);
                    }

                    @Override
                    public void onStep(Step step) {
                        seen.add("batch " + step.batch() + " after " + step.examples());
                    }

                    @Override
                    public void onCheckpoint(Checkpoint checkpoint) {
                        seen.add("checkpoint before epoch " + checkpoint.state().epoch());
                    }

                    @Override
                    public void onEpochEnd(
                            EpochRecord epoch, MultiLayerNetwork network, boolean best) {
                        seen.add("end " + epoch.epoch() + " " + best);
                    }

                    @Override
                    public void onEnd(TrainingResult result) {
                        seen.add("done");
                    }
                });
        assertThat(seen)
                .containsExactly(
                        "start 100",
                        "epoch 1 of 2",
                        "batch 1 after 64",
                        "batch 2 after 100",
                        "end 1 true",
                        "checkpoint before epoch 2",
                        "done");
    }

    /** Counted again by DL4J's own Evaluation. */
    @Test
    void testMetricsAgreeWithDl4jsEvaluation() throws IOException {
        TrainingResult result = Trainer.run(small("mlp").optEpochs(1).build(), data);
        Evaluation evaluation =
                result.network()
                        .evaluate(DigitIterator.builder(data.test()).setBatchSize(100).build());
        assertThat(result.test().accuracy()).isCloseTo(evaluation.accuracy(), within(1e-9));
        for (int actual = 0; actual < 10; actual++) {
            for (int predicted = 0; predicted < 10; predicted++) {
                assertThat(result.test().confusion()[actual][predicted])
                        .isEqualTo(evaluation.getConfusionMatrix().getCount(actual, predicted));
            }
        }
        double loss = 0;
        for (int i = 0; i < data.test().size(); i++) {
            loss -= Math.log(result.test().probabilities()[i][data.test().label(i)]);
        }
        assertThat(result.test().loss()).isCloseTo(loss / data.test().size(), within(1e-9));
    }

    @Test
    void worstConfusionsComeFirst() {
        int[][] confusion = new int[10][10];
        confusion[1][1] = 90;
        confusion[4][9] = 7;
        confusion[3][5] = 2;
        confusion[9][4] = 8;
        var figures = new ClassificationMetrics(0, 0, confusion, new float[0][]);
        assertThat(figures.worst(2))
                .containsExactly(
                        new ClassificationMetrics.Confusion(9, 4, 8),
                        new ClassificationMetrics.Confusion(4, 9, 7));
        assertThat(figures.worst(10)).hasSize(3);
    }

    @Test
    void plansRefuseWhatCannotBeTrained() {
        assertRefused(() -> TrainingPlan.builder("vgg"), "unknown model 'vgg', one of mlp, ");
        var plan = TrainingPlan.builder("mlp").build();
        assertRefused(() -> plan.withEpochs(0), "epochs is 0, 1 or more expected");
        assertRefused(() -> plan.withBatchSize(-64), "batch size is -64, 1 or more expected");
        assertRefused(() -> plan.withLearningRate(0), "learning rate is 0.0, more than 0 expected");
        assertRefused(
                () -> plan.withLearningRate(Double.NaN),
                "learning rate is NaN, more than 0 expected");
        assertRefused(
                () -> Augmentation.NONE.withRotation(-1), "rotation is -1.0, 0 to 180.0 expected");
        assertRefused(() -> plan.withValidation(0), "validation is 0, 10 or more expected");
        for (String schedule : List.of("cosines", "step:0:0.5", "step:5:x")) {
            assertRefused(
                    () -> plan.withSchedule(schedule),
                    "unknown schedule '" + schedule + "'; expected constant, step:EPOCHS:FACTOR, ");
        }
    }

    private static void assertRefused(ThrowingCallable plan, String sentence) {
        assertThatThrownBy(plan)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(sentence);
    }

    @Test
    void referenceRecipesAreTheTutorials() {
        TrainingPlan cnn = TrainingPlan.builder("cnn").build();
        assertThat(cnn.epochs()).isEqualTo(15);
        assertThat(cnn.batchSize()).isEqualTo(128);
        assertThat(cnn.schedule()).isEqualTo("step:5:0.5");
        assertThat(cnn.augment()).isEqualTo(Augmentation.of("rotate"));
        TrainingPlan mlp = TrainingPlan.builder("mlp").build();
        assertThat(mlp.epochs()).isEqualTo(10);
        assertThat(mlp.batchSize()).isEqualTo(64);
        assertThat(mlp.schedule()).isEqualTo("constant");
        assertThat(mlp.learningRate()).isEqualTo(1e-3);
    }

    /** Every optimizer learns, and none stands in the way of a plain DL4J configuration. */
    @ParameterizedTest
    @CsvSource({
        "adam, 1e-3",
        "adamw, 1e-3",
        "amsgrad, 1e-3",
        "nesterov, 0.02",
        "sgd, 0.1",
        "rmsprop, 3e-4"
    })
    void everyOptimizerLearns(String name, double rate) throws IOException {
        TrainingResult result =
                Trainer.run(
                        small("mlp").optEpochs(5).optOptimizer(name).optLearningRate(rate).build(),
                        data);
        assertThat(result.history().get(4).validationAccuracy()).isGreaterThan(0.8);
        assertThat(result.network().getLayerWiseConfigurations().toJson())
                .doesNotContain("mnist4j");
    }

    private static double norm(TrainingResult result) {
        return result.network().params().norm2Number().doubleValue();
    }

    @Test
    void penaltiesKeepWeightsSmall() throws IOException {
        double free = norm(Trainer.run(small("mlp").build(), data));
        assertThat(norm(Trainer.run(small("mlp").optL2(0.01).build(), data)))
                .isLessThan(0.8 * free);
        assertThat(norm(Trainer.run(small("mlp").optL1(0.001).build(), data)))
                .isLessThan(0.8 * free);
        assertThat(norm(Trainer.run(small("mlp").optWeightDecay(1.0).build(), data)))
                .isLessThan(0.95 * free);
    }

    /** One step of plain SGD moves each layer by at most rate times norm. */
    @Test
    void clippedGradientsTakeSmallSteps() throws IOException {
        var tiny =
                DatasetLoader.builder().optGeneratedSizes(42, 20).build().load(Dataset.GENERATED);
        var plan =
                TrainingPlan.builder("mlp")
                        .optEpochs(1)
                        .optBatchSize(32)
                        .optValidation(10)
                        .optOptimizer("sgd")
                        .optLearningRate(1);
        var before =
                new MultiLayerNetwork(MnistModels.mlp(new MnistModels.Settings(1, new Sgd(1))));
        before.init();
        TrainingResult clipped = Trainer.run(plan.optClip(0.01).build(), tiny);
        for (int layer : new int[] {0, 2, 4}) {
            double moved =
                    clipped.network()
                            .getLayer(layer)
                            .params()
                            .distance2(before.getLayer(layer).params());
            assertThat(moved).isBetween(1e-6, 0.0101);
        }
    }

    @Test
    void dropoutRatesReachTheNetwork() throws IOException {
        TrainingResult none = Trainer.run(small("mlp").optDropout(0.0).build(), data);
        TrainingResult much = Trainer.run(small("mlp").optDropout(0.8).build(), data);
        assertThat(none.history().get(2).trainLoss())
                .isLessThan(0.5 * much.history().get(2).trainLoss());
    }

    /**
     * The least loss that smoothed labels allow is their entropy, 0.5 for a share of 0.1 among ten
     * classes.
     */
    @Test
    void smoothedLabelsBoundTheLossFromBelow() throws IOException {
        TrainingResult result = Trainer.run(small("mlp").optLabelSmoothing(0.1).build(), data);
        double entropy = -(0.91 * Math.log(0.91) + 9 * 0.01 * Math.log(0.01));
        assertThat(result.history())
                .allSatisfy(e -> assertThat(e.trainLoss()).isGreaterThan(entropy));
        assertThat(result.test().accuracy()).isGreaterThan(0.85);
    }

    /** By hand: SWA from epoch 2 of 3 is the mean of the weights after epochs 2 and 3. */
    @Test
    void stochasticWeightAveragingIsTheMeanOfEpochs() throws IOException {
        var after = new ArrayList<INDArray>();
        TrainingResult plain =
                Trainer.run(
                        small("mlp").build(),
                        data,
                        new TrainingCallback() {
                            @Override
                            public void onCheckpoint(Checkpoint checkpoint) {
                                after.add(checkpoint.network().params().dup());
                            }
                        });
        var averages = new ArrayList<INDArray>();
        Trainer.run(
                small("mlp").optAverage("swa:2").build(),
                data,
                new TrainingCallback() {
                    @Override
                    public void onEpochEnd(
                            EpochRecord epoch, MultiLayerNetwork network, boolean best) {
                        averages.add(network.params().dup());
                    }
                });
        assertThat(plain.history()).hasSize(3);
        assertThat(averages.get(0).distance2(after.get(0))).isLessThan(1e-5);
        assertThat(averages.get(1).distance2(after.get(1))).isLessThan(1e-5);
        assertThat(averages.get(2).distance2(after.get(1).add(after.get(2)).div(2)))
                .isLessThan(1e-4);
    }

    /**
     * Averaged batch norms must describe the averaged weights: their loss is that of a sane
     * network.
     */
    @Test
    void averagedWeightsGetStatisticsOfTheirOwn() throws IOException {
        TrainingResult result =
                Trainer.run(small("cnn").optEpochs(2).optAverage("ema:0.95").build(), data);
        assertThat(result.test().accuracy()).isGreaterThan(0.9);
        var own = result.network().getLayer(1).getParam("mean").dup();
        // as computed from the images by hand: mean of the first convolution's output
        var first = result.network().getLayer(0);
        var batch =
                DigitIterator.builder(data.train()).setBatchSize(2000).build().next().getFeatures();
        var plain = result.network().clone();
        plain.setParams(result.network().params());
        INDArray out = plain.feedForward(batch.dup(), false).get(1);
        assertThat(first.conf()).isNotNull();
        INDArray mean = out.mean(0, 2, 3);
        assertThat(own.reshape(mean.shape()).distance2(mean))
                .isLessThan(0.15 * Math.max(1, mean.norm2Number().doubleValue()));
    }

    @Test
    void aRateThatIsFarTooHighIsSaidAndTheBestEpochKept() throws IOException {
        assertThatThrownBy(
                        () ->
                                Trainer.run(
                                        small("mlp")
                                                .optOptimizer("sgd")
                                                .optLearningRate(1e6)
                                                .build(),
                                        data))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("learning rate is too high");
        // good for one epoch, then absurd
        TrainingResult result =
                Trainer.run(
                        small("mlp").optOptimizer("sgd").optLearningRate(0.05).build(),
                        data,
                        new TrainingCallback() {
                            private MultiLayerNetwork network;

                            @Override
                            public void onStart(Trainer.Start start) {
                                network = start.network();
                            }

                            @Override
                            public void onEpochStart(int epoch, int batches) {
                                if (epoch == 2) {
                                    network.params().muli(1e20);
                                }
                            }
                        });
        assertThat(result.reason()).isEqualTo(StopReason.DIVERGED);
        assertThat(result.bestEpoch().epoch()).isEqualTo(1);
        assertThat(result.test()).isNull();
        assertThat(
                        ClassificationMetrics.of(result.network(), data.test(), Normalization.MNIST)
                                .accuracy())
                .isGreaterThan(0.5);
    }

    /** Puts a weight that is not a number into the network after an epoch's last step. */
    private static final class Spoiler implements TrainingCallback {
        private final int epoch;
        private final List<Integer> kept = new ArrayList<>();
        private MultiLayerNetwork network;

        Spoiler(int epoch) {
            this.epoch = epoch;
        }

        @Override
        public void onStart(Trainer.Start start) {
            network = start.network();
        }

        @Override
        public void onStep(Step step) {
            if (step.epoch() == epoch && step.examples() == 2500) {
                network.getLayer(0).getParam("W").putScalar(7, 3, Float.NaN);
            }
        }

        @Override
        public void onEpochEnd(EpochRecord record, MultiLayerNetwork network, boolean best) {
            kept.add(record.epoch());
        }
    }

    /** The loss of the last step is a number, and so may be that of the validation. */
    @ParameterizedTest
    @CsvSource({"true, none", "false, none", "true, ema:0.9", "true, swa:1"})
    void aWeightThatIsNoNumberEndsTheRunWhateverTheLossSays(boolean accelerated, String averaging)
            throws IOException {
        var plan = small("mlp").optOnednn(accelerated).optAverage(averaging).build();
        var spoiler = new Spoiler(2);
        TrainingResult result = Trainer.run(plan, data, spoiler);
        assertThat(result.reason()).isEqualTo(StopReason.DIVERGED);
        assertThat(result.bestEpoch().epoch()).isEqualTo(1);
        assertThat(result.history()).hasSize(1);
        assertThat(result.test()).isNull();
        assertThat(spoiler.kept).containsExactly(1);
        assertThat(result.network().params().sumNumber().doubleValue()).isFinite();
        assertThatThrownBy(() -> Trainer.run(plan, data, new Spoiler(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("epoch 1 the loss or a weight is no longer a number");
    }

    @Test
    void aLimitOfTimeStillGivesAValidatedNetwork() throws IOException {
        TrainingResult result =
                Trainer.run(small("mlp").optEpochs(1000).optMaxMinutes(0.02).build(), data);
        assertThat(result.reason()).isEqualTo(StopReason.TIME);
        assertThat(result.history()).isNotEmpty();
        assertThat(result.test()).isNotNull();
    }

    @Test
    void adviceNamesTheUsualMistakes() throws IOException {
        assertThat(Trainer.run(small("mlp").optLearningRate(1e-7).build(), data).advice())
                .anyMatch(l -> l.contains("looks too low"));
        assertThat(
                        Trainer.run(
                                        small("mlp")
                                                .optOptimizer("sgd")
                                                .optLearningRate(50)
                                                .optClip(5)
                                                .build(),
                                        data)
                                .advice())
                .anyMatch(l -> l.contains("is too high"));
        assertThat(
                        Trainer.run(
                                        small("mlp")
                                                .optBatchSize(64)
                                                .optLearningRate(2e-4)
                                                .optEpochs(4)
                                                .build(),
                                        data)
                                .advice())
                .anyMatch(l -> l.contains("Still improving"));
    }

    @Test
    void adviceNamesImagesAndLabelsThatAreWrong() throws IOException {
        byte[] pixels = new byte[784 * data.train().size()];
        byte[] labels = new byte[data.train().size()];
        byte[] shuffled = new byte[labels.length];
        var random = new java.util.Random(1);
        for (int i = 0; i < labels.length; i++) {
            byte[] image = data.train().pixels(i);
            for (int p = 0; p < 784; p++) {
                pixels[784 * i + p] = (byte) (255 - (image[p] & 0xFF));
            }
            labels[i] = (byte) data.train().label(i);
            shuffled[i] = (byte) random.nextInt(10);
        }
        assertThat(Trainer.run(small("mlp").optEpochs(1).build(), with(pixels, labels)).advice())
                .anyMatch(l -> l.contains("inverted"));
        assertThat(
                        Trainer.run(
                                        small("mlp").optBatchSize(16).optEpochs(3).build(),
                                        with(originals(), shuffled))
                                .advice())
                .anyMatch(
                        l ->
                                l.contains("labels look shuffled")
                                        || l.contains("they look shuffled"));
        assertThat(Trainer.run(small("mlp").optEpochs(2).build(), data).advice())
                .noneMatch(l -> l.contains("shuffled") || l.contains("inverted"));
    }

    private static byte[] originals() {
        byte[] pixels = new byte[784 * data.train().size()];
        for (int i = 0; i < data.train().size(); i++) {
            System.arraycopy(data.train().pixels(i), 0, pixels, 784 * i, 784);
        }
        return pixels;
    }

    private static DatasetLoader.Loaded with(byte[] pixels, byte[] labels) {
        return new DatasetLoader.Loaded(
                Dataset.GENERATED,
                DigitSet.of(28, 28, pixels, labels),
                data.test(),
                "changed",
                java.util.Optional.empty());
    }
}
