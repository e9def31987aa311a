package io.github.mnist4j.cli;

import io.github.mnist4j.cli.options.DataOptions;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.onednn.OneDnn;
import io.github.mnist4j.train.DataCheck;
import io.github.mnist4j.train.backend.Backend;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Our side of the comparison with PyTorch: see bench/compare.py, which runs both in turn. */
@Command(
        name = "bench",
        description = "Measure speed on this machine; prints one line of JSON.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class BenchCommand implements Callable<Integer> {
    /** What can be measured. */
    enum What {
        STEP,
        EPOCH,
        PIPELINE,
        INFERENCE,
        LATENCY,
        PROFILE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--what",
            paramLabel = "WHAT",
            defaultValue = "step",
            description = {
                "step: ms per training step on batches that are ready; epoch: ms per step with the data pipeline;",
                "pipeline: images/s of the data pipeline alone; inference: images/s in batches of 1000;",
                "latency: ms per single image, median and 99th percentile; profile: a table of a step's primitives."
                        + " Default: ${DEFAULT-VALUE}"
            })
    private What what;

    @Option(
            names = "--model",
            paramLabel = "NAME",
            defaultValue = "cnn",
            description =
                    "A network as train takes it, such as mlp or cnn. Default: ${DEFAULT-VALUE}")
    private String model;

    @Mixin private DataOptions data;

    @Option(names = "--no-onednn", description = "Measure DL4J's own layers")
    private boolean plain;

    @Option(
            names = "--precision",
            paramLabel = "P",
            defaultValue = "fp32",
            description = "Arithmetic of training steps: fp32 or bf16. Default: ${DEFAULT-VALUE}")
    private OneDnn.Precision precision;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "5",
            description =
                    "Seconds of warm-up for the JIT compiler before inference and latency are measured. Default: ${DEFAULT-VALUE}")
    private int warmUp;

    @Override
    public Integer call() throws IOException {
        if (plain && what == What.PROFILE) {
            throw new IllegalArgumentException(
                    "--no-onednn does not go with --what profile, which shows oneDNN's primitives");
        }
        DatasetLoader.Loaded loaded = data.load();
        DataCheck.images(loaded.train(), "training", loaded);
        SpeedBenchmark speed = benchmark(loaded.train());
        if (what == What.PROFILE) {
            printProfile(speed.profile());
            return 0;
        }
        var result = new LinkedHashMap<String, Object>();
        result.put("side", plain ? "dl4j" : "mnist4j");
        result.put("what", what.toString());
        result.put("model", model);
        result.putAll(measured(speed));
        result.put("backend", Backend.describe());
        System.out.println(JsonFile.line(result));
        return 0;
    }

    SpeedBenchmark benchmark(DigitSet digits) {
        return new SpeedBenchmark(model, digits, plain, precision);
    }

    private Map<String, Number> measured(SpeedBenchmark speed) {
        return switch (what) {
            case STEP -> Map.of("ms", rounded(speed.stepMillis()));
            case EPOCH -> Map.of("ms", rounded(speed.epochMillis()));
            case PIPELINE -> Map.of("images_per_second", Math.round(speed.pipelineImages()));
            case INFERENCE ->
                    Map.of("images_per_second", Math.round(speed.inferenceImages(warmUp)));
            case LATENCY -> {
                double[] times = speed.latencyMillis(warmUp);
                var both = new LinkedHashMap<String, Number>();
                both.put("ms", rounded(SpeedBenchmark.quantile(times, 0.5)));
                both.put("p99_ms", rounded(SpeedBenchmark.quantile(times, 0.99)));
                yield both;
            }
            case PROFILE -> throw new IllegalStateException("a profile is a table");
        };
    }

    private static double rounded(double value) {
        return Math.round(1000 * value) / 1000.0;
    }

    private static void printProfile(Map<String, Double> times) {
        double total = times.values().stream().mapToDouble(Double::doubleValue).sum();
        System.out.println("| primitive | ms | % |\n| --- | --- | --- |");
        times.forEach(
                (name, ms) ->
                        System.out.printf(
                                Locale.ROOT, "| %s | %.3f | %.1f |%n", name, ms, 100 * ms / total));
        System.out.printf(Locale.ROOT, "| **sum** | %.3f | |%n", total);
    }
}
