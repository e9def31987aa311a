package io.github.mnist4j.cli;

import io.github.mnist4j.cli.console.DrawnCopies;
import io.github.mnist4j.cli.console.ImageReadings;
import io.github.mnist4j.cli.console.Terminal;
import io.github.mnist4j.cli.console.TestReadings;
import io.github.mnist4j.cli.options.Arguments;
import io.github.mnist4j.cli.options.DataOptions;
import io.github.mnist4j.cli.options.ReaderOptions;
import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.io.OutputFolder;
import io.github.mnist4j.data.photo.ImageLoader;
import io.github.mnist4j.data.photo.LoadedImage;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.lite.Reading;
import io.github.mnist4j.models.DigitClassifier;
import io.github.mnist4j.train.DataCheck;
import io.github.mnist4j.train.backend.Failure;
import io.github.mnist4j.train.chart.DigitSheets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Reads handwriting. */
@Command(
        name = "predict",
        description = {
            "Read the digits on photos and screenshots, or the first test images of a data set (--test).",
            "Prints the digits line by line, ? where it is not sure, and draws a copy of each photo with boxes,"
                    + " digits and confidences: <name>-read.png."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class PredictCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..*",
            paramLabel = "IMAGE",
            description = "PNG, JPEG, GIF, BMP, TIFF or WebP files")
    private List<Path> images = List.of();

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description =
                    "A model file, such as best.zip of a run. Default: the pretrained network")
    private @Nullable Path model;

    @Mixin private ReaderOptions reader;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description =
                    "Folder for what is drawn. Default: that of each photo; with --test the current one")
    private @Nullable Path out;

    @Option(
            names = "--test",
            paramLabel = "N",
            description =
                    "Classify the first N test images and print answer and truth; draws predictions.png")
    private @Nullable Integer test;

    @Option(
            names = "--max-pixels",
            paramLabel = "N",
            description = "Refuse images with more pixels. Default: ${DEFAULT-VALUE}")
    private long maxPixels = ImageLoader.MOST_PIXELS;

    @Mixin private DataOptions data = DataOptions.goingWith("--test");

    @Option(names = "--json", description = "Print boxes and probabilities too, as JSON")
    private boolean json;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (images.isEmpty() == (test == null)) {
            throw new IllegalArgumentException("name images to read, or --test N; not both");
        }
        Arguments.refuseAllBut(
                test != null
                        ? Set.of("--test", "--model", "--dataset", "--data", "--out", "--json")
                        : Set.of("--model", "--threshold", "--max-pixels", "--out", "--json"),
                test != null ? "does not go with --test" : "goes with --test",
                spec);
        reader.check();
        Arguments.atLeast(1, "max pixels", maxPixels);
        OutputFolder.refuseFile(out);
        try (DigitClassifier classifier = ReaderOptions.classifier(model)) {
            return test != null ? readTest(test, classifier) : readAll(classifier);
        }
    }

    private int readAll(DigitClassifier classifier) throws IOException {
        var all = new ArrayList<Map<String, Object>>();
        var copies = new DrawnCopies(images, out);
        int failed = 0;
        for (Path image : images) {
            try {
                ImageReadings readings = read(image, copies.of(image), classifier);
                all.add(readings.tree());
                if (!json) {
                    if (images.size() > 1) {
                        Terminal.print(image + ":");
                    }
                    readings.print();
                }
            } catch (IOException | RuntimeException | OutOfMemoryError e) {
                // one bad file does not keep the others from being read
                System.err.println("error: " + sentence(image, e));
                failed++;
            }
        }
        if (json) {
            Terminal.printJson(all);
        }
        return failed == 0 ? 0 : Mnist.FAILED;
    }

    private ImageReadings read(Path image, Path copy, DigitClassifier classifier)
            throws IOException {
        double threshold = reader.threshold(classifier);
        LoadedImage loaded = ImageLoader.read(image, maxPixels);
        List<Reading> readings = classifier.readImage(loaded.image());
        OutputFolder.create(copy.resolveSibling(""));
        AtomicFile.write(copy, DigitSheets.annotated(loaded.image(), readings, threshold));
        return new ImageReadings(
                image, readings.stream().map(r -> r.times(loaded.reduction())).toList(), threshold);
    }

    /** It names the file, which a message about used-up memory, for one, does not. */
    private static String sentence(Path image, Throwable e) {
        String sentence = Failure.sentence(e);
        return sentence.contains(Failure.printable(image.toString()))
                ? sentence
                : Failure.printable(image + ": " + sentence);
    }

    private int readTest(int count, DigitClassifier classifier) throws IOException {
        Arguments.atLeast(1, "test", count);
        DatasetLoader.Loaded loaded = data.load();
        DataCheck.images(loaded.test(), "test", loaded);
        var readings = new TestReadings(loaded.test().first(count), classifier);
        if (json) {
            Terminal.printJson(readings.tree());
        } else {
            readings.print();
        }
        Path folder = out == null ? Path.of("") : OutputFolder.create(out);
        AtomicFile.write(folder.resolve("predictions.png"), readings.sheet());
        return 0;
    }
}
