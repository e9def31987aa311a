package io.github.mnist4j.models;

import java.io.IOException;

/** A file's content that is not what it should be: a sentence without the file's name. */
final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String sentence) {
        super(sentence);
    }

    RefusedException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
