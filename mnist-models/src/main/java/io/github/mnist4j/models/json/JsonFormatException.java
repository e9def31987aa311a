package io.github.mnist4j.models.json;

import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A JSON text that is not what it should be. The message is one line: name, line, sentence. */
public final class JsonFormatException extends IOException {
    private static final long serialVersionUID = 1L;
    private final String sentence;
    private final int line;

    JsonFormatException(String name, int line, String sentence, @Nullable Throwable cause) {
        super(name + (line > 0 ? ", line " + line + ": " : " is no good: ") + sentence, cause);
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

    /** Where, 1 or more; 0 if it is the whole of the text. */
    public int line() {
        return line;
    }
}
