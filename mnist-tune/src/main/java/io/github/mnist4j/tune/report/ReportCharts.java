package io.github.mnist4j.tune.report;

import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import io.github.mnist4j.tune.search.SearchResult;
import io.github.mnist4j.tune.search.SearchSpace;
import io.github.mnist4j.tune.search.Trial;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The report's charts, as SVG: lines of text that every browser draws, without a network. */
final class ReportCharts {
    private static final int MARGIN = 46;

    private final SearchResult result;
    private final Monitor monitor;

    /** That have a score, the best first. */
    private final List<Trial> ranked;

    private final ChartAxis score;

    ReportCharts(SearchResult result) {
        this.result = result;
        monitor = result.search().score();
        ranked = result.finished();
        score = scoreAxis();
    }

    /**
     * From the best to a little beyond the worst, or, where some learnt nothing, to where four
     * times the distance from the best to the median ends: what is worse stands at the edge.
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

    /** What the score's axis is called. */
    String unit() {
        return monitor == Monitor.ACCURACY ? "validation accuracy, %" : "validation loss";
    }

    String format(double value) {
        return Report.score(value, monitor);
    }

    /** Every trial at the time at which it ended, and the best so far. */
    String progress() {
        double minutes = ranked.stream().mapToDouble(Trial::ended).max().orElse(60) / 60;
        var plot = new Plot(960, 280, ChartAxis.linear(0, minutes), score, "minutes", unit());
        var line = new StringBuilder();
        Trial best = null;
        List<Trial> inTime =
                ranked.stream().sorted(Comparator.comparingDouble(Trial::ended)).toList();
        for (Trial t : inTime) {
            double x = plot.x(t.ended() / 60);
            if (best == null || t.gain(monitor) > best.gain(monitor)) {
                if (best != null) {
                    line.append(String.format(Locale.ROOT, " L%.1f %.1f", x, plot.y(shown(best))));
                }
                best = t;
                line.append(
                        String.format(
                                Locale.ROOT,
                                " %s%.1f %.1f",
                                line.isEmpty() ? "M" : "L",
                                x,
                                plot.y(shown(t))));
            }
        }
        if (best != null) {
            line.append(
                    String.format(
                            Locale.ROOT, " L%.1f %.1f", plot.x(minutes), plot.y(shown(best))));
            plot.add("<path class=\"best\" d=\"" + line.toString().trim() + "\"/>");
        }
        inTime.forEach(t -> plot.dot(t, plot.x(t.ended() / 60)));
        return plot.svg();
    }

    /** Score against each hyperparameter, one small chart each. */
    String scatters() {
        var all = new StringBuilder();
        for (String name : result.search().space().searched()) {
            ChartAxis axis = axis(name);
            boolean words =
                    result.search().space().parameters().get(name) instanceof SearchSpace.Choice;
            var plot = new Plot(310, 210, words ? inset(axis) : axis, score, name, "");
            for (Trial t : ranked) {
                // equal values would hide each other
                double aside = words ? ((t.number() * 7) % 13 - 6) * 1.5 : 0;
                plot.dot(t, plot.x(t.values().get(name)) + aside);
            }
            all.append(plot.svg()).append('\n');
        }
        return all.toString();
    }

    private ChartAxis axis(String name) {
        return ChartAxis.of(result.search().space().parameters().get(name));
    }

    private static ChartAxis inset(ChartAxis axis) {
        return new ChartAxis(
                v -> 0.12 + 0.76 * axis.position().apply(v),
                axis.ticks().stream()
                        .map(t -> new ChartAxis.Tick(0.12 + 0.76 * t.at(), t.label()))
                        .toList());
    }

