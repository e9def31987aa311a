package io.github.mnist4j.data.source;

import java.net.URI;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A data set as its publishers distribute it: four IDX files.
 *
 * @param mirrors base addresses, in the order in which they are asked
 * @param algorithm of the digests
 * @param ofContent whether the digests are those of the uncompressed files, else of the gzip files
 * @param digests of the files of {@link #NAMES}, in hexadecimal
 * @param torchvision the folder that torchvision makes for it
 */
record PublishedFiles(
        List<URI> mirrors,
        String algorithm,
        boolean ofContent,
        List<String> digests,
        String torchvision) {

    /** The files, uncompressed; every data set here has these names. */
    static final List<String> NAMES =
            List.of(
                    "train-images-idx3-ubyte",
                    "train-labels-idx1-ubyte",
                    "t10k-images-idx3-ubyte",
                    "t10k-labels-idx1-ubyte");

    /** Bytes of the files, uncompressed; every data set here has these sizes. */
    private static final List<Long> SIZES = List.of(47_040_016L, 60_008L, 7_840_016L, 10_008L);

    static final PublishedFiles MNIST =
            new PublishedFiles(
                    addresses(
                            "https://ossci-datasets.s3.amazonaws.com/mnist/",
                            "https://storage.googleapis.com/cvdf-datasets/mnist/",
                            "https://raw.githubusercontent.com/fgnt/mnist/master/"),
                    "SHA-256",
                    true,
                    List.of(
                            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
                    "MNIST");

    /** Its publishers give the MD5 of the gzip files. */
    static final PublishedFiles FASHION_MNIST =
            new PublishedFiles(
                    addresses(
                            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"),
                    "MD5",
                    false,
                    List.of(
                            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                            "25c81989df183df01b3e8a0aad5dffbe",
                            "bef4ecab320f06d8554ea6380940ec79",
                            "bb300cfdad3c16e7a12a480ee83cd310"),
                    "FashionMNIST");

    private static List<URI> addresses(String... mirrors) {
        return List.of(mirrors).stream().map(URI::create).toList();
    }

    /**
     * @param dataset one that is published, neither generated nor automatic
     */
    static PublishedFiles of(DatasetLoader.Dataset dataset) {
        return switch (dataset) {
            case MNIST -> MNIST;
            case FASHION_MNIST -> FASHION_MNIST;
            default -> throw new IllegalArgumentException(dataset + " is not published");
        };
    }

    /** The gzip files that mirrors have. */
    List<RemoteFile> remoteFiles() {
        return IntStream.range(0, NAMES.size())
                .mapToObj(
                        i ->
                                new RemoteFile(
                                        NAMES.get(i) + ".gz",
                                        algorithm,
                                        digests.get(i),
                                        ofContent,
                                        SIZES.get(i)))
                .toList();
    }
}
