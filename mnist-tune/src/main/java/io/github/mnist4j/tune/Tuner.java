package io.github.mnist4j.tune;

import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.train.DataCheck;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.evaluate.ClassificationMetrics;
import io.github.mnist4j.tune.report.Report;
import io.github.mnist4j.tune.search.SearchConfig;
import io.github.mnist4j.tune.search.SearchResult;
import io.github.mnist4j.tune.search.Trial;
import io.github.mnist4j.tune.search.TrialLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Tries many plans and ranks them by a validation metric. Each trial is a {@link Trainer#fit}. Only
 * the winner is evaluated on the test set, once, at the end.
 *
 * <pre>{@code
 * SearchConfig search = SearchConfig.builder(SearchSpace.named("mlp")).optTrials(30).build();
 * SearchResult result = Tuner.search(search, data, folder, new SearchListener() {});
 * Trainer.run(result.best().orElseThrow().plan());
 * }</pre>
 *
 * <p>A search's folder holds {@code search.json}, {@code trials.jsonl} and a run folder for each
 * trial; at the end also {@code best-plan.json}, {@code result.json} and {@code report.html}.
 * {@link #resume} continues a killed search: trials that ended are not run again, and the others
 * are the ones it would have tried.
 */
public final class Tuner {
    private Tuner() {}

    /**
     * Searches. The same seed draws the same candidates.
     *
     * @param folder new or empty
     * @throws IOException if the folder already holds a search, another process uses it, the data
     *     fails {@link #check}, or the machine fails (a full disk, no memory left); in the last
     *     case the search can be resumed
     * @throws IllegalArgumentException if the data is too small for the plan's validation size
     */
    public static SearchResult search(
            SearchConfig search, DatasetLoader.Loaded data, Path folder, SearchListener listener)
            throws IOException {
        check(search, data);
        try (TrialLog log = TrialLog.begin(folder, search)) {
            return run(log, data, listener);
        }
    }

    /**
     * Continues a search that was left or killed. The listener hears only of trials that run now.
     *
     * @throws IOException as {@link #search} does, or if the folder holds no search, or a line of
     *     its {@code trials.jsonl} is not one of its trials; the message names the line, and the
     *     file stays as it is
     */
    public static SearchResult resume(
            Path folder, DatasetLoader.Loaded data, SearchListener listener) throws IOException {
        try (TrialLog log = TrialLog.resume(folder, false)) {
            check(log.search(), data);
            return run(log, data, listener);
        }
    }

    /**
     * Checks that a search's trials and its final test can use this data.
     *
     * @throws IOException if it has no images, images of another size than 28x28, or too few for
     *     any validation size
     * @throws IllegalArgumentException if it is too small for the plan's validation size; the
     *     message says how many images may be held out
     */
    public static void check(SearchConfig search, DatasetLoader.Loaded data) throws IOException {
        DataCheck.images(data.train(), "training", data);
        DataCheck.images(data.test(), "test", data);
        DataCheck.validation(search.base().validation(), data);
    }

    /**
     * Runs the trials of a search that have not ended yet, for callers that opened its log
     * themselves. The log stays open.
     *
     * @param data has passed {@link #check}
     * @throws IOException if the machine fails (a full disk, no memory left); the search can be
     *     resumed
     */
    public static SearchResult run(TrialLog log, DatasetLoader.Loaded data, SearchListener listener)
            throws IOException {
        SearchConfig search = log.search();
        new ArbiterSearch(log, data, listener).run();
        List<Trial> ranked = log.trials().stream().sorted(Trial.ranking(search.score())).toList();
        var result = new SearchResult(search, log.folder(), ranked, null);
        if (result.best().isPresent()) {
            Trial best = result.best().get();
            if (!listener.stopRequested()) {
                result = new SearchResult(search, log.folder(), ranked, test(result, best, data));
            }
            // only a failed trial may lack its plan
            write(result, "best-plan.json", Objects.requireNonNull(best.plan()).toJson());
        }
        write(result, "report.html", Report.of(result));
        return result;
    }

    /** A resumed search does not test the same winner again. */
    private static SearchResult.Winner test(
            SearchResult result, Trial best, DatasetLoader.Loaded data) throws IOException {
        Path file = result.folder().resolve("result.json");
        if (Files.exists(file)) {
            var before = JsonFile.read(file, SearchResult.Winner.class);
            if (before.trial() == best.number()) {
                return before;
            }
        }
        ModelFile model = ModelFile.load(result.folderOf(best).resolve("best.zip"));
        var metrics = ClassificationMetrics.of(model.network(), data.test(), model.normalization());
        var winner = new SearchResult.Winner(best.number(), metrics.accuracy(), metrics.loss());
        JsonFile.write(file, winner);
        return winner;
    }

    private static void write(SearchResult result, String name, String text) throws IOException {
        AtomicFile.write(result.folder().resolve(name), text.getBytes(StandardCharsets.UTF_8));
    }
}
