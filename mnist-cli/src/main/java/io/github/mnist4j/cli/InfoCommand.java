package io.github.mnist4j.cli;

import io.github.mnist4j.models.DigitClassifier;
import io.github.mnist4j.models.ModelCard;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.models.json.JsonFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Prints a model's card. */
@Command(
        name = "info",
        description =
                "Print a model's card as JSON: what it takes and gives, recipe, data, seed, figures.",
        mixinStandardHelpOptions = true)
final class InfoCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..1",
            paramLabel = "MODEL",
            description = "A model file. Default: the pretrained network in the jar")
    private Path model;

    @Override
    public Integer call() throws IOException {
        ModelCard card;
        if (model != null) {
            card = ModelFile.load(model).card();
        } else {
            try (DigitClassifier pretrained = DigitClassifier.pretrained()) {
                card = pretrained.card();
            }
        }
        System.out.println(JsonFile.indented(card));
        return 0;
    }
}
