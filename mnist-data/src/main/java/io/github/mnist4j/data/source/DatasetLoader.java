package io.github.mnist4j.data.source;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.idx.IdxFile;
import io.github.mnist4j.data.idx.IdxFormatException;
import io.github.mnist4j.data.synthetic.DigitGenerator;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where digits come from. In this order: the folder that the caller names, the folder in {@code
 * MNIST4J_DATA}, the cache in the user's cache folder, and then a download into that cache.
 *
 * <pre>{@code
 * DatasetLoader.Loaded data = DatasetLoader.builder().build().load(DatasetLoader.Dataset.AUTO);
 * }</pre>
 */
public final class DatasetLoader {

    /** What can be loaded. */
    public enum Dataset {
        MNIST,
        FASHION_MNIST,
        /** Digits drawn by {@link DigitGenerator}. */
        GENERATED,
        /** MNIST if it can be had, else generated digits. */
        AUTO;

        /**
         * By the name used on command lines: mnist, fashion-mnist, generated or auto.
         *
         * @throws IllegalArgumentException for any other; the message lists them
         */
        public static Dataset of(String name) {
            for (Dataset d : values()) {
                if (d.toString().equals(name)) {
                    return d;
                }
            }
            throw new IllegalArgumentException(
                    "unknown data set '"
                            + name
                            + "', one of "
                            + Arrays.stream(values())
                                    .map(Dataset::toString)
                                    .collect(Collectors.joining(", "))
                            + " expected");
        }

