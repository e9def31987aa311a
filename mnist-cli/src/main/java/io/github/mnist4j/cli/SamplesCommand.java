package io.github.mnist4j.cli;

import io.github.mnist4j.cli.console.Terminal;
import io.github.mnist4j.cli.options.Arguments;
import io.github.mnist4j.cli.options.AugmentationOptions;
import io.github.mnist4j.cli.options.DataOptions;
import io.github.mnist4j.data.DigitIterator;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.PixelValues;
import io.github.mnist4j.data.augment.Augmentation;
import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.train.DataCheck;
import io.github.mnist4j.train.chart.DigitSheets;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Draws a sheet of a data set's images. */
@Command(
        name = "samples",
        description = {
            "Draw the first images of a data set as a sheet (PNG).",
            "With an augmentation: one of each digit above its variants."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class SamplesCommand implements Callable<Integer> {
    /** Rows below the originals. */
    private static final int VARIANTS = 6;

    @Mixin private DataOptions data;

    @Mixin private AugmentationOptions augmentation = new AugmentationOptions("none");

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "100",
            description = "Number of images, without an augmentation. Default: ${DEFAULT-VALUE}")
    private int count;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            defaultValue = "samples.png",
            description = "The file to write. Default: ${DEFAULT-VALUE}")
    private Path out;

    @Override
    public Integer call() throws IOException {
        Arguments.atLeast(1, "count", count);
        DatasetLoader.Loaded loaded = data.load();
        DataCheck.images(loaded.train(), "training", loaded);
        Augmentation variants = augmentation.apply(Augmentation.NONE);
        AtomicFile.write(
                out,
                variants.changesNothing()
                        ? sheet(loaded.train().first(count))
                        : variants(loaded.train(), variants));
        Terminal.print(out.toString());
        return 0;
    }

    private static BufferedImage sheet(DigitSet digits) {
        int columns = Math.min(digits.size(), 20);
        int rows = (digits.size() + columns - 1) / columns;
        return DigitSheets.grid(
                digits,
                rows,
                columns,
                i -> new DigitSheets.Caption(String.valueOf(digits.label(i)), true));
    }

    /** One of each digit, and below each what the first epochs of a training would make of it. */
    private static BufferedImage variants(DigitSet train, Augmentation augmentation) {
        DigitSet digits = train.subset(oneOfEach(train));
        int n = digits.size();
        int area = digits.rows() * digits.columns();
        byte[] pixels = new byte[(1 + VARIANTS) * n * area];
        byte[] labels = new byte[(1 + VARIANTS) * n];
        try (var batches =
                DigitIterator.builder(digits)
                        .setBatchSize(n)
                        .optNormalization(new Normalization(0, 1))
                        .optAugmentation(augmentation.transform())
                        .build()) {
            for (int i = 0; i < n; i++) {
                System.arraycopy(digits.pixels(i), 0, pixels, i * area, area);
                for (int v = 0; v <= VARIANTS; v++) {
                    labels[v * n + i] = (byte) digits.label(i);
                }
            }
            for (int v = 1; v <= VARIANTS; v++) {
                batches.startEpoch(v - 1);
                float[] values = batches.next().getFeatures().data().asFloat();
                for (int p = 0; p < n * area; p++) {
                    pixels[v * n * area + p] = PixelValues.toByte(values[p]);
                }
            }
        }
        return DigitSheets.grid(
                DigitSet.of(digits.rows(), digits.columns(), pixels, labels),
                1 + VARIANTS,
                n,
                null);
    }

    private static int[] oneOfEach(DigitSet digits) {
        return IntStream.range(0, DigitSet.CLASSES)
                .flatMap(
                        digit ->
                                IntStream.range(0, digits.size())
                                        .filter(i -> digits.label(i) == digit)
                                        .limit(1))
                .toArray();
    }
}
