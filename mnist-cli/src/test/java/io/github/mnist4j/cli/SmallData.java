package io.github.mnist4j.cli;

import io.github.mnist4j.data.idx.IdxFile;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import java.io.IOException;
import java.nio.file.Path;

/** A few generated digits as MNIST's four files, for commands to be quick with. */
final class SmallData {
    private SmallData() {}

    static void write(Path folder, int train, int test) throws IOException {
        var digits =
                DatasetLoader.builder()
                        .optGeneratedSizes(train, test)
                        .build()
                        .load(Dataset.GENERATED);
        IdxFile.writeImages(folder.resolve("train-images-idx3-ubyte"), digits.train());
        IdxFile.writeLabels(folder.resolve("train-labels-idx1-ubyte"), digits.train());
        IdxFile.writeImages(folder.resolve("t10k-images-idx3-ubyte"), digits.test());
        IdxFile.writeLabels(folder.resolve("t10k-labels-idx1-ubyte"), digits.test());
    }
}
