package io.github.mnist4j.lite.finder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * The finder alone. Its recognizer knows two signs: an upright bar, which it calls 1, and a ring,
 * which it calls 0; everything else is none to it. Pages are drawn from these.
 */
class DigitFinderTest {
    private final DigitFinder finder = new DigitFinder(DigitFinderTest::barsAndRings);

    private static float[] barsAndRings(float[] images) {
        int n = images.length / 784;
        float[] answers = new float[n * Recognizer.CLASSES];
        for (int i = 0; i < n; i++) {
            float[] p = Arrays.copyOfRange(images, i * 784, (i + 1) * 784);
            double mass = 0;
            double spreadX = 0;
            double spreadY = 0;
            double inside = 0;
            double onRing = 0;
            for (int k = 0; k < 784; k++) {
                double x = k % 28 - 13.5;
                double y = k / 28 - 13.5;
                double r = Math.hypot(x, y);
                mass += p[k];
                spreadX += p[k] * Math.abs(x);
                spreadY += p[k] * Math.abs(y);
                inside += r < 5 ? p[k] : 0;
                onRing += r >= 5 && r < 11.5 ? p[k] : 0;
            }
            int says = Recognizer.NONE;
            if (mass > 0 && spreadX / mass < 2.2 && spreadY / mass > 3.5) {
                says = 1;
            } else if (mass > 0 && inside < 0.05 * mass && onRing > 0.9 * mass) {
                says = ringIsClosed(p) ? 0 : Recognizer.NONE;
            }
            Arrays.fill(answers, i * 11, i * 11 + 11, 0.005f);
            answers[i * 11 + says] = 0.95f;
        }
        return answers;
    }

    private static boolean ringIsClosed(float[] p) {
        for (int a = 0; a < 36; a++) {
            float best = 0;
            for (double r = 4; r < 12; r += 0.5) {
                int x = (int) Math.round(13.5 + r * Math.cos(a * Math.PI / 18));
                int y = (int) Math.round(13.5 + r * Math.sin(a * Math.PI / 18));
                best = Math.max(best, p[y * 28 + x]);
            }
            if (best < 0.3) {
                return false;
            }
        }
        return true;
    }

    /** A page to draw on, black ink on white paper. */
    private static final class Sheet {
        final int w;
        final int h;
        final float[] v;

        Sheet(int w, int h) {
            this.w = w;
            this.h = h;
            v = new float[w * h];
            Arrays.fill(v, 255);
        }

        Sheet bar(double x, double y, double width, double height) {
            for (int i = 0; i < v.length; i++) {
                double px = i % w + 0.5;
                double py = i / w + 0.5;
                if (px > x && px < x + width && py > y && py < y + height) {
                    v[i] = 0;
                }
            }
            return this;
        }

        Sheet ring(double cx, double cy, double radius, double width) {
            for (int i = 0; i < v.length; i++) {
                double r = Math.hypot(i % w + 0.5 - cx, i / w + 0.5 - cy);
                if (r < radius && r > radius - width) {
                    v[i] = 0;
                }
            }
            return this;
        }

        /** The digits 1 and 0 of a text, each on a square of this size. */
        Sheet text(String text, double x, double y, double size) {
            for (int i = 0; i < text.length(); i++) {
                double left = x + i * size;
                if (text.charAt(i) == '1') {
                    bar(left + 0.42 * size, y + 0.1 * size, 0.1 * size, 0.8 * size);
                } else if (text.charAt(i) == '0') {
                    ring(left + size / 2, y + size / 2, 0.4 * size, 0.1 * size);
                }
            }
            return this;
        }

        Gray gray() {
            return new Gray(w, h, v);
        }
    }

    private static List<String> lines(List<DigitFinder.Found> found) {
        var lines = new ArrayList<String>();
        for (DigitFinder.Found f : found) {
            while (lines.size() <= f.line()) {
                lines.add("");
            }
            int best = 0;
            for (int c = 1; c < 10; c++) {
                best = f.probabilities()[c] > f.probabilities()[best] ? c : best;
            }
            lines.set(f.line(), lines.get(f.line()) + best);
        }
        return lines;
    }

