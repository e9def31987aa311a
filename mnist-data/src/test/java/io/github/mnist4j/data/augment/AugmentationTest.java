package io.github.mnist4j.data.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.mnist4j.data.DigitIterator;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.synthetic.DigitGenerator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.dataset.DataSet;

class AugmentationTest {
    private static final DigitSet DIGITS = new DigitGenerator(3).generate(200);

    private static byte[] variant(Augmentation augmentation, byte[] from, long seed) {
        byte[] to = new byte[from.length];
        augmentation.transform().apply(from, to, 28, 28, new SplittableRandom(seed));
        return to;
    }

    /** Draws these numbers one after the other, then 0.5: the middle of every range, no change. */
    private static RandomGenerator draws(double... values) {
        return new RandomGenerator() {
            private int at;

            @Override
            public double nextDouble() {
                return at < values.length ? values[at++] : 0.5;
            }

            @Override
            public long nextLong() {
                return 0;
            }
        };
    }

    private static byte[] with(Augmentation augmentation, byte[] from, double... draws) {
        byte[] to = new byte[from.length];
        augmentation.transform().apply(from, to, 28, 28, draws(draws));
        return to;
    }

    private static double ink(byte[] image) {
        double sum = 0;
        for (byte b : image) {
            sum += b & 0xFF;
        }
        return sum;
    }

    @Property(tries = 60)
    void anyMixtureKeepsTheImagesSizeAndIsRepeatable(
            @ForAll @DoubleRange(min = 0, max = 180) double rotation,
            @ForAll @DoubleRange(min = 0, max = 0.5) double shift,
            @ForAll @DoubleRange(min = 0, max = 0.9) double scale,
            @ForAll @DoubleRange(min = 0, max = 60) double shear,
            @ForAll @DoubleRange(min = 0, max = 200) double elastic,
            @ForAll @DoubleRange(min = 0, max = 1) double stroke,
            @ForAll @DoubleRange(min = 0, max = 1) double erase,
            @ForAll @IntRange(max = 199) int index,
            @ForAll long seed) {
        var any = new Augmentation(rotation, shift, scale, shear, elastic, stroke, erase);
        byte[] from = DIGITS.pixels(index);
        byte[] before = from.clone();
        assertThat(variant(any, from, seed)).isEqualTo(variant(any, from, seed));
        assertThat(from).isEqualTo(before);
    }

    @Test
    void noneChangesNothing() {
        assertThat(Augmentation.NONE.changesNothing()).isTrue();
        assertThat(variant(Augmentation.NONE, DIGITS.pixels(5), 1)).isEqualTo(DIGITS.pixels(5));
    }

    @Test
    void blankPaperStaysBlank() {
        for (String name : Augmentation.NAMES) {
            assertThat(variant(Augmentation.of(name), new byte[784], 4)).as(name).containsOnly(0);
        }
    }

    /**
     * By hand: half the width to the right and nothing down, whole pixels, so nothing is blurred.
     */
    @Test
    void shiftMovesByPartsOfTheWidthAndBringsInPaper() {
        byte[] from = new byte[784];
        Arrays.fill(from, (byte) 200);
        byte[] to = with(Augmentation.NONE.withShift(0.25), from, 1.0);
        for (int column = 0; column < 28; column++) {
            assertThat(to[28 * 10 + column] & 0xFF).isEqualTo(column < 7 ? 0 : 200);
        }
        byte[] digit = DIGITS.pixels(0);
        byte[] moved = with(Augmentation.NONE.withShift(2 / 28.0), digit, 0.5, 1.0);
        for (int row = 2; row < 28; row++) {
            assertThat(Arrays.copyOfRange(moved, 28 * row, 28 * row + 28))
                    .isEqualTo(Arrays.copyOfRange(digit, 28 * (row - 2), 28 * row - 28));
        }
    }

