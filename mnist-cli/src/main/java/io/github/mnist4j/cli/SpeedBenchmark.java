package io.github.mnist4j.cli;

import io.github.mnist4j.data.DigitIterator;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.onednn.AcceleratedNetwork;
import io.github.mnist4j.onednn.OneDnn;
import io.github.mnist4j.onednn.Predictor;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

/** How fast a network trains and answers on this machine, by its own recipe. */
final class SpeedBenchmark {
    /** A network with more parameters is measured in fewer steps. */
    private static final int LARGE = 1_000_000;

    private static final int BATCH = 1000;

    private final String model;
    private final DigitSet digits;
    private final boolean plain;
    private final OneDnn.Precision precision;
    private final TrainingPlan plan;
    private final boolean large;

    /**
     * @param digits to learn from and to answer for
     * @param plain whether DL4J's own layers compute
     * @param precision of training steps
     * @throws IllegalArgumentException if there is no such model
     */
    SpeedBenchmark(String model, DigitSet digits, boolean plain, OneDnn.Precision precision) {
        this.model = model;
        this.digits = digits;
        this.plain = plain;
        this.precision = precision;
        plan = TrainingPlan.builder(model).build();
        large = network().numParams() > LARGE;
    }

    /** A new one of those that are measured. */
    MultiLayerNetwork network() {
        var network =
                new MultiLayerNetwork(MnistModels.byName(model, MnistModels.Settings.DEFAULT));
        network.init();
        return plain ? network : OneDnn.accelerate(network, precision);
    }

    private DigitIterator batches(int size, boolean augmented) {
        var builder = DigitIterator.builder(digits).setBatchSize(size).optShuffle(1);
        if (augmented && !plan.augment().changesNothing()) {
            builder.optAugmentation(plan.augment().transform());
        }
        return builder.build();
    }

    private List<DataSet> ready(int size, int count) {
        var ready = new ArrayList<DataSet>();
        try (DigitIterator batches = batches(size, false)) {
            while (ready.size() < count && batches.hasNext()) {
                ready.add(batches.next());
            }
        }
        return ready;
    }

    private int steps() {
        return plain ? 12 : large ? 60 : 800;
    }

    /** Median time of one training step on a batch that is ready, in ms. */
    double stepMillis() {
        MultiLayerNetwork network = network();
        List<DataSet> ready = ready(plan.batchSize(), Math.min(steps(), 50));
        double[] times = new double[steps()];
        for (int i = 0; i < times.length; i++) {
            DataSet batch = ready.get(i % ready.size());
            long start = System.nanoTime();
            network.fit(batch);
            times[i] = millisSince(start);
        }
        double[] warm = Arrays.copyOfRange(times, times.length / 5, times.length);
        Arrays.sort(warm);
        return quantile(warm, 0.5);
    }

    /** Mean time of one training step with the recipe's data pipeline, in ms. */
    double epochMillis() {
        MultiLayerNetwork network = network();
        int warmUp = steps() / 5;
        long start = 0;
        int epoch = 0;
        try (DigitIterator batches = batches(plan.batchSize(), true)) {
            for (int i = 0; i < steps(); i++) {
                if (i == warmUp) {
                    start = System.nanoTime();
                }
                if (!batches.hasNext()) {
                    batches.startEpoch(++epoch);
                }
                network.fit(batches.next());
            }
        }
        return millisSince(start) / (steps() - warmUp);
    }

    /** Images per second of the recipe's data pipeline alone, in its second epoch. */
    double pipelineImages() {
        long images = 0;
        long start = 0;
        try (DigitIterator batches = batches(plan.batchSize(), true)) {
            for (int epoch = 0; epoch < 2; epoch++) {
                batches.startEpoch(epoch);
                start = System.nanoTime();
                images = 0;
                while (batches.hasNext()) {
                    images += batches.next().numExamples();
                }
            }
        }
        return 1000 * images / millisSince(start);
    }

    /**
     * Images per second, from the median time of a large batch.
     *
     * @param warmUp seconds for the JIT compiler before
     */
    double inferenceImages(int warmUp) {
        int batch = Math.min(BATCH, digits.size());
        double[] times = answerMillis(batch, plain ? 3 : large ? 10 : 100, warmUp);
        return 1000 * batch / quantile(times, 0.5);
    }

    /**
     * Times of single images in ms, sorted.
     *
     * @param warmUp seconds for the JIT compiler before
     */
    double[] latencyMillis(int warmUp) {
        return answerMillis(1, plain ? 50 : 1000, warmUp);
    }

    private double[] answerMillis(int size, int count, int warmUp) {
        MultiLayerNetwork network = network();
        List<DataSet> ready = ready(size, Math.min(Math.min(count, 20), digits.size() / size));
        double[] times = new double[count];
        try (Predictor predictor = plain ? null : OneDnn.predictor(network, 1, 28, 28)) {
            long warm = System.nanoTime() + warmUp * 1_000_000_000L;
            for (int i = 0; i < count; ) {
                INDArray features = ready.get(i % ready.size()).getFeatures();
                long start = System.nanoTime();
                if (predictor == null) {
                    network.output(features);
                } else {
                    predictor.output(features);
                }
                times[i] = millisSince(start);
                i = start < warm ? (i + 1) % count : i + 1;
            }
        }
        Arrays.sort(times);
        return times;
    }

    /**
     * Mean milliseconds of each primitive of a training step.
     *
     * @throws IllegalStateException if oneDNN does not compute this network
     */
    Map<String, Double> profile() {
        if (!(network() instanceof AcceleratedNetwork network)) {
            throw new IllegalStateException("nothing to profile: " + OneDnn.status().detail());
        }
        DataSet batch = ready(plan.batchSize(), 1).get(0);
        return network.profileStep(batch.getFeatures(), batch.getLabels(), large ? 30 : 300);
    }

    private static double millisSince(long start) {
        return (System.nanoTime() - start) / 1e6;
    }

    /** The value that the part {@code q} of the sorted values does not exceed. */
    static double quantile(double[] sorted, double q) {
        return sorted[(int) Math.ceil(sorted.length * q) - 1];
    }
}
