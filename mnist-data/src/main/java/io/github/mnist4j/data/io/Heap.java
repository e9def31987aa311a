package io.github.mnist4j.data.io;

/**
 * How much of Java's heap is at hand: asked before something is allocated whose size a file names,
 * for a file may name any size.
 */
public final class Heap {
    private Heap() {}

    /**
     * Bytes that may be asked for at once: three quarters of what the heap can still hold. The last
     * quarter is for everybody else. Garbage counts as used here; see {@link #has}.
     */
    public static long atHand() {
        Runtime java = Runtime.getRuntime();
        long used = java.totalMemory() - java.freeMemory();
        return Math.max(0, (java.maxMemory() - used) / 4 * 3);
    }

    /** Whether so many bytes may be allocated; collects the garbage before it says no. */
    public static boolean has(long bytes) {
        if (bytes <= atHand()) {
            return true;
        }
        if (bytes > Runtime.getRuntime().maxMemory() / 4 * 3) {
            return false; // no collection makes that much room
        }
        System.gc();
        return bytes <= atHand();
    }

    /** A number of bytes for people, rounded up: "3 MB", "1,200 MB". */
    public static String megabytes(long bytes) {
        return String.format(
                java.util.Locale.ROOT,
                "%,d MB",
                bytes / 1_000_000 + (bytes % 1_000_000 > 0 ? 1 : 0));
    }
}
