package io.github.mnist4j.train.evaluate;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.github.mnist4j.data.DigitSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * A detailed evaluation of a network.
 *
 * @param examples number of images
 * @param accuracy top-1, 0 to 1
 * @param top2 top-2 accuracy, 0 to 1
 * @param loss mean cross-entropy
 * @param calibrationError expected calibration error over 15 bins (Guo et al. 2017), 0 to 1: how
 *     far confidence and accuracy are apart
 * @param reliability the bins of the calibration error that hold an image, by rising confidence: a
 *     reliability diagram
 * @param digits metrics per digit
 * @param confusion number of images by true digit (first index) and predicted digit (second)
 * @param mistakes wrong answers, the most confident first
 */
@SuppressWarnings("ArrayRecordComponent")
@JsonPropertyOrder({"examples", "accuracy", "top2", "loss", "calibrationError"})
public record EvaluationReport(
        int examples,
        double accuracy,
        double top2,
        double loss,
        double calibrationError,
        List<Bin> reliability,
        List<DigitFigures> digits,
        int[][] confusion,
        List<Mistake> mistakes) {
    private static final int BINS = 15;

    /**
     * The metrics of one digit.
     *
     * @param digit 0 to 9
     * @param examples images of it
     * @param precision fraction of the images predicted as this digit that show it; NaN if there
     *     are none
     * @param recall fraction of its images that were predicted as this digit; NaN if there are none
     * @param f1 harmonic mean of both
     */
    public record DigitFigures(
            int digit, int examples, double precision, double recall, double f1) {}

    /**
     * The images whose answers have about the same confidence.
     *
     * @param examples 1 or more
     * @param confidence mean confidence on them, 0 to 1
     * @param accuracy fraction that is right, 0 to 1; equal to the confidence if the network is
     *     calibrated
     */
    public record Bin(int examples, double confidence, double accuracy) {}

    /**
     * A misclassified image.
     *
     * @param example its index in the set
     * @param actual the digit it shows
     * @param predicted the digit that the network predicted
     * @param confidence the network's probability of that, 0 to 1
     */
    public record Mistake(int example, int actual, int predicted, float confidence) {}

    /**
     * Evaluates a network's predictions on a set.
     *
     * @throws IllegalStateException if a prediction is not a number: finite weights can be so large
     *     that nothing computed with them is
     */
    public static EvaluationReport of(DigitSet set, ClassificationMetrics figures) {
        for (float[] row : figures.probabilities()) {
            for (float p : row) {
                if (!Float.isFinite(p)) {
                    // figures of it would look like those of a network that guesses
                    throw new IllegalStateException(
                            "the network gives answers that are not numbers");
                }
            }
        }
        int n = set.size();
        var mistakes = new ArrayList<Mistake>();
        int[] inBin = new int[BINS];
        int[] rightInBin = new int[BINS];
        double[] confidenceInBin = new double[BINS];
        int top2 = 0;
        for (int i = 0; i < n; i++) {
            float[] probabilities = figures.probabilities()[i];
            int actual = set.label(i);
            int predicted = figures.predicted(i);
            float confidence = probabilities[predicted];
            if (predicted != actual) {
                mistakes.add(new Mistake(i, actual, predicted, confidence));
            }
            long likelier =
                    IntStream.range(0, probabilities.length)
                            .filter(c -> probabilities[c] > probabilities[actual])
                            .count();
            top2 += likelier < 2 ? 1 : 0;
            int bin = Math.min(BINS - 1, (int) (confidence * BINS));
            inBin[bin]++;
            rightInBin[bin] += predicted == actual ? 1 : 0;
            confidenceInBin[bin] += confidence;
        }
        mistakes.sort(Comparator.comparing(Mistake::confidence).reversed());
        List<Bin> bins =
                IntStream.range(0, BINS)
                        .filter(b -> inBin[b] > 0)
                        .mapToObj(
                                b ->
                                        new Bin(
                                                inBin[b],
                                                confidenceInBin[b] / inBin[b],
                                                (double) rightInBin[b] / inBin[b]))
                        .toList();
        double apart =
                bins.stream()
                        .mapToDouble(b -> b.examples * Math.abs(b.accuracy - b.confidence))
                        .sum();
        return new EvaluationReport(
                n,
                figures.accuracy(),
                (double) top2 / n,
                figures.loss(),
                apart / n,
                bins,
                IntStream.range(0, DigitSet.CLASSES)
                        .mapToObj(digit -> figuresOf(digit, figures.confusion()))
                        .toList(),
                figures.confusion(),
                List.copyOf(mistakes));
    }

    private static DigitFigures figuresOf(int digit, int[][] confusion) {
        int right = confusion[digit][digit];
        int its = IntStream.of(confusion[digit]).sum();
        int takenFor = IntStream.range(0, confusion.length).map(a -> confusion[a][digit]).sum();
        return new DigitFigures(
                digit,
                its,
                (double) right / takenFor,
                (double) right / its,
                2.0 * right / (its + takenFor));
    }

    /** The report as a table. */
    @Override
    public String toString() {
        var text =
                new StringBuilder(
                        String.format(
                                Locale.ROOT,
                                "Accuracy           %7.2f %%  (%,d of %,d wrong)%n"
                                        + "Top-2 accuracy     %7.2f %%%n"
                                        + "Loss               %9.4f%n"
                                        + "Calibration error  %7.2f %%%n%n"
                                        + "digit  images  precision  recall      F1%n",
                                100 * accuracy,
                                mistakes.size(),
                                examples,
                                100 * top2,
                                loss,
                                100 * calibrationError));
        for (DigitFigures d : digits) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            "%5d  %,8d  %7.2f %% %7.2f %% %7.2f %%%n",
                            d.digit,
                            d.examples,
                            100 * d.precision,
                            100 * d.recall,
                            100 * d.f1));
        }
        text.append(String.format(Locale.ROOT, "%nconfidence  images    right%n"));
        for (Bin b : reliability) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            "%8.2f %%  %,6d %7.2f %%%n",
                            100 * b.confidence,
                            b.examples,
                            100 * b.accuracy));
        }
        return text.toString();
    }
}
