package io.github.mnist4j.data.idx;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An IDX file is damaged or of another kind than expected. The message names the file, the offset
 * and what was expected there.
 */
public final class IdxFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final long offset;

    public IdxFormatException(Path file, long offset, String problem) {
        this(file, offset, problem, null);
    }

    public IdxFormatException(Path file, long offset, String problem, @Nullable Throwable cause) {
        super(file + ": at byte " + offset + ": " + problem, cause);
        this.file = file.toString();
        this.offset = offset;
    }

    /** The file, as the caller named it. */
    public String file() {
        return file;
    }

    /** Where the problem begins, in bytes of the uncompressed file. */
    public long offset() {
        return offset;
    }
}
