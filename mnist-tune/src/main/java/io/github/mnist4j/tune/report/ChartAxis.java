package io.github.mnist4j.tune.report;

import io.github.mnist4j.tune.search.SearchSpace;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * One axis of a chart.
 *
 * @param position maps a value to 0 to 1 along the axis
 * @param ticks the labels along it
 */
record ChartAxis(Function<Object, Double> position, List<Tick> ticks) {
    /**
     * @param at its position, 0 to 1
     */
    record Tick(double at, String label) {}

    /** The axis of a hyperparameter: numbers on their scale, words evenly spaced. */
    static ChartAxis of(SearchSpace.Values values) {
        if (values instanceof SearchSpace.Range r) {
            return r.log() ? logarithmic(r.from(), r.to()) : linear(r.from(), r.to(), r.whole());
        }
        List<Object> choices = ((SearchSpace.Choice) values).values();
        double last = Math.max(1, choices.size() - 1);
        return new ChartAxis(
                v -> choices.indexOf(v) / last,
                IntStream.range(0, choices.size())
                        .mapToObj(i -> new Tick(i / last, String.valueOf(choices.get(i))))
                        .toList());
    }

    /** A linear axis. Values beyond its ends are drawn at its ends. */
    static ChartAxis linear(double from, double to) {
        return linear(from, to, false);
    }

    private static ChartAxis linear(double from, double to, boolean whole) {
        double span = to > from ? to - from : 1;
        Function<Object, Double> position =
                v -> Math.max(0, Math.min(1, (((Number) v).doubleValue() - from) / span));
        double step = Math.pow(10, Math.floor(Math.log10(span)));
        step = span / step >= 5 ? step : span / step >= 2 ? step / 2 : step / 5;
        step = whole ? Math.max(1, Math.rint(step)) : step;
        var ticks = new ArrayList<Tick>();
        for (long i = (long) Math.ceil(from / step - 1e-9); i * step <= to + 1e-9 * span; i++) {
            ticks.add(new Tick(position.apply(i * step), number(i * step)));
        }
        return new ChartAxis(position, ticks);
    }

    /**
     * The same axis, with room at both ends.
     *
     * @param room at each end, as a part of the whole: 0 to 0.5
     */
    ChartAxis inset(double room) {
        double scale = 1 - 2 * room;
        return new ChartAxis(
                v -> room + scale * position.apply(v),
                ticks.stream().map(t -> new Tick(room + scale * t.at, t.label)).toList());
    }

    private static ChartAxis logarithmic(double from, double to) {
        ChartAxis exponents = linear(Math.log10(from), Math.log10(to));
        Function<Object, Double> position =
                v -> exponents.position.apply(Math.log10(((Number) v).doubleValue()));
        var ticks = new ArrayList<Tick>();
        ticks.add(new Tick(0, number(from)));
        for (int e = (int) Math.floor(Math.log10(from)) + 1; Math.pow(10, e) < to; e++) {
            double at = position.apply(Math.pow(10, e));
            if (at > 0.15 && at < 0.85) {
                ticks.add(new Tick(at, number(Math.pow(10, e))));
            }
        }
        ticks.add(new Tick(1, number(to)));
        return new ChartAxis(position, ticks);
    }

    /** A number as short as possible: 0.25, 64, 1e-4. */
    static String number(double value) {
        if (value != 0 && Math.abs(value) < 1e-3) {
            return String.format(Locale.ROOT, "%.1e", value)
                    .replace(".0e", "e")
                    .replace("e-0", "e-");
        }
        String text = String.format(Locale.ROOT, "%.4f", value);
        return text.replaceFirst("\\.?0+$", "");
    }
}
