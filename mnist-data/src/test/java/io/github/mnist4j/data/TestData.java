package io.github.mnist4j.data;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Real MNIST for the tests that want it. */
final class TestData {
    private TestData() {}

    /**
     * The folder of the four files: MNIST4J_DATA, else shared/mnist beside the project; skips the
     * test without either.
     */
    static Path mnistFolder() {
        String named = System.getenv("MNIST4J_DATA");
        Path folder =
                named != null
                        ? Path.of(named)
                        : Path.of("").toAbsolutePath().resolve("../../shared/mnist");
        assumeTrue(Files.isDirectory(folder), "no real MNIST: set MNIST4J_DATA to its folder");
        return folder.normalize();
    }
}
