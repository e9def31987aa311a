package io.github.mnist4j.lite.network;

/** What is computed of each value of a layer. The numbers are those of the file. */
final class Activation {
    static final int IDENTITY = 0;
    static final int RELU = 1;
    static final int LEAKY_RELU = 2;
    static final int ELU = 3;
    static final int SWISH = 4;
    static final int TANH = 5;
    static final int SIGMOID = 6;
    static final int LAST = SIGMOID;

    private Activation() {}

    /** Whether the greatest of some values stays the greatest. */
    static boolean isMonotonic(int kind, float alpha) {
        return kind != SWISH && (alpha >= 0 || (kind != LEAKY_RELU && kind != ELU));
    }

    /** At most this much, if the values are at most {@code bound} in magnitude. */
    static double bound(int kind, float alpha, double bound) {
        return switch (kind) {
            case LEAKY_RELU -> bound * Math.max(1, Math.abs(alpha));
            case ELU -> Math.max(bound, Math.abs(alpha));
            case TANH, SIGMOID -> 1;
            default -> bound;
        };
    }

    static void apply(int kind, float alpha, float[] values, int n) {
        switch (kind) {
            case RELU -> {
                for (int i = 0; i < n; i++) {
                    values[i] = Math.max(values[i], 0);
                }
            }
            case LEAKY_RELU -> {
                for (int i = 0; i < n; i++) {
                    values[i] = values[i] < 0 ? alpha * values[i] : values[i];
                }
            }
            case ELU -> {
                for (int i = 0; i < n; i++) {
                    values[i] = values[i] < 0 ? (float) (alpha * Math.expm1(values[i])) : values[i];
                }
            }
            case SWISH -> {
                for (int i = 0; i < n; i++) {
                    values[i] *= sigmoid(values[i]);
                }
            }
            case TANH -> {
                for (int i = 0; i < n; i++) {
                    values[i] = (float) Math.tanh(values[i]);
                }
            }
            case SIGMOID -> {
                for (int i = 0; i < n; i++) {
                    values[i] = sigmoid(values[i]);
                }
            }
            default -> {}
        }
    }

    private static float sigmoid(float x) {
        return (float) (1 / (1 + Math.exp(-x)));
    }
}
