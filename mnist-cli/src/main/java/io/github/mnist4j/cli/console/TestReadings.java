package io.github.mnist4j.cli.console;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.lite.Prediction;
import io.github.mnist4j.models.DigitClassifier;
import io.github.mnist4j.train.chart.DigitSheets;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** A data set's images with what a network says they are, beside the truth. */
public final class TestReadings {
    private static final int COLUMNS = 10;

    private final DigitSet digits;
    private final List<Prediction> predictions;

    /** Classifies all of them. */
    public TestReadings(DigitSet digits, DigitClassifier classifier) {
        this.digits = digits;
        predictions =
                classifier.classifyAllPixels(
                        IntStream.range(0, digits.size()).mapToObj(digits::pixels).toList());
    }

    /** A table on standard output. */
    public void print() {
        System.out.println("image  truth  predicted  confidence");
        for (int i = 0; i < digits.size(); i++) {
            Prediction p = predictions.get(i);
            System.out.printf(
                    Locale.ROOT,
                    "%7d  %5d  %9d  %8.2f %%%s%n",
                    i,
                    digits.label(i),
                    p.digit(),
                    100 * p.confidence(),
                    isRight(i) ? "" : "  wrong");
        }
    }

    private boolean isRight(int i) {
        return predictions.get(i).digit() == digits.label(i);
    }

    /** As a list for JSON. */
    public List<Map<String, Object>> tree() {
        var all = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < digits.size(); i++) {
            var one = new LinkedHashMap<String, Object>();
            one.put("truth", digits.label(i));
            one.put("digit", predictions.get(i).digit());
            one.put("confidence", predictions.get(i).confidence());
            one.put("probabilities", predictions.get(i).probabilities());
            all.add(one);
        }
        return all;
    }

    /** The images with their predictions, wrong ones in red. */
    public BufferedImage sheet() {
        int columns = Math.min(COLUMNS, digits.size());
        return DigitSheets.grid(
                digits,
                (digits.size() + columns - 1) / columns,
                columns,
                i ->
                        new DigitSheets.Caption(
                                String.format(
                                        Locale.ROOT,
                                        "%d  %.0f%%",
                                        predictions.get(i).digit(),
                                        100 * predictions.get(i).confidence()),
                                isRight(i)));
    }
}
