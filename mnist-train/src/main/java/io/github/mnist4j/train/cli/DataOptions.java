package io.github.mnist4j.train.cli;

import io.github.mnist4j.data.DataSource;
import io.github.mnist4j.data.DataSource.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which digits a command works on. */
public final class DataOptions {
    @Option(
            names = "--dataset",
            paramLabel = "NAME",
            converter = Converter.class,
            description =
                    "mnist, fashion-mnist, generated, or auto: MNIST if it can be had, else generated digits."
                            + " Default: auto")
    Dataset dataset;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Folder of the data set's four IDX files, packed or not. Default: the environment variable"
                            + " MNIST4J_DATA, else the cache, else a download into the cache")
    Path folder;

    /** The name of the data set; AUTO if none was given. */
    public Dataset dataset() {
        return dataset == null ? Dataset.AUTO : dataset;
    }

    /** Whether one was given. */
    public boolean isDatasetGiven() {
        return dataset != null;
    }

    /** The folder as it was given, or null. */
    public String folder() {
        return folder == null ? null : folder.toString();
    }

    /** Loads it, showing how a download goes. */
    public DataSource.Loaded load(boolean terminal) throws IOException {
        return load(dataset(), folder(), terminal);
    }

    /** As above, but another data set; a folder that was given counts nevertheless. */
    public DataSource.Loaded load(Dataset dataset, String folder, boolean terminal)
            throws IOException {
        var source = DataSource.builder().optProgress(new Progress(terminal));
        if (this.folder != null) {
            source.optFolder(this.folder);
        } else if (folder != null) {
            source.optFolder(Path.of(folder));
        }
        return source.build().load(dataset);
    }

    private static final class Converter implements ITypeConverter<Dataset> {
        @Override
        public Dataset convert(String value) {
            try {
                return Dataset.of(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** One line a file; on a terminal it counts up. */
    private static final class Progress implements DataSource.DownloadProgress {
        private final boolean terminal;
        private String last = "";
        private long shown;

        Progress(boolean terminal) {
            this.terminal = terminal;
        }

        @Override
        public void at(String file, long done, long total) {
            boolean end = done == total;
            long now = System.nanoTime();
            if (terminal && (end || now - shown > 200_000_000)) {
                System.err.printf(
                        Locale.ROOT,
                        "\rDownload  %s %,d of %,d bytes%s",
                        file,
                        done,
                        total,
                        end ? "\n" : "");
                shown = now;
            } else if (!terminal && !file.equals(last)) {
                System.err.println("Download  " + file);
            }
            last = file;
        }
    }
}
