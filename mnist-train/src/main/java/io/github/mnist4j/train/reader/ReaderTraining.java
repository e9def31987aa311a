package io.github.mnist4j.train.reader;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.PixelValues;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.lite.Prediction;
import io.github.mnist4j.models.Architecture;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.models.ModelCard;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.models.ProvenanceBuilder;
import io.github.mnist4j.onednn.OneDnn;
import io.github.mnist4j.train.plan.LearningRate;
import io.github.mnist4j.train.plan.Schedules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * Trains the network of the reader: ten digits and "not a digit", on {@link ReaderExamples}. Not
 * among the commands of {@code mnist}, for it is wanted once a release; docs/handwriting.md has its
 * command line.
 */
public final class ReaderTraining {
    private static final int BATCH = 128;
    private static final int VALIDATION = 5000;
    private static final int AREA = 784;

    private static final Set<String> OPTIONS =
            Set.of(
                    "--data",
                    "--fonts",
                    "--out",
                    "--steps",
                    "--rate",
                    "--seed",
                    "--note",
                    "--model",
                    "--dropout",
                    "--from");

    private final Path data;
    private final @Nullable Path fonts;
    private final Path out;
    private final int steps;
    private final double rate;
    private final String model;
    private final long seed;
    private final int saveEvery = 1000;
    private final @Nullable String note;
    private final double dropout;
    private final @Nullable Path from;

    private ReaderTraining(Map<String, String> options) {
        data = Path.of(options.get("--data"));
        fonts = options.containsKey("--fonts") ? Path.of(options.get("--fonts")) : null;
        out = Path.of(options.get("--out"));
        steps = Integer.parseInt(options.getOrDefault("--steps", "50000"));
        rate = Double.parseDouble(options.getOrDefault("--rate", "0.003"));
        seed = Long.parseLong(options.getOrDefault("--seed", "1"));
        note = options.get("--note");
        dropout = Double.parseDouble(options.getOrDefault("--dropout", "0.2"));
        from = options.containsKey("--from") ? Path.of(options.get("--from")) : null;
        model = options.getOrDefault("--model", "cnn:channels=8,16,48:dense=96");
    }

    /**
     * Trains, or goes on with what it finds in {@code --out}.
     *
     * @param args {@code --data} MNIST's folder, {@code --out} the folder for latest.zip,
     *     average.zip and the result, pretrained.zip; {@code --fonts} a folder with more fonts,
     *     {@code --steps}, {@code --rate}, {@code --seed}, {@code --model} as the trainer's, {@code
     *     --dropout} after dense layers, {@code --from} a model with the same layers whose weights
     *     it begins with, {@code --note} for the card
     */
    public static void main(String[] args) throws IOException {
        var options = new LinkedHashMap<String, String>();
        for (int i = 0; i + 1 < args.length; i += 2) {
            options.put(args[i], args[i + 1]);
        }
        if (args.length % 2 != 0
                || !OPTIONS.containsAll(options.keySet())
                || !options.containsKey("--data")
                || !options.containsKey("--out")) {
            System.err.println(
                    "usage: --data DIR --out DIR [--fonts DIR] [--steps N] [--rate R] [--seed N] [--model NAME] [--dropout P] [--from MODEL] [--note TEXT]");
            System.exit(2);
        }
        new ReaderTraining(options).run();
    }

