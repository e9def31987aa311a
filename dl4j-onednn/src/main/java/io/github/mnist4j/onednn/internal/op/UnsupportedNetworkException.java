package io.github.mnist4j.onednn.internal.op;

/**
 * Says which part of a network has no oneDNN counterpart here; the network then stays with DL4J's
 * own code.
 */
public final class UnsupportedNetworkException extends Exception {
    private static final long serialVersionUID = 1L;

    public UnsupportedNetworkException(String what) {
        super(what);
    }

    /**
     * @param otherwise the part that is not supported unless {@code condition} holds
     */
    public static void require(boolean condition, String otherwise)
            throws UnsupportedNetworkException {
        if (!condition) {
            throw new UnsupportedNetworkException(otherwise);
        }
    }
}
