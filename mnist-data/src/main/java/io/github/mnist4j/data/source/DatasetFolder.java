package io.github.mnist4j.data.source;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.idx.IdxFile;
import io.github.mnist4j.data.idx.IdxFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The four files of a data set in a folder, under any of the names that they go by. */
final class DatasetFolder {
    private final Path folder;
    private final List<Path> files;

    /** Training and test set as the files hold them. */
    record Contents(DigitSet train, DigitSet test) {}

    /**
     * @param files in the order of {@link PublishedFiles#NAMES}
     */
    private DatasetFolder(Path folder, List<Path> files) {
        this.folder = folder;
        this.files = files;
    }

    /**
     * The folder itself or the one that torchvision would have made in it, if all four files are
     * there.
     */
    static Optional<DatasetFolder> find(Path folder, PublishedFiles published) {
        Path torchvision = folder.resolve(published.torchvision()).resolve("raw");
        for (Path candidate : List.of(folder, torchvision, folder.resolve("raw"))) {
            List<Path> files =
                    PublishedFiles.NAMES.stream()
                            .flatMap(name -> file(candidate, name).stream())
                            .toList();
            if (files.size() == PublishedFiles.NAMES.size()) {
                return Optional.of(new DatasetFolder(candidate, files));
            }
        }
        return Optional.empty();
    }

    /** The files that a download brings, whatever lies beside them. */
    static DatasetFolder ofDownload(Path folder) {
        UnaryOperator<String> gzip = name -> name + ".gz";
        return new DatasetFolder(
                folder, PublishedFiles.NAMES.stream().map(gzip).map(folder::resolve).toList());
    }

    /** Uncompressed or gzip, with a hyphen or (as some mirrors unpack it) a dot. */
    private static Optional<Path> file(Path folder, String name) {
        String dotted = name.replace("-idx", ".idx");
        return List.of(name, name + ".gz", dotted, dotted + ".gz").stream()
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /** Says what {@link #find} did not find. */
    static IOException missing(Path folder, DatasetLoader.Dataset dataset) {
        if (Files.isRegularFile(folder)) {
            return new IOException(
                    folder + " is a file; the folder of the four files of MNIST is expected");
        }
        List<String> absent =
                PublishedFiles.NAMES.stream().filter(name -> file(folder, name).isEmpty()).toList();
        return new IOException(
                "no "
                        + dataset
                        + " in "
                        + folder
                        + ": the files "
                        + String.join(", ", PublishedFiles.NAMES)
                        + " expected there or in "
                        + Path.of(PublishedFiles.of(dataset).torchvision(), "raw")
                        + ", with or without .gz"
                        + (absent.size() < PublishedFiles.NAMES.size()
                                ? "; missing: " + String.join(", ", absent)
                                : Files.exists(folder) ? "" : "; the folder does not exist"));
    }

    Path path() {
        return folder;
    }

    /**
     * Reads the files.
     *
     * @throws IdxFormatException if a file is damaged or holds no images, or the images of the two
     *     sets differ in size
     */
    Contents read() throws IOException {
        Path trainImages = files.get(0);
        Path testImages = files.get(2);
        DigitSet train = nonEmpty(trainImages, IdxFile.read(trainImages, files.get(1)));
        DigitSet test = nonEmpty(testImages, IdxFile.read(testImages, files.get(3)));
        if (test.rows() != train.rows() || test.columns() != train.columns()) {
            throw new IdxFormatException(
                    testImages,
                    8,
                    "images of "
                            + test.columns()
                            + "x"
                            + test.rows()
                            + " pixels, those of "
                            + trainImages.getFileName()
                            + " are "
                            + train.columns()
                            + "x"
                            + train.rows());
        }
        return new Contents(train, test);
    }

    private static DigitSet nonEmpty(Path file, DigitSet digits) throws IdxFormatException {
        if (digits.size() == 0) {
            throw new IdxFormatException(file, 4, "it holds no images");
        }
        return digits;
    }
}
