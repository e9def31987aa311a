package io.github.mnist4j.data.synthetic;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Permutation;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Draws digits that look handwritten, by MNIST's conventions: 28x28 pixels, ink 255 on paper 0,
 * anti-aliased strokes that fit into 20x20 pixels and keep their proportions, the center of mass in
 * the middle.
 *
 * <p>Each digit has several styles, listed in a text file beside this class. The generator picks
 * one, moves its points a little, lays curves through them, bends, widens, slants and turns the
 * whole, and traces it with a pen of random thickness, angle and pressure. Image i depends only on
 * (seed, i). All processors draw.
 */
public final class DigitGenerator {
    /** The seed of the digits that stand in for MNIST if it cannot be downloaded. */
    public static final long DEFAULT_SEED = 20_261_124;

    private static final int AREA = Pen.SIDE * Pen.SIDE;

    /** How many digits one set can hold: the pixels of all lie in one array. */
    public static final int MOST_DIGITS = Integer.MAX_VALUE / AREA;

    private static final List<List<Style>> STYLES = Style.ofDigits();

    private final long seed;

    /**
     * @param seed any number; each gives other digits
     */
    public DigitGenerator(long seed) {
        this.seed = seed;
    }

    /**
     * Draws digits in random order; each of the ten is about equally frequent.
     *
     * @param count 0 to {@link #MOST_DIGITS}, some 2.7 million; each takes 785 bytes of the heap
     * @throws IllegalArgumentException if the count is out of range
     */
    public DigitSet generate(int count) {
        if (count < 0 || count > MOST_DIGITS) {
            throw new IllegalArgumentException(
                    count + " digits, 0 to " + MOST_DIGITS + " expected");
        }
        byte[] pixels = new byte[count * AREA];
        byte[] labels = new byte[count];
        IntStream.range(0, count)
                .parallel()
                .forEach(
                        i -> {
                            var random = new SplittableRandom(Permutation.seed(seed, i));
                            int digit = random.nextInt(DigitSet.CLASSES);
                            labels[i] = (byte) digit;
                            System.arraycopy(draw(digit, random), 0, pixels, i * AREA, AREA);
                        });
        return new DigitSet(Pen.SIDE, Pen.SIDE, pixels, labels);
    }

    /**
     * Draws one digit, 28x28 bytes row by row.
     *
     * @param digit 0 to 9
     */
    public byte[] draw(int digit, RandomGenerator random) {
        return draw(Style.pick(STYLES.get(digit), random), random);
    }

    /**
     * Draws any sign in the same hand, 28x28 bytes row by row.
     *
     * @param strokes points as {@code x,y} on the unit square, y downward, separated by spaces;
     *     pieces of a stroke, which meet in a corner, separated by {@code |}; strokes by {@code ;}
     * @throws IllegalArgumentException if a point is not two numbers
     */
    public static byte[] draw(String strokes, RandomGenerator random) {
        return draw(Style.parse(1, strokes), random);
    }

    private static byte[] draw(Style style, RandomGenerator random) {
        byte[] pixels = null;
        while (pixels == null) {
            var trace = new Trace(style, random);
            trace.bend(random);
            trace.transform(random);
            pixels = new Pen(random).draw(trace);
        }
        return pixels;
    }
}
