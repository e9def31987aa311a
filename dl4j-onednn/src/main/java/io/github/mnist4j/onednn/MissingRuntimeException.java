package io.github.mnist4j.onednn;

import org.jspecify.annotations.Nullable;

/**
 * ND4J cannot compute in this process: no backend is on the class path, no natives of this machine,
 * or they do not load. The message is one sentence that names what to add.
 */
public final class MissingRuntimeException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    MissingRuntimeException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
