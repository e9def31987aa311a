package io.github.mnist4j.train.chart;

import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.RangeTestResult;
import io.github.mnist4j.train.RangeTestResult.Point;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Charts of a run's history, of learning rates and of confusions. */
public final class Charts {
    private static final Color TRAIN = new Color(0x1F, 0x77, 0xB4);
    private static final Color VALIDATION = new Color(0xD9, 0x5F, 0x02);

    private Charts() {}

    /** Loss and accuracy, training and validation, epoch by epoch, side by side. */
    public static BufferedImage history(List<EpochRecord> history) {
        BufferedImage loss = BitmapEncoder.getBufferedImage(loss(history));
        BufferedImage accuracy = BitmapEncoder.getBufferedImage(accuracy(history));
        var both =
                new BufferedImage(
                        loss.getWidth() + accuracy.getWidth(),
                        loss.getHeight(),
                        BufferedImage.TYPE_INT_RGB);
        Graphics2D g = both.createGraphics();
        g.drawImage(loss, 0, 0, null);
        g.drawImage(accuracy, loss.getWidth(), 0, null);
        g.dispose();
        return both;
    }

    static XYChart loss(List<EpochRecord> history) {
        XYChart chart = chart("Loss", history, EpochRecord::trainLoss, EpochRecord::validationLoss);
        // losses fall and accuracies rise: these are the corners that stay free
        chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNE);
        return chart;
    }

    static XYChart accuracy(List<EpochRecord> history) {
        XYChart chart =
                chart(
                        "Accuracy, %",
                        history, e -> 100 * e.trainAccuracy(), e -> 100 * e.validationAccuracy());
        chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideSE);
        return chart;
    }

    private static XYChart chart(
            String title,
            List<EpochRecord> history,
            ToDoubleFunction<EpochRecord> train,
            ToDoubleFunction<EpochRecord> validation) {
        XYChart chart =
                new XYChartBuilder()
                        .width(480)
                        .height(340)
                        .title(title)
                        .xAxisTitle("epoch")
                        .build();
        var style = chart.getStyler();
        style.setChartBackgroundColor(Color.WHITE);
        style.setXAxisDecimalPattern("#");
        style.setYAxisDecimalPattern("0.###");
        style.setMarkerSize(5);
        double[] epochs = history.stream().mapToDouble(EpochRecord::epoch).toArray();
        var t = chart.addSeries("training", epochs, history.stream().mapToDouble(train).toArray());
        color(t, TRAIN);
        var v =
                chart.addSeries(
                        "validation", epochs, history.stream().mapToDouble(validation).toArray());
        color(v, VALIDATION);
        return chart;
    }

    /** Loss over learning rate, logarithmic, with the two rates that can be read off it. */
    public static BufferedImage learningRates(RangeTestResult found) {
        return BitmapEncoder.getBufferedImage(rangeTest(found));
    }

    static XYChart rangeTest(RangeTestResult found) {
        XYChart chart =
                new XYChartBuilder()
                        .width(640)
                        .height(400)
                        .title("Learning-rate range test")
                        .xAxisTitle("learning rate")
                        .yAxisTitle("loss (running mean)")
                        .build();
        var style = chart.getStyler();
        style.setChartBackgroundColor(Color.WHITE);
        style.setXAxisLogarithmic(true);
        style.setLegendPosition(Styler.LegendPosition.InsideSW);
        style.setMarkerSize(10);
        var points = found.points();
        var curve =
                chart.addSeries(
                        "loss",
                        points.stream().mapToDouble(Point::learningRate).toArray(),
                        points.stream().mapToDouble(Point::loss).toArray());
        color(curve, TRAIN);
        curve.setMarker(SeriesMarkers.NONE);
        mark(chart, "steepest", found, found.steepest(), VALIDATION);
        mark(chart, "lowest", found, found.lowest(), Color.GRAY);
        return chart;
    }

    private static void mark(
            XYChart chart, String name, RangeTestResult found, double rate, Color color) {
        double loss =
                found.points().stream()
                        .filter(p -> p.learningRate() == rate)
                        .findFirst()
                        .orElseThrow()
                        .loss();
        var mark =
                chart.addSeries(
                        String.format(Locale.ROOT, "%s, %.1e", name, rate),
                        new double[] {rate},
                        new double[] {loss});
        color(mark, color);
        mark.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
    }

    private static void color(XYSeries series, Color color) {
        series.setLineColor(color);
        series.setMarkerColor(color);
        series.setMarker(SeriesMarkers.CIRCLE);
    }

    /**
     * Rows are the true digits, columns the predicted ones; mistakes are shaded by their number.
     */
    public static BufferedImage confusion(int[][] confusion) {
        int n = confusion.length;
        int cell = 40;
        int margin = 52;
        var image =
                new BufferedImage(
                        margin + n * cell + 12, margin + n * cell + 12, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(
                RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, image.getWidth(), image.getHeight());
        int worst = 1;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                worst = i == j ? worst : Math.max(worst, confusion[i][j]);
            }
        }
        Font plain = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
        g.setFont(plain);
        g.setColor(Color.DARK_GRAY);
        g.drawString("predicted", margin + n * cell / 2 - 28, 16);
        var upright = g.getTransform();
        g.rotate(-Math.PI / 2);
        g.drawString("true", -(margin + n * cell / 2 + 12), 16);
        g.setTransform(upright);
        for (int i = 0; i < n; i++) {
            g.setColor(Color.DARK_GRAY);
            centered(g, String.valueOf(i), margin + i * cell, margin - cell + 6, cell);
            centered(g, String.valueOf(i), margin - cell + 6, margin + i * cell, cell);
            for (int j = 0; j < n; j++) {
                int count = confusion[i][j];
                float share = i == j ? 0 : (float) Math.sqrt((double) count / worst);
                g.setColor(
                        i == j
                                ? new Color(0xE3, 0xF1, 0xE6)
                                : mix(Color.WHITE, new Color(0xC6, 0x28, 0x28), share));
                g.fillRect(margin + j * cell, margin + i * cell, cell - 1, cell - 1);
                if (count > 0) {
                    g.setColor(share > 0.6 ? Color.WHITE : Color.BLACK);
                    centered(g, String.valueOf(count), margin + j * cell, margin + i * cell, cell);
                }
            }
        }
        g.dispose();
        return image;
    }

    private static void centered(Graphics2D g, String text, int x, int y, int cell) {
        var metrics = g.getFontMetrics();
        g.drawString(
                text,
                x + (cell - metrics.stringWidth(text)) / 2,
                y + (cell + metrics.getAscent()) / 2 - 2);
    }

    private static Color mix(Color a, Color b, float share) {
        return new Color(
                (int) (a.getRed() + share * (b.getRed() - a.getRed())),
                (int) (a.getGreen() + share * (b.getGreen() - a.getGreen())),
                (int) (a.getBlue() + share * (b.getBlue() - a.getBlue())));
    }
}