    private void run() throws IOException {
        Files.createDirectories(out);
        DigitSet all =
                DatasetLoader.builder()
                        .optFolder(data)
                        .build()
                        .load(DatasetLoader.Dataset.MNIST)
                        .train();
        int learned = all.size() - VALIDATION;
        DigitSet validation = all.subset(IntStream.range(learned, all.size()).toArray());
        var examples =
                new ReaderExamples(all.subset(IntStream.range(0, learned).toArray()), fonts, seed);
        Architecture architecture = Architecture.parse(model);
        Path latest = out.resolve("latest.zip");
        Path averageFile = out.resolve("average.zip");
        MultiLayerNetwork plain;
        int step = 0;
        INDArray average;
        if (Files.exists(latest)) {
            ModelFile file = ModelFile.load(latest);
            plain = file.network();
            step = Objects.requireNonNull(file.card().provenance().steps(), "steps in its card");
            average = ModelFile.load(averageFile).network().params().dup();
        } else {
            plain =
                    new MultiLayerNetwork(
                            MnistModels.of(
                                    architecture,
                                    new MnistModels.Settings(
                                            seed, new Adam(rate), dropout, 0.0, 0, 0, 0, 0),
                                    ReaderExamples.CLASSES));
            plain.init();
            if (from != null) {
                plain.setParams(ModelFile.load(from).network().params());
            }
            average = plain.params().dup();
        }
        MultiLayerNetwork network = OneDnn.accelerate(plain);
        System.out.println(network.numParams() + " parameters, " + network.getClass());
        ISchedule schedule = schedule(rate, steps);
        float[] features = new float[BATCH * AREA];
        double loss = 0;
        long start = System.nanoTime();
        long drawing = 0;
        int began = step;
        while (step < steps) {
            long from = System.nanoTime();
            float[] labels = new float[BATCH * ReaderExamples.CLASSES];
            for (int i = 0; i < BATCH; i++) {
                int label = examples.draw((long) step * BATCH + i, features, i * AREA);
                labels[i * ReaderExamples.CLASSES + label] = 1;
            }
            drawing += System.nanoTime() - from;
            LearningRate.set(network, schedule.valueAt(step, 0));
            network.fit(
                    Nd4j.create(features, new long[] {BATCH, 1, 28, 28}, 'c'),
                    Nd4j.create(labels, new long[] {BATCH, ReaderExamples.CLASSES}, 'c'));
            loss += network.score();
            step++;
            // short at first, for the beginning is soon worth nothing
            double decay = Math.min(0.999, (step + 1.0) / (step + 20.0));
            average.muli(decay).addi(network.params().mul(1 - decay));
            if (step % 200 == 0) {
                double seconds = (System.nanoTime() - start) / 1e9;
                System.out.printf(
                        Locale.ROOT,
                        "step %d  loss %.4f  %.2f steps/s, %.0f %% of it drawing%n",
                        step,
                        loss / 200,
                        (step - began) / seconds,
                        100 * drawing / 1e9 / seconds);
                loss = 0;
            }
            if (step % saveEvery == 0 || step == steps) {
                save(latest, network, step, true);
                MultiLayerNetwork averaged = network.clone();
                averaged.setParams(average);
                save(averageFile, averaged, step, false);
                System.out.printf(
                        Locale.ROOT,
                        "step %d  validation %.4f%n",
                        step,
                        accuracy(OneDnn.accelerate(averaged), validation));
            }
        }
        finish(averageFile, all, validation);
    }

