package io.github.mnist4j.train.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.RangeTestResult;
import io.github.mnist4j.train.RangeTestResult.Point;
import java.awt.Color;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;

/** What the charts show: their data, and where it is on the image. */
class ChartsTest {
    private static final Color BLUE = new Color(0x1F, 0x77, 0xB4);
    private static final Color ORANGE = new Color(0xD9, 0x5F, 0x02);
    private static final Color GREEN = new Color(0x1B, 0x7F, 0x3B);
    private static final Color RED = new Color(0xC6, 0x28, 0x28);

    private static final List<EpochRecord> HISTORY =
            List.of(
                    new EpochRecord(1, 1.0, 0.60, 0.8, 0.70, 0.001, 2),
                    new EpochRecord(2, 0.5, 0.80, 0.6, 0.85, 0.001, 2),
                    new EpochRecord(3, 0.2, 0.98, 0.7, 0.82, 0.001, 2));

    private static void assertSeries(XYChart chart, String name, double[] x, double[] y) {
        var series = chart.getSeriesMap().get(name);
        assertThat(series.getXData()).containsExactly(x);
        assertThat(series.getYData()).containsExactly(y, within(1e-9));
    }

    @Test
    void theHistoryHasTrainingAndValidationByEpoch() {
        double[] epochs = {1, 2, 3};
        XYChart loss = Charts.loss(HISTORY);
        assertThat(loss.getTitle()).isEqualTo("Loss");
        assertThat(loss.getXAxisTitle()).isEqualTo("epoch");
        assertThat(loss.getSeriesMap()).containsOnlyKeys("training", "validation");
        assertSeries(loss, "training", epochs, new double[] {1.0, 0.5, 0.2});
        assertSeries(loss, "validation", epochs, new double[] {0.8, 0.6, 0.7});
        XYChart accuracy = Charts.accuracy(HISTORY);
        assertThat(accuracy.getTitle()).isEqualTo("Accuracy, %");
        assertThat(accuracy.getXAxisTitle()).isEqualTo("epoch");
        assertSeries(accuracy, "training", epochs, new double[] {60, 80, 98});
        assertSeries(accuracy, "validation", epochs, new double[] {70, 85, 82});
    }

    /** Both curves of one half of the image hang on one scale. */
    @Test
    void theHistorysImageHasTheLossLeftAndTheAccuracyRight() {
        BufferedImage image = Charts.history(HISTORY);
        int half = image.getWidth() / 2;
        assertCurves(image.getSubimage(0, 0, half, image.getHeight()), 1.0, 0.2, 0.8, 0.7);
        assertCurves(image.getSubimage(half, 0, half, image.getHeight()), 60, 98, 70, 82);
    }

    private static void assertCurves(
            BufferedImage chart,
            double trainFirst,
            double trainLast,
            double validationFirst,
            double validationLast) {
        double train = end(chart, BLUE, true);
        double pixelsPerUnit = (end(chart, BLUE, false) - train) / (trainLast - trainFirst);
        assertThat(pixelsPerUnit).as("larger is higher").isNegative();
        assertThat(end(chart, ORANGE, true))
                .isCloseTo(train + pixelsPerUnit * (validationFirst - trainFirst), within(2.5));
        assertThat(end(chart, ORANGE, false))
                .isCloseTo(train + pixelsPerUnit * (validationLast - trainFirst), within(2.5));
    }

    /** The height of a curve's first or last marker; legends stand between the two. */
    private static double end(BufferedImage chart, Color color, boolean first) {
        Rectangle all = bounds(chart, color, new Rectangle(chart.getWidth(), chart.getHeight()));
        int x = first ? all.x : all.x + all.width - 2;
        return bounds(chart, color, new Rectangle(x, 0, 2, chart.getHeight())).getCenterY();
    }

    /** Where the pixels of exactly this color are. */
    private static Rectangle bounds(BufferedImage image, Color color, Rectangle within) {
        Rectangle bounds = null;
        for (int y = within.y; y < within.y + within.height; y++) {
            for (int x = within.x; x < within.x + within.width; x++) {
                if (image.getRGB(x, y) == color.getRGB()) {
                    var pixel = new Rectangle(x, y, 1, 1);
                    bounds = bounds == null ? pixel : bounds.union(pixel);
                }
            }
        }
        assertThat(bounds).as("pixels of %s", color).isNotNull();
        return bounds;
    }

    /** A valley from 0.0001 to 1: steepest at 0.01, lowest at 0.1. */
    private static RangeTestResult valley() {
        double[] losses = {2.3, 2.2, 1.5, 0.5, 2.0};
        return RangeTestResult.of(
                IntStream.range(0, 5)
                        .mapToObj(i -> new Point(Math.pow(10, i - 4), losses[i]))
                        .toList());
    }

