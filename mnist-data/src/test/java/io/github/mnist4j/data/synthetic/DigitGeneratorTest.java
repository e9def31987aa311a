package io.github.mnist4j.data.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.mnist4j.data.DigitSet;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DigitGeneratorTest {
    private final DigitSet digits = new DigitGenerator(11).generate(2000);

    @Test
    void dependsOnSeedAndIndexAlone() {
        assertThat(new DigitGenerator(11).generate(2000).digest()).isEqualTo(digits.digest());
        assertThat(new DigitGenerator(12).generate(2000).digest()).isNotEqualTo(digits.digest());
        assertThat(new DigitGenerator(11).generate(50).digest())
                .isEqualTo(digits.first(50).digest());
    }

    /**
     * The digits of a seed stay the same from version to version, so that figures measured on them
     * can be measured again. The digests are those of the first version.
     */
    @Test
    void drawsWhatItAlwaysDrew() throws Exception {
        assertThat(digits.first(500).digest())
                .isEqualTo("1e6dedaa3c01503d27c5df4a97d47dae479b0c3f9e387909d2b89f116578a25a");
        assertThat(new DigitGenerator(DigitGenerator.DEFAULT_SEED).generate(500).digest())
                .isEqualTo("71a375061c4fbeae0631da930c994a00a5b91dd1d95176e8845670f512bd96f3");
        var random = new SplittableRandom(7);
        var sha = MessageDigest.getInstance("SHA-256");
        for (int i = 0; i < 100; i++) {
            sha.update(DigitGenerator.draw("0.5,0.0 0.5,1.0; 0.1,0.5 | 0.1,0.5 0.9,0.5", random));
            sha.update(new DigitGenerator(0).draw(i % 10, random));
        }
        assertThat(HexFormat.of().formatHex(sha.digest()))
                .isEqualTo("7e12a9787c4a1a658a071b04fc376f53e1b0a91bd1818f0f9c8d314f2237c609");
    }

    /** By hand: 2,739,137 * 784 = 2,147,483,408 bytes, and one digit more is past 2^31 - 1. */
    @Test
    void moreDigitsThanAnArrayHoldsAreRefusedBeforeAnythingIsAllocated() {
        assertThat(DigitGenerator.MOST_DIGITS).isEqualTo(2_739_137);
        var generator = new DigitGenerator(1);
        // times 784 the third is 1,088 modulo 2^32, an array that could be allocated
        for (int count : new int[] {-1, 2_739_138, 5_478_276, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> generator.generate(count))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(count + " digits, 0 to 2739137 expected");
        }
        assertThat(generator.generate(0).size()).isZero();
    }

    @Test
    void everyDigitIsDrawnAboutEquallyOftenAndNoImageTwice() {
        for (int count : digits.countByLabel()) {
            assertThat(count).isBetween(140, 260); // 200, and five standard deviations
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < digits.size(); i++) {
            seen.add(Arrays.toString(digits.pixels(i)));
        }
        assertThat(seen).hasSize(digits.size());
    }

    /**
     * What MNIST's own images keep: see the oracle in the project's notes, measured on its test
     * set.
     */
    @Test
    void keepsMnistsConventions() {
        double[] ink = new double[digits.size()];
        int[] longestSides = new int[digits.size()];
        for (int i = 0; i < digits.size(); i++) {
            byte[] p = digits.pixels(i);
            double mass = 0;
            double mx = 0;
            double my = 0;
            int dark = 0;
            int left = 28;
            int right = -1;
            int top = 28;
            int bottom = -1;
            for (int k = 0; k < 784; k++) {
                int v = p[k] & 0xFF;
                mass += v;
                mx += v * (k % 28);
                my += v * (k / 28);
                if (v > 127) {
                    dark++;
                    left = Math.min(left, k % 28);
                    right = Math.max(right, k % 28);
                    top = Math.min(top, k / 28);
                    bottom = Math.max(bottom, k / 28);
                }
            }
            assertThat(mx / mass).isCloseTo(14, within(0.51));
            assertThat(my / mass).isCloseTo(14, within(0.51));
            ink[i] = dark / 784.0;
            longestSides[i] = Math.max(right - left, bottom - top) + 1;
        }
        Arrays.sort(ink);
        Arrays.sort(longestSides);
        assertThat(longestSides[longestSides.length / 2]).isBetween(19, 20);
        assertThat(longestSides[longestSides.length - 1]).isLessThanOrEqualTo(21);
        assertThat(ink[ink.length / 2]).isCloseTo(0.131, within(0.03));
        assertThat(ink[ink.length / 100]).isGreaterThan(0.03);
        assertThat(ink[ink.length * 99 / 100]).isLessThan(0.30);
    }

    @Test
    void isAntiAliased() {
        int gray = 0;
        for (int i = 0; i < 100; i++) {
            for (byte b : digits.pixels(i)) {
                int v = b & 0xFF;
                gray += v > 20 && v < 235 ? 1 : 0;
            }
        }
        assertThat(gray / 100.0).isGreaterThan(20);
    }
}
