package io.github.mnist4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SplitTest {
    /** Image i carries its index in its four pixels, so that it can be told where it went. */
    private static DigitSet numbered(int size, long seed) {
        byte[] pixels = new byte[size * 4];
        byte[] labels = new byte[size];
        var random = new java.util.Random(seed);
        for (int i = 0; i < size; i++) {
            pixels[4 * i] = (byte) i;
            pixels[4 * i + 1] = (byte) (i >> 8);
            labels[i] = (byte) Math.min(9, Math.abs(random.nextGaussian() * 4));
        }
        return DigitSet.of(2, 2, pixels, labels);
    }

    private static int number(DigitSet set, int i) {
        byte[] p = set.pixels(i);
        return p[0] & 0xFF | (p[1] & 0xFF) << 8;
    }

    @Property(tries = 100)
    void partsEveryDigitInProportionAndLosesNothing(
            @ForAll @IntRange(min = 20, max = 2000) int size,
            @ForAll @IntRange(min = 0, max = 100) int percent,
            @ForAll long seed) {
        DigitSet set = numbered(size, seed);
        int held = Math.min(size * percent / 100, size - 10);
        Split split = Split.stratified(set, held, seed);
        assertThat(split.validation().size()).isEqualTo(held);
        Set<Integer> seen = new HashSet<>();
        for (DigitSet part : new DigitSet[] {split.train(), split.validation()}) {
            int before = -1;
            for (int i = 0; i < part.size(); i++) {
                int n = number(part, i);
                assertThat(n).isGreaterThan(before);
                before = n;
                assertThat(part.label(i)).isEqualTo(set.label(n));
                seen.add(n);
            }
        }
        assertThat(seen).hasSize(size);
        int[] all = set.countByLabel();
        int[] validation = split.validation().countByLabel();
        for (int c = 0; c < 10; c++) {
            double exact = (double) held * all[c] / size;
            assertThat((double) validation[c]).isBetween(Math.floor(exact), Math.ceil(exact));
        }
    }

    @Test
    void dependsOnTheSeedAlone() {
        DigitSet set = numbered(500, 1);
        assertThat(Split.stratified(set, 100, 7).validation().digest())
                .isEqualTo(Split.stratified(set, 100, 7).validation().digest())
                .isNotEqualTo(Split.stratified(set, 100, 8).validation().digest());
    }

    @Test
    void refusesASizeThatLeavesNothingToLearnFrom() {
        DigitSet set = numbered(50, 1);
        assertThatThrownBy(() -> Split.stratified(set, 41, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0 to 40");
        assertThatThrownBy(() -> Split.stratified(set, -1, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
