package io.github.mnist4j.tune.report;

/** A drawing with two axes. */
final class Plot {
    /** Room for the labels of the vertical axis. */
    static final int MARGIN = 46;

    private static final int TOP = 12;

    private final Svg svg;
    private final int width;
    private final int bottom;
    private final ChartAxis horizontal;
    private final ChartAxis vertical;

    /**
     * @param below the horizontal axis's name
     * @param beside the vertical axis's name; empty for none
     */
    Plot(
            int width,
            int height,
            ChartAxis horizontal,
            ChartAxis vertical,
            String below,
            String beside) {
        svg = new Svg(width, height);
        this.width = width;
        this.horizontal = horizontal;
        this.vertical = vertical;
        bottom = height - 38;
        int right = width - 8;
        for (ChartAxis.Tick tick : vertical.ticks()) {
            double y = down(tick.at());
            add(
                    "<path class=\"grid\" d=\"M%d %.1f H%d\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                    MARGIN, y, right, MARGIN - 5, y + 4, tick.label());
        }
        for (ChartAxis.Tick tick : horizontal.ticks()) {
            add(
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                    across(tick.at()), bottom + 15, Svg.escaped(tick.label()));
        }
        add(
                "<path class=\"axis\" d=\"M%d %d V%d H%d\"/><text x=\"%d\" y=\"%d\" text-anchor=\"middle\""
                        + " font-weight=\"bold\">%s</text>",
                MARGIN, TOP, bottom, right, (MARGIN + width) / 2, height - 6, below);
        if (!beside.isEmpty()) {
            add("<text x=\"%d\" y=\"9\">%s</text>", MARGIN + 6, beside);
        }
    }

    /** Pixels from the left to a value of the horizontal axis. */
    double x(Object value) {
        return across(horizontal.position().apply(value));
    }

    /** Pixels from the top to a value of the vertical axis. */
    double y(double value) {
        return down(vertical.position().apply(value));
    }

    private double across(double position) {
        return MARGIN + position * (width - MARGIN - 16);
    }

    private double down(double position) {
        return bottom - position * (bottom - TOP);
    }

    /** Adds elements, as {@link Svg#add} does. */
    @SuppressWarnings("AnnotateFormatMethod")
    void add(String elements, Object... arguments) {
        svg.add(elements, arguments);
    }

    @Override
    public String toString() {
        return svg.toString();
    }
}
