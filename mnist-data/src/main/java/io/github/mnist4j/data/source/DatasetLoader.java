package io.github.mnist4j.data.source;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.idx.IdxFormatException;
import io.github.mnist4j.data.synthetic.DigitGenerator;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Loads data sets. It looks in the folder that the caller names or, by default, the environment
 * variable MNIST4J_DATA. Without one it looks in the user's cache, and otherwise downloads into
 * that cache.
 *
 * <pre>{@code
 * DatasetLoader.Loaded data = DatasetLoader.builder().build().load(DatasetLoader.Dataset.AUTO);
 * }</pre>
 */
public final class DatasetLoader {

    /** The data sets. */
    public enum Dataset {
        MNIST,
        FASHION_MNIST,
        /** Digits drawn by {@link DigitGenerator}. */
        GENERATED,
        /** MNIST if it is there or can be downloaded, else generated digits. */
        AUTO;

        /**
         * The data set of a command line's name: mnist, fashion-mnist, generated or auto.
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

        /** How a network's input is normalized. */
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
     * A loaded data set.
     *
     * @param dataset never AUTO, but the one that AUTO chose
     * @param train 60,000 images in MNIST
     * @param test 10,000 images in MNIST
     * @param origin the folder, or how the digits were generated
     * @param notice if AUTO chose generated digits: a sentence for the user that says so, and why
     */
    public record Loaded(
            Dataset dataset,
            DigitSet train,
            DigitSet test,
            String origin,
            Optional<String> notice) {}

    private static final Duration STALLED = Duration.ofSeconds(30);

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

    /** Starts a builder; all its settings are optional. */
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
         * The only folder to look in. It holds the four files, gzip or plain, directly or in
         * torchvision's layout ({@code MNIST/raw/}). Default: the environment variable
         * MNIST4J_DATA, if set.
         */
        public Builder optFolder(Path folder) {
            this.folder = folder;
            return this;
        }

        /** The folder for downloads. Default: {@link #userCache}. */
        public Builder optCache(Path cache) {
            this.cache = cache;
            return this;
        }

        /**
         * Base addresses, http or https, to download from instead of the public mirrors. Default:
         * the environment variable MNIST4J_MIRRORS (separated by commas), if set.
         *
         * @throws IllegalArgumentException if one is not an http or https address
         */
        public Builder optMirrors(List<URI> mirrors) {
            this.mirrors = addresses("mirrors", mirrors.stream().map(URI::toString).toList());
            return this;
        }

        /** Listens to the progress of downloads. Default: nobody does. */
        public Builder optProgress(DownloadProgress progress) {
            this.progress = progress;
            return this;
        }

        /** The seed of generated digits. Default: {@link DigitGenerator#DEFAULT_SEED}. */
        public Builder optGeneratorSeed(long seed) {
            this.generatorSeed = seed;
            return this;
        }

        /**
         * How many digits to generate, together at most {@link DigitGenerator#MOST_DIGITS}.
         * Default: as many as MNIST has, 60,000 and 10,000.
         *
         * @param train 1 or more
         * @param test 1 or more
         * @throws IllegalArgumentException if one is less, or they are too many together
         */
        public Builder optGeneratedSizes(int train, int test) {
            if (train < 1 || test < 1) {
                throw new IllegalArgumentException(
                        "generated sizes " + train + " and " + test + ", 1 or more expected");
            }
            if ((long) train + test > DigitGenerator.MOST_DIGITS) {
                throw new IllegalArgumentException(
                        "generated sizes "
                                + train
                                + " and "
                                + test
                                + ", at most "
                                + DigitGenerator.MOST_DIGITS
                                + " together expected");
            }
            this.generatedTrain = train;
            this.generatedTest = test;
            return this;
        }

        public DatasetLoader build() {
            return new DatasetLoader(this);
        }
    }

    /**
     * Parses addresses to download from; skips blank ones.
     *
     * @param name of the option or variable that lists them, for the error message
     * @throws IllegalArgumentException if one is not an http or https address
     */
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

    /** The folder {@code mnist4j} in the user's cache folder, wherever this system has that. */
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
     * Loads a data set, and downloads it if need be.
     *
     * @throws IOException if it is neither there nor can be downloaded; the message says where it
     *     was looked for and what to do. Never for GENERATED; for AUTO only if a folder was named
     *     and lacks files or holds damaged ones
     */
    public Loaded load(Dataset dataset) throws IOException {
        if (dataset == Dataset.GENERATED) {
            return generated(Optional.empty());
        }
        Dataset wanted = dataset == Dataset.AUTO ? Dataset.MNIST : dataset;
        PublishedFiles published = PublishedFiles.of(wanted);
        if (folder != null) {
            Optional<DatasetFolder> named = DatasetFolder.find(folder, published);
            return read(named.orElseThrow(() -> DatasetFolder.missing(folder, wanted)), wanted);
        }
        Path cached = cache.resolve(wanted.toString());
        Optional<DatasetFolder> found = DatasetFolder.find(cached, published);
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
            List<URI> from = mirrors != null ? mirrors : published.mirrors();
            new Downloader(from, progress, STALLED).fetch(cached, published.remoteFiles());
        } catch (IOException e) {
            String why = damage + e.getMessage();
            if (dataset == Dataset.AUTO) {
                return generated(
                        Optional.of(
                                "MNIST could not be downloaded, so these are GENERATED digits: "
                                        + "accuracies below are on digits drawn by a program, not on MNIST. ("
                                        + why
                                        + ")"));
            }
            throw new IOException(
                    why
                            + "; put the files "
                            + String.join(", ", PublishedFiles.NAMES)
                            + " (with or without .gz) in "
                            + cached
                            + ", or name their folder with --data or MNIST4J_DATA",
                    e);
        }
        return read(DatasetFolder.ofDownload(cached), wanted);
    }

    private static Loaded read(DatasetFolder folder, Dataset dataset) throws IOException {
        DatasetFolder.Contents contents = folder.read();
        return new Loaded(
                dataset,
                contents.train(),
                contents.test(),
                folder.path().toString(),
                Optional.empty());
    }

    private Loaded generated(Optional<String> notice) {
        // one sequence of images, and the test set is its end: no image is in both
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
}