    /** The result with its figures: pretrained.zip. */
    private void finish(Path averageFile, DigitSet train, DigitSet validation) throws IOException {
        ModelFile result = ModelFile.load(averageFile);
        MultiLayerNetwork network = OneDnn.accelerate(result.network());
        DigitSet test =
                DatasetLoader.builder()
                        .optFolder(data)
                        .build()
                        .load(DatasetLoader.Dataset.MNIST)
                        .test();
        var provenance =
                ProvenanceBuilder.builder(result.card().provenance())
                        .optTrainDigest(train.digest())
                        .optTestDigest(test.digest());
        var more = new LinkedHashMap<>(result.card().provenance().more());
        // on images as spoiled as those that it learned from, a quarter of them not digits
        var shifted = new ReaderExamples(validation, fonts, seed + 1);
        float[] images = new float[MIXTURE * AREA];
        int[] labels = new int[MIXTURE];
        for (int i = 0; i < MIXTURE; i++) {
            labels[i] = shifted.draw(i, images, i * AREA);
        }
        List<Prediction> mixture = answers(network, images);
        double threshold = threshold(mixture, labels);
        provenance.optThreshold(threshold);
        int[] digits = IntStream.range(0, test.size()).map(test::label).toArray();
        var reliability = new LinkedHashMap<String, Object>();
        reliability.put("mixture", Reliability.of(mixture, labels, threshold));
        for (Shift shift : Shift.values()) {
            float[] spoiled = new float[test.size() * AREA];
            for (int i = 0; i < test.size(); i++) {
                System.arraycopy(
                        shift.of(test.pixels(i), new SplittableRandom(i)),
                        0,
                        spoiled,
                        i * AREA,
                        AREA);
            }
            Reliability r = Reliability.of(answers(network, spoiled), digits, threshold);
            if (shift == Shift.NONE) {
                provenance.optTestAccuracy(r.accuracy());
            }
            reliability.put(shift.name, r);
        }
        more.put("reliability", reliability);
        String version = ReaderTraining.class.getPackage().getImplementationVersion();
        if (note != null) {
            more.put("note", note);
        }
        ModelFile.save(
                out.resolve("pretrained.zip"),
                result.network(),
                result.normalization(),
                result.card()
                        .withProvenance(
                                provenance
                                        .optTrained(LocalDate.now(ZoneOffset.UTC).toString())
                                        .optVersion(version == null ? "0.2.0-SNAPSHOT" : version)
                                        .optLicense("Apache-2.0")
                                        .optMore(more)
                                        .build()),
                false);
        System.out.println("threshold " + threshold);
        reliability.forEach((name, r) -> System.out.println(name + " " + r));
    }

    /** Images that the threshold is chosen on. */
    private static final int MIXTURE = 10_000;

    /** The share of answers above the threshold that must be right. */
    private static final double RIGHT_ABOVE = 0.995;

    /** What the test images go through to see whether confidence still holds. */
    enum Shift {
        NONE("test"),
        NOISE("test, white noise of 0.3"),
        TURNED("test, turned by 30 degrees either way"),
        FAINT("test, ink of 0.4");

        final String name;

        Shift(String name) {
            this.name = name;
        }

        float[] of(byte[] pixels, SplittableRandom random) {
            float[] to = new float[AREA];
            double angle = Math.toRadians(random.nextBoolean() ? 30 : -30);
            double cos = Math.cos(angle);
            double sin = Math.sin(angle);
            for (int i = 0; i < AREA; i++) {
                double value = PixelValues.toValue(pixels[i]);
                if (this == TURNED) {
                    double x = i % 28 - 13.5;
                    int row = i / 28;
                    double y = row - 13.5;
                    value = at(pixels, cos * x + sin * y + 13.5, cos * y - sin * x + 13.5);
                } else if (this == NOISE) {
                    value += 0.3 * random.nextGaussian();
                } else if (this == FAINT) {
                    value *= 0.4;
                }
                to[i] = (float) Math.max(0, Math.min(1, value));
            }
            return to;
        }

        private static double at(byte[] pixels, double x, double y) {
            int x0 = (int) Math.floor(x);
            int y0 = (int) Math.floor(y);
            double value = 0;
            for (int k = 0; k < 4; k++) {
                int px = x0 + k % 2;
                int py = y0 + k / 2;
                double share = (1 - Math.abs(x - px)) * (1 - Math.abs(y - py));
                if (px >= 0 && py >= 0 && px < 28 && py < 28) {
                    value += share * PixelValues.toValue(pixels[py * 28 + px]);
                }
            }
            return value;
        }
    }

    /**
     * Whether confidence means something.
     *
     * @param accuracy of all answers, none counting as wrong, 0 to 1
     * @param calibrationError expected calibration error over 15 bins (Guo et al. 2017), 0 to 1
     * @param sure the share of answers at or above the threshold
     * @param rightOfSure the share of these that are right; NaN if there are none
     */
    public record Reliability(
            double accuracy, double calibrationError, double sure, double rightOfSure) {
        private static final int BINS = 15;

        static Reliability of(List<Prediction> answers, int[] labels, double threshold) {
            int right = 0;
            int sure = 0;
            int rightOfSure = 0;
            double[] apart = new double[BINS];
            for (int i = 0; i < labels.length; i++) {
                Prediction p = answers.get(i);
                boolean hit = p.digit() == labels[i];
                right += hit ? 1 : 0;
                if (p.confidence() >= threshold) {
                    sure++;
                    rightOfSure += hit ? 1 : 0;
                }
                int bin = Math.min(BINS - 1, (int) (p.confidence() * BINS));
                apart[bin] += (hit ? 1 : 0) - p.confidence();
            }
            double error = 0;
            for (double a : apart) {
                error += Math.abs(a);
            }
            int n = labels.length;
            return new Reliability(
                    (double) right / n,
                    error / n,
                    (double) sure / n,
                    sure == 0 ? Double.NaN : (double) rightOfSure / sure);
        }
    }

