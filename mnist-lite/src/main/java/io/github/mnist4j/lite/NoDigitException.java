package io.github.mnist4j.lite;

/** There is no digit on an image that should show one. A web service answers with 422. */
public final class NoDigitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NoDigitException(String message) {
        super(message);
    }
}
