package io.github.mnist4j.train.reader;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.photo.ImageLoader;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.lite.Prediction;
import io.github.mnist4j.lite.Reading;
import io.github.mnist4j.models.DigitClassifier;
import io.github.mnist4j.train.reader.ReaderTraining.Reliability;
import io.github.mnist4j.train.reader.ReadingBenchmark.Outcome;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;

/**
 * Prints the tables of docs/handwriting.md for a network. Like {@link ReaderTraining} not among the
 * commands of {@code mnist}; docs/handwriting.md has its command line.
 */
public final class ReaderFigures {
    private static final Set<String> OPTIONS = Set.of("--data", "--handwriting", "--model");

    private final DigitClassifier classifier;

    private ReaderFigures(DigitClassifier classifier) {
        this.classifier = classifier;
    }

    /**
     * Prints them.
     *
     * @param args {@code --data} MNIST's folder; {@code --handwriting} a folder with labels.csv,
     *     cases and sets, else those rows are left out; {@code --model} a model file, else the
     *     network in the jar
     */
    public static void main(String[] args) throws IOException {
        var options = new LinkedHashMap<String, String>();
        for (int i = 0; i + 1 < args.length; i += 2) {
            options.put(args[i], args[i + 1]);
        }
        if (args.length % 2 != 0
                || !OPTIONS.containsAll(options.keySet())
                || !options.containsKey("--data")) {
            System.err.println("usage: --data DIR [--handwriting DIR] [--model FILE]");
            System.exit(2);
        }
        String model = options.get("--model");
        try (DigitClassifier classifier =
                model == null
                        ? DigitClassifier.pretrained()
                        : DigitClassifier.load(Path.of(model))) {
            var figures = new ReaderFigures(classifier);
            if (options.containsKey("--handwriting")) {
                figures.handwriting(Path.of(options.get("--handwriting")));
            }
            figures.noImages();
            figures.corruptions(
                    DatasetLoader.builder()
                            .optFolder(Path.of(options.get("--data")))
                            .build()
                            .load(DatasetLoader.Dataset.MNIST)
                            .test());
        }
    }

    private void handwriting(Path folder) throws IOException {
        var labels =
                ReadingBenchmark.of(
                        folder.resolve("labels.csv"), classifier, classifier.threshold());
        int n = labels.images().size();
        line("labels.csv, whole string right", Math.round(n * labels.right()), n);
        line("labels.csv, wrong and above the threshold", Math.round(n * labels.wrongAndSure()), n);
        cases(folder.resolve("cases"));
        set("USPS test set", usps(folder.resolve("sets/usps-zip.test.gz")));
        set("Semeion", semeion(folder.resolve("sets/semeion.data.gz")));
    }

    private static void line(String name, long part, int of) {
        System.out.printf(
                Locale.ROOT, "| %s | %.2f %% (%d of %d) |%n", name, 100.0 * part / of, part, of);
    }

    private void cases(Path folder) throws IOException {
        int right = 0;
        int unsure = 0;
        for (String row :
                Files.readAllLines(folder.resolve("cases.csv")).stream().skip(1).toList()) {
            String[] cells = row.split(",", -1);
            // letters stand in brackets, pages line by line behind a colon
            String written = cells[1].substring(cells[1].indexOf(':') + 1).strip();
            String truth = written.startsWith("(") ? "" : written.replace("/", "");
            List<Reading> readings =
                    classifier.readImage(ImageLoader.read(folder.resolve(cells[0])).image());
            if (ReadingBenchmark.outcome(truth, readings) == Outcome.RIGHT) {
                right++;
                boolean sure =
                        readings.stream()
                                .allMatch(
                                        r -> r.prediction().confidence() >= classifier.threshold());
                unsure += sure ? 0 : 1;
            }
        }
        System.out.printf(
                Locale.ROOT,
                "| the twenty cases, right (unsure ones in it) | %d (%d) |%n",
                right,
                unsure);
    }

    /** An image of 16x16 pixels and its digit. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Small(double[] ink, int digit) {}

    private void set(String name, List<Small> images) {
        int right = 0;
        int sure = 0;
        int rightOfSure = 0;
        for (Small small : images) {
            var image = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
            for (int i = 0; i < 256; i++) {
                int row = i / 16;
                image.getRaster().setSample(i % 16, row, 0, 255 * (1 - small.ink[i]));
            }
            List<Reading> readings = classifier.readImage(image);
            boolean hit =
                    readings.size() == 1 && readings.get(0).prediction().digit() == small.digit;
            right += hit ? 1 : 0;
            if (readings.size() == 1
                    && readings.get(0).prediction().confidence() >= classifier.threshold()) {
                sure++;
                rightOfSure += hit ? 1 : 0;
            }
        }
        line(name + " through the reader", right, images.size());
        line(name + ", right of those above the threshold", rightOfSure, Math.max(1, sure));
    }

    /** A line an image, 256 values from -1 (paper) to 1 and a class from 1 on, below two counts. */
    private static List<Small> usps(Path file) throws IOException {
        var images = new ArrayList<Small>();
        for (String line : lines(file).subList(2, lines(file).size())) {
            double[] values = values(line);
            double[] ink = Arrays.stream(values).limit(256).map(v -> (v + 1) / 2).toArray();
            images.add(new Small(ink, (int) values[256] - 1));
        }
        return images;
    }

