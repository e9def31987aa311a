package io.github.mnist4j.train.evaluate;

import io.github.mnist4j.data.DigitIterator;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.augment.Augmentation;
import io.github.mnist4j.lite.Prediction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/**
 * Classification metrics on held-out images.
 *
 * @param accuracy top-1, 0 to 1
 * @param loss mean cross-entropy
 * @param confusion number of images by true digit (first index) and predicted digit (second)
 * @param probabilities by example (first index) and class (second), each row summing to 1
 */
@SuppressWarnings("ArrayRecordComponent")
public record ClassificationMetrics(
        double accuracy, double loss, int[][] confusion, float[][] probabilities) {
    private static final int BATCH = 512;

    /** One kind of mistake and how often it happened. */
    public record Confusion(int actual, int predicted, int count) {}

    /** Runs the network over the set in inference mode. */
    public static ClassificationMetrics of(
            MultiLayerNetwork network, DigitSet digits, Normalization normalization) {
        return of(
                digits,
                probabilities(
                        network,
                        digits,
                        DigitIterator.builder(digits).optNormalization(normalization),
                        0));
    }

    /**
     * As above with test-time augmentation: averages the probabilities of the image and of {@code
     * variants} variants of it.
     */
    public static ClassificationMetrics of(
            MultiLayerNetwork network,
            DigitSet digits,
            Normalization normalization,
            Augmentation augmentation,
            int variants) {
        float[][] sum = of(network, digits, normalization).probabilities;
        for (int v = 1; v <= variants; v++) {
            float[][] more =
                    probabilities(
                            network,
                            digits,
                            DigitIterator.builder(digits)
                                    .optNormalization(normalization)
                                    .optAugmentation(augmentation.transform()),
                            v);
            for (int i = 0; i < sum.length; i++) {
                for (int c = 0; c < DigitSet.CLASSES; c++) {
                    sum[i][c] += more[i][c];
                }
            }
        }
        for (float[] row : sum) {
            for (int c = 0; c < DigitSet.CLASSES; c++) {
                row[c] /= variants + 1;
            }
        }
        return of(digits, sum);
    }

    private static float[][] probabilities(
            MultiLayerNetwork network, DigitSet digits, DigitIterator.Builder builder, int epoch) {
        float[][] probabilities = new float[digits.size()][];
        int at = 0;
        try (var batches = builder.setBatchSize(BATCH).build()) {
            batches.startEpoch(epoch);
            while (batches.hasNext()) {
                for (float[] row : network.output(batches.next().getFeatures()).toFloatMatrix()) {
                    probabilities[at++] = Prediction.of(row).probabilities();
                }
            }
        }
        return probabilities;
    }

    /** The metrics of given predictions. */
    static ClassificationMetrics of(DigitSet digits, float[][] probabilities) {
        int[][] confusion = new int[DigitSet.CLASSES][DigitSet.CLASSES];
        double loss = 0;
        int right = 0;
        for (int i = 0; i < probabilities.length; i++) {
            int actual = digits.label(i);
            int predicted = argmax(probabilities[i]);
            confusion[actual][predicted]++;
            right += actual == predicted ? 1 : 0;
            // the smallest positive float stands in for a probability that has become 0
            loss -= Math.log(Math.max(probabilities[i][actual], Float.MIN_VALUE));
        }
        return new ClassificationMetrics(
                (double) right / digits.size(), loss / digits.size(), confusion, probabilities);
    }

    /** The predicted digit of an example. */
    public int predicted(int example) {
        return argmax(probabilities[example]);
    }

    /**
     * The confidence from which answers can be trusted: the lowest, but 0.5 or more, at which at
     * least this fraction of the answers is right.
     *
     * @param set the images that were classified
     */
    public double threshold(DigitSet set, double accuracy) {
        int[] surestFirst =
                IntStream.range(0, set.size())
                        .boxed()
                        .sorted(Comparator.comparing((Integer i) -> -confidence(i)))
                        .mapToInt(i -> i)
                        .toArray();
        double threshold = 1;
        int right = 0;
        for (int n = 1; n <= surestFirst.length; n++) {
            int i = surestFirst[n - 1];
            right += predicted(i) == set.label(i) ? 1 : 0;
            if (right >= accuracy * n) {
                threshold = confidence(i);
            }
        }
        return Math.max(0.5, threshold);
    }

    private float confidence(int example) {
        return probabilities[example][predicted(example)];
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
