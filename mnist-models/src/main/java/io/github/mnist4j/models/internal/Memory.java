package io.github.mnist4j.models.internal;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import org.bytedeco.javacpp.Pointer;

/**
 * Checks for free memory before it is allocated, so that a user gets a sentence and not an
 * OutOfMemoryError.
 */
public final class Memory {
    private Memory() {}

    /**
     * @param heap bytes of the Java heap
     * @throws RefusedException if fewer are free
     */
    public static void requireHeap(long heap) throws IOException {
        if (heap > freeHeap()) {
            // garbage counts as used until it is collected
            System.gc();
        }
        long free = freeHeap();
        if (heap > free) {
            throw new RefusedException(
                    String.format(
                            Locale.ROOT,
                            "it takes %d MiB of Java's heap, %d MiB are free: give more by -Xmx",
                            mebibytes(heap),
                            free >> 20));
        }
    }

    private static long freeHeap() {
        Runtime runtime = Runtime.getRuntime();
        return Math.max(0, runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory()));
    }

    /**
     * Reads a stream to its end, unless it is too long for the heap.
     *
     * @param name for messages
     */
    public static byte[] read(InputStream in, String name) throws IOException {
        // it is held in pieces, then as one array, and then decoded
        int most = (int) Math.min(CheckedZip.MOST_FILE_BYTES, freeHeap() / 3);
        byte[] content = in.readNBytes(most + 1);
        if (content.length > most) {
            throw new IOException(
                    name
                            + " is longer than "
                            + (most >> 20)
                            + " MiB, which is what Java's heap has room for: give more by -Xmx");
        }
        return content;
    }

    /**
     * @param outside bytes outside the heap, where ND4J has its arrays
     * @throws RefusedException if fewer are free
     */
    public static void requireNative(long outside) throws IOException {
        long most = Pointer.maxBytes();
        if (most <= 0) {
            return; // no limit was set
        }
        if (outside > most - Pointer.totalBytes()) {
            System.gc(); // frees unreferenced arrays
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
