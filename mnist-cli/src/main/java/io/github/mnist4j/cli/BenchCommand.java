package io.github.mnist4j.cli;

import io.github.mnist4j.cli.options.DataOptions;
import io.github.mnist4j.data.DigitIterator;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.onednn.AcceleratedNetwork;
import io.github.mnist4j.onednn.OneDnn;
import io.github.mnist4j.onednn.Predictor;
import io.github.mnist4j.train.DataCheck;
import io.github.mnist4j.train.backend.Backend;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Our side of the comparison with PyTorch: see bench/compare.py, which runs both in turn. */
@Command(
        name = "bench",
        description = "Measure speed on this machine; one line of JSON.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class BenchCommand implements Callable<Integer> {
    /** What can be measured. */
    enum What {
        /** One training step on batches that are ready: median ms. */
        STEP,
        /** One training step with the recipe's data pipeline: mean ms. */
        EPOCH,
        /** The recipe's data pipeline alone: images/s. */
        PIPELINE,
        /** Batches of 1000: images/s. */
        INFERENCE,
        /** Single images: median and 99th percentile, ms. */
        LATENCY,
        /** Where a training step's time goes, primitive by primitive: a table, not JSON. */
        PROFILE
    }

    @Option(
            names = "--what",
            paramLabel = "WHAT",
            defaultValue = "step",
            description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
    private What what;

    @Option(
            names = "--model",
            paramLabel = "NAME",
            defaultValue = "cnn",
            description = "mlp or cnn. Default: ${DEFAULT-VALUE}")
    private String model;

    @Mixin private DataOptions data;

    @Option(names = "--no-onednn", description = "Measure DL4J's own layers")
    private boolean plain;

    @Option(
            names = "--precision",
            paramLabel = "P",
            defaultValue = "fp32",
            description = "fp32 or bf16, of a training step. Default: ${DEFAULT-VALUE}")
    private OneDnn.Precision precision;

    private boolean large;
    private DigitSet digits;
    private TrainingPlan plan;

    @Override
    public Integer call() throws IOException {
        plan = TrainingPlan.builder(model).build();
        large = model.equals("cnn");
        DatasetLoader.Loaded loaded = data.load(Mnist.terminal());
        digits = loaded.train();
        DataCheck.images(digits, "training", loaded);
        var result = new LinkedHashMap<String, Object>();
        result.put("side", plain ? "dl4j" : "mnist4j");
        result.put("what", what.name().toLowerCase(Locale.ROOT));
        result.put("model", model);
        switch (what) {
            case STEP -> result.put("ms", median(steps()));
            case EPOCH -> result.put("ms", rounded(epoch()));
            case PIPELINE -> result.put("images_per_second", Math.round(pipeline()));
            case INFERENCE ->
                    result.put(
                            "images_per_second",
                            Math.round(
                                    1000
                                            * 1000
                                            / median(
                                                    inference(
                                                            1000, plain ? 3 : large ? 10 : 100))));
            case LATENCY -> {
                double[] times = inference(1, plain ? 50 : 1000);
                result.put("ms", median(times));
                result.put("p99_ms", rounded(times[(int) Math.ceil(times.length * 0.99) - 1]));
            }
            case PROFILE -> {
                profile();
                return 0;
            }
        }
        result.put("backend", Backend.describe());
        System.out.println(JsonFile.line(result));
        return 0;
    }

    private MultiLayerNetwork network() {
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

    private double[] steps() {
        MultiLayerNetwork network = network();
        int count = plain ? 12 : large ? 60 : 800;
        List<DataSet> ready = ready(plan.batchSize(), Math.min(count, 50));
        double[] times = new double[count];
        for (int i = 0; i < count; i++) {
            DataSet batch = ready.get(i % ready.size());
            long start = System.nanoTime();
            network.fit(batch);
            times[i] = (System.nanoTime() - start) / 1e6;
        }
        return sortedWithoutWarmUp(times);
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

    private double epoch() {
        MultiLayerNetwork network = network();
        int count = plain ? 12 : large ? 60 : 800;
        int warmUp = count / 5;
        long start = 0;
        try (DigitIterator batches = batches(plan.batchSize(), true)) {
            for (int i = 0; i < count; i++) {
                if (i == warmUp) {
                    start = System.nanoTime();
                }
                network.fit(batches.next());
            }
        }
        return (System.nanoTime() - start) / 1e6 / (count - warmUp);
    }

    private double pipeline() {
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
        return images / ((System.nanoTime() - start) / 1e9);
    }

    /** Sorted milliseconds of {@code count} answers, after five seconds for the JIT compiler. */
    private double[] inference(int size, int count) {
        MultiLayerNetwork network = network();
        List<DataSet> ready = ready(size, Math.min(count, 20));
        double[] times = new double[count];
        try (Predictor predictor = plain ? null : OneDnn.predictor(network, 1, 28, 28)) {
            long warm = System.nanoTime() + 5_000_000_000L;
            for (int i = 0; i < count; ) {
                INDArray features = ready.get(i % ready.size()).getFeatures();
                long start = System.nanoTime();
                if (predictor == null) {
                    network.output(features);
                } else {
                    predictor.output(features);
                }
                times[i] = (System.nanoTime() - start) / 1e6;
                i = start < warm ? (i + 1) % count : i + 1;
            }
        }
        Arrays.sort(times);
        return times;
    }

    private void profile() {
        if (!(network() instanceof AcceleratedNetwork network)) {
            throw new IllegalStateException("nothing to profile: " + OneDnn.status().detail());
        }
        DataSet batch = ready(plan.batchSize(), 1).get(0);
        Map<String, Double> times =
                network.profileStep(batch.getFeatures(), batch.getLabels(), large ? 30 : 300);
        double total = times.values().stream().mapToDouble(Double::doubleValue).sum();
        System.out.println("| primitive | ms | % |\n| --- | --- | --- |");
        times.forEach(
                (name, ms) ->
                        System.out.printf(
                                Locale.ROOT, "| %s | %.3f | %.1f |%n", name, ms, 100 * ms / total));
        System.out.printf(Locale.ROOT, "| **sum** | %.3f | |%n", total);
    }

    private static double[] sortedWithoutWarmUp(double[] times) {
        double[] kept = Arrays.copyOfRange(times, times.length / 5, times.length);
        Arrays.sort(kept);
        return kept;
    }

    private static double median(double[] sorted) {
        return rounded(sorted[sorted.length / 2]);
    }

    private static double rounded(double value) {
        return Math.round(1000 * value) / 1000.0;
    }
}
