package io.github.mnist4j.train.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.augment.Augmentation;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.train.TrainerTest;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Metrics computed by hand. */
class EvaluationReportTest {
    /** Confidence in one class, a second choice, and the rest of it on class 9. */
    private static float[] answer(int first, double sure, int second, double less) {
        float[] p = new float[10];
        p[first] = (float) sure;
        p[second] = (float) less;
        p[9] += (float) (1 - sure - less);
        return p;
    }

    @Test
    void metricsOfFiveImages() {
        DigitSet set = DigitSet.of(1, 1, new byte[5], new byte[] {0, 0, 1, 1, 2});
        var e =
                EvaluationReport.of(
                        set,
                        ClassificationMetrics.of(
                                set,
                                new float[][] {
                                    answer(0, 0.9, 1, 0.1),
                                    answer(1, 0.7, 0, 0.2), // wrong, second choice
                                    answer(1, 0.9, 0, 0.1),
                                    answer(1, 0.5, 0, 0.3),
                                    answer(0, 0.8, 1, 0.15) // wrong, third choice at best
                                }));
        assertThat(e.accuracy()).isEqualTo(3 / 5.0);
        assertThat(e.top2()).isEqualTo(4 / 5.0);
        // two images of 0: one found; three taken for 0 or 1: see the rows above
        assertThat(e.digits().get(0))
                .isEqualTo(new EvaluationReport.DigitFigures(0, 2, 1 / 2.0, 1 / 2.0, 1 / 2.0));
        assertThat(e.digits().get(1))
                .isEqualTo(new EvaluationReport.DigitFigures(1, 2, 2 / 3.0, 1, 0.8));
        assertThat(e.digits().get(2).precision()).isNaN();
        assertThat(e.digits().get(2).recall()).isZero();
        assertThat(e.digits().get(3).recall()).isNaN();
        // bins of 1/15: 0.9 twice, both right: 0.2 apart; 0.7 wrong; 0.5 right; 0.8 wrong
        assertThat(e.calibrationError()).isCloseTo((0.2 + 0.7 + 0.5 + 0.8) / 5, within(1e-6));
        assertThat(e.reliability())
                .extracting(EvaluationReport.Bin::examples, EvaluationReport.Bin::accuracy)
                .containsExactly(tuple(1, 1.0), tuple(1, 0.0), tuple(1, 0.0), tuple(2, 1.0));
        assertThat(e.reliability().get(3).confidence()).isCloseTo(0.9, within(1e-6));
        assertThat(e.toString()).containsPattern("90\\.00 % +2 +100\\.00 %");
        assertThat(e.loss())
                .isCloseTo(
                        -(Math.log(0.9)
                                        + Math.log(0.2)
                                        + Math.log(0.9)
                                        + Math.log(0.5)
                                        + Math.log(Float.MIN_VALUE))
                                / 5,
                        within(1e-4));
        assertThat(e.mistakes())
                .containsExactly(
                        new EvaluationReport.Mistake(4, 2, 0, 0.8f),
                        new EvaluationReport.Mistake(1, 0, 1, 0.7f));
        assertThat(e.toString()).contains("60.00 %").contains("2 of 5 wrong");
    }

    @Test
    void answersThatAreNotNumbersHaveNoMetrics() {
        DigitSet set = DigitSet.of(1, 1, new byte[2], new byte[] {0, 0});
        for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            float[][] answers = {answer(0, 0.9, 1, 0.1), answer(0, 0.9, 1, 0.1)};
            answers[1][7] = wrong;
            assertThatThrownBy(
                            () -> EvaluationReport.of(set, ClassificationMetrics.of(set, answers)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the network gives answers that are not numbers");
        }
    }

    @Test
    void answersAboveTheThresholdAreTrusted() {
        DigitSet set = DigitSet.of(1, 1, new byte[4], new byte[] {0, 0, 0, 0});
        float[][] answers = {
            answer(0, 0.95, 1, 0.05), // right
            answer(0, 0.90, 1, 0.10), // right
            answer(1, 0.80, 0, 0.20), // wrong
            answer(0, 0.70, 1, 0.20) // right
        };
        ClassificationMetrics metrics = ClassificationMetrics.of(set, answers);
        assertThat(metrics.threshold(set, 1)).isCloseTo(0.9, within(1e-6));
        assertThat(metrics.threshold(set, 0.75)).isCloseTo(0.7, within(1e-6));
        assertThat(metrics.threshold(set, 0.7)).isCloseTo(0.7, within(1e-6));
        answers[0] = answer(1, 0.95, 0, 0.05);
        assertThat(ClassificationMetrics.of(set, answers).threshold(set, 1)).isEqualTo(1);
    }

    @Test
    void variantsAtTestTimeAreAveraged() throws IOException {
        DigitSet test =
                DatasetLoader.builder()
                        .optGeneratedSizes(20, 30)
                        .build()
                        .load(Dataset.GENERATED)
                        .test();
        var network = TrainerTest.tinyNetwork();
        var plain = ClassificationMetrics.of(network, test, Normalization.MNIST);
        // variants that change nothing leave the mean where it was
        float[][] same =
                ClassificationMetrics.of(network, test, Normalization.MNIST, Augmentation.NONE, 3)
                        .probabilities();
        for (int i = 0; i < test.size(); i++) {
            assertThat(same[i])
                    .usingComparatorWithPrecision(1e-6f)
                    .containsExactly(plain.probabilities()[i]);
        }
        var turned = Augmentation.of("rotate");
        var one =
                ClassificationMetrics.of(network, test, Normalization.MNIST, turned, 1)
                        .probabilities();
        var two =
                ClassificationMetrics.of(network, test, Normalization.MNIST, turned, 2)
                        .probabilities();
        for (int i = 0; i < test.size(); i++) {
            assertThat(one[i]).isNotEqualTo(two[i]).isNotEqualTo(plain.probabilities()[i]);
            double sum = 0;
            for (float p : two[i]) {
                sum += p;
            }
            assertThat(sum).isCloseTo(1, within(1e-5));
        }
        assertThat(
                        ClassificationMetrics.of(network, test, Normalization.MNIST, turned, 2)
                                .probabilities())
                .isDeepEqualTo(two);
    }
}
