package io.github.mnist4j.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.mnist4j.data.synthetic.DigitGenerator;
import io.github.mnist4j.lite.Prediction;
import io.github.mnist4j.lite.Reading;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What people show a reader: images of every kind, drawn here, and what is right for each. */
class ReadingTest {
    private static final String SEVEN_WITH_BAR =
            "0.05,0.08 0.5,0.03 0.95,0.0 | 0.95,0.0 0.7,0.4 0.4,1.0; 0.3,0.5 0.6,0.48 0.9,0.45";
    private static final String ONE_WITH_FLAG =
            "0.15,0.35 0.4,0.18 0.6,0.0 | 0.6,0.0 0.6,0.5 0.6,1.0";
    private static final String TWO =
            "0.05,0.25 0.2,0.05 0.55,0.0 0.85,0.15 0.85,0.4 0.6,0.65 0.3,0.85 0.05,1.0 | "
                    + "0.05,1.0 0.5,0.97 0.97,0.97";
    private static final String THREE =
            "0.1,0.12 0.4,0.0 0.8,0.12 0.8,0.35 0.45,0.47 | 0.45,0.47 0.85,0.6 0.9,0.82 0.5,1.0 0.05,0.88";
    private static final String FOUR =
            "0.2,0.0 0.12,0.3 0.08,0.55 | 0.08,0.55 0.5,0.55 0.95,0.5; 0.75,0.0 0.72,0.5 0.7,1.0";
    private static final String FIVE =
            "0.9,0.02 0.55,0.03 0.28,0.05 | 0.28,0.05 0.2,0.25 0.15,0.42 | "
                    + "0.15,0.42 0.5,0.38 0.85,0.55 0.85,0.82 0.5,1.0 0.05,0.9";
    private static final String FIVE_LOOSE_BAR =
            "0.25,0.14 0.2,0.28 0.15,0.45 | 0.15,0.45 0.5,0.38 0.85,0.55 0.85,0.8 0.5,1.0 0.05,0.92; "
                    + "0.33,0.02 0.6,0.01 0.95,0.0";
    private static final String SIX_WITH_CURL =
            "0.75,0.0 0.4,0.15 0.12,0.5 0.1,0.8 0.4,1.0 0.75,0.85 0.75,0.6 0.45,0.5 0.15,0.65";
    private static final String ZERO =
            "0.55,0.0 0.2,0.12 0.03,0.5 0.2,0.9 0.5,1.0 0.82,0.88 0.97,0.5 0.82,0.12 0.5,0.0";

    private static DigitClassifier classifier;

    @BeforeAll
    static void load() {
        classifier = DigitClassifier.pretrained();
    }

    @AfterAll
    static void close() {
        classifier.close();
    }

    /** A sheet to draw on with a pen. */
    private static final class Sheet {
        final BufferedImage image;
        final Graphics2D g;

        Sheet(int width, int height) {
            image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
            g = image.createGraphics();
            g.setColor(Color.WHITE);
            g.fillRect(0, 0, width, height);
            g.setColor(new Color(20, 20, 60));
            g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        }

