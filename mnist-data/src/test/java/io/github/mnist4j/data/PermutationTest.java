package io.github.mnist4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Orders and seeds must never change: a resumed run goes on with the next batch. Expected values
 * are those of a Python program with SplitMix64 and Fisher-Yates written from their papers.
 */
class PermutationTest {
    @Test
    void ordersAreThoseOfFisherAndYatesOnSplitMix64() {
        assertThat(Permutation.of(10, new SplittableRandom(7)))
                .containsExactly(4, 5, 8, 7, 9, 2, 1, 3, 0, 6);
        assertThat(Permutation.of(16, new SplittableRandom(-1)))
                .containsExactly(12, 2, 15, 7, 10, 14, 9, 3, 4, 0, 1, 13, 5, 11, 6, 8);
        assertThat(Permutation.of(0, new SplittableRandom(1))).isEmpty();
    }

    @Test
    void seedsAreMixedBySplitMix64() {
        // the first number of SplitMix64 from 0, as everybody publishes it
        assertThat(Permutation.seed(0)).isEqualTo(0xE220A8397B1DCDAFL);
        assertThat(Permutation.seed(1, 2, 3)).isEqualTo(-3426316478316322125L);
        assertThat(Permutation.seed(1, 2, 4)).isEqualTo(-4390005432366339039L);
        assertThat(Permutation.seed(-5, 0)).isEqualTo(-5970105824593227592L);
    }
}
