package io.github.mnist4j.tune.report;

import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import io.github.mnist4j.tune.search.SearchConfig;
import io.github.mnist4j.tune.search.SearchResult;
import io.github.mnist4j.tune.search.Trial;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * A search as one self-contained HTML page: ranking, score over time, score against each
 * hyperparameter, parallel coordinates, importances and failures.
 */
public final class Report {
    private Report() {}

    /** The page as HTML text. */
    public static String of(SearchResult result) {
        var charts = new ReportCharts(result);
        String page = template();
        for (var part :
                Map.of(
                                "title", title(result.search()),
                                "summary", summary(result),
                                "winner", winner(result, charts),
                                "progress", charts.progress(),
                                "importance", importance(result),
                                "scatters", charts.scatters(),
                                "parallel", charts.parallel(),
                                "ranking", ranking(result),
                                "failures", failures(result))
                        .entrySet()) {
            page = page.replace("{{" + part.getKey() + "}}", part.getValue());
        }
        return page;
    }

    private static String template() {
        try (InputStream in = Report.class.getResourceAsStream("report.html")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String title(SearchConfig search) {
        String method = search.method().name().toLowerCase(Locale.ROOT);
        return Character.toUpperCase(method.charAt(0))
                + method.substring(1)
                + " search around "
                + Svg.escaped(search.base().model());
    }

    private static String summary(SearchResult result) {
        SearchConfig search = result.search();
        double end = result.trials().stream().mapToDouble(Trial::ended).max().orElse(0);
        SearchResult.Saving saving = result.saving();
        return String.format(
                Locale.ROOT,
                "%d trials of up to %d epochs in %s, %d at a time, on %s; seed %d. %s",
                result.trials().size(),
                search.base().epochs(),
                time(end),
                search.parallel(),
                Svg.escaped(search.base().dataset().toString().toLowerCase(Locale.ROOT)),
                search.seed(),
                saving.trials() == 0
                        ? "No trial was ended early."
                        : String.format(
                                Locale.ROOT,
                                "The median rule ended %d trial%s early and saved %d epochs, about %s.",
                                saving.trials(),
                                saving.trials() == 1 ? "" : "s",
                                saving.epochs(),
                                time(saving.seconds())));
    }

    /** A score for people: 97.76 % for an accuracy, 0.0812 for a loss. */
    public static String score(double value, Monitor monitor) {
        return monitor == Monitor.ACCURACY
                ? String.format(Locale.ROOT, "%.2f %%", 100 * value)
                : String.format(Locale.ROOT, "%.4f", value);
    }

    /** A time for people: 42 s, 3 min 05 s, 1 h 02 min. */
    public static String time(double seconds) {
        long s = Math.round(seconds);
        return s < 60
                ? s + " s"
                : s < 3600
                        ? String.format(Locale.ROOT, "%d min %02d s", s / 60, s % 60)
                        : String.format(Locale.ROOT, "%d h %02d min", s / 3600, s % 3600 / 60);
    }

    private static String winner(SearchResult result, ReportCharts charts) {
        if (result.best().isEmpty()) {
            return "<p>No trial succeeded.</p>";
        }
        Trial best = result.best().get();
        String test =
                result.winner() == null
                        ? "The search was left before its end, and the winner was not tested."
                        : String.format(
                                Locale.ROOT,
                                "On the test set, used only here: accuracy %.2f %%, loss %.4f.",
                                100 * result.winner().testAccuracy(),
                                result.winner().testLoss());
        return String.format(
                Locale.ROOT,
                "<p class=\"winner\"><b>Best is trial %d</b>, %s %s. %s<br/>%s<br/>Train it in full:"
                        + " <code>mnist train --plan best-plan.json --epochs N</code></p>",
                best.number(),
                charts.unit().replace(", %", ""),
                charts.format(best.score(result.search().score())),
                test,
                Svg.escaped(words(best.values())));
    }

    private static String words(Map<String, Object> values) {
        return String.join(
                ", ",
                values.entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList());
    }

    private static String importance(SearchResult result) {
        return Importance.of(result)
                .map(
                        i ->
                                ReportCharts.importance(i)
                                        + String.format(
                                                Locale.ROOT,
                                                "<p class=\"note\">Permutation importance: the share of each hyperparameter in"
                                                        + " what a random forest explains of the ranks of held-out trials, which is"
                                                        + " %.0f %% of their variance.</p>",
                                                100 * i.explained()))
                .orElse(
                        "<p>Unknown: there are too few trials, or a random forest cannot predict their ranks.</p>");
    }

    private static String ranking(SearchResult result) {
        List<String> names = result.search().space().searched();
        var table = new StringBuilder("<table><tr><th></th><th>trial</th>");
        table.append("<th>accuracy</th><th>loss</th><th>epochs</th><th>time</th>");
        names.forEach(n -> table.append("<th>").append(n).append("</th>"));
        table.append("</tr>\n");
        int rank = 1;
        for (Trial t : result.finished()) {
            table.append(
                    String.format(
                            Locale.ROOT,
                            "<tr><td>%d</td><td>%d</td><td>%.2f %%</td><td>%.4f</td><td>%d%s</td><td>%s</td>",
                            rank++,
                            t.number(),
                            100 * t.score(Monitor.ACCURACY),
                            t.score(Monitor.LOSS),
                            t.epochs(),
                            t.outcome() == Trial.Outcome.ENDED_EARLY ? ", ended" : "",
                            time(t.seconds())));
            names.forEach(
                    n ->
                            table.append("<td>")
                                    .append(Svg.escaped(String.valueOf(t.values().get(n))))
                                    .append("</td>"));
            table.append("</tr>\n");
        }
        return table.append("</table>").toString();
    }

    private static String failures(SearchResult result) {
        List<Trial> failed =
                result.trials().stream().filter(t -> t.outcome() == Trial.Outcome.FAILED).toList();
        if (failed.isEmpty()) {
            return "<p>None.</p>";
        }
        var table =
                new StringBuilder("<table><tr><th>trial</th><th>why</th><th>values</th></tr>\n");
        for (Trial t : failed) {
            table.append(
                    String.format(
                            Locale.ROOT,
                            "<tr><td>%d</td><td class=\"text\">%s</td><td class=\"text\">%s</td></tr>%n",
                            t.number(),
                            Svg.escaped(Objects.requireNonNull(t.failure())),
                            Svg.escaped(words(t.values()))));
        }
        return table.append("</table>").toString();
    }
}