    /** Of the whole training, by batch; the epoch plays no part. */
    static ISchedule schedule(double rate, int steps) {
        return Schedules.parse("onecycle:0.1", rate, steps, steps);
    }

    private static List<Prediction> answers(MultiLayerNetwork network, float[] images) {
        var answers = new ArrayList<Prediction>();
        int batch = 500;
        for (int from = 0; from < images.length; from += batch * AREA) {
            float[] part =
                    Arrays.copyOfRange(images, from, Math.min(images.length, from + batch * AREA));
            float[][] rows =
                    network.output(
                                    Nd4j.create(
                                            part, new long[] {part.length / AREA, 1, 28, 28}, 'c'))
                            .toFloatMatrix();
            for (float[] row : rows) {
                answers.add(Prediction.of(row));
            }
        }
        return answers;
    }

    /** The lowest from which on enough of the answers are right; none of no digit is. */
    private static double threshold(List<Prediction> answers, int[] labels) {
        int[] surestFirst =
                IntStream.range(0, labels.length)
                        .boxed()
                        .sorted(Comparator.comparing((Integer i) -> -answers.get(i).confidence()))
                        .mapToInt(i -> i)
                        .toArray();
        double threshold = 1;
        int right = 0;
        for (int n = 1; n <= surestFirst.length; n++) {
            int i = surestFirst[n - 1];
            right += answers.get(i).digit() == labels[i] ? 1 : 0;
            if (right >= RIGHT_ABOVE * n) {
                threshold = answers.get(i).confidence();
            }
        }
        return Math.max(0.5, threshold);
    }

    private void save(Path file, MultiLayerNetwork network, int step, boolean withUpdater)
            throws IOException {
        Map<String, Object> plan =
                new LinkedHashMap<String, Object>(
                        Map.of(
                                "tool", "ReaderTraining",
                                "model", model,
                                "steps", steps,
                                "batchSize", BATCH,
                                "learningRate", rate,
                                "schedule", "onecycle:0.1",
                                "averaging", "ema:0.999",
                                "dropout", dropout,
                                "seed", seed));
        if (from != null) {
            plan.put("from", ModelFile.load(from).card().provenance().more().get("plan"));
        }
        ModelCard card =
                ModelCard.of(
                                model,
                                ProvenanceBuilder.builder()
                                        .optDataset("mnist")
                                        .optSteps(step)
                                        .optMore(Map.of("plan", plan))
                                        .build())
                        .withLabels(ModelCard.DIGITS_AND_NONE);
        ModelFile.save(file, network, new Normalization(0, 1), card, withUpdater);
    }

    private static double accuracy(MultiLayerNetwork network, DigitSet set) {
        int right = 0;
        for (int from = 0; from < set.size(); from += 500) {
            float[] features = new float[500 * AREA];
            for (int i = 0; i < 500; i++) {
                float[] values = PixelValues.toValues(set.pixels(from + i));
                System.arraycopy(values, 0, features, i * AREA, AREA);
            }
            INDArray answers =
                    network.output(Nd4j.create(features, new long[] {500, 1, 28, 28}, 'c'));
            for (int i = 0; i < 500; i++) {
                int best = 0;
                for (int c = 1; c < ReaderExamples.CLASSES; c++) {
                    best = answers.getFloat(i, c) > answers.getFloat(i, best) ? c : best;
                }
                right += best == set.label(from + i) ? 1 : 0;
            }
        }
        return (double) right / set.size();
    }
}
