package io.github.mnist4j.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Data sets for tests: real ones where the machine has them, small ones that a test writes. */
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

    /** Writes one file of a data set. */
    @FunctionalInterface
    public interface FileWriter<T> {
        void write(Path file, T set) throws IOException;
    }

    /**
     * Writes MNIST's four files under their usual names: {@code writeMnist(folder, ".gz", train,
     * test, IdxFile::writeImages, IdxFile::writeLabels)}.
     *
     * @param suffix "", or ".gz" if the writers compress such names
     */
    public static <T> void writeMnist(
            Path folder, String suffix, T train, T test, FileWriter<T> images, FileWriter<T> labels)
            throws IOException {
        images.write(folder.resolve("train-images-idx3-ubyte" + suffix), train);
        labels.write(folder.resolve("train-labels-idx1-ubyte" + suffix), train);
        images.write(folder.resolve("t10k-images-idx3-ubyte" + suffix), test);
        labels.write(folder.resolve("t10k-labels-idx1-ubyte" + suffix), test);
    }
}
