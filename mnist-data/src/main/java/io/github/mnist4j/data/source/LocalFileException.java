package io.github.mnist4j.data.source;

import io.github.mnist4j.data.io.IoErrors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A file on this machine cannot be read or written: no mirror can help. */
final class LocalFileException extends IOException {
    private static final long serialVersionUID = 1L;

    private LocalFileException(@Nullable String message, IOException cause) {
        super(message, cause);
    }

    interface Step {
        void run() throws IOException;
    }

    interface Question<T> {
        T answer() throws IOException;
    }

    /**
     * Runs a step. If it fails, this machine is at fault, not a mirror.
     *
     * @param verb what the step does: "write", "delete"
     */
    static void run(String verb, Path file, Step step) throws LocalFileException {
        try {
            step.run();
        } catch (IOException e) {
            throw of(verb, file, e);
        }
    }

    /** As {@link #run}, for a step with a result. */
    static <T> T get(String verb, Path file, Question<T> question) throws LocalFileException {
        try {
            return question.answer();
        } catch (IOException e) {
            throw of(verb, file, e);
        }
    }

    private static LocalFileException of(String verb, Path file, IOException e) {
        String said = Objects.requireNonNullElse(e.getMessage(), "");
        return new LocalFileException(
                said.startsWith("cannot ") ? said : IoErrors.named(verb, file, e).getMessage(), e);
    }
}
