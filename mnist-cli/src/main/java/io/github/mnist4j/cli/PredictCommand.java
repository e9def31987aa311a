package io.github.mnist4j.cli;

import io.github.mnist4j.cli.options.DataOptions;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.photo.ImageLoader;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.models.DigitClassifier;
import io.github.mnist4j.models.DigitClassifier.Reading;
import io.github.mnist4j.models.Prediction;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.train.DataCheck;
import io.github.mnist4j.train.backend.Failure;
import io.github.mnist4j.train.chart.DigitSheets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Reads handwriting. */
@Command(
        name = "predict",
        description = {
            "Read the digits on photos or screenshots; or the first test images of a data set (--test).",
            "Prints them line by line, a digit that is not convincing as ?, and draws a copy of each photo with boxes,"
                    + " digits and confidences, <name>-read.png (<name>-read-2.png ... where that is taken by another of"
                    + " the photos)."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class PredictCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..*",
            paramLabel = "IMAGE",
            description = "PNG, JPEG, GIF, BMP, TIFF or WebP")
    private List<Path> images = List.of();

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "A model file: best.zip of a run's folder. Default: the one in the jar")
    private Path model;

    @Option(
            names = "--threshold",
            paramLabel = "P",
            description =
                    "Least confidence of a digit that is convincing, 0 to 1. Default: the model's own, else 0.5")
    private Double threshold;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where the drawn copies go. Default: beside each photo")
    private Path out;

    @Option(
            names = "--test",
            paramLabel = "N",
            description = "The first N test images, with the truth; drawn to predictions.png")
    private Integer test;

    @Option(
            names = "--max-pixels",
            paramLabel = "N",
            description = "Refuse images with more pixels. Default: 400000000")
    private long maxPixels = ImageLoader.MOST_PIXELS;

    @Mixin private DataOptions data;

    @Option(names = "--json", description = "Everything as JSON on standard output")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (images.isEmpty() == (test == null)) {
            throw new IllegalArgumentException("name images to read, or --test N; not both");
        }
        if (threshold != null && !(threshold >= 0 && threshold <= 1)) {
            throw new IllegalArgumentException("threshold is " + threshold + ", 0 to 1 expected");
        }
        if (maxPixels < 1) {
            throw new IllegalArgumentException(
                    "max pixels is " + maxPixels + ", 1 or more expected");
        }
        Mnist.refuseFile(out);
        try (DigitClassifier classifier =
                model == null ? DigitClassifier.pretrained() : DigitClassifier.load(model)) {
            return test != null ? readTest(classifier) : readAll(classifier);
        }
    }

    private int readAll(DigitClassifier classifier) throws IOException {
        double least = threshold != null ? threshold : classifier.threshold();
        var all = new ArrayList<Map<String, Object>>();
        Map<Path, Path> copies = copies();
        int failed = 0;
        for (Path image : images) {
            try {
                ImageLoader.Picture picture = ImageLoader.read(image, maxPixels);
                List<Reading> readings = classifier.read(picture.image());
                Path copy = copies.get(image);
                Mnist.made(copy.getParent());
                AtomicFile.write(copy, DigitSheets.annotated(picture.image(), readings, least));
                readings = readings.stream().map(r -> r.times(picture.reduction())).toList();
                all.add(described(image, readings, least));
                if (!json) {
                    print(image, readings, least);
                }
            } catch (IOException | RuntimeException | OutOfMemoryError e) {
                // one bad file does not keep the others from being read
                System.err.println("error: " + sentence(image, e));
                failed++;
            }
        }
        if (json) {
            print(all);
        }
        return failed == 0 ? 0 : Mnist.FAILED;
    }

    /**
     * Where the drawn copy of each image goes: a file of its own, and none that is to be read
     * itself.
     */
    private Map<Path, Path> copies() {
        var taken = new HashSet<String>();
        images.forEach(image -> taken.add(key(image)));
        var copies = new LinkedHashMap<Path, Path>();
        for (Path image : images) {
            copies.computeIfAbsent(
                    image,
                    i -> {
                        Path whole = i.toAbsolutePath();
                        Path name = whole.getFileName();
                        String stem =
                                name == null ? "" : name.toString().replaceFirst("\\.[^.]*$", "");
                        Path in = out != null ? out.toAbsolutePath() : whole.resolveSibling("");
                        Path copy = in.resolve(stem + "-read.png");
                        for (int n = 2; !taken.add(key(copy)); n++) {
                            copy = in.resolve(stem + "-read-" + n + ".png");
                        }
                        return copy;
                    });
        }
        return copies;
    }

    /** Some file systems take A.png and a.png for one. */
    private static String key(Path file) {
        return file.toAbsolutePath().normalize().toString().toLowerCase(Locale.ROOT);
    }

    /** It names the file, which memory that is used up, for one, does not. */
    private static String sentence(Path image, Throwable e) {
        String sentence = Failure.sentence(e);
        return sentence.contains(Failure.printable(image.toString()))
                ? sentence
                : Failure.printable(image + ": " + sentence);
    }

    private void print(Path image, List<Reading> readings, double least) {
        if (images.size() > 1) {
            System.out.println(Failure.printable(image + ":"));
        }
        if (readings.isEmpty()) {
            System.err.println(Failure.printable("no digit found on " + image));
            return;
        }
        int line = 0;
        var text = new StringBuilder();
        for (Reading r : readings) {
            if (r.line() != line) {
                text.append('\n');
                line = r.line();
            } else if (text.length() > 0) {
                text.append(' ');
            }
            text.append(shown(r.prediction(), least));
        }
        System.out.println(text);
        for (Reading r : readings) {
            if (r.prediction().confidence() < least) {
                System.err.printf(
                        Locale.ROOT,
                        "not convincing: perhaps a %d (%.0f %%) at %d,%d%n",
                        r.prediction().digit(),
                        100 * r.prediction().confidence(),
                        r.box().x,
                        r.box().y);
            }
        }
    }

    private static String shown(Prediction p, double least) {
        return p.confidence() < least ? "?" : String.valueOf(p.digit());
    }

    private static Map<String, Object> described(Path image, List<Reading> readings, double least) {
        var digits = new ArrayList<Map<String, Object>>();
        for (Reading r : readings) {
            var digit = new LinkedHashMap<String, Object>();
            digit.put("digit", r.prediction().digit());
            digit.put("confidence", r.prediction().confidence());
            digit.put("convincing", r.prediction().confidence() >= least);
            digit.put("line", r.line());
            digit.put("box", List.of(r.box().x, r.box().y, r.box().width, r.box().height));
            digit.put("probabilities", r.prediction().probabilities());
            digits.add(digit);
        }
        var described = new LinkedHashMap<String, Object>();
        described.put("file", image.toString());
        described.put("digits", digits);
        return described;
    }

    private static void print(Object value) throws IOException {
        System.out.println(JsonFile.indented(value));
    }

    private int readTest(DigitClassifier classifier) throws IOException {
        if (test < 1) {
            throw new IllegalArgumentException("test is " + test + ", 1 or more expected");
        }
        DatasetLoader.Loaded loaded = data.load(Mnist.terminal());
        loaded.notice()
                .ifPresent(notice -> System.err.println("NOTICE    " + Failure.printable(notice)));
        DataCheck.images(loaded.test(), "test", loaded);
        DigitSet digits = loaded.test().first(test);
        List<Prediction> predictions =
                classifier.classifyAll(
                        IntStream.range(0, digits.size()).mapToObj(digits::pixels).toList());
        if (json) {
            var all = new ArrayList<Map<String, Object>>();
            for (int i = 0; i < digits.size(); i++) {
                var one = new LinkedHashMap<String, Object>();
                one.put("truth", digits.label(i));
                one.put("digit", predictions.get(i).digit());
                one.put("confidence", predictions.get(i).confidence());
                one.put("probabilities", predictions.get(i).probabilities());
                all.add(one);
            }
            print(all);
        } else {
            System.out.println("image  truth  predicted  confidence");
            for (int i = 0; i < digits.size(); i++) {
                Prediction p = predictions.get(i);
                System.out.printf(
                        Locale.ROOT,
                        "%7d  %5d  %9d  %8.2f %%%s%n",
                        i,
                        digits.label(i),
                        p.digit(),
                        100 * p.confidence(),
                        p.digit() == digits.label(i) ? "" : "  wrong");
            }
        }
        int columns = Math.min(10, digits.size());
        Path picture = (out == null ? Path.of("") : Mnist.made(out)).resolve("predictions.png");
        AtomicFile.write(
                picture,
                DigitSheets.grid(
                        digits,
                        (digits.size() + columns - 1) / columns,
                        columns,
                        i ->
                                new DigitSheets.Caption(
                                        String.format(
                                                Locale.ROOT,
                                                "%d  %.0f%%",
                                                predictions.get(i).digit(),
                                                100 * predictions.get(i).confidence()),
                                        predictions.get(i).digit() == digits.label(i))));
        return 0;
    }
}
