package io.github.mnist4j.train.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MnistCTest {
    /** A full square of 10 pixels, its upper left corner at 9, 9. */
    private static byte[] square() {
        byte[] pixels = new byte[784];
        for (int y = 9; y < 19; y++) {
            for (int x = 9; x < 19; x++) {
                pixels[y * 28 + x] = (byte) 255;
            }
        }
        return pixels;
    }

    private static float[] of(MnistC corruption, long seed) {
        return corruption.of(square(), new SplittableRandom(seed));
    }

    private static double mass(float[] image) {
        double mass = 0;
        for (float v : image) {
            mass += v;
        }
        return mass;
    }

    @ParameterizedTest
    @EnumSource
    void changesTheImageTheSameWayForTheSameSeed(MnistC corruption) {
        float[] image = of(corruption, 5);
        assertThat(image).hasSize(784).isEqualTo(of(corruption, 5));
        int changed = 0;
        for (int i = 0; i < 784; i++) {
            assertThat(image[i]).isBetween(0f, 1f);
            changed += Math.abs(image[i] - (square()[i] & 0xFF) / 255f) > 0.05 ? 1 : 0;
        }
        assertThat(changed).isGreaterThan(10);
    }

    @Test
    void noiseHasTheMomentsOfItsDistribution() {
        double shot = 0;
        double salt = 0;
        double pepper = 0;
        for (int seed = 0; seed < 50; seed++) {
            float[] noisy = of(MnistC.SHOT_NOISE, seed);
            float[] spotted = of(MnistC.IMPULSE_NOISE, seed);
            for (int i = 0; i < 784; i++) {
                boolean ink = square()[i] != 0;
                // no light, no photons
                assertThat(ink || noisy[i] == 0).isTrue();
                shot += ink ? noisy[i] : 0;
                salt += !ink && spotted[i] == 1 ? 1 : 0;
                pepper += ink && spotted[i] == 0 ? 1 : 0;
            }
        }
        // E min(N, 3) / 3 of a Poisson N with mean 3: 1 - e^-3 (3 + 2 * 3 + 1 * 4.5) / 3
        assertThat(shot / 5000).isCloseTo(1 - Math.exp(-3) * 13.5 / 3, within(0.02));
        assertThat(salt / (50 * 684)).isCloseTo(0.085, within(0.01));
        assertThat(pepper / 5000).isCloseTo(0.085, within(0.02));
    }

    @Test
    void geometryMovesInkAsDefined() {
        float[] moved = of(MnistC.TRANSLATE, 1);
        assertThat(mass(moved)).isCloseTo(100, within(1e-3));
        boolean left = moved[13 * 28 + 6] > 0 || moved[15 * 28 + 6] > 0;
        assertThat(moved[14 * 28 + (left ? 6 : 21)]).isEqualTo(1);
        assertThat(moved[14 * 28 + (left ? 16 : 11)]).isZero();
        // 0.7 in each direction
        assertThat(mass(of(MnistC.SCALE, 1))).isCloseTo(49, within(2.0));
        // cos(0.4) of the height, all of the width: areas by the matrix's determinant
        assertThat(mass(of(MnistC.SHEAR, 1))).isCloseTo(100 / Math.cos(0.4), within(2.0));
        float[] turned = of(MnistC.ROTATE, 1);
        assertThat(mass(turned)).isCloseTo(100, within(2.0));
        // a corner at 5.8 pixels from the center before now is within the turned square's side
        assertThat(turned[9 * 28 + 9]).isLessThan(0.5f);
    }

    @Test
    void overlaysLieWhereTheyAreDefined() {
        float[] stripe = of(MnistC.STRIPE, 1);
        assertThat(stripe[0]).isEqualTo(1);
        assertThat(stripe[6]).isEqualTo(1);
        assertThat(stripe[7]).isZero();
        assertThat(stripe[20]).isZero();
        assertThat(stripe[21]).isEqualTo(1);
        float[] bright = of(MnistC.BRIGHTNESS, 1);
        assertThat(bright[0]).isEqualTo(0.5f);
        assertThat(bright[14 * 28 + 14]).isEqualTo(1);
        float[] dotted = of(MnistC.DOTTED_LINE, 1);
        for (int x = 0; x < 28; x++) {
            double most = 0;
            for (int y = 0; y < 28; y++) {
                most = Math.max(most, x >= 9 && x < 19 ? 0 : dotted[y * 28 + x]);
            }
            assertThat(most > 0.5)
                    .as("column %d", x)
                    .isEqualTo(x % 4 >= 2 && (x < 9 || x >= 19) && x < 27);
        }
        float[] zigzag = of(MnistC.ZIGZAG, 1);
        for (int x = 3; x < 9; x++) {
            double most = 0;
            for (int y = 0; y < 28; y++) {
                most = Math.max(most, zigzag[y * 28 + x]);
            }
            assertThat(most).as("column %d", x).isGreaterThan(0.5);
        }
        assertThat(zigzag[14 * 28]).isZero();
    }

    @Test
    void edgesOfASquareAreItsOutline() {
        float[] edges = of(MnistC.CANNY_EDGES, 1);
        assertThat(edges[14 * 28 + 14]).isZero();
        assertThat(edges[14 * 28 + 4]).isZero();
        for (int k = 12; k < 16; k++) {
            // the step lies between pixels 8 and 9, and 18 and 19
            assertThat(edges[k * 28 + 8] + edges[k * 28 + 9]).isBetween(1f, 2f);
            assertThat(edges[k * 28 + 18] + edges[k * 28 + 19]).isBetween(1f, 2f);
            assertThat(edges[8 * 28 + k] + edges[9 * 28 + k]).isBetween(1f, 2f);
            assertThat(edges[18 * 28 + k] + edges[19 * 28 + k]).isBetween(1f, 2f);
            assertThat(edges[k * 28 + 11]).isZero();
        }
    }

    @Test
    void blursKeepInkAndFogCoversPaper() {
        assertThat(mass(of(MnistC.MOTION_BLUR, 3))).isCloseTo(100, within(0.5));
        assertThat(mass(of(MnistC.GLASS_BLUR, 3))).isCloseTo(100, within(0.5));
        assertThat(of(MnistC.MOTION_BLUR, 3)[14 * 28 + 8]).isBetween(0.1f, 0.95f);
        double paper = 0;
        double spots = 0;
        for (int seed = 0; seed < 20; seed++) {
            float[] fog = of(MnistC.FOG, seed);
            // ink of 1 and fog of at most 3, by 4
            assertThat(fog[14 * 28 + 14]).isBetween(0.25f, 1f);
            paper += fog[0] / 20;
            float[] spatter = of(MnistC.SPATTER, seed);
            for (int y = 11; y < 17; y++) {
                for (int x = 11; x < 17; x++) {
                    // mud is darker than ink is light
                    assertThat(spatter[y * 28 + x]).isBetween(63 / 255f - 1e-3f, 1f);
                    spots += spatter[y * 28 + x] < 0.5 ? 1 : 0;
                }
            }
        }
        assertThat(paper).isBetween(0.1, 0.65);
        assertThat(spots / (20 * 36)).isBetween(0.05, 0.5);
    }
}
