package io.github.mnist4j.data;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * A train/validation split; the test set is separate.
 *
 * @param train images that the network learns from
 * @param validation images on which epochs, models and settings are chosen
 */
public record Split(DigitSet train, DigitSet validation) {

    /**
     * Splits a set in the same proportion for every digit. The same seed always gives the same
     * split; nothing else in a run affects it.
     *
     * @param validationSize number of images to hold out, 0 to set.size() - 10
     * @throws IllegalArgumentException if the set has fewer than 10 images or the size is out of
     *     range
     */
    public static Split stratified(DigitSet set, int validationSize, long seed) {
        if (set.size() < DigitSet.CLASSES) {
            throw new IllegalArgumentException(
                    set.size() + " images to learn from, 10 or more expected");
        }
        if (validationSize < 0 || validationSize > set.size() - DigitSet.CLASSES) {
            throw new IllegalArgumentException(
                    "validation size "
                            + validationSize
                            + ", 0 to "
                            + (set.size() - DigitSet.CLASSES)
                            + " expected for "
                            + set.size()
                            + " images");
        }
        int[] counts = set.countByLabel();
        int[] share = shares(counts, set.size(), validationSize);
        int[] order = Permutation.of(set.size(), new SplittableRandom(seed));
        int[] validation = new int[validationSize];
        int[] train = new int[set.size() - validationSize];
        int v = 0;
        int t = 0;
        for (int i : order) {
            if (share[set.label(i)]-- > 0) {
                validation[v++] = i;
            } else {
                train[t++] = i;
            }
        }
        // back in the order of the file, so that the split alone does not shuffle
        Arrays.sort(validation);
        Arrays.sort(train);
        return new Split(set.subset(train), set.subset(validation));
    }

    /**
     * Parts MNIST's training set by writers, as MNIST's authors did: nobody's digits are on both
     * sides, and half of the validation images are high-school students'. Its accuracy foretells
     * that on the test set better than that of a split by chance, where nearly every writer of a
     * validation image is among those that the network learned from.
     *
     * @param validationSize images to hold back, 0 to 50,000; as writers stay whole, up to about
     *     100 fewer are held back
     * @param seed of the choice of writers
     * @throws IllegalArgumentException if the set is not MNIST's training set or the size is out of
     *     range
     */
    public static Split byWriters(DigitSet set, int validationSize, long seed) {
        if (!MnistWriters.knows(set)) {
            throw new IllegalArgumentException(
                    "a split by writers needs to know who they are: MNIST's own "
                            + MnistWriters.IMAGES
                            + " training images expected");
        }
        if (validationSize < 0 || validationSize > MOST_BY_WRITERS) {
            throw new IllegalArgumentException(
                    "validation size "
                            + validationSize
                            + ", 0 to "
                            + MOST_BY_WRITERS
                            + " expected for a split by writers");
        }
        MnistWriters writers = MnistWriters.read();
        int[] images = new int[writers.count()];
        for (int i = 0; i < set.size(); i++) {
            images[writers.writer(i)]++;
        }
        boolean[] held = new boolean[writers.count()];
        int students = validationSize / 2;
        int employees = validationSize - students;
        for (int w : Permutation.of(held.length, new SplittableRandom(seed))) {
            boolean student = writers.isStudent(w);
            held[w] = images[w] <= (student ? students : employees);
            students -= held[w] && student ? images[w] : 0;
            employees -= held[w] && !student ? images[w] : 0;
        }
        IntPredicate validation = i -> held[writers.writer(i)];
        return new Split(
                set.subset(IntStream.range(0, set.size()).filter(validation.negate()).toArray()),
                set.subset(IntStream.range(0, set.size()).filter(validation).toArray()));
    }

    /** Both kinds of writers have more than half as many images. */
    private static final int MOST_BY_WRITERS = 50_000;

    /**
     * Whole numbers in proportion to the counts that add up to the total, by the method of largest
     * remainders.
     */
    private static int[] shares(int[] counts, int size, int total) {
        int[] share = new int[counts.length];
        double[] remainder = new double[counts.length];
        int left = total;
        for (int c = 0; c < counts.length; c++) {
            double exact = (double) total * counts[c] / size;
            share[c] = (int) exact;
            remainder[c] = exact - share[c];
            left -= share[c];
        }
        while (left-- > 0) {
            int largest = 0;
            for (int c = 1; c < counts.length; c++) {
                if (remainder[c] > remainder[largest]) {
                    largest = c;
                }
            }
            share[largest]++;
            remainder[largest] = -1;
        }
        return share;
    }
}