    /** A disc of radius 6 has 113 pixels of ink; enlarged by a half, 2.25 times as many. */
    @Test
    void scaleChangesTheAreaByItsSquare() {
        byte[] disc = new byte[784];
        for (int i = 0; i < 784; i++) {
            disc[i] = (byte) (Math.hypot(i / 28 - 13.5, i % 28 - 13.5) < 6 ? 255 : 0);
        }
        double larger = ink(with(Augmentation.NONE.withScale(0.5), disc, 1.0)) / ink(disc);
        double smaller = ink(with(Augmentation.NONE.withScale(0.5), disc, 0.0)) / ink(disc);
        assertThat(larger).isCloseTo(2.25, within(0.05));
        assertThat(smaller).isCloseTo(0.25, within(0.05));
    }

    /** At 45 degrees a row n above the centre moves by n columns, the centre not at all. */
    @Test
    void shearLeansUprights() {
        byte[] upright = new byte[784];
        for (int row = 0; row < 28; row++) {
            upright[28 * row + 13] = (byte) 255;
        }
        byte[] leaning = with(Augmentation.NONE.withShear(45), upright, 1.0);
        for (int row : new int[] {6, 10, 18, 22}) {
            double sum = 0;
            double at = 0;
            for (int column = 0; column < 28; column++) {
                sum += leaning[28 * row + column] & 0xFF;
                at += column * (leaning[28 * row + column] & 0xFF);
            }
            assertThat(Math.abs(at / sum - 13)).isCloseTo(Math.abs(row - 13.5), within(0.6));
        }
    }

    /**
     * Simard's field: noise of -1 to 1 has variance 1/3; a two-dimensional Gaussian of deviation 4
     * leaves 1/(4 pi 16) of it; 34 times the root is 1.38 pixels. Measured on a ramp of gray, whose
     * values tell where they were read.
     */
    @Test
    void elasticDistortionMovesPixelsAsFarAsThePaperSays() {
        byte[] ramp = new byte[784];
        for (int i = 0; i < 784; i++) {
            ramp[i] = (byte) (9 * (i % 28));
        }
        double squares = 0;
        int n = 0;
        for (int seed = 0; seed < 200; seed++) {
            byte[] moved = variant(Augmentation.NONE.withElastic(34), ramp, seed);
            for (int row = 10; row < 18; row++) {
                for (int column = 10; column < 18; column++) {
                    int i = 28 * row + column;
                    double by = ((moved[i] & 0xFF) - (ramp[i] & 0xFF)) / 9.0;
                    squares += by * by;
                    n++;
                }
            }
        }
        assertThat(Math.sqrt(squares / n)).isCloseTo(1.38, within(0.1));
    }

    /** One pixel of ink dilates to nine and erodes to none. */
    @Test
    void strokesGrowAndShrinkByOnePixelAtMost() {
        byte[] dot = new byte[784];
        dot[28 * 10 + 10] = (byte) 240;
        byte[] thick = with(Augmentation.NONE.withStroke(1), dot, 1.0);
        assertThat(ink(thick)).isEqualTo(9 * 240);
        assertThat(thick[28 * 9 + 11] & 0xFF).isEqualTo(240);
        assertThat(ink(with(Augmentation.NONE.withStroke(1), dot, 0.0))).isZero();
        // half the amount is half the change
        assertThat(with(Augmentation.NONE.withStroke(0.5), dot, 1.0)[28 * 9 + 11] & 0xFF)
                .isEqualTo(120);
    }