    /** A page that is made smaller first: its boxes are rounded, but not beyond its edges. */
    @Test
    void boxesStayOnALargePage() {
        for (int[] size : new int[][] {{2051, 3001}, {2503, 2501}}) {
            int w = size[0];
            int h = size[1];
            Gray page =
                    new Sheet(w, h)
                            .bar(w / 2.0, h / 2.0, 60, 300)
                            .bar(w - 63, h - 300, 63, 300)
                            .gray();
            List<DigitFinder.Found> found =
                    new DigitFinder(
                                    images -> {
                                        float[] answers =
                                                new float[images.length / 784 * Recognizer.CLASSES];
                                        for (int at = 1;
                                                at < answers.length;
                                                at += Recognizer.CLASSES) {
                                            answers[at] = 1;
                                        }
                                        return answers;
                                    })
                            .read(page);
            assertThat(found)
                    .hasSize(2)
                    .allSatisfy(
                            f -> {
                                assertThat(f.x() + f.width()).isLessThanOrEqualTo(w);
                                assertThat(f.y() + f.height()).isLessThanOrEqualTo(h);
                            });
        }
    }

    @Test
    void readsLinesFromLeftToRight() {
        Gray page =
                new Sheet(400, 300)
                        .text("10110", 40, 30, 50)
                        .text("0", 80, 120, 50)
                        .text("1001", 40, 210, 50)
                        .gray();
        assertThat(lines(finder.read(page))).containsExactly("10110", "0", "1001");
    }

    @Test
    void givesBoxesInTheImagesOwnPixels() {
        // 3000 pixels wide: worked on at about half of it
        Gray page = new Sheet(3000, 1200).ring(700, 500, 200, 50).ring(1600, 520, 200, 50).gray();
        List<DigitFinder.Found> found = finder.read(page);
        assertThat(lines(found)).containsExactly("00");
        assertThat(found.get(0).x()).isBetween(490, 505);
        assertThat(found.get(0).y()).isBetween(290, 305);
        assertThat(found.get(0).width()).isBetween(390, 415);
        assertThat(found.get(1).x()).isBetween(1390, 1405);
    }

    @Test
    void readsLightOnDarkAndUnevenLight() {
        Sheet sheet = new Sheet(400, 160).text("1010", 60, 40, 60);
        float[] light = new float[sheet.v.length];
        float[] shaded = new float[sheet.v.length];
        for (int i = 0; i < light.length; i++) {
            light[i] = 255 - sheet.v[i];
            double shade = 1 - 0.6 * (i % 400) / 400;
            shaded[i] = (float) ((60 + sheet.v[i] * 0.7) * shade);
        }
        assertThat(lines(finder.read(new Gray(400, 160, light)))).containsExactly("1010");
        assertThat(lines(finder.read(new Gray(400, 160, shaded)))).containsExactly("1010");
    }

    @Test
    void readsOnRuledAndSquaredPaper() {
        Sheet sheet = new Sheet(420, 300);
        for (int y = 20; y < 300; y += 35) {
            sheet.bar(0, y, 420, 2);
        }
        for (int x = 15; x < 420; x += 70) {
            sheet.bar(x, 0, 2, 300);
        }
        sheet.text("0100", 60, 40, 70).text("0010", 60, 170, 70);
        assertThat(lines(finder.read(sheet.gray()))).containsExactly("0100", "0010");
    }

    /** Two rings with room for a bar between them. */
    private static Sheet rings() {
        return new Sheet(420, 160).ring(100, 80, 40, 9).ring(226, 80, 40, 9);
    }

    @Test
    void cutsWhatTouches() {
        // joined by small bridges
        Sheet page = rings().bar(158, 40, 9, 80).bar(138, 78, 24, 5).bar(166, 78, 22, 5);
        assertThat(lines(finder.read(page.gray()))).containsExactly("010");
    }

