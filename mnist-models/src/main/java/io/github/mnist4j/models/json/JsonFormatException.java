package io.github.mnist4j.models.json;

import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** JSON that cannot be read. The message is one line: name, line, sentence. */
public final class JsonFormatException extends IOException {
    private static final long serialVersionUID = 1L;
    private final String sentence;
    private final int line;

    JsonFormatException(String name, int line, String sentence, @Nullable Throwable cause) {
        super(name + (line > 0 ? ", line " + line + ": " : " cannot be read: ") + sentence, cause);
        this.sentence = sentence;
        this.line = line;
    }

    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }

    /** What is wrong, without the name of the file. */
    public String sentence() {
        return sentence;
    }

    /** The line, 1 or more; 0 for the text as a whole. */
    public int line() {
        return line;
    }
}
