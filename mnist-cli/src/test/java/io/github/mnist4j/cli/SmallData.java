package io.github.mnist4j.cli;

import io.github.mnist4j.data.idx.IdxFile;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Path;

/** A few generated digits as MNIST's four files, for commands to be quick with. */
final class SmallData {
    private SmallData() {}

    /** With names that end in {@code suffix}: "" or ".gz". */
    static void write(Path folder, String suffix, int train, int test) throws IOException {
        var digits =
                DatasetLoader.builder()
                        .optGeneratedSizes(train, test)
                        .build()
                        .load(Dataset.GENERATED);
        SharedData.writeMnist(
                folder,
                suffix,
                digits.train(),
                digits.test(),
                IdxFile::writeImages,
                IdxFile::writeLabels);
    }
}
