package io.github.mnist4j.lite.finder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class NormalizerTest {
    /** A ring of ink: middle, radii of its outer edge and width, in pixels. */
    private static float[] ring(int w, int h, double cx, double cy, double radius, double width) {
        float[] ink = new float[w * h];
        for (int i = 0; i < ink.length; i++) {
            double r = Math.hypot(i % w + 0.5 - cx, i / w + 0.5 - cy);
            ink[i] = r <= radius && r >= radius - width ? 1 : 0;
        }
        return ink;
    }

    private static double[] box(float[] image) {
        int left = 28;
        int right = -1;
        int top = 28;
        int bottom = -1;
        for (int i = 0; i < image.length; i++) {
            if (image[i] > 0.3) {
                left = Math.min(left, i % 28);
                right = Math.max(right, i % 28);
                top = Math.min(top, i / 28);
                bottom = Math.max(bottom, i / 28);
            }
        }
        return new double[] {left, top, right - left + 1, bottom - top + 1};
    }

    @Test
    void bringsInkOfEverySizeAndPlaceToTheMiddle() {
        for (int radius : new int[] {5, 12, 40, 150}) {
            float[] ink = ring(400, 330, 180, 160, radius, radius / 4.0);
            float[] image = Normalizer.normalized(ink, 400, 330);
            assertThat(image).hasSize(784);
            double mass = 0;
            double mx = 0;
            double my = 0;
            for (int i = 0; i < 784; i++) {
                assertThat(image[i]).isBetween(0f, 1f);
                mass += image[i];
                mx += image[i] * (i % 28);
                my += image[i] * (i / 28);
            }
            assertThat(mx / mass).isCloseTo(14, within(0.6));
            assertThat(my / mass).isCloseTo(14, within(0.6));
            double[] box = box(image);
            assertThat(box[2]).isBetween(19.0, 21.0);
            assertThat(box[3]).isBetween(19.0, 21.0);
        }
    }

    @Test
    void bringsStrokesNearMnistsWidth() {
        float[] hair = ring(300, 300, 150, 150, 120, 4);
        assertThat(strokeAtTheMiddle(Normalizer.normalized(hair, 300, 300, false))).isLessThan(1.3);
        assertThat(strokeAtTheMiddle(Normalizer.normalized(hair, 300, 300))).isBetween(1.4, 2.8);
    }

    /** Ink along the middle row, over the two strokes that it crosses. */
    private static double strokeAtTheMiddle(float[] image) {
        double sum = 0;
        for (int x = 0; x < 28; x++) {
            sum += image[14 * 28 + x];
        }
        return sum / 2;
    }

    @Test
    void leavesPaperWithoutInkBlank() {
        assertThat(Normalizer.normalized(new float[50 * 20], 50, 20)).containsOnly(0f);
    }

    @Test
    void resizesByAreaAndLinearly() {
        float[] checks = {0, 1, 1, 0};
        assertThat(Normalizer.resized(checks, 2, 2, 1, 1)).containsExactly(0.5f);
        assertThat(Normalizer.resized(new float[] {0, 0, 3, 3, 3, 3}, 6, 1, 3, 1))
                .containsExactly(0, 3, 3);
        assertThat(Normalizer.resized(new float[] {0, 1}, 2, 1, 4, 1))
                .containsExactly(0, 0.25f, 0.75f, 1);
    }
}
