package io.github.mnist4j.train;

import io.github.mnist4j.data.DigitIterator;
import io.github.mnist4j.data.Split;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.train.plan.LearningRate;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.io.IOException;
import java.util.ArrayList;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/**
 * The learning-rate range test (Smith 2017): trains one network while the rate grows by the same
 * factor from step to step, and records the loss. A rate is good where the loss falls fastest, and
 * too high where it begins to rise.
 */
public final class LearningRateFinder {
    /** Weight of the past in the running mean of losses. */
    private static final double MEMORY = 0.95;

    /** The test is over when the loss is this many times its lowest. */
    private static final double EXPLODED = 4;

    private LearningRateFinder() {}

    /**
     * Trains a network of its own on the training split; leaves validation and test images alone.
     *
     * @param plan the run to find a rate for; its learning rate and schedule are ignored
     * @param from first rate, above 0
     * @param to last rate, above {@code from}
     * @param steps at most, 10 or more; the test ends earlier when the loss explodes
     * @throws IllegalArgumentException if the rates do not rise or there are fewer than 10 steps
     * @throws IllegalStateException if the loss explodes within the first three steps
     * @throws IOException if there are too few images to learn from
     */
    public static RangeTestResult find(
            TrainingPlan plan, DatasetLoader.Loaded data, double from, double to, int steps)
            throws IOException {
        if (!(from > 0 && to > from && to < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "rates from " + from + " to " + to + ": they must rise, from above 0");
        }
        if (steps < 10) {
            throw new IllegalArgumentException("steps is " + steps + ", 10 or more expected");
        }
        DataCheck.validation(plan.validation(), data);
        MultiLayerNetwork network = TrainingState.begin(plan);
        Split split = Split.stratified(data.train(), plan.validation(), plan.splitSeed());
        var points = new ArrayList<RangeTestResult.Point>();
        double mean = 0;
        double least = Double.POSITIVE_INFINITY;
        try (DigitIterator batches = Trainer.batches(plan, split)) {
            for (int step = 0; step < steps; step++) {
                if (!batches.hasNext()) {
                    batches.reset();
                }
                double rate = from * Math.pow(to / from, (double) step / (steps - 1));
                LearningRate.set(network, rate);
                network.fit(batches.next());
                mean = MEMORY * mean + (1 - MEMORY) * network.score();
                double loss = mean / (1 - Math.pow(MEMORY, step + 1));
                if (!(loss < EXPLODED * least)) {
                    break;
                }
                least = Math.min(least, loss);
                points.add(new RangeTestResult.Point(rate, loss));
            }
        }
        return RangeTestResult.of(points);
    }
}
