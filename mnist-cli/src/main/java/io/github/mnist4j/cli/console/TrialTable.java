package io.github.mnist4j.cli.console;

import io.github.mnist4j.tune.report.Report;
import io.github.mnist4j.tune.search.SearchConfig;
import io.github.mnist4j.tune.search.Trial;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A line for each trial as it ends: how it did, the best so far, the time left. */
public final class TrialTable {
    private static final int MOST_FAILURE = 300;

    private final PrintStream out;
    private final SearchConfig search;
    private final int all;
    private int done;
    private int doneNow;
    private double firstNow = Double.NaN;
    private @Nullable Trial best;

    /**
     * @param before trials of a search that is resumed
     */
    public TrialTable(PrintStream out, SearchConfig search, List<Trial> before) {
        this.out = out;
        this.search = search;
        all = search.candidates();
        done = before.size();
        before.forEach(this::keepIfBest);
    }

    public void show(Trial trial) {
        if (doneNow == 0) {
            out.println(" trial       score        best  epochs  time left  values");
        }
        done++;
        doneNow++;
        firstNow = Double.isNaN(firstNow) ? trial.began() : firstNow;
        keepIfBest(trial);
        String values =
                search.space().searched().stream()
                        .map(n -> n + " " + trial.values().get(n))
                        .collect(Collectors.joining(", "));
        out.printf(
                Locale.ROOT,
                "%6s  %10s  %10s  %6s  %9s  %s%n",
                trial.number() + "/" + all,
                trial.outcome() == Trial.Outcome.FAILED ? "failed" : score(trial),
                best == null ? "-" : score(best),
                trial.epochs() + (trial.outcome() == Trial.Outcome.ENDED_EARLY ? "*" : ""),
                Report.time(left(trial)),
                trial.outcome() == Trial.Outcome.FAILED
                        ? shown(String.valueOf(trial.failure())) + ": " + values
                        : values);
    }

    /** A trial log may come from anybody. */
    private static String shown(String failure) {
        String line = failure.replaceAll("\\p{Cntrl}", "?");
        return line.length() <= MOST_FAILURE ? line : line.substring(0, MOST_FAILURE) + "…";
    }

    private void keepIfBest(Trial trial) {
        if (trial.outcome() != Trial.Outcome.FAILED
                && (best == null || Trial.ranking(search.score()).compare(trial, best) < 0)) {
            best = trial;
        }
    }

    /** What the trials that are left take at the pace of those of this session, or the limit. */
    private double left(Trial trial) {
        double pace = (trial.ended() - firstNow) / doneNow;
        double trials = pace * (all - done);
        return search.minutes() > 0
                ? Math.max(0, Math.min(trials, 60 * search.minutes() - trial.ended()))
                : trials;
    }

    private String score(Trial trial) {
        return Report.score(trial.score(search.score()), search.score());
    }
}
