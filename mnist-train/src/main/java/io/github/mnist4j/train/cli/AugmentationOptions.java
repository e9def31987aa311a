package io.github.mnist4j.train.cli;

import io.github.mnist4j.data.Augmentation;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** An {@link Augmentation} as a policy's name and single amounts. */
final class AugmentationOptions {
    @Option(
            names = "--augment",
            paramLabel = "POLICY",
            description =
                    "none, rotate, affine, elastic or strong; the options below change single amounts of it."
                            + " Default for training: mlp none, cnn rotate")
    private String augment;

    @Option(names = "--rotate", paramLabel = "DEGREES", description = "Greatest random rotation")
    private Double rotate;

    @Option(
            names = "--shift",
            paramLabel = "PART",
            description = "Greatest random translation, as a part of the width: 0.1")
    private Double shift;

    @Option(
            names = "--scale",
            paramLabel = "PART",
            description = "Greatest random change of size: 0.1 is 90 to 110 %%")
    private Double scale;

    @Option(names = "--shear", paramLabel = "DEGREES", description = "Greatest random lean")
    private Double shear;

    @Option(
            names = "--elastic",
            paramLabel = "STRENGTH",
            description = "Elastic distortion after Simard et al. 2003, who take 34")
    private Double elastic;

    @Option(
            names = "--stroke",
            paramLabel = "PART",
            description = "Greatest random thickening or thinning of strokes, 0 to 1")
    private Double stroke;

    @Option(
            names = "--erase",
            paramLabel = "P",
            description = "Probability of erasing a random rectangle")
    private Double erase;

    /**
     * @param own what holds where nothing was given
     * @throws IllegalArgumentException for an unknown policy or an amount out of range
     */
    Augmentation apply(Augmentation own) {
        Augmentation a = augment == null ? own : Augmentation.of(augment);
        a = changed(a, rotate, a::withRotation);
        a = changed(a, shift, a::withShift);
        a = changed(a, scale, a::withScale);
        a = changed(a, shear, a::withShear);
        a = changed(a, elastic, a::withElastic);
        a = changed(a, stroke, a::withStroke);
        return changed(a, erase, a::withErase);
    }

    private static Augmentation changed(
            Augmentation own, Double amount, Function<Double, Augmentation> with) {
        return amount == null ? own : with.apply(amount);
    }
}
