package io.github.mnist4j.data;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/**
 * Who wrote MNIST's training images: 539 people, 250 of them high-school students, whose digits are
 * harder to read and make half of the test set. From QMNIST's labels (Yadav and Bottou 2019, BSD
 * license, in the jar beside the table).
 */
public final class MnistWriters {
    /** Images of MNIST's training set. */
    static final int IMAGES = 60_000;

    /** NIST's number of the first student. */
    private static final int FIRST_STUDENT = 2100;

    /** {@link DigitSet#digest} of MNIST's training set. */
    private static final String TRAIN_DIGEST =
            "8b4a56238c77a54dd064444f9c1887d9dcf2bd4567bf5e4d0022ce8128d87915";

    private static final String RESOURCE = "mnist-writers.bin";
    private static final int BITS = 10;

    /** NIST's number of each writer. */
    private final int[] numbers;

    /** The writer of each image, an index of {@link #numbers}. */
    private final int[] writers;

    private MnistWriters(int[] numbers, int[] writers) {
        this.numbers = numbers;
        this.writers = writers;
    }

    /**
     * Reads the table in the jar.
     *
     * @throws UncheckedIOException if it cannot be read
     */
    public static MnistWriters read() {
        try (InputStream in = MnistWriters.class.getResourceAsStream(RESOURCE)) {
            var data = new DataInputStream(Objects.requireNonNull(in, RESOURCE));
            int[] numbers = new int[data.readUnsignedShort()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = data.readUnsignedShort();
            }
            int[] writers = new int[IMAGES];
            byte[] packed = data.readNBytes((IMAGES * BITS + 7) / 8);
            for (int i = 0; i < IMAGES; i++) {
                int bit = i * BITS;
                int two = ((packed[bit / 8] & 0xFF) << 8) | (packed[bit / 8 + 1] & 0xFF);
                writers[i] = (two >> (16 - BITS - bit % 8)) & ((1 << BITS) - 1);
            }
            return new MnistWriters(numbers, writers);
        } catch (IOException e) {
            throw new UncheckedIOException("the table of MNIST's writers cannot be read", e);
        }
    }

    /** Whether this is MNIST's training set, all of it in its own order. */
    public static boolean knows(DigitSet set) {
        return set.size() == IMAGES && set.digest().equals(TRAIN_DIGEST);
    }

    /** How many people there are. */
    public int count() {
        return numbers.length;
    }

    /**
     * Who wrote an image.
     *
     * @param image 0 to 59,999, in MNIST's order
     * @return 0 to {@link #count} - 1
     */
    public int writer(int image) {
        return writers[image];
    }

    /**
     * NIST's number of a writer.
     *
     * @param writer 0 to {@link #count} - 1
     */
    public int number(int writer) {
        return numbers[writer];
    }

    /**
     * Whether a writer was a high-school student (series hsf_4), not an employee of the Census
     * Bureau.
     *
     * @param writer 0 to {@link #count} - 1
     */
    public boolean isStudent(int writer) {
        return numbers[writer] >= FIRST_STUDENT;
    }
}
