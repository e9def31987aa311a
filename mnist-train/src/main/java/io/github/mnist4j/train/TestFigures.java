package io.github.mnist4j.train;

import io.github.mnist4j.data.DigitIterator;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

/**
 * How a network does on a set of pictures that it did not learn from.
 *
 * @param accuracy top-1, 0 to 1
 * @param loss mean cross-entropy
 * @param confusion how often a digit (first index) was taken for another (second)
 * @param probabilities [example][class]
 */
@SuppressWarnings("ArrayRecordComponent")
public record TestFigures(
        double accuracy, double loss, int[][] confusion, float[][] probabilities) {
    private static final int BATCH = 512;

    /** One way of being wrong. */
    public record Confusion(int actual, int predicted, int count) {}

    /** Runs the network over the set in inference mode. */
    public static TestFigures of(
            MultiLayerNetwork network, DigitSet digits, Normalization normalization) {
        int[][] confusion = new int[DigitSet.CLASSES][DigitSet.CLASSES];
        float[][] probabilities = new float[digits.size()][];
        double loss = 0;
        int right = 0;
        int at = 0;
        try (var batches =
                DigitIterator.builder(digits)
                        .setBatchSize(BATCH)
                        .optNormalization(normalization)
                        .build()) {
            while (batches.hasNext()) {
                DataSet batch = batches.next();
                INDArray output = network.output(batch.getFeatures());
                for (float[] row : output.toFloatMatrix()) {
                    int actual = digits.label(at);
                    int predicted = argmax(row);
                    confusion[actual][predicted]++;
                    right += actual == predicted ? 1 : 0;
                    // the smallest positive float stands in for a probability that has become 0
                    loss -= Math.log(Math.max(row[actual], Float.MIN_VALUE));
                    probabilities[at++] = row;
                }
            }
        }
        return new TestFigures(
                (double) right / digits.size(), loss / digits.size(), confusion, probabilities);
    }

    /** The predicted digit of an example. */
    public int predicted(int example) {
        return argmax(probabilities[example]);
    }

    static int argmax(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }

    /** The most frequent mistakes, at most {@code n}, the worst first. */
    public List<Confusion> worst(int n) {
        var mistakes = new ArrayList<Confusion>();
        for (int actual = 0; actual < confusion.length; actual++) {
            for (int predicted = 0; predicted < confusion.length; predicted++) {
                if (actual != predicted && confusion[actual][predicted] > 0) {
                    mistakes.add(new Confusion(actual, predicted, confusion[actual][predicted]));
                }
            }
        }
        mistakes.sort(Comparator.comparingInt(Confusion::count).reversed());
        return List.copyOf(mistakes.subList(0, Math.min(n, mistakes.size())));
    }
}