    /** A line a trial through all hyperparameters to its score. */
    String parallel() {
        List<String> names = result.search().space().searched();
        var axes = new ArrayList<ChartAxis>();
        names.forEach(n -> axes.add(axis(n)));
        axes.add(score);
        int step = Math.max(88, 860 / names.size());
        int height = 330;
        int top = 40;
        int bottom = height - 20;
        var svg = new StringBuilder(open(2 * MARGIN + step * names.size(), height));
        List<Trial> worstFirst = new ArrayList<>(ranked);
        Collections.reverse(worstFirst);
        for (Trial t : worstFirst) {
            var line = new StringBuilder();
            for (int i = 0; i < axes.size(); i++) {
                Object value = i < names.size() ? t.values().get(names.get(i)) : shown(t);
                line.append(
                        String.format(
                                Locale.ROOT,
                                "%d,%.1f ",
                                MARGIN + i * step,
                                bottom - axes.get(i).position().apply(value) * (bottom - top)));
            }
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<polyline class=\"line\" stroke=\"%s\" points=\"%s\"><title>%s</title></polyline>%n",
                            colour(t),
                            line.toString().trim(),
                            Report.escaped(tooltip(t))));
        }
        for (int i = 0; i < axes.size(); i++) {
            int x = MARGIN + i * step;
            String name = i < names.size() ? names.get(i) : "score";
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<path class=\"axis\" d=\"M%d %d V%d\"/><text x=\"%d\" y=\"%d\" text-anchor=\"middle\""
                                    + " font-weight=\"bold\">%s</text>%n",
                            x,
                            top,
                            bottom,
                            x,
                            i % 2 == 0 ? 12 : 28,
                            name));
            for (ChartAxis.Tick tick : axes.get(i).ticks()) {
                svg.append(
                        String.format(
                                Locale.ROOT,
                                "<text x=\"%d\" y=\"%.1f\">%s</text>%n",
                                x + 4,
                                bottom - tick.at() * (bottom - top) + 4,
                                Report.escaped(tick.label())));
            }
        }
        return svg.append("</svg>").toString();
    }

    /** Shares of the hyperparameters in what the forest explains. */
    static String importance(Importance importance) {
        int row = 22;
        var svg = new StringBuilder(open(640, row * importance.byName().size() + 6));
        int y = 4;
        for (var entry : importance.byName().entrySet()) {
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<text x=\"130\" y=\"%d\" text-anchor=\"end\">%s</text><rect class=\"bar\" x=\"138\" y=\"%d\""
                                    + " width=\"%.1f\" height=\"14\"/><text x=\"%.1f\" y=\"%d\">%.0f %%</text>%n",
                            y + 12,
                            entry.getKey(),
                            y,
                            430 * entry.getValue(),
                            144 + 430 * entry.getValue(),
                            y + 12,
                            100 * entry.getValue()));
            y += row;
        }
        return svg.append("</svg>").toString();
    }

    private static String open(int width, int height) {
        return String.format(
                Locale.ROOT,
                "<svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\">%n",
                width,
                height,
                width,
                height);
    }

    /** From grey for the worst to blue for the best. */
    private String colour(Trial trial) {
        double share = ranked.size() < 2 ? 0 : (double) ranked.indexOf(trial) / (ranked.size() - 1);
        double pale = Math.pow(share, 0.6);
        return String.format(
                Locale.ROOT,
                "#%02x%02x%02x",
                (int) (0x08 + pale * (0xDD - 0x08)),
                (int) (0x45 + pale * (0xDD - 0x45)),
                (int) (0x94 + pale * (0xE0 - 0x94)));
    }

    private String tooltip(Trial trial) {
        return "trial "
                + trial.number()
                + ": "
                + format(trial.score(monitor))
                + ", "
                + trial.values();
    }

    /** Two axes and what stands between them. */
    private final class Plot {
        private static final int TOP = 12;
        private final StringBuilder body = new StringBuilder();
        private final int width;
        private final int height;
        private final ChartAxis horizontal;
        private final ChartAxis vertical;

        Plot(
                int width,
                int height,
                ChartAxis horizontal,
                ChartAxis vertical,
                String below,
                String beside) {
            this.width = width;
            this.height = height;
            this.horizontal = horizontal;
            this.vertical = vertical;
            int bottom = height - 38;
            for (ChartAxis.Tick tick : vertical.ticks()) {
                double y = bottom - tick.at() * (bottom - TOP);
                add(
                        String.format(
                                Locale.ROOT,
                                "<path class=\"grid\" d=\"M%d %.1f H%d\"/><text x=\"%d\" y=\"%.1f\""
                                        + " text-anchor=\"end\">%s</text>",
                                MARGIN,
                                y,
                                width - 8,
                                MARGIN - 5,
                                y + 4,
                                tick.label()));
            }
            for (ChartAxis.Tick tick : horizontal.ticks()) {
                add(
                        String.format(
                                Locale.ROOT,
                                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                                MARGIN + tick.at() * (width - MARGIN - 16),
                                bottom + 15,
                                Report.escaped(tick.label())));
            }
            add(
                    String.format(
                            Locale.ROOT,
                            "<path class=\"axis\" d=\"M%d %d V%d H%d\"/><text x=\"%d\" y=\"%d\""
                                    + " text-anchor=\"middle\" font-weight=\"bold\">%s</text>",
                            MARGIN,
                            TOP,
                            bottom,
                            width - 8,
                            (MARGIN + width) / 2,
                            height - 6,
                            below));
            if (!beside.isEmpty()) {
                add(
                        String.format(
                                Locale.ROOT,
                                "<text x=\"%d\" y=\"9\">%s</text>",
                                MARGIN + 6,
                                beside));
            }
        }

        double x(Object value) {
            return MARGIN + horizontal.position().apply(value) * (width - MARGIN - 16);
        }

        double y(double value) {
            int bottom = height - 38;
            return bottom - vertical.position().apply(value) * (bottom - TOP);
        }

        void add(String element) {
            body.append(element).append('\n');
        }

        void dot(Trial t, double x) {
            boolean early = t.outcome() == Trial.Outcome.ENDED_EARLY;
            add(
                    String.format(
                            Locale.ROOT,
                            "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" %s><title>%s</title></circle>",
                            x,
                            y(shown(t)),
                            early
                                    ? "class=\"early\" stroke=\"" + colour(t) + "\""
                                    : "fill=\"" + colour(t) + "\"",
                            Report.escaped(tooltip(t))));
        }

        String svg() {
            return open(width, height) + body + "</svg>";
        }
    }
}
