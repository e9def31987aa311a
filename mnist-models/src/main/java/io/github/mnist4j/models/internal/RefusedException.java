package io.github.mnist4j.models.internal;

import java.io.IOException;

/** Refuses a file's content. The message is a sentence without the file's name. */
public final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    public RefusedException(String sentence) {
        super(sentence);
    }

    public RefusedException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