    /** A line an image: 256 values of 0 or 1 and ten columns, one of them 1. */
    private static List<Small> semeion(Path file) throws IOException {
        var images = new ArrayList<Small>();
        for (String line : lines(file)) {
            double[] values = values(line);
            if (values.length < 266) {
                continue;
            }
            int digit =
                    IntStream.range(0, 10)
                            .filter(d -> values[256 + d] == 1)
                            .findFirst()
                            .orElseThrow();
            images.add(new Small(Arrays.copyOf(values, 256), digit));
        }
        return images;
    }

    private static List<String> lines(Path file) throws IOException {
        try (var in = new GZIPInputStream(Files.newInputStream(file))) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().toList();
        }
    }

    private static double[] values(String line) {
        return Arrays.stream(line.strip().split("\\s+", -1))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    /** Capitals of four faces, and noise: nothing is to be read on them. */
    private void noImages() {
        String letters = "ABCDEFGHJKLMNPQRSTUVWXYZ";
        int rejected = 0;
        int easy = 0;
        int rejectedEasy = 0;
        List<Font> faces =
                List.of(
                        new Font("DejaVu Serif", Font.PLAIN, 120),
                        new Font("DejaVu Sans", Font.PLAIN, 120),
                        new Font("DejaVu Sans Mono", Font.PLAIN, 120),
                        new Font("DejaVu Sans", Font.BOLD, 120));
        for (Font face : faces) {
            for (int i = 0; i < letters.length(); i++) {
                char letter = letters.charAt(i);
                boolean none = classifier.readImage(drawn(face, letter)).isEmpty();
                rejected += none ? 1 : 0;
                if ("QSZB".indexOf(letter) < 0) {
                    easy++;
                    rejectedEasy += none ? 1 : 0;
                }
            }
        }
        line("printed capitals rejected", rejected, faces.size() * letters.length());
        line("printed capitals rejected, without Q, S, Z and B", rejectedEasy, easy);
        for (int side : new int[] {28, 200}) {
            int images = side == 28 ? 1000 : 100;
            int empty = 0;
            for (int i = 0; i < images; i++) {
                var random = new SplittableRandom(i);
                var image = new BufferedImage(side, side, BufferedImage.TYPE_BYTE_GRAY);
                for (int p = 0; p < side * side; p++) {
                    image.getRaster().setSample(p % side, p / side, 0, random.nextInt(256));
                }
                empty += classifier.readImage(image).isEmpty() ? 1 : 0;
            }
            line("uniform noise of " + side + "x" + side + " rejected", empty, images);
        }
    }

    private static BufferedImage drawn(Font face, char letter) {
        var image = new BufferedImage(200, 200, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, 200, 200);
        g.setColor(Color.BLACK);
        g.setFont(face);
        g.drawString(String.valueOf(letter), 50, 145);
        g.dispose();
        return image;
    }

    /** The network alone, on MNIST's test images as they are and corrupted. */
    private void corruptions(DigitSet test) {
        System.out.println(
                "| images | right | calibration error | above the threshold | right of these |");
        System.out.println("| --- | --- | --- | --- | --- |");
        var rows = new LinkedHashMap<String, BiFunction<byte[], SplittableRandom, float[]>>();
        for (ReaderTraining.Shift shift : ReaderTraining.Shift.values()) {
            rows.put(shift.name, shift::of);
        }
        for (MnistC corruption : MnistC.values()) {
            rows.put(corruption.title, corruption::of);
        }
        double sum = 0;
        for (Map.Entry<String, BiFunction<byte[], SplittableRandom, float[]>> row :
                rows.entrySet()) {
            Reliability r = reliability(test, row.getValue());
            boolean published =
                    Arrays.stream(MnistC.values()).anyMatch(c -> c.title.equals(row.getKey()));
            sum += published ? r.accuracy() : 0;
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.2f %% | %.1f %% | %.1f %% | %s |%n",
                    row.getKey(),
                    100 * r.accuracy(),
                    100 * r.calibrationError(),
                    100 * r.sure(),
                    r.sure() == 0
                            ? "none"
                            : String.format(Locale.ROOT, "%.2f %%", 100 * r.rightOfSure()));
        }
        System.out.printf(
                Locale.ROOT,
                "| mean of the fifteen | %.2f %% | | | |%n",
                100 * sum / MnistC.values().length);
    }

    private Reliability reliability(
            DigitSet test, BiFunction<byte[], SplittableRandom, float[]> change) {
        int batch = 500;
        var answers = new ArrayList<Prediction>();
        for (int from = 0; from < test.size(); from += batch) {
            int n = Math.min(batch, test.size() - from);
            var images = new ArrayList<float[]>();
            for (int i = from; i < from + n; i++) {
                images.add(change.apply(test.pixels(i), new SplittableRandom(i)));
            }
            answers.addAll(classifier.classifyAllFloats(images));
        }
        int[] digits = IntStream.range(0, test.size()).map(test::label).toArray();
        return Reliability.of(answers, digits, classifier.threshold());
    }
}
