package io.github.mnist4j.train.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.synthetic.DigitGenerator;
import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.schedule.ISchedule;

class ReaderTrainingTest {
    private static final int AREA = 784;
    private static final DigitSet DIGITS = new DigitGenerator(3).generate(200);

    @Test
    void rateRisesForATenthOfTheTrainingAndFallsToItsEnd() {
        ISchedule schedule = ReaderTraining.schedule(0.003, 30_000);
        assertThat(schedule.valueAt(0, 0)).isCloseTo(0.003 / 25, within(1e-6));
        assertThat(schedule.valueAt(3000, 0)).isCloseTo(0.003, within(1e-6));
        // half of a cosine's way down
        assertThat(schedule.valueAt(16_500, 0)).isCloseTo(0.0015, within(1e-5));
        assertThat(schedule.valueAt(29_999, 0)).isLessThan(1e-6);
    }

    @Test
    void aQuarterOfTheExamplesAreNoDigitsAndTheRestEquallyOftenEachDigit() throws IOException {
        var examples = new ReaderExamples(DIGITS, null, 1);
        int[] counts = new int[ReaderExamples.CLASSES];
        int n = 3000;
        float[] image = new float[AREA];
        for (int i = 0; i < n; i++) {
            counts[examples.draw(i, image, 0)]++;
            for (float value : image) {
                assertThat(value).isBetween(0f, 1f);
            }
        }
        // four standard deviations: 0.032 and 0.019
        assertThat(counts[ReaderExamples.NONE] / (double) n).isCloseTo(0.25, within(0.032));
        for (int digit = 0; digit < 10; digit++) {
            assertThat(counts[digit] / (double) n).as("%d", digit).isBetween(0.04, 0.12);
        }
    }

    @Test
    void anExampleDependsOnSeedAndNumberAlone() throws IOException {
        float[] inOrder = drawn(new ReaderExamples(DIGITS, null, 1), 0, 20, 1);
        float[] backwards = drawn(new ReaderExamples(DIGITS, null, 1), 19, -1, -1);
        for (int i = 0; i < 20; i++) {
            for (int p = 0; p < AREA; p++) {
                assertThat(backwards[(19 - i) * AREA + p]).isEqualTo(inOrder[i * AREA + p]);
            }
        }
        assertThat(drawn(new ReaderExamples(DIGITS, null, 2), 0, 20, 1)).isNotEqualTo(inOrder);
    }

    @Test
    void aTallDigitIsSquaredAndABarStaysABar() {
        float[] tall = block(20, 36, 8, 48);
        float[] squared = FineImage.squared(tall, new SplittableRandom(1));
        int[] extent = FineImage.extent(FineImage.halved(squared));
        assertThat((double) extent[0] / extent[1]).isBetween(0.7, 1.4);
        float[] bar = FineImage.squared(block(26, 30, 8, 48), new SplittableRandom(1));
        extent = FineImage.extent(FineImage.halved(bar));
        assertThat((double) extent[0] / extent[1]).isLessThan(0.35);
    }

    private static float[] block(int left, int right, int top, int bottom) {
        float[] fine = new float[FineImage.FINE * FineImage.FINE];
        for (int y = top; y < bottom; y++) {
            for (int x = left; x < right; x++) {
                fine[y * FineImage.FINE + x] = 1;
            }
        }
        return fine;
    }

    private static float[] drawn(ReaderExamples examples, int from, int to, int step) {
        float[] images = new float[20 * AREA];
        int at = 0;
        for (int i = from; i != to; i += step) {
            examples.draw(i, images, at);
            at += AREA;
        }
        return images;
    }
}