    @Test
    void theRangeTestHasItsCurveAndBothRates() {
        XYChart chart = Charts.rangeTest(valley());
        assertThat(chart.getXAxisTitle()).isEqualTo("learning rate");
        assertThat(chart.getYAxisTitle()).isEqualTo("loss (running mean)");
        assertThat(chart.getSeriesMap())
                .containsOnlyKeys("loss", "steepest, 1.0e-02", "lowest, 1.0e-01");
        assertThat(chart.getSeriesMap().get("loss").getYData())
                .containsExactly(2.3, 2.2, 1.5, 0.5, 2.0);
        assertThat(chart.getSeriesMap().get("lowest, 1.0e-01").getYData()).containsExactly(0.5);
    }

    @Test
    void theRangeTestsImageHasALogarithmicAxis() {
        BufferedImage image = Charts.learningRates(valley());
        // all but the lower left, where the legend is
        Rectangle ends = bounds(image, BLUE, new Rectangle(image.getWidth(), 200));
        int third = image.getWidth() / 3;
        var right = new Rectangle(third, 0, image.getWidth() - third, image.getHeight());
        Rectangle valley = bounds(image, BLUE, right);
        Rectangle steepest = bounds(image, ORANGE, right);
        // the second of four decades ends in the middle
        assertThat(steepest.getCenterX()).isCloseTo(ends.getCenterX(), within(3.0));
        double height = valley.getMaxY() - ends.y;
        assertThat(steepest.getCenterY())
                .isCloseTo(ends.y + (2.3 - 1.5) / (2.3 - 0.5) * height, within(0.05 * height));
    }

    @Test
    void theConfusionMatrixHasTrueDigitsInRows() {
        int[][] confusion = new int[10][10];
        for (int i = 0; i < 10; i++) {
            confusion[i][i] = 100;
        }
        confusion[3][5] = 16;
        confusion[7][1] = 4;
        BufferedImage image = Charts.confusion(confusion);
        assertThat(cell(image, 0, 0)).isEqualTo(new Color(0xE3, 0xF1, 0xE6));
        assertThat(cell(image, 3, 5)).as("the worst").isEqualTo(RED);
        assertThat(cell(image, 5, 3)).isEqualTo(Color.WHITE);
        // the shade goes by the root: half of the way from white
        assertThat(cell(image, 7, 1)).isEqualTo(new Color(226, 147, 147));
        assertThat(colors(image, 52 + 1 * 40, 52 + 7 * 40)).as("its number").isGreaterThan(1);
        assertThat(colors(image, 52 + 7 * 40, 52 + 1 * 40)).as("an empty cell").isEqualTo(1);
    }

    private static Color cell(BufferedImage image, int row, int column) {
        return new Color(image.getRGB(52 + column * 40 + 2, 52 + row * 40 + 2));
    }

    /** How many colors a cell of the confusion matrix has. */
    private static long colors(BufferedImage image, int x, int y) {
        int[] pixels = image.getRGB(x, y, 39, 39, null, 0, 39);
        return IntStream.of(pixels).distinct().count();
    }

    @Test
    void aSheetHasDarkDigitsWithTheirCaptions() {
        byte[] pixels = new byte[2 * 28 * 28];
        pixels[28 * 28] = (byte) 255; // the second image's first pixel is ink
        var set = new DigitSet(28, 28, pixels, new byte[] {1, 2});
        BufferedImage sheet =
                DigitSheets.grid(
                        set,
                        1,
                        2,
                        i -> new DigitSheets.Caption(i == 0 ? "right" : "wrong", i == 0));
        // two pixels for each of an image's, 8 between images
        assertThat(new Color(sheet.getRGB(8, 8))).isEqualTo(Color.WHITE);
        assertThat(new Color(sheet.getRGB(8 + 56 + 8, 8))).isEqualTo(Color.BLACK);
        assertThat(new Color(sheet.getRGB(8 + 56 + 8 + 1, 9))).isEqualTo(Color.BLACK);
        assertThat(new Color(sheet.getRGB(8 + 56 + 8 + 2, 8))).isEqualTo(Color.WHITE);
        var whole = new Rectangle(sheet.getWidth(), sheet.getHeight());
        assertThat(bounds(sheet, GREEN, whole).getMaxX()).isLessThanOrEqualTo(8 + 56 + 4);
        assertThat(bounds(sheet, RED, whole).getMinX()).isGreaterThanOrEqualTo(8 + 56 + 4);
        assertThat(bounds(sheet, RED, whole).getMinY()).isGreaterThanOrEqualTo(8 + 56);
    }
}
