package io.github.mnist4j.cli.options;

import io.github.mnist4j.lite.DigitReader;
import io.github.mnist4j.models.DigitClassifier;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** By which network images are read, and when a reading is sure. */
public final class ReaderOptions {
    @Option(
            names = "--threshold",
            paramLabel = "P",
            description =
                    "Least confidence at which a reading is sure, 0 to 1. Default: the model's own, or 0.5")
    private @Nullable Double threshold;

    /** Whether one was given. */
    public boolean hasThreshold() {
        return threshold != null;
    }

    /**
     * @throws IllegalArgumentException if the threshold is not from 0 to 1
     */
    public void check() {
        if (threshold != null && !(threshold >= 0 && threshold <= 1)) {
            throw new IllegalArgumentException("threshold is " + threshold + ", 0 to 1 expected");
        }
    }

    /** The threshold that was given, or the model's own. */
    public double threshold(DigitReader reader) {
        return threshold != null ? threshold : reader.threshold();
    }

    /**
     * @param model a model file; null for the pretrained network in the jar
     */
    public static DigitClassifier classifier(@Nullable Path model) throws IOException {
        return model == null ? DigitClassifier.pretrained() : DigitClassifier.load(model);
    }
}