        /** What its pixels go through on their way into a network. */
        public Normalization normalization() {
            // generated digits are drawn to resemble MNIST's
            return this == FASHION_MNIST ? Normalization.FASHION_MNIST : Normalization.MNIST;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * What was loaded.
     *
     * @param dataset never AUTO: what it came to
     * @param train 60,000 images in MNIST
     * @param test 10,000 images in MNIST
     * @param origin the folder, or how the digits were generated
     * @param notice what the user must be told: that these are not the digits hoped for, and why
     */
    public record Loaded(
            Dataset dataset,
            DigitSet train,
            DigitSet test,
            String origin,
            Optional<String> notice) {}

    /** Told how far a download is; {@code total} is -1 if the server does not say. */
    public interface DownloadProgress {
        void at(String file, long done, long total);
    }

    private static final Map<Dataset, List<String>> MIRRORS =
            Map.of(
                    Dataset.MNIST,
                    List.of(
                            "https://ossci-datasets.s3.amazonaws.com/mnist/",
                            "https://storage.googleapis.com/cvdf-datasets/mnist/",
                            "https://raw.githubusercontent.com/fgnt/mnist/master/"),
                    Dataset.FASHION_MNIST,
                    List.of(
                            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"));

    private static final List<String> NAMES =
            List.of(
                    "train-images-idx3-ubyte",
                    "train-labels-idx1-ubyte",
                    "t10k-images-idx3-ubyte",
                    "t10k-labels-idx1-ubyte");

    /**
     * SHA-256 of MNIST's uncompressed files; for Fashion-MNIST its publishers give the MD5 of the
     * gzip files.
     */
    private static final Map<Dataset, List<String>> DIGESTS =
            Map.of(
                    Dataset.MNIST,
                    List.of(
                            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
                            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
                            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
                            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
                    Dataset.FASHION_MNIST,
                    List.of(
                            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                            "25c81989df183df01b3e8a0aad5dffbe",
                            "bef4ecab320f06d8554ea6380940ec79",
                            "bb300cfdad3c16e7a12a480ee83cd310"));

    /** Bytes of the four files unpacked, the same for both data sets. */
    private static final List<Long> SIZES = List.of(47_040_016L, 60_008L, 7_840_016L, 10_008L);

    private static final Map<Dataset, String> TORCHVISION =
            Map.of(Dataset.MNIST, "MNIST", Dataset.FASHION_MNIST, "FashionMNIST");

    private final @Nullable Path folder;
    private final Path cache;
    private final @Nullable List<URI> mirrors;
    private final DownloadProgress progress;
    private final long generatorSeed;
    private final int generatedTrain;
    private final int generatedTest;

    private DatasetLoader(Builder builder) {
        folder = builder.folder;
        cache = builder.cache;
        mirrors = builder.mirrors;
        progress = builder.progress;
        generatorSeed = builder.generatorSeed;
        generatedTrain = builder.generatedTrain;
        generatedTest = builder.generatedTest;
    }

    /** All of it optional. */
    public static Builder builder() {
        return new Builder();
    }

    /** Settings of a {@link DatasetLoader}. */
    public static final class Builder {
        private @Nullable Path folder = environment("MNIST4J_DATA").map(Path::of).orElse(null);
        private Path cache = userCache();
        private @Nullable List<URI> mirrors =
                environment("MNIST4J_MIRRORS")
                        .map(list -> addresses("MNIST4J_MIRRORS", List.of(list.split("[,\\s]+"))))
                        .orElse(null);
        private DownloadProgress progress = (file, done, total) -> {};
        private long generatorSeed = DigitGenerator.DEFAULT_SEED;
        private int generatedTrain = 60_000;
        private int generatedTest = 10_000;

        private Builder() {}

        /**
         * The only place to look in: a folder with the four files, gzip or plain, or one in
         * torchvision's layout ({@code MNIST/raw/}). Default: the environment variable
         * MNIST4J_DATA, if set.
         */
        public Builder optFolder(Path folder) {
            this.folder = folder;
            return this;
        }

        /** Where downloads are kept. Default: {@code mnist4j} in the user's cache folder. */
        public Builder optCache(Path cache) {
            this.cache = cache;
            return this;
        }

        /**
         * Base addresses, http or https, to download from instead of the public ones. Default: the
         * environment variable MNIST4J_MIRRORS (separated by commas), if set.
         *
         * @throws IllegalArgumentException if one is not such an address
         */
        public Builder optMirrors(List<URI> mirrors) {
            this.mirrors = addresses("mirrors", mirrors.stream().map(URI::toString).toList());
            return this;
        }

        /** Default: nobody is told. */
        public Builder optProgress(DownloadProgress progress) {
            this.progress = progress;
            return this;
        }

        /** Of generated digits. Default: {@link DigitGenerator#DEFAULT_SEED}. */
        public Builder optGeneratorSeed(long seed) {
            this.generatorSeed = seed;
            return this;
        }

        /**
         * How many digits to generate. Default: as many as MNIST has, 60,000 and 10,000.
         *
         * @param train 1 or more
         * @param test 1 or more
         * @throws IllegalArgumentException if one is less
         */
        public Builder optGeneratedSizes(int train, int test) {
            if (train < 1 || test < 1) {
                throw new IllegalArgumentException(
                        "generated sizes " + train + " and " + test + ", 1 or more expected");
            }
            this.generatedTrain = train;
            this.generatedTest = test;
            return this;
        }

        public DatasetLoader build() {
            return new DatasetLoader(this);
        }
    }

    /** Addresses that can be downloaded from; what names them is named in the error. */
    public static List<URI> addresses(String name, List<String> list) {
        List<URI> addresses = new ArrayList<>();
        for (String text : list) {
            if (text.isBlank()) {
                continue;
            }
            try {
                URI address = new URI(text);
                String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
                if ((scheme.equals("http") || scheme.equals("https"))
                        && address.getHost() != null) {
                    addresses.add(address);
                    continue;
                }
            } catch (URISyntaxException e) {
                // said below
            }
            throw new IllegalArgumentException(
                    name + ": '" + text + "' is not an http or https address");
        }
        return List.copyOf(addresses);
    }

    private static Optional<String> environment(String name) {
        return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isBlank());
    }

    /** {@code mnist4j} where this system's programs keep what can be fetched again. */
    public static Path userCache() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        Path home = Path.of(System.getProperty("user.home"));
        Path base;
        if (os.contains("win")) {
            base =
                    environment("LOCALAPPDATA")
                            .map(Path::of)
                            .orElse(home.resolve("AppData").resolve("Local"));
        } else if (os.contains("mac")) {
            base = home.resolve("Library").resolve("Caches");
        } else {
            base = environment("XDG_CACHE_HOME").map(Path::of).orElse(home.resolve(".cache"));
        }
        return base.resolve("mnist4j");
    }

    /**
     * Loads a data set, downloading it if need be.
     *
     * @throws IOException if it cannot be had; the message says where it was looked for and what to
     *     do. Never for GENERATED; for AUTO only if a folder was named and does not hold it, or
     *     holds damaged files
     */
    public Loaded load(Dataset dataset) throws IOException {
        if (dataset == Dataset.GENERATED) {
            return generated(Optional.empty());
        }
        Dataset wanted = dataset == Dataset.AUTO ? Dataset.MNIST : dataset;
        if (folder != null) {
            return read(find(folder, wanted).orElseThrow(() -> missing(folder, wanted)), wanted);
        }
        Path cached = cache.resolve(wanted.toString());
        Optional<Path> found = find(cached, wanted);
        String damage = "";
        if (found.isPresent()) {
            try {
                return read(found.get(), wanted);
            } catch (IdxFormatException e) {
                // what a full disk or a killed program left there is fetched anew
                damage = e.getMessage() + "; ";
            }
        }
        try {
            download(wanted, cached);
        } catch (IOException e) {
            if (dataset == Dataset.AUTO) {
                return generated(
                        Optional.of(
                                "MNIST could not be downloaded, so these are GENERATED digits: "
                                        + "accuracies below are on digits drawn by a program, not on MNIST. ("
                                        + damage
                                        + e.getMessage()
                                        + ")"));
            }
            throw new IOException(
                    damage
                            + e.getMessage()
                            + "; put the files "
                            + String.join(", ", NAMES)
                            + " (with or without .gz) in "
                            + cached
                            + ", or name their folder with --data or MNIST4J_DATA",
                    e);
        }
        // the downloaded ones, whatever lies beside them
        return read(cached, wanted, name -> cached.resolve(name + ".gz"));
    }

    private static IOException missing(Path folder, Dataset dataset) {
        if (Files.isRegularFile(folder)) {
            return new IOException(
                    folder + " is a file; the folder of the four files of MNIST is expected");
        }
        List<String> absent = NAMES.stream().filter(name -> file(folder, name).isEmpty()).toList();
        return new IOException(
                "no "
                        + dataset
                        + " in "
                        + folder
                        + ": the files "
                        + String.join(", ", NAMES)
                        + " expected there or in "
                        + Path.of(TORCHVISION.get(dataset), "raw")
                        + ", with or without .gz"
                        + (absent.size() < NAMES.size()
                                ? "; missing: " + String.join(", ", absent)
                                : Files.exists(folder) ? "" : "; the folder does not exist"));
    }

    private void download(Dataset dataset, Path into) throws IOException {
        boolean sha = dataset == Dataset.MNIST;
        List<Downloader.RemoteFile> files = new ArrayList<>();
        for (int i = 0; i < NAMES.size(); i++) {
            files.add(
                    new Downloader.RemoteFile(
                            NAMES.get(i) + ".gz",
                            sha ? "SHA-256" : "MD5",
                            Objects.requireNonNull(DIGESTS.get(dataset)).get(i),
                            sha,
                            SIZES.get(i)));
        }
        List<URI> from =
                mirrors != null
                        ? mirrors
                        : Objects.requireNonNull(MIRRORS.get(dataset)).stream()
                                .map(URI::create)
                                .toList();
        new Downloader(from, progress::at, Duration.ofSeconds(30)).fetch(into, files);
    }

    private Loaded generated(Optional<String> notice) {
        // one stream of images, the test set being the end of it: no image is in both
        var generator = new DigitGenerator(generatorSeed);
        DigitSet all = generator.generate(generatedTrain + generatedTest);
        int[] train = new int[generatedTrain];
        int[] test = new int[generatedTest];
        Arrays.setAll(train, i -> i);
        Arrays.setAll(test, i -> generatedTrain + i);
        return new Loaded(
                Dataset.GENERATED,
                all.subset(train),
                all.subset(test),
                "DigitGenerator with seed " + generatorSeed,
                notice);
    }

    private static Loaded read(Path folder, Dataset dataset) throws IOException {
        return read(folder, dataset, name -> file(folder, name).orElseThrow());
    }

    private static Loaded read(Path folder, Dataset dataset, Place files) throws IOException {
        Path trainFile = files.of(NAMES.get(0));
        Path testFile = files.of(NAMES.get(2));
        DigitSet train = nonEmpty(trainFile, IdxFile.read(trainFile, files.of(NAMES.get(1))));
        DigitSet test = nonEmpty(testFile, IdxFile.read(testFile, files.of(NAMES.get(3))));
        if (test.rows() != train.rows() || test.columns() != train.columns()) {
            throw new IdxFormatException(
                    testFile,
                    8,
                    "images of "
                            + test.columns()
                            + "x"
                            + test.rows()
                            + " pixels, those of "
                            + trainFile.getFileName()
                            + " are "
                            + train.columns()
                            + "x"
                            + train.rows());
        }
        return new Loaded(dataset, train, test, folder.toString(), Optional.empty());
    }

    private interface Place {
        Path of(String name);
    }

    private static DigitSet nonEmpty(Path file, DigitSet digits) throws IdxFormatException {
        if (digits.size() == 0) {
            throw new IdxFormatException(file, 4, "it holds no images");
        }
        return digits;
    }

    /**
     * The folder itself or the one that torchvision would have made below it, if all four files are
     * there.
     */
    private static Optional<Path> find(Path folder, Dataset dataset) {
        String name = TORCHVISION.get(dataset);
        return List.of(folder, folder.resolve(name).resolve("raw"), folder.resolve("raw")).stream()
                .filter(candidate -> NAMES.stream().allMatch(n -> file(candidate, n).isPresent()))
                .findFirst();
    }

    /**
     * Under any of the names it goes by: plain or gzip, with a hyphen or (as some mirrors unpack
     * it) a dot.
     */
    private static Optional<Path> file(Path folder, String name) {
        String dotted = name.replace("-idx", ".idx");
        return List.of(name, name + ".gz", dotted, dotted + ".gz").stream()
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst();
    }
}