        /** Strokes as {@link DigitGenerator#draw(String, java.util.random.RandomGenerator)}'s. */
        Sheet sign(String strokes, double x, double y, double width, double height, double pen) {
            g.setStroke(
                    new BasicStroke((float) pen, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
            for (String stroke : strokes.split(";")) {
                for (String piece : stroke.split("\\|")) {
                    double[][] p =
                            java.util.Arrays.stream(piece.trim().split("\\s+"))
                                    .map(
                                            point ->
                                                    java.util.Arrays.stream(point.split(","))
                                                            .mapToDouble(Double::parseDouble)
                                                            .toArray())
                                    .toArray(double[][]::new);
                    var path = new Path2D.Double();
                    path.moveTo(x + p[0][0] * width, y + p[0][1] * height);
                    for (int i = 1; i < p.length; i++) {
                        // through the middles, so that corners are round
                        double mx = (p[i - 1][0] + p[i][0]) / 2;
                        double my = (p[i - 1][1] + p[i][1]) / 2;
                        path.quadTo(
                                x + p[i - 1][0] * width,
                                y + p[i - 1][1] * height,
                                x + mx * width,
                                y + my * height);
                    }
                    path.lineTo(x + p[p.length - 1][0] * width, y + p[p.length - 1][1] * height);
                    g.draw(path);
                }
            }
            return this;
        }

        Sheet line(int x1, int y1, int x2, int y2) {
            g.setStroke(new BasicStroke(2));
            g.drawLine(x1, y1, x2, y2);
            return this;
        }
    }

    private static String read(BufferedImage image) {
        return text(classifier.readImage(image));
    }

    private static String text(List<Reading> readings) {
        return readings.stream()
                .map(r -> String.valueOf(r.prediction().digit()))
                .collect(Collectors.joining());
    }

    @Test
    void digitsThatTouchTheBorder() {
        // the stroke reaches every side of the image
        assertThat(read(new Sheet(28, 28).sign(TWO, 1, 1, 26, 26, 3).image)).isEqualTo("2");
        assertThat(read(new Sheet(64, 64).sign(THREE, 3, 2, 58, 60, 6).image)).isEqualTo("3");
        assertThat(read(new Sheet(300, 300).sign(FIVE, 20, 10, 260, 280, 40).image)).isEqualTo("5");
        assertThat(read(new Sheet(300, 200).sign(TWO, 70, -4, 110, 120, 10).image)).isEqualTo("2");
    }

    @Test
    void digitsOfSeveralStrokes() {
        assertThat(read(new Sheet(200, 200).sign(FOUR, 50, 40, 90, 110, 7).image)).isEqualTo("4");
        assertThat(read(new Sheet(200, 200).sign(FIVE_LOOSE_BAR, 50, 40, 80, 120, 7).image))
                .isEqualTo("5");
    }

    @Test
    void digitsThatTouchEachOther() {
        Sheet sheet = new Sheet(240, 160);
        sheet.sign(TWO, 30, 30, 60, 90, 7).sign(ZERO, 92, 32, 62, 90, 7);
        assertThat(read(sheet.image)).isEqualTo("20");
    }

    @Test
    void europeanDigits() {
        assertThat(read(new Sheet(200, 200).sign(SEVEN_WITH_BAR, 50, 40, 80, 110, 7).image))
                .isEqualTo("7");
        assertThat(read(new Sheet(200, 200).sign(ONE_WITH_FLAG, 60, 40, 60, 110, 7).image))
                .isEqualTo("1");
    }

    @Test
    void digitsInBoxes() {
        Sheet sheet = new Sheet(420, 140);
        String[] signs = {TWO, SEVEN_WITH_BAR, ZERO, FIVE};
        for (int i = 0; i < 4; i++) {
            sheet.g.setStroke(new BasicStroke(2));
            sheet.g.drawRect(20 + 95 * i, 20, 95, 100);
            sheet.sign(signs[i], 42 + 95 * i, 38, 48, 64, 5);
        }
        assertThat(read(sheet.image)).isEqualTo("2705");
    }

    @Test
    void aPageOnItsSide() {
        Sheet sheet = new Sheet(420, 320);
        for (int i = 0; i < 4; i++) {
            sheet.sign(
                    List.of(TWO, FIVE, THREE, SEVEN_WITH_BAR).get(i), 40 + 90 * i, 40, 50, 70, 6);
            sheet.sign(List.of(FOUR, TWO, THREE, FIVE).get(i), 40 + 90 * i, 180, 50, 70, 6);
        }
        assertThat(read(sheet.image)).isEqualTo("25374235");
        var turned = new BufferedImage(320, 420, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 320; y++) {
            for (int x = 0; x < 420; x++) {
                turned.setRGB(319 - y, x, sheet.image.getRGB(x, y));
            }
        }
        List<Reading> readings = classifier.readImage(turned);
        assertThat(text(readings)).isEqualTo("25374235");
        // the first line of the page is the image's right column
        assertThat(readings.get(0).box().x()).isGreaterThan(200);
    }

    @Test
    void transparentImagesOfEitherInk() {
        Sheet sheet = new Sheet(200, 200).sign(THREE, 50, 40, 80, 110, 7);
        for (int shade : new int[] {0x000000, 0xFFFFFF}) {
            var clear = new BufferedImage(200, 200, BufferedImage.TYPE_INT_ARGB);
            for (int i = 0; i < 200 * 200; i++) {
                int ink = 255 - (sheet.image.getRGB(i % 200, i / 200) >> 8 & 0xFF);
                clear.setRGB(i % 200, i / 200, ink << 24 | shade);
            }
            assertThat(read(clear)).isEqualTo("3");
        }
    }

    @Test
    void noise() {
        var random = new SplittableRandom(3);
        Sheet sheet = new Sheet(28, 28).sign(FIVE, 6, 4, 15, 20, 2.6);
        float[] pixels = new float[784];
        for (int i = 0; i < 784; i++) {
            double ink = 1 - (sheet.image.getRGB(i % 28, i / 28) & 0xFF) / 255.0;
            pixels[i] = (float) Math.max(0, Math.min(1, ink + 0.3 * random.nextGaussian()));
        }
        assertThat(classifier.classifyPixels(pixels).digit()).isEqualTo(5);
    }

    @Test
    void aSixWithAClosedCurl() {
        assertThat(read(new Sheet(200, 200).sign(SIX_WITH_CURL, 60, 40, 70, 110, 7).image))
                .isEqualTo("6");
    }

    @Test
    void faintInkOnNoisyPaper() {
        Sheet sheet = new Sheet(300, 200);
        sheet.g.setColor(new Color(170, 170, 175));
        sheet.sign(TWO, 60, 50, 70, 100, 7).sign(FIVE, 170, 50, 70, 100, 7);
        var random = new SplittableRandom(9);
        for (int i = 0; i < 300 * 200; i++) {
            int rgb = sheet.image.getRGB(i % 300, i / 300) & 0xFF;
            int gray = (int) Math.max(0, Math.min(255, rgb - 8 + 6 * random.nextGaussian()));
            sheet.image.setRGB(i % 300, i / 300, gray * 0x010101);
        }
        assertThat(read(sheet.image)).isEqualTo("25");
    }

    @Test
    void digitsTurnedByThirtyDegrees() {
        for (double angle : new double[] {-30, 30}) {
            for (String[] sign : new String[][] {{"2", TWO}, {"3", THREE}, {"5", FIVE}}) {
                Sheet sheet = new Sheet(220, 220);
                sheet.g.rotate(Math.toRadians(angle), 110, 110);
                assertThat(read(sheet.sign(sign[1], 75, 55, 75, 110, 7).image)).isEqualTo(sign[0]);
            }
        }
    }

    @Test
    void threeDigitsThatTouch() {
        Sheet sheet = new Sheet(320, 180);
        sheet.sign(TWO, 40, 40, 60, 90, 7).sign(ZERO, 100, 42, 60, 88, 7);
        assertThat(read(sheet.sign(THREE, 158, 40, 60, 90, 7).image)).isEqualTo("203");
    }

    @Test
    void axesAroundADigitAreNotDigits() {
        Sheet sheet = new Sheet(320, 240).line(40, 20, 40, 200).line(40, 200, 300, 200);
        assertThat(read(sheet.sign(FIVE, 130, 60, 70, 100, 7).image)).isEqualTo("5");
    }

    @Test
    void anImageOfNoiseHasNoDigit() {
        var random = new SplittableRandom(11);
        var noise = new BufferedImage(28, 28, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 28 * 28; i++) {
            noise.setRGB(i % 28, i / 28, random.nextInt(256) * 0x010101);
        }
        assertThat(classifier.readImage(noise)).isEmpty();
    }

    @Test
    void lettersAndSymbolsAreNotDigits() {
        Sheet sheet = new Sheet(700, 160);
        String[] letters = {
            "0.1,0.0 0.1,0.5 0.1,1.0; 0.9,0.0 0.9,0.5 0.9,1.0; 0.1,0.5 0.5,0.5 0.9,0.5", // H
            "0.1,0.0 0.1,0.5 0.1,1.0; 0.1,0.0 0.5,0.0 0.85,0.0; 0.1,0.5 0.4,0.5 0.7,0.5; 0.1,1.0 0.5,1.0 0.85,1.0",
            "0.5,0.0 0.5,0.5 0.5,1.0; 0.0,0.0 0.5,0.0 1.0,0.0", // T
            "0.0,1.0 0.25,0.5 0.5,0.0 | 0.5,0.0 0.75,0.5 1.0,1.0; 0.2,0.6 0.5,0.6 0.8,0.6", // A
            "0.5,0.0 0.5,0.5 0.5,1.0; 0.0,0.5 0.5,0.5 1.0,0.5", // plus
            "0.0,0.0 0.5,0.5 1.0,1.0; 1.0,0.0 0.5,0.5 0.0,1.0", // X
        };
        for (int i = 0; i < letters.length; i++) {
            sheet.sign(letters[i], 40 + 105 * i, 40, 60, 75, 6);
        }
        List<Reading> readings = classifier.readImage(sheet.image);
        assertThat(readings.size()).isLessThanOrEqualTo(1);
        assertThat(readings)
                .allSatisfy(
                        r ->
                                assertThat(r.prediction().confidence())
                                        .isLessThan((float) classifier.threshold()));
    }

    @Test
    void blanksAndNoiseAreNotDigits() {
        assertThat(classifier.readImage(new Sheet(300, 200).image)).isEmpty();
        assertThat(classifier.classifyPixels(new byte[784]).isDigit()).isLessThan(0.1f);
        assertThat(classifier.classifyPixels(new byte[784]).confidence()).isLessThan(0.3f);
        var random = new SplittableRandom(5);
        var noise = new ArrayList<float[]>();
        for (int i = 0; i < 100; i++) {
            float[] image = new float[784];
            for (int p = 0; p < 784; p++) {
                image[p] = (float) random.nextDouble();
            }
            noise.add(image);
        }
        long taken =
                classifier.classifyAllFloats(noise).stream().filter(p -> p.isDigit() > 0.5).count();
        assertThat(taken).isLessThanOrEqualTo(3);
    }

    @Test
    void probabilitiesSumToOneAndSayHowSure() {
        Prediction p =
                classifier.classifyPixels(new DigitGenerator(1).draw(3, new SplittableRandom(1)));
        double sum = 0;
        for (float f : p.probabilities()) {
            sum += f;
        }
        assertThat(p.probabilities()).hasSize(10);
        assertThat(sum).isBetween(0.999, 1.001);
        assertThat(p.isDigit()).isBetween(0.9f, 1f);
    }
}