    @Test
    void joinsWhatIsBroken() {
        // the upper and lower part of one bar
        Sheet page = rings().bar(158, 40, 9, 36).bar(158, 84, 9, 36);
        assertThat(lines(finder.read(page.gray()))).containsExactly("010");
    }

    @Test
    void readsWhatTouchesTheBorderOrFillsTheFrame() {
        assertThat(lines(finder.read(new Sheet(28, 28).ring(14, 14, 14, 3).gray())))
                .containsExactly("0");
        assertThat(lines(finder.read(new Sheet(60, 60).bar(25, 0, 8, 60).gray())))
                .containsExactly("1");
        assertThat(lines(finder.read(new Sheet(300, 300).ring(150, 150, 150, 40).gray())))
                .containsExactly("0");
    }

    @Test
    void findsNothingWhereThereIsNoDigit() {
        assertThat(finder.read(new Sheet(300, 200).gray())).isEmpty();
        assertThat(finder.read(new Sheet(1, 1).gray())).isEmpty();
        assertThat(finder.read(new Sheet(2000, 1).gray())).isEmpty();
        // crosses
        Sheet crosses = new Sheet(300, 120);
        for (int x = 40; x < 280; x += 60) {
            crosses.bar(x, 40, 7, 50).bar(x - 22, 62, 50, 7);
        }
        assertThat(finder.read(crosses.gray())).isEmpty();
        var random = new SplittableRandom(1);
        float[] noise = new float[200 * 200];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = random.nextInt(256);
        }
        assertThat(finder.read(new Gray(200, 200, noise))).isEmpty();
    }

    @Test
    void aLowBarBetweenDigitsIsNotAOne() {
        // 36 and 45 of 80 pixels
        assertThat(lines(finder.read(rings().bar(158, 84, 5, 36).gray()))).containsExactly("00");
        assertThat(lines(finder.read(rings().bar(158, 75, 6, 45).gray()))).containsExactly("010");
    }

    @Test
    void anEdgeIsNotADigit() {
        // a hundred times as long as it is wide, as edges of sheets are
        assertThat(finder.read(new Sheet(300, 300).bar(149, 40, 2, 200).gray())).isEmpty();
        assertThat(lines(finder.read(new Sheet(300, 300).bar(100, 40, 8, 200).gray())))
                .containsExactly("1");
    }

    @Test
    void readsTransparentImagesOfEitherInk() {
        Sheet sheet = new Sheet(200, 120).text("10", 30, 20, 70);
        for (int shade : new int[] {0, 255}) {
            int[] argb = new int[sheet.v.length];
            for (int i = 0; i < argb.length; i++) {
                argb[i] = sheet.v[i] == 0 ? 0xFF000000 | shade * 0x010101 : 0;
            }
            assertThat(lines(finder.read(200, 120, argb))).containsExactly("10");
        }
    }

    @Test
    void readsColorsOfEqualBrightness() {
        Sheet sheet = new Sheet(200, 120).text("10", 30, 20, 70);
        int[] argb = new int[sheet.v.length];
        for (int i = 0; i < argb.length; i++) {
            // both have luminance 100
            argb[i] = sheet.v[i] == 0 ? 0xFFFF2900 : 0xFF009B50;
        }
        assertThat(lines(finder.read(200, 120, argb))).containsExactly("10");
    }

    @Test
    void readsAPageThatLiesOnItsSide() {
        Gray page =
                new Sheet(300, 400)
                        .text("1011", 30, 40, 60)
                        .text("1101", 30, 160, 60)
                        .text("111", 30, 280, 60)
                        .gray();
        for (int quarters = 1; quarters <= 3; quarters += 2) {
            List<DigitFinder.Found> found = finder.read(page.turned(quarters));
            List<String> lines = lines(found);
            // bars and rings look the same upside down
            assertThat(lines).isIn(List.of("1011", "1101", "111"), List.of("111", "1011", "1101"));
            assertThat(found.get(0).width()).isGreaterThan(found.get(0).height());
        }
    }

    @Test
    void wrongSizesAreRefused() {
        assertThatThrownBy(() -> new Gray(2, 2, new float[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 values for 2x2");
    }
}
