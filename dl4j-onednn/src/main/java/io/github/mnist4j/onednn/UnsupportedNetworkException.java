package io.github.mnist4j.onednn;

/**
 * Says which part of a network has no oneDNN counterpart here; the network then stays with DL4J's
 * own code.
 */
final class UnsupportedNetworkException extends Exception {
    private static final long serialVersionUID = 1L;

    UnsupportedNetworkException(String what) {
        super(what);
    }

    /**
     * @param otherwise the part that is not supported unless {@code condition} holds
     */
    static void require(boolean condition, String otherwise) throws UnsupportedNetworkException {
        if (!condition) {
            throw new UnsupportedNetworkException(otherwise);
        }
    }
}
