package io.github.mnist4j.lite.network;

/**
 * The inner loops. HotSpot makes vector instructions of them as they are and not of what looks
 * faster: in Java 17 every array of such a loop must be read and written at the same index, and
 * with six arrays or two sums the loop is too large to be unrolled to the width of a vector.
 */
final class Kernel {
    private Kernel() {}

    /** sum += w[at] * a + w[at + 1] * b + w[at + 2] * c + w[at + 3] * d, for n values. */
    static void add(
            float[] sum, float[] w, int at, float[] a, float[] b, float[] c, float[] d, int n) {
        float w0 = w[at];
        float w1 = w[at + 1];
        float w2 = w[at + 2];
        float w3 = w[at + 3];
        for (int i = 0; i < n; i++) {
            sum[i] += w0 * a[i] + w1 * b[i] + w2 * c[i] + w3 * d[i];
        }
    }

    /** sum += w * a, for n values. */
    static void add(float[] sum, float w, float[] a, int n) {
        for (int i = 0; i < n; i++) {
            sum[i] += w * a[i];
        }
    }

    /** sum += w[at + k] * rows[k], for all k below count and n values of each. */
    static void addAll(float[] sum, float[] w, int at, float[][] rows, int count, int n) {
        int k = 0;
        for (; k + 4 <= count; k += 4) {
            add(sum, w, at + k, rows[k], rows[k + 1], rows[k + 2], rows[k + 3], n);
        }
        for (; k < count; k++) {
            add(sum, w[at + k], rows[k], n);
        }
    }
}
