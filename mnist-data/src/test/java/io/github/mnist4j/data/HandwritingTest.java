package io.github.mnist4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.AlphaComposite;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.GeneralPath;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Digits drawn with a pen of our own on pages of our own. */
class HandwritingTest {
    private static DigitSet digits;

    @BeforeAll
    static void generate() throws Exception {
        digits =
                DataSource.builder()
                        .optGeneratedSizes(200, 20)
                        .build()
                        .load(DataSource.Dataset.GENERATED)
                        .train();
    }

    private static BufferedImage page(int width, int height, Color paper) {
        var page = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = page.createGraphics();
        g.setColor(paper);
        g.fillRect(0, 0, width, height);
        g.dispose();
        return page;
    }

    private static void write(BufferedImage page, int digit, int x, int y, int size, Color ink) {
        var stamp = new BufferedImage(28, 28, BufferedImage.TYPE_INT_ARGB);
        byte[] pixels = digits.pixels(digit);
        for (int p = 0; p < 784; p++) {
            stamp.setRGB(p % 28, p / 28, (pixels[p] & 0xFF) << 24 | ink.getRGB() & 0xFFFFFF);
        }
        Graphics2D g = page.createGraphics();
        g.setRenderingHint(
                RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        g.drawImage(stamp, x, y, size, size, null);
        g.dispose();
    }

    private static double[] centre(byte[] pixels) {
        double mass = 0;
        double x = 0;
        double y = 0;
        for (int p = 0; p < 784; p++) {
            mass += pixels[p] & 0xFF;
            x += (pixels[p] & 0xFF) * (p % 28);
            y += (pixels[p] & 0xFF) * (p / 28);
        }
        return new double[] {x / mass, y / mass};
    }

    private static int longestSide(byte[] pixels) {
        int left = 28;
        int right = -1;
        int top = 28;
        int bottom = -1;
        for (int p = 0; p < 784; p++) {
            if (pixels[p] != 0) {
                left = Math.min(left, p % 28);
                right = Math.max(right, p % 28);
                top = Math.min(top, p / 28);
                bottom = Math.max(bottom, p / 28);
            }
        }
        return Math.max(right - left, bottom - top) + 1;
    }

    /** The oracle is what MNIST's own test set measures. */
    @ParameterizedTest
    @ValueSource(ints = {28, 60, 120, 400})
    void everyDigitComesOutByMnistsConventions(int size) {
        int heavy = 0;
        for (int i = 0; i < 40; i++) {
            BufferedImage page = page(2 * size, 2 * size, Color.WHITE);
            write(page, i, size / 2, size / 2, size, Color.BLACK);
            List<Handwriting.Found> found = Handwriting.read(page);
            assertThat(found).as("digit %d at size %d", i, size).hasSize(1);
            byte[] pixels = found.get(0).pixels();
            assertThat(longestSide(pixels)).isBetween(19, 20);
            assertThat(centre(pixels)[0]).isCloseTo(14, within(0.51));
            assertThat(centre(pixels)[1]).isCloseTo(14, within(0.51));
            int ink = 0;
            for (byte p : pixels) {
                ink += (p & 0xFF) > 127 ? 1 : 0;
            }
            heavy += ink / 784.0 < 0.049 || ink / 784.0 > 0.258 ? 1 : 0;
        }
        assertThat(heavy).as("of 40 lighter or heavier than MNIST's").isLessThanOrEqualTo(4);
    }

    @Test
    void linesAreReadFromLeftToRightWhateverTheColours() {
        Color[][] schemes = {
            {Color.WHITE, Color.BLACK},
            {Color.BLACK, Color.WHITE},
            {new Color(0xFF, 0xF3, 0xC4), new Color(0x1A, 0x3A, 0x9E)},
            {new Color(0x1E, 0x52, 0x3A), new Color(0xF0, 0xF0, 0xE0)}
        };
        for (Color[] scheme : schemes) {
            BufferedImage page = page(500, 330, scheme[0]);
            for (int i = 0; i < 12; i++) {
                write(page, i, 30 + i % 4 * 110, 20 + i / 4 * 100 + i % 4 * 8, 80, scheme[1]);
            }
            List<Handwriting.Found> found = Handwriting.read(page);
            assertThat(found).hasSize(12);
            for (int i = 0; i < 12; i++) {
                assertThat(found.get(i).line()).isEqualTo(i / 4);
                assertThat(found.get(i).box().getCenterX())
                        .isCloseTo(30 + i % 4 * 110 + 40, within(14.0));
                assertThat(found.get(i).box().getCenterY())
                        .isCloseTo(20 + i / 4 * 100 + i % 4 * 8 + 40, within(14.0));
            }
        }
    }

    /** A five whose bar the pen set apart, and an eight on ruled and squared paper. */
    @Test
    void brokenAndCrossedDigitsStayWhole() {
        BufferedImage page = page(300, 200, Color.WHITE);
        Graphics2D g = page.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setColor(Color.BLACK);
        g.setStroke(new BasicStroke(7, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        var body = new GeneralPath();
        body.moveTo(110, 60);
        body.lineTo(106, 95);
        body.curveTo(180, 70, 190, 150, 105, 145);
        g.draw(body);
        g.drawLine(118, 44, 170, 41);
        g.dispose();
        assertThat(Handwriting.read(page)).hasSize(1);
        for (boolean squared : new boolean[] {false, true}) {
            page = page(400, 300, Color.WHITE);
            g = page.createGraphics();
            g.setColor(new Color(0xA0, 0xB8, 0xE0));
            for (int y = 20; y < 300; y += 40) {
                g.fillRect(0, y, 400, 2);
            }
            for (int x = 15; squared && x < 400; x += 40) {
                g.fillRect(x, 0, 2, 300);
            }
            g.dispose();
            for (int i = 0; i < 6; i++) {
                write(page, i, 30 + i % 3 * 110, 30 + i / 3 * 130, 90, new Color(0x20, 0x20, 0x50));
            }
            assertThat(Handwriting.read(page)).as("squared %s", squared).hasSize(6);
        }
    }

    @Test
    void emptyPagesHoldNothing() {
        assertThat(Handwriting.read(page(300, 200, Color.WHITE))).isEmpty();
        assertThat(Handwriting.read(page(1, 1, Color.GRAY))).isEmpty();
        assertThat(Handwriting.read(page(5000, 3, Color.BLACK))).isEmpty();
        BufferedImage shaded = page(400, 300, Color.WHITE);
        var random = new Random(3);
        for (int y = 0; y < 300; y++) {
            for (int x = 0; x < 400; x++) {
                int v = (int) Math.max(0, Math.min(255, 120 + x / 4 + 3 * random.nextGaussian()));
                shaded.setRGB(x, y, v << 16 | v << 8 | v);
            }
        }
        assertThat(Handwriting.read(shaded)).isEmpty();
    }

    @Test
    void boxesAreInThePicturesOwnPixelsAndPaperMayBeTransparent() {
        var page = new BufferedImage(4000, 3000, BufferedImage.TYPE_INT_ARGB);
        Graphics2D g = page.createGraphics();
        g.setComposite(AlphaComposite.Clear);
        g.fillRect(0, 0, 4000, 3000);
        g.dispose();
        write(page, 0, 1000, 800, 900, Color.BLACK);
        List<Handwriting.Found> found = Handwriting.read(page);
        assertThat(found).hasSize(1);
        assertThat(found.get(0).box().getCenterX()).isCloseTo(1450, within(120.0));
        assertThat(found.get(0).box().getCenterY()).isCloseTo(1250, within(120.0));
        assertThat(Math.max(found.get(0).box().width, found.get(0).box().height))
                .isCloseTo(900 * 20 / 28, within(60));
        // the same turned by a transform of Java's is found as well
        var turned = new BufferedImage(3000, 4000, BufferedImage.TYPE_INT_ARGB);
        g = turned.createGraphics();
        g.drawImage(page, new AffineTransform(0, 1, -1, 0, 3000, 0), null);
        g.dispose();
        assertThat(Handwriting.read(turned)).hasSize(1);
    }
}
