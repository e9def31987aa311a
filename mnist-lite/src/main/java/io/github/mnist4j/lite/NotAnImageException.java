package io.github.mnist4j.lite;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A file is not an image that can be read: it is something else, of a format that is not known
 * here, damaged, or larger than can be decoded. The message is a sentence that begins with the
 * file's name. A web service answers with 400.
 */
public final class NotAnImageException extends IOException {
    private static final long serialVersionUID = 1L;

    public NotAnImageException(@Nullable String message) {
        super(message);
    }

    public NotAnImageException(@Nullable String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
