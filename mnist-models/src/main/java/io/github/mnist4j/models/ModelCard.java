package io.github.mnist4j.models;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.mnist4j.models.json.JsonFile;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a user of a model must know: {@code card.json} in a {@link ModelFile}.
 *
 * @param model the network's name in {@link MnistModels}, or its description
 * @param labels the classes in the order of the outputs, each a different text
 * @param input what the network takes, in words; may be null
 * @param provenance where it comes from and how good it is
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ModelCard(
        String model,
        List<String> labels,
        @JsonProperty @Nullable String input,
        @JsonProperty Provenance provenance) {
    /** The labels of a network that tells ten digits apart. */
    public static final List<String> DIGITS =
            List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");

    /** The labels of a network whose eleventh output says that an image is not a digit. */
    public static final List<String> DIGITS_AND_NONE =
            List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "none");

    private static final String INPUT =
            "[batch, 1, 28, 28] float: ink on paper, pixels 0 to 255 through the file's normalizer";

    private static final int MOST_LABELS = 1000;
    private static final int MOST_CHARACTERS = 200;

    /**
     * @throws IllegalArgumentException if the model is unknown, or labels are missing or appear
     *     twice
     */
    public ModelCard {
        check(model != null && model.length() <= MOST_CHARACTERS, "the card names no model");
        try {
            Architecture.parse(model);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the card's model is " + JsonFile.printable(model) + ": " + e.getMessage(), e);
        }
        check(
                labels != null
                        && !labels.isEmpty()
                        && labels.size() <= MOST_LABELS
                        && labels.stream().allMatch(ModelCard::isLabel),
                "the card's labels are not 1 to " + MOST_LABELS + " short texts");
        labels = List.copyOf(labels);
        check(
                new HashSet<>(labels).size() == labels.size(),
                "one of the card's labels appears twice");
        provenance = provenance == null ? Provenance.UNKNOWN : provenance;
    }

    private static boolean isLabel(String label) {
        return label != null && !label.isBlank() && label.length() <= MOST_CHARACTERS;
    }

    private static void check(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** The card of a network that takes images [batch, 1, 28, 28] and gives ten digits. */
    public static ModelCard of(String model, Provenance provenance) {
        return new ModelCard(model, DIGITS, INPUT, provenance);
    }

    public ModelCard withLabels(List<String> labels) {
        return new ModelCard(model, labels, input, provenance);
    }

    public ModelCard withProvenance(Provenance provenance) {
        return new ModelCard(model, labels, input, provenance);
    }
}
