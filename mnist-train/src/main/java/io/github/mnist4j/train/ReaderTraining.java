package io.github.mnist4j.train;

import io.github.mnist4j.data.DataSource;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.models.Architecture;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.onednn.OneDnn;
import io.github.mnist4j.train.cli.Mnist;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.schedule.ISchedule;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Trains the network of the reader: ten digits and "not a digit", on {@link ReaderExamples}. Not
 * among the commands of {@code mnist}, for it is wanted once a release; docs/handwriting.md has its
 * command line.
 */
@Command(
        name = "reader-training",
        description = "Train the network that travels in the jar; resumes what it finds in --out.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class ReaderTraining implements Callable<Integer> {
    private static final int BATCH = 128;
    private static final int VALIDATION = 5000;
    private static final int AREA = 784;

    @Option(names = "--data", paramLabel = "DIR", required = true, description = "MNIST's files")
    private Path data;

    @Option(
            names = "--fonts",
            paramLabel = "DIR",
            description = "A folder with TrueType fonts beside those that Java finds")
    private Path fonts;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "latest.zip, to resume from, and average.zip, the result, go there")
    private Path out;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "20000", description = "Of 128")
    private int steps;

    @Option(names = "--rate", paramLabel = "R", defaultValue = "0.003", description = "Highest")
    private double rate;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            defaultValue = "cnn:channels=16,32,96:dense=96",
            description = "As for mnist train")
    private String model;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Default: 1")
    private long seed;

    @Option(
            names = "--save-every",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Steps. Default: 1000")
    private int saveEvery;

    /** Ends the process with 0 if the training is done. */
    public static void main(String[] args) {
        System.exit(Mnist.execute(new ReaderTraining(), args));
    }

    @Override
    public Integer call() throws IOException {
        Files.createDirectories(out);
        DigitSet all =
                DataSource.builder()
                        .optFolder(data)
                        .build()
                        .load(DataSource.Dataset.MNIST)
                        .train();
        int learnt = all.size() - VALIDATION;
        DigitSet validation = all.subset(IntStream.range(learnt, all.size()).toArray());
        var examples =
                new ReaderExamples(all.subset(IntStream.range(0, learnt).toArray()), fonts, seed);
        Architecture architecture = Architecture.parse(model);
        Path latest = out.resolve("latest.zip");
        Path averageFile = out.resolve("average.zip");
        MultiLayerNetwork plain;
        int step = 0;
        INDArray average;
        if (Files.exists(latest)) {
            ModelFile file = ModelFile.load(latest);
            plain = file.network();
            step = ((Number) file.card().provenance().get("steps")).intValue();
            average = ModelFile.load(averageFile).network().params().dup();
        } else {
            plain =
                    new MultiLayerNetwork(
                            MnistModels.of(
                                    architecture,
                                    new MnistModels.Settings(
                                            seed, new Adam(rate), 0.2, 0.0, 0, 0, 0, 0),
                                    ReaderExamples.CLASSES));
            plain.init();
            average = plain.params().dup();
        }
        MultiLayerNetwork network = OneDnn.accelerate(plain);
        System.out.println(network.numParams() + " parameters, " + network.getClass());
        ISchedule schedule = Schedules.parse("onecycle:0.1", rate, 1, steps);
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
        return 0;
    }

    private void save(Path file, MultiLayerNetwork network, int step, boolean withUpdater)
            throws IOException {
        var provenance = new LinkedHashMap<String, Object>();
        provenance.put("dataset", "mnist");
        provenance.put("steps", step);
        provenance.put(
                "plan",
                Map.of(
                        "tool", "ReaderTraining",
                        "model", model,
                        "steps", steps,
                        "batchSize", BATCH,
                        "learningRate", rate,
                        "schedule", "onecycle:0.1",
                        "averaging", "ema:0.999",
                        "seed", seed));
        List<String> labels = new ArrayList<>(ModelFile.Card.of(model, Map.of()).labels());
        labels.add("none");
        ModelFile.Card card =
                new ModelFile.Card(
                        model, labels, ModelFile.Card.of(model, Map.of()).input(), provenance);
        ModelFile.save(file, network, new Normalization(0, 1), card, withUpdater);
    }

    private static double accuracy(MultiLayerNetwork network, DigitSet set) {
        int right = 0;
        for (int from = 0; from < set.size(); from += 500) {
            float[] features = new float[500 * AREA];
            for (int i = 0; i < 500; i++) {
                byte[] pixels = set.pixels(from + i);
                for (int p = 0; p < AREA; p++) {
                    features[i * AREA + p] = (pixels[p] & 0xFF) / 255f;
                }
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
