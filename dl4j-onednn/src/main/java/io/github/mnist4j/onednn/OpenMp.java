package io.github.mnist4j.onednn;

import java.util.function.Supplier;
import org.nd4j.nativeblas.NativeOps;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * OpenMP's threads. Each of Java's threads has a number of its own, which oneDNN takes for how many
 * it divides a primitive among: when the primitive is compiled, and again when it runs. With one
 * there is no team, and so nobody who waits for the others, which OpenMP does by spinning.
 *
 * <p>ND4J's function sets it for oneDNN too where both use one library, as JavaCPP's builds do.
 */
final class OpenMp {
    private OpenMp() {}

    private static NativeOps ops() {
        return NativeOpsHolder.getInstance().getDeviceNativeOps();
    }

    /** The number of the thread that asks: what OMP_NUM_THREADS says, else the processors. */
    static int threads() {
        return Math.max(1, ops().ompGetMaxThreads());
    }

    /** Does something without a team. */
    static <T> T alone(Supplier<T> work) {
        int before = threads();
        if (before == 1) {
            return work.get();
        }
        ops().setOmpNumThreads(1);
        try {
            return work.get();
        } finally {
            ops().setOmpNumThreads(before);
        }
    }
}
