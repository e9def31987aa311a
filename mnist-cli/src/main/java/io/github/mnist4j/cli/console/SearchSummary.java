package io.github.mnist4j.cli.console;

import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.train.backend.Failure;
import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import io.github.mnist4j.tune.report.Report;
import io.github.mnist4j.tune.search.SearchResult;
import io.github.mnist4j.tune.search.Trial;
import java.io.IOException;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Objects;

/** What a search came to: its winner, what early ending saved, and where things are. */
public final class SearchSummary {
    private final SearchResult result;
    private final Trial best;
    private final SearchResult.Winner winner;

    /**
     * @throws IOException if no trial has a model
     */
    public SearchSummary(SearchResult result) throws IOException {
        this.result = result;
        if (result.trials().isEmpty()) {
            throw new IOException("no trial started within the time");
        }
        best =
                result.best()
                        .orElseThrow(
                                () ->
                                        new IOException(
                                                "every trial failed, the first of them: "
                                                        + result.trials().get(0).failure()));
        winner = Objects.requireNonNull(result.winner(), "a search that ended has a winner");
    }

    /** For people. */
    public void print(PrintStream out) {
        SearchResult.Saving saving = result.saving();
        if (saving.trials() > 0) {
            out.printf(
                    Locale.ROOT,
                    "* Ended early: %d of %d trials, which saved %d epochs, about %s%n",
                    saving.trials(),
                    result.trials().size(),
                    saving.epochs(),
                    Report.time(saving.seconds()));
        }
        out.printf(
                Locale.ROOT,
                "Best is trial %d: validation accuracy %.2f %%, loss %.4f; test accuracy %.2f %%, measured once%n",
                best.number(),
                100 * best.score(Monitor.ACCURACY),
                best.score(Monitor.LOSS),
                100 * winner.testAccuracy());
        out.printf(
                Locale.ROOT,
                "Its model is %s%nTrain it in full: mnist train --plan %s --epochs N%nReport    %s%n",
                Failure.printable(result.folderOf(best).resolve("best.zip").toString()),
                Failure.printable(result.folder().resolve("best-plan.json").toString()),
                Failure.printable(result.folder().resolve("report.html").toString()));
    }

    /** The winner's score, for programs. */
    public String score() {
        return String.format(Locale.ROOT, "%.4f", best.score(result.search().score()));
    }

    /** The winner as one line of JSON. */
    public String json() {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("trial", best.number());
        tree.put("validationAccuracy", best.score(Monitor.ACCURACY));
        tree.put("validationLoss", best.score(Monitor.LOSS));
        tree.put("testAccuracy", winner.testAccuracy());
        tree.put("testLoss", winner.testLoss());
        tree.put("values", best.values());
        tree.put("trials", result.trials().size());
        tree.put("folder", result.folder().toString());
        return JsonFile.line(tree);
    }
}
