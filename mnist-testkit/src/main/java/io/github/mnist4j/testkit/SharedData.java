package io.github.mnist4j.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Data sets for tests: real ones where the machine has them, small ones written on the spot. */
public final class SharedData {
    private SharedData() {}

    /**
     * The folder of MNIST's four files: {@code MNIST4J_DATA}, else shared/mnist beside the project.
     * Skips the test without either.
     */
    public static Path mnist() {
        return folder("MNIST4J_DATA", "mnist", "no real MNIST");
    }

    /**
     * The folder of strangers' images: {@code MNIST4J_HANDWRITING}, else shared/handwriting beside
     * the project. Skips the test without either.
     */
    public static Path handwriting() {
        return folder("MNIST4J_HANDWRITING", "handwriting", "no strangers' handwriting");
    }

    /** Files that once broke the project: shared/hostile. Skips the test without it. */
    public static Path hostile() {
        return folder("MNIST4J_HOSTILE", "hostile", "no hostile files");
    }

    private static Path folder(String variable, String name, String missing) {
        String named = System.getenv(variable);
        Path folder =
                named != null
                        ? Path.of(named)
                        : Path.of("").toAbsolutePath().resolve("../../shared/" + name);
        assumeTrue(
                Files.isDirectory(folder), missing + ": set " + variable + " to a folder of them");
        return folder.normalize();
    }

    /**
     * Writes MNIST's four files, by the definition of the IDX format.
     *
     * @param train grey images of one size, row by row, 0 to 255
     * @param trainLabels 0 to 9, one per image
     */
    public static void writeIdx(
            Path folder,
            int rows,
            int columns,
            byte[][] train,
            byte[] trainLabels,
            byte[][] test,
            byte[] testLabels)
            throws IOException {
        Files.createDirectories(folder);
        Files.write(folder.resolve("train-images-idx3-ubyte"), images(rows, columns, train));
        Files.write(folder.resolve("train-labels-idx1-ubyte"), labels(trainLabels));
        Files.write(folder.resolve("t10k-images-idx3-ubyte"), images(rows, columns, test));
        Files.write(folder.resolve("t10k-labels-idx1-ubyte"), labels(testLabels));
    }

    /** An IDX file of images: magic number 2051, three sizes, pixels. */
    public static byte[] images(int rows, int columns, byte[]... images) {
        var out = ByteBuffer.allocate(16 + images.length * rows * columns);
        out.putInt(2051).putInt(images.length).putInt(rows).putInt(columns);
        for (byte[] image : images) {
            out.put(image);
        }
        return out.array();
    }

    /** An IDX file of labels: magic number 2049, their number, labels. */
    public static byte[] labels(byte... labels) {
        return ByteBuffer.allocate(8 + labels.length)
                .putInt(2049)
                .putInt(labels.length)
                .put(labels)
                .array();
    }
}
