package io.github.mnist4j.data;

import java.util.random.RandomGenerator;

/** Random orders (Fisher and Yates), and several numbers mixed into one seed. */
public final class Permutation {
    private Permutation() {}

    /** 0 to n - 1 in random order. */
    static int[] of(int n, RandomGenerator random) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /**
     * Mixes the parts into one seed; neighboring parts give unrelated seeds (SplitMix64's
     * finalizer).
     */
    public static long seed(long... parts) {
        long z = 0;
        for (long part : parts) {
            z = (z ^ part) + 0x9E3779B97F4A7C15L;
            z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
            z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
            z ^= z >>> 31;
        }
        return z;
    }
}
