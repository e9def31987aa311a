package io.github.mnist4j.cli;

import io.github.mnist4j.cli.console.Terminal;
import io.github.mnist4j.models.DigitClassifier;
import io.github.mnist4j.models.ModelCard;
import io.github.mnist4j.models.ModelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Prints a model's card. */
@Command(
        name = "info",
        description = "Print a model's card as JSON: input, output, recipe, data, seed, metrics.",
        mixinStandardHelpOptions = true)
final class InfoCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL",
            description = "A model file. Default: the pretrained network in the jar")
    private @Nullable Path model;

    @Override
    public Integer call() throws IOException {
        Terminal.printJson(card());
        return 0;
    }

    private ModelCard card() throws IOException {
        if (model != null) {
            return ModelFile.load(model).card();
        }
        try (DigitClassifier pretrained = DigitClassifier.pretrained()) {
            return pretrained.card();
        }
    }
}
