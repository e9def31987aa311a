package io.github.mnist4j.train.reader;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.synthetic.DigitGenerator;
import io.github.mnist4j.lite.finder.Normalizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What the network of the reader learns from: MNIST's training digits, drawn ones in styles that
 * MNIST lacks and printed ones, and as the eleventh class what is not a digit ({@link NonDigits}).
 * All of it widened, turned, thickened, blurred, dimmed and noisy, half of it cut out and centered
 * as the reader does.
 *
 * <p>Example i depends on (seed, i), the digits and the fonts alone.
 */
final class ReaderExamples {
    /** The class of what is not a digit. */
    static final int NONE = 10;

    static final int CLASSES = 11;

    private final DigitSet digits;
    private final long seed;
    private final DigitGenerator generator;
    private final PrintedSigns printed;
    private final NonDigits nonDigits;

    /**
     * @param digits to learn, 28x28
     * @param fonts a folder with more fonts than Java finds, or null
     */
    ReaderExamples(DigitSet digits, @Nullable Path fonts, long seed) throws IOException {
        this.digits = digits;
        this.seed = seed;
        generator = new DigitGenerator(seed);
        printed = new PrintedSigns(fonts);
        nonDigits = new NonDigits(digits, printed);
    }

    /**
     * Draws example i.
     *
     * @param into where its 784 values, 0 to 1, go from {@code at} on
     * @return its class
     */
    int draw(long i, float[] into, int at) {
        var random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + i);
        double kind = random.nextDouble();
        float[] image;
        int label;
        if (kind < 0.58) {
            int n = random.nextInt(digits.size());
            label = digits.label(n);
            float[] fine = FineImage.enlarged(digits.pixels(n));
            boolean easy = random.nextDouble() < 0.35;
            if (!easy && random.nextDouble() < 0.18) {
                fine = FineImage.squared(fine, random);
            }
            image = written(fine, easy, random);
        } else if (kind < 0.66) {
            String style = DrawnSigns.DIGITS[random.nextInt(DrawnSigns.DIGITS.length)];
            boolean styled = random.nextDouble() < 0.7;
            label = styled ? style.charAt(0) - '0' : random.nextInt(10);
            byte[] drawn =
                    styled
                            ? DigitGenerator.draw(style.substring(2), random)
                            : generator.draw(label, random);
            image = written(FineImage.enlarged(drawn), false, random);
        } else if (kind < 0.75 && printed.areThere()) {
            label = random.nextInt(10);
            image = written(printed.digit(label, random), false, random);
        } else {
            label = NONE;
            NonDigits.Shape none = nonDigits.draw(random);
            image =
                    none.kind() == NonDigits.Kind.TEXTURE
                            ? FineImage.halved(none.fine())
                            : written(none.fine(), none.kind() == NonDigits.Kind.ALIKE, random);
        }
        Corruption.spoil(image, random);
        System.arraycopy(image, 0, into, at, image.length);
        return label;
    }

    /**
     * A shape as somebody wrote it and a reader cut it out.
     *
     * @param easy whether it is to stay much as it is
     */
    private static float[] written(float[] shape, boolean easy, SplittableRandom random) {
        float[] fine = FineImage.affine(shape, random, easy ? 0.35 : 1);
        if (random.nextDouble() < 0.3) {
            FineImage.stroke(fine, random);
        }
        if (random.nextDouble() < 0.2) {
            FineImage.blur(fine, FineImage.FINE, 1 + random.nextInt(3));
        }
        float[] image;
        if (random.nextDouble() < (easy ? 0.2 : 0.6)) {
            image =
                    Normalizer.normalized(
                            fine, FineImage.FINE, FineImage.FINE, random.nextBoolean());
            if (random.nextDouble() < 0.3) {
                image = Corruption.shifted(image, random);
            }
        } else {
            image = FineImage.halved(fine);
        }
        // pencils of paint programs: hard edges, now and then one pixel wide
        double hard = random.nextDouble();
        if (!easy && hard < 0.16) {
            Corruption.harden(image, hard < 0.08);
        }
        return image;
    }
}
