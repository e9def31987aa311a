package io.github.mnist4j.models;

import java.io.IOException;
import java.util.Locale;
import org.bytedeco.javacpp.Pointer;

/** Memory at hand, asked before it is taken: a sentence is better than an OutOfMemoryError. */
final class Memory {
    private Memory() {}

    /**
     * @param heap bytes of Java's heap
     * @throws RefusedException if there are fewer
     */
    static void requireHeap(long heap) throws IOException {
        Runtime runtime = Runtime.getRuntime();
        long free = runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory());
        if (heap > free) {
            // what is garbage counts as used until it is collected
            System.gc();
            free = runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory());
        }
        if (heap > free) {
            throw new RefusedException(
                    String.format(
                            Locale.ROOT,
                            "it takes %d MiB of Java's heap, %d MiB are free: give more by -Xmx",
                            mebibytes(heap),
                            Math.max(0, free) >> 20));
        }
    }

    /**
     * @param outside bytes outside the heap, where arrays are
     * @throws RefusedException if there are fewer
     */
    static void requireNative(long outside) throws IOException {
        long most = Pointer.maxBytes();
        if (most <= 0) {
            return; // no limit was set
        }
        if (outside > most - Pointer.totalBytes()) {
            System.gc(); // frees arrays that nobody holds
            Pointer.deallocateReferences();
        }
        long free = most - Pointer.totalBytes();
        if (outside > free) {
            throw new RefusedException(
                    String.format(
                            Locale.ROOT,
                            "its network takes %d MiB of memory outside the heap, %d MiB are free:"
                                    + " give more by -Dorg.bytedeco.javacpp.maxbytes or -Xmx",
                            mebibytes(outside),
                            Math.max(0, free) >> 20));
        }
    }

    private static long mebibytes(long bytes) {
        return (bytes >> 20) + 1;
    }
}
