package io.github.mnist4j.data.io;

/**
 * Tells how much of Java's heap is available. Ask before you allocate what a file claims to need:
 * it may claim any size.
 */
public final class Heap {
    private Heap() {}

    /**
     * Bytes that one caller may allocate: three quarters of what the heap can still hold. The last
     * quarter is for everybody else. Garbage counts as used; see {@link #has}.
     */
    public static long atHand() {
        Runtime java = Runtime.getRuntime();
        long used = java.totalMemory() - java.freeMemory();
        return Math.max(0, (java.maxMemory() - used) / 4 * 3);
    }

    /** Whether this many bytes may be allocated. Collects garbage before it says no. */
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

    /** A number of bytes as text, rounded up: "3 MB", "1,200 MB". */
    public static String megabytes(long bytes) {
        return String.format(
                java.util.Locale.ROOT,
                "%,d MB",
                bytes / 1_000_000 + (bytes % 1_000_000 > 0 ? 1 : 0));
    }
}
