package io.github.mnist4j.lite.finder;

import java.util.Arrays;
import java.util.List;

/** What a recognizer says of images: for each, the probabilities of ten digits and of none. */
final class Answers {
    private static final int AREA = Normalizer.SIDE * Normalizer.SIDE;

    private Answers() {}

    /** All images at once, as that costs less than one by one. */
    static float[][] of(Recognizer recognizer, List<float[]> images) {
        float[] all = new float[images.size() * AREA];
        for (int i = 0; i < images.size(); i++) {
            System.arraycopy(images.get(i), 0, all, i * AREA, AREA);
        }
        float[] flat = images.isEmpty() ? new float[0] : recognizer.recognize(all);
        float[][] answers = new float[images.size()][];
        for (int i = 0; i < answers.length; i++) {
            answers[i] =
                    Arrays.copyOfRange(flat, i * Recognizer.CLASSES, (i + 1) * Recognizer.CLASSES);
        }
        return answers;
    }

    /** The probability of the likeliest digit. */
    static float best(float[] probabilities) {
        float best = 0;
        for (int c = 0; c < Recognizer.NONE; c++) {
            best = Math.max(best, probabilities[c]);
        }
        return best;
    }

    static float[] mean(float[]... answers) {
        float[] mean = new float[Recognizer.CLASSES];
        for (float[] a : answers) {
            for (int c = 0; c < Recognizer.CLASSES; c++) {
                mean[c] += a[c] / answers.length;
            }
        }
        return mean;
    }
}
