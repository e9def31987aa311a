package io.github.mnist4j.tune.report;

import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import io.github.mnist4j.tune.search.SearchResult;
import io.github.mnist4j.tune.search.SearchSpace;
import io.github.mnist4j.tune.search.Trial;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The report's charts, as SVG that stands in the page itself. */
final class ReportCharts {
    private final SearchSpace space;
    private final Monitor monitor;

    /** The trials that have a score, the best first. */
    private final List<Trial> ranked;

    private final ChartAxis score;

    ReportCharts(SearchResult result) {
        space = result.search().space();
        monitor = result.search().score();
        ranked = result.finished();
        score = scoreAxis();
    }

    /**
     * From the best score to a little beyond the worst, but at most four times as far as to the
     * median: trials that learned nothing stand at the edge instead of squeezing the others.
     */
    private ChartAxis scoreAxis() {
        if (ranked.isEmpty()) {
            return ChartAxis.linear(0, 1);
        }
        double best = shown(ranked.get(0));
        double median = shown(ranked.get(ranked.size() / 2));
        double worst = shown(ranked.get(ranked.size() - 1));
        double far = best + 4 * (median - best);
        double end = monitor == Monitor.ACCURACY ? Math.max(far, worst) : Math.min(far, worst);
        double low = Math.min(best, end);
        double high = Math.max(best, end);
        double room = high > low ? 0.04 * (high - low) : 0.01;
        return ChartAxis.linear(low - room, high + room);
    }

    private double shown(Trial trial) {
        double value = trial.score(monitor);
        return monitor == Monitor.ACCURACY ? 100 * value : value;
    }

    /** The name of the score's axis. */
    String unit() {
        return monitor == Monitor.ACCURACY ? "validation accuracy, %" : "validation loss";
    }

    String format(double value) {
        return Report.score(value, monitor);
    }

    /** Every trial at the time it ended, and the best score so far. */
    String progress() {
        double minutes = ranked.stream().mapToDouble(Trial::ended).max().orElse(60) / 60;
        var plot = new Plot(960, 280, ChartAxis.linear(0, minutes), score, "minutes", unit());
        List<Trial> inTime =
                ranked.stream().sorted(Comparator.comparingDouble(Trial::ended)).toList();
        var steps = new ArrayList<String>();
        Trial best = null;
        for (Trial t : inTime) {
            if (best == null || t.gain(monitor) > best.gain(monitor)) {
                double x = plot.x(t.ended() / 60);
                if (best != null) {
                    steps.add(point(x, plot.y(shown(best))));
                }
                steps.add(point(x, plot.y(shown(t))));
                best = t;
            }
        }
        if (best != null) {
            steps.add(point(plot.x(minutes), plot.y(shown(best))));
            plot.add("<path class=\"best\" d=\"M%s\"/>", String.join(" L", steps));
        }
        inTime.forEach(t -> dot(plot, t, plot.x(t.ended() / 60)));
        return plot.toString();
    }

    private static String point(double x, double y) {
        return String.format(Locale.ROOT, "%.1f %.1f", x, y);
    }

    /** A small chart of the score against each hyperparameter. */
    String scatters() {
        var all = new StringBuilder();
        for (String name : space.searched()) {
            ChartAxis axis = ChartAxis.of(space.values(name));
            boolean words = space.values(name) instanceof SearchSpace.Choice;
            var plot = new Plot(310, 210, words ? axis.inset(0.12) : axis, score, name, "");
            for (Trial t : ranked) {
                // dots of the same word would hide each other
                double aside = words ? ((t.number() * 7) % 13 - 6) * 1.5 : 0;
                dot(plot, t, plot.x(t.value(name)) + aside);
            }
            all.append(plot).append('\n');
        }
        return all.toString();
    }

    private void dot(Plot plot, Trial t, double x) {
        boolean early = t.outcome() == Trial.Outcome.ENDED_EARLY;
        plot.add(
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" %s=\"%s\"><title>%s</title></circle>",
                x,
                plot.y(shown(t)),
                early ? "class=\"early\" stroke" : "fill",
                color(t),
                tooltip(t));
    }

    /** Each trial as a line through its hyperparameters to its score. */
    String parallel() {
        List<String> names = space.searched();
        var axes = new ArrayList<ChartAxis>();
        names.forEach(n -> axes.add(ChartAxis.of(space.values(n))));
        axes.add(score);
        int step = Math.max(88, 860 / names.size());
        int top = 40;
        int bottom = 310;
        var svg = new Svg(2 * Plot.MARGIN + step * names.size(), bottom + 20);
        // the best ones are drawn last, above the others
        for (int rank = ranked.size() - 1; rank >= 0; rank--) {
            Trial t = ranked.get(rank);
            var line = new ArrayList<String>();
            for (int i = 0; i < axes.size(); i++) {
                Object value = i < names.size() ? t.value(names.get(i)) : shown(t);
                double y = bottom - axes.get(i).position().apply(value) * (bottom - top);
                line.add(String.format(Locale.ROOT, "%d,%.1f", Plot.MARGIN + i * step, y));
            }
            svg.add(
                    "<polyline class=\"line\" stroke=\"%s\" points=\"%s\"><title>%s</title></polyline>",
                    color(t), String.join(" ", line), tooltip(t));
        }
        for (int i = 0; i < axes.size(); i++) {
            int x = Plot.MARGIN + i * step;
            svg.add(
                    "<path class=\"axis\" d=\"M%1$d %2$d V%3$d\"/><text x=\"%1$d\" y=\"%4$d\" text-anchor=\"middle\""
                            + " font-weight=\"bold\">%5$s</text>",
                    x,
                    top,
                    bottom,
                    i % 2 == 0 ? 12 : 28,
                    i < names.size() ? names.get(i) : "score");
            for (ChartAxis.Tick tick : axes.get(i).ticks()) {
                svg.add(
                        "<text x=\"%d\" y=\"%.1f\">%s</text>",
                        x + 4, bottom - tick.at() * (bottom - top) + 4, Svg.escaped(tick.label()));
            }
        }
        return svg.toString();
    }

    /** Bars of the hyperparameters' shares in what the forest explains. */
    static String importance(Importance importance) {
        int row = 22;
        var svg = new Svg(640, row * importance.byName().size() + 6);
        int top = 4;
        for (var entry : importance.byName().entrySet()) {
            double length = 430 * entry.getValue();
            svg.add(
                    "<text x=\"130\" y=\"%d\" text-anchor=\"end\">%s</text><rect class=\"bar\" x=\"138\" y=\"%d\""
                            + " width=\"%.1f\" height=\"14\"/><text x=\"%.1f\" y=\"%d\">%.0f %%</text>",
                    top + 12,
                    entry.getKey(),
                    top,
                    length,
                    144 + length,
                    top + 12,
                    100 * entry.getValue());
            top += row;
        }
        return svg.toString();
    }

    /** From gray for the worst to blue for the best. */
    private String color(Trial trial) {
        double share = ranked.size() < 2 ? 0 : (double) ranked.indexOf(trial) / (ranked.size() - 1);
        double pale = Math.pow(share, 0.6);
        return String.format(
                Locale.ROOT,
                "#%02x%02x%02x",
                (int) (0x08 + pale * (0xDD - 0x08)),
                (int) (0x45 + pale * (0xDD - 0x45)),
                (int) (0x94 + pale * (0xE0 - 0x94)));
    }

    private String tooltip(Trial t) {
        return Svg.escaped(
                "trial " + t.number() + ": " + format(t.score(monitor)) + ", " + t.values());
    }
}