    @Test
    void erasingTurnsOneRectangleToPaperAsOftenAsAsked() {
        byte[] full = new byte[784];
        Arrays.fill(full, (byte) 1);
        int touched = 0;
        for (int seed = 0; seed < 2000; seed++) {
            byte[] erased = variant(Augmentation.NONE.withErase(0.25), full, seed);
            int top = 28;
            int bottom = -1;
            int left = 28;
            int right = -1;
            int gone = 0;
            for (int i = 0; i < 784; i++) {
                if (erased[i] == 0) {
                    gone++;
                    top = Math.min(top, i / 28);
                    bottom = Math.max(bottom, i / 28);
                    left = Math.min(left, i % 28);
                    right = Math.max(right, i % 28);
                }
            }
            if (gone > 0) {
                touched++;
                assertThat(gone).isEqualTo((bottom - top + 1) * (right - left + 1));
                assertThat(gone / 784.0).isBetween(0.01, 0.18);
            }
        }
        assertThat(touched / 2000.0).isCloseTo(0.25, within(0.04));
    }

    @Test
    void policiesAddUpAndSingleAmountsChangeThem() {
        assertThat(Augmentation.of("rotate")).isEqualTo(Augmentation.NONE.withRotation(10));
        assertThat(Augmentation.of("elastic").withElastic(0)).isEqualTo(Augmentation.of("affine"));
        assertThat(Augmentation.of("affine"))
                .hasToString("rotation 10, shift 0.08, scale 0.1, shear 8");
        assertThat(Augmentation.NONE).hasToString("none");
        assertThatThrownBy(() -> Augmentation.of("wild"))
                .hasMessageContaining("wild")
                .hasMessageContaining("strong");
    }

    @Test
    void amountsOutOfRangeAreRefused() {
        for (Runnable bad :
                List.<Runnable>of(
                        () -> Augmentation.NONE.withRotation(-1),
                        () -> Augmentation.NONE.withRotation(Double.NaN),
                        () -> Augmentation.NONE.withShift(0.6),
                        () -> Augmentation.NONE.withScale(1),
                        () -> Augmentation.NONE.withShear(90),
                        () -> Augmentation.NONE.withElastic(-34),
                        () -> Augmentation.NONE.withStroke(2),
                        () -> Augmentation.NONE.withErase(1.1))) {
            assertThatThrownBy(bad::run)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void threadsChangeNothingButTheSpeed(int workers) {
        var expected = batches(1);
        assertThat(batches(workers)).isEqualTo(expected);
    }

    private static List<DataSet> batches(int workers) {
        var all = new ArrayList<DataSet>();
        try (var batches =
                DigitIterator.builder(DIGITS)
                        .setBatchSize(16)
                        .optShuffle(5)
                        .optAugmentation(Augmentation.of("strong").transform())
                        .optWorkers(workers)
                        .build()) {
            for (int epoch = 0; epoch < 2; epoch++) {
                batches.startEpoch(epoch);
                batches.forEachRemaining(all::add);
            }
        }
        return all;
    }

    @Test
    void anEpochCanBeTakenUpInTheMiddle() {
        try (var whole = DigitIterator.builder(DIGITS).setBatchSize(30).optShuffle(2).build();
                var rest = DigitIterator.builder(DIGITS).setBatchSize(30).optShuffle(2).build()) {
            whole.startEpoch(3);
            rest.startEpoch(3, 4);
            for (int i = 0; i < 4; i++) {
                whole.next();
            }
            while (whole.hasNext()) {
                assertThat(rest.next()).isEqualTo(whole.next());
            }
            assertThat(rest.hasNext()).isFalse();
        }
    }

    @Test
    void smoothedLabelsSpreadTheirShareEvenly() {
        try (var batches =
                DigitIterator.builder(DIGITS).setBatchSize(8).optLabelSmoothing(0.1).build()) {
            var labels = batches.next().getLabels();
            for (int i = 0; i < 8; i++) {
                for (int c = 0; c < 10; c++) {
                    assertThat(labels.getFloat(i, c))
                            .isCloseTo(c == DIGITS.label(i) ? 0.91f : 0.01f, within(1e-6f));
                }
            }
        }
        assertThatThrownBy(
                        () ->
                                DigitIterator.builder(DIGITS)
                                        .setBatchSize(8)
                                        .optLabelSmoothing(1)
                                        .build())
                .hasMessageContaining("label smoothing 1.0");
    }
}
