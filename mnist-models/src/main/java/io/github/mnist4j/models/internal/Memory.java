package io.github.mnist4j.models.internal;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import org.bytedeco.javacpp.Pointer;

/** Memory at hand, asked before it is taken: a sentence is better than an OutOfMemoryError. */
public final class Memory {
    private Memory() {}

    /**
     * @param heap bytes of Java's heap
     * @throws RefusedException if there are fewer
     */
    public static void requireHeap(long heap) throws IOException {
        if (heap > freeHeap()) {
            // what is garbage counts as used until it is collected
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
     * All of a stream, unless it is longer than the heap at hand can take.
     *
     * @param name for messages
     */
    public static byte[] read(InputStream in, String name) throws IOException {
        // it is held in pieces first, then in one; and something is to be made of it
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
     * @param outside bytes outside the heap, where arrays are
     * @throws RefusedException if there are fewer
     */
    public static void requireNative(long outside) throws IOException {
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
