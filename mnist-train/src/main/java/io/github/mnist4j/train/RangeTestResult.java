package io.github.mnist4j.train;

import java.util.List;

/**
 * The curve of a learning-rate range test, and two rates read off it.
 *
 * @param points in the order of their rates
 * @param steepest the rate at which the loss falls fastest: a good one to train with
 * @param lowest the rate at which the loss is lowest: stay below it
 */
public record RangeTestResult(List<Point> points, double steepest, double lowest) {
    /**
     * One step.
     *
     * @param learningRate the step's rate
     * @param loss running mean of the losses up to this step
     */
    public record Point(double learningRate, double loss) {}

    /**
     * Reads the two rates off the curve.
     *
     * @param points with evenly spaced logarithms of their rates
     * @throws IllegalStateException if there are fewer than three points
     */
    public static RangeTestResult of(List<Point> points) {
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
        // the rates are evenly spaced on a logarithmic axis: differences of losses are slopes
        int steepest = 0;
        double slope = Double.POSITIVE_INFINITY;
        for (int i = 1; i < lowest; i++) {
            double here = points.get(i + 1).loss - points.get(i - 1).loss;
            if (here < slope) {
                slope = here;
                steepest = i;
            }
        }
        return new RangeTestResult(
                List.copyOf(points),
                points.get(steepest).learningRate,
                points.get(lowest).learningRate);
    }
}
