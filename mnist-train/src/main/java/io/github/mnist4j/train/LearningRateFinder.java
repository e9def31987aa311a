package io.github.mnist4j.train;

import io.github.mnist4j.data.DigitIterator;
import io.github.mnist4j.data.Split;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/**
 * The learning-rate range test (Smith 2017): one network, a rate that grows by the same factor from
 * step to step, and the loss that comes of it. Where the loss falls fastest is a good rate; where
 * it begins to rise is the limit.
 */
public final class LearningRateFinder {
    /** Weight of the past in the running mean of losses. */
    private static final double MEMORY = 0.95;

    /** The test is over when the loss is this many times its lowest. */
    private static final double EXPLODED = 4;

    private LearningRateFinder() {}

    /**
     * One step.
     *
     * @param learningRate its rate
     * @param loss running mean of the losses up to it
     */
    public record Point(double learningRate, double loss) {}

    /**
     * @param points in the order of their rates
     * @param steepest the rate at which the loss falls fastest: a good one to train with
     * @param lowest the rate at which the loss was lowest: one to stay below
     */
    public record Found(List<Point> points, double steepest, double lowest) {}

    /**
     * Uses up a network made for it; validation and test images are not touched.
     *
     * @param plan all of it but the rate and its schedule
     * @param from first rate
     * @param to last rate
     * @param steps at most; it ends earlier when the loss explodes
     * @throws IllegalArgumentException if the rates do not rise or there are under 10 steps
     * @throws IOException if the data are too few to learn from
     */
    public static Found find(
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
        var points = new ArrayList<Point>();
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
                points.add(new Point(rate, loss));
            }
        }
        return found(points);
    }

    /** Reads the two rates off the curve. */
    public static Found found(List<Point> points) {
        if (points.size() < 3) {
            throw new IllegalStateException(
                    "the loss exploded at once; begin with a lower rate (--from)");
        }
        int lowest = 0;
        for (int i = 1; i < points.size(); i++) {
            if (points.get(i).loss < points.get(lowest).loss) {
                lowest = i;
            }
        }
        // rates lie evenly on the logarithmic axis: differences of losses are slopes
        int steepest = 0;
        double slope = Double.POSITIVE_INFINITY;
        for (int i = 1; i < lowest; i++) {
            double here = points.get(i + 1).loss - points.get(i - 1).loss;
            if (here < slope) {
                slope = here;
                steepest = i;
            }
        }
        return new Found(
                List.copyOf(points),
                points.get(steepest).learningRate,
                points.get(lowest).learningRate);
    }
}
