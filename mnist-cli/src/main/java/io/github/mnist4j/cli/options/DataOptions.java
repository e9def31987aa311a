package io.github.mnist4j.cli.options;

import io.github.mnist4j.cli.console.Terminal;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.data.source.DownloadProgress;
import io.github.mnist4j.train.plan.PlanSetting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Which digits a command works on. */
public final class DataOptions extends SettingOptions {
    private final String when;

    DataOptions() {
        this("");
    }

    private DataOptions(String when) {
        super(setting -> setting.name().equals("dataset") || setting.name().equals("data"));
        this.when = when;
    }

    /** For a command that needs a data set only with another option; the help says so. */
    public static DataOptions goingWith(String option) {
        return new DataOptions("With " + option + ": ");
    }

    @Override
    String sentence(PlanSetting<?> setting) {
        return when + super.sentence(setting);
    }

    /** The name of the data set; AUTO if none was given. */
    public Dataset dataset() {
        return given("dataset").map(Dataset::of).orElse(Dataset.AUTO);
    }

    /** The folder as it was given, or null. */
    public @Nullable String folder() {
        return given("data").orElse(null);
    }

    /** Loads the data set. Shows downloads, and says where generated digits stand in for it. */
    public DatasetLoader.Loaded load() throws IOException {
        return load(dataset(), folder());
    }

    /** As above, but another data set; a folder that was given counts nevertheless. */
    public DatasetLoader.Loaded load(Dataset dataset, @Nullable String folder) throws IOException {
        return announced(loadFrom(given("data").orElse(folder), dataset));
    }

    /** The data set, after its notice if there is one. */
    public static DatasetLoader.Loaded announced(DatasetLoader.Loaded loaded) {
        loaded.notice().ifPresent(notice -> Terminal.tell("NOTICE    " + notice));
        return loaded;
    }

    /**
     * @param folder of the data set's files, null to look where {@link DatasetLoader} looks
     */
    static DatasetLoader.Loaded loadFrom(@Nullable String folder, Dataset dataset)
            throws IOException {
        var source = DatasetLoader.builder().optProgress(new Progress(Terminal.isAttached()));
        if (folder != null) {
            source.optFolder(Path.of(folder));
        }
        return source.build().load(dataset);
    }

    /** One line per file; on a terminal it counts up. */
    private static final class Progress implements DownloadProgress {
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
