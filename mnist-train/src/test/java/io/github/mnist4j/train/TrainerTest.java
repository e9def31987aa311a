package io.github.mnist4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.mnist4j.data.Augmentation;
import io.github.mnist4j.data.DataSource;
import io.github.mnist4j.data.DataSource.Dataset;
import io.github.mnist4j.data.DigitIterator;
import io.github.mnist4j.data.Normalization;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.evaluation.classification.Evaluation;

class TrainerTest {
    static DataSource.Loaded data;

    @BeforeAll
    static void generate() throws IOException {
        data = DataSource.builder().optGeneratedSizes(3000, 500).build().load(Dataset.GENERATED);
    }

    static TrainingPlan.Builder small(String model) {
        return TrainingPlan.builder(model)
                .optDataset(Dataset.GENERATED)
                .optEpochs(3)
                .optValidationSize(500);
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
        assertThat(TestFigures.of(result.network(), data.test(), Normalization.MNIST).accuracy())
                .isEqualTo(result.test().accuracy());
    }

    @Test
    void oneSeedGivesOneHistoryBitForBit() throws IOException {
        TrainingPlan plan = small("mlp").optRotation(10).optEpochs(2).build();
        TrainingResult a = Trainer.run(plan, data);
        TrainingResult b = Trainer.run(plan, data);
        assertThat(withoutSeconds(b)).isEqualTo(withoutSeconds(a));
        assertThat(b.network().params()).isEqualTo(a.network().params());
        TrainingResult other =
                Trainer.run(small("mlp").optRotation(10).optEpochs(2).optSeed(2).build(), data);
        assertThat(withoutSeconds(other)).isNotEqualTo(withoutSeconds(a));
    }

    private static List<EpochRecord> withoutSeconds(TrainingResult result) {
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
        TrainingPlan plan = small("mlp").optEpochs(2).optAccelerated(false).build();
        TrainingResult result = Trainer.run(plan, data);
        assertThat(result.network().getClass()).isEqualTo(MultiLayerNetwork.class);
        assertThat(result.test().accuracy()).isGreaterThan(0.8);
        assertThat(result.history().get(1).trainAccuracy()).isBetween(0.6, 1.0);
    }

    @Test
    void theConvolutionalNetworkTrainsToo() throws IOException {
        TrainingResult result = Trainer.run(small("cnn").optEpochs(1).build(), data);
        assertThat(result.history().get(0).validationAccuracy()).isBetween(0.0, 1.0);
        assertThat(result.history().get(0).trainAccuracy()).isGreaterThan(0.6);
    }

    @Test
    void theLearningRateFollowsItsSchedule() throws IOException {
        var tiny = DataSource.builder().optGeneratedSizes(120, 20).build().load(Dataset.GENERATED);
        TrainingResult result =
                Trainer.run(
                        TrainingPlan.builder("mlp")
                                .optEpochs(5)
                                .optValidationSize(20)
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
        var tiny = DataSource.builder().optGeneratedSizes(120, 20).build().load(Dataset.GENERATED);
        var seen = new ArrayList<String>();
        Trainer.run(
                TrainingPlan.builder("mlp")
                        .optEpochs(1)
                        .optBatchSize(64)
                        .optValidationSize(20)
                        .build(),
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
    void testFiguresAgreeWithDl4jsEvaluation() throws IOException {
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
        var figures = new TestFigures(0, 0, confusion, new float[0][]);
        assertThat(figures.worst(2))
                .containsExactly(
                        new TestFigures.Confusion(9, 4, 8), new TestFigures.Confusion(4, 9, 7));
        assertThat(figures.worst(10)).hasSize(3);
    }

    @Test
    void plansRefuseWhatCannotBeTrained() {
        for (var bad :
                List.<Runnable>of(
                        () -> TrainingPlan.builder("vgg").build(),
                        () -> TrainingPlan.builder("mlp").optEpochs(0).build(),
                        () -> TrainingPlan.builder("mlp").optBatchSize(-64).build(),
                        () -> TrainingPlan.builder("mlp").optLearningRate(0).build(),
                        () -> TrainingPlan.builder("mlp").optLearningRate(Double.NaN).build(),
                        () -> TrainingPlan.builder("mlp").optRotation(-1).build(),
                        () -> TrainingPlan.builder("mlp").optValidationSize(0).build(),
                        () -> TrainingPlan.builder("mlp").optSchedule("cosines").build(),
                        () -> TrainingPlan.builder("mlp").optSchedule("step:0:0.5").build(),
                        () -> TrainingPlan.builder("mlp").optSchedule("step:5:x").build())) {
            assertThatThrownBy(bad::run)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected");
        }
    }

    @Test
    void referenceRecipesAreTheTutorials() {
        TrainingPlan cnn = TrainingPlan.builder("cnn").build();
        assertThat(cnn.epochs()).isEqualTo(15);
        assertThat(cnn.batchSize()).isEqualTo(128);
        assertThat(cnn.schedule()).isEqualTo("step:5:0.5");
        assertThat(cnn.augmentation()).isEqualTo(Augmentation.of("rotate"));
        TrainingPlan mlp = TrainingPlan.builder("mlp").build();
        assertThat(mlp.epochs()).isEqualTo(10);
        assertThat(mlp.batchSize()).isEqualTo(64);
        assertThat(mlp.schedule()).isEqualTo("constant");
        assertThat(mlp.learningRate()).isEqualTo(1e-3);
    }
}
