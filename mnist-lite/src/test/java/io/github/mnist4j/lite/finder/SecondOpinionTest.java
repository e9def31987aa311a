package io.github.mnist4j.lite.finder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SecondOpinionTest {
    /** A bar of ink that leans to the right by 0.3 pixels for each pixel upwards. */
    private static Segment.Cut leaning() {
        float[] ink = new float[80 * 80];
        for (int y = 10; y < 70; y++) {
            double center = 40 - 0.3 * (y - 39.5);
            for (int x = 0; x < 80; x++) {
                ink[y * 80 + x] = (float) Math.max(0, Math.min(1, 4.5 - Math.abs(x - center)));
            }
        }
        return new Segment.Cut(80, 80, ink);
    }

    @Test
    void deskewingSetsALeaningBarUpright() {
        Segment.Cut upright = SecondOpinion.deskewed(leaning());
        double first = centerOfRow(upright, 12);
        for (int y = 12; y < 68; y++) {
            assertThat(centerOfRow(upright, y)).isCloseTo(first, within(0.3));
        }
        double before = 0;
        double after = 0;
        for (float v : leaning().ink()) {
            before += v;
        }
        for (float v : upright.ink()) {
            after += v;
        }
        assertThat(after).isCloseTo(before, within(1.0));
    }

    private static double centerOfRow(Segment.Cut cut, int y) {
        double mass = 0;
        double moment = 0;
        for (int x = 0; x < cut.width(); x++) {
            mass += cut.ink()[y * cut.width() + x];
            moment += (double) x * cut.ink()[y * cut.width() + x];
        }
        return moment / mass;
    }

    /** Knows upright bars alone: the first answer is wrong, the two other views are right. */
    @Test
    void theMeanDecidesAndItsImageBearsItOut() {
        Recognizer upright =
                images -> {
                    float[] answers = new float[images.length / 784 * Recognizer.CLASSES];
                    for (int i = 0; i < images.length / 784; i++) {
                        float[] image = Arrays.copyOfRange(images, i * 784, (i + 1) * 784);
                        int wide = 0;
                        for (int x = 0; x < 28; x++) {
                            boolean ink = false;
                            for (int y = 0; y < 28; y++) {
                                ink |= image[y * 28 + x] > 0.5;
                            }
                            wide += ink ? 1 : 0;
                        }
                        answers[i * 11 + (wide < 8 ? 1 : 7)] = wide < 8 ? 0.9f : 0.5f;
                    }
                    return answers;
                };
        Segment.Cut bar = leaning();
        var first =
                new SecondOpinion.Opinion(
                        bar.normalized(), Answers.of(upright, List.of(bar.normalized()))[0]);
        assertThat(Answers.digit(first.answer())).isEqualTo(7);
        assertThat(SecondOpinion.isWanted(first.answer())).isTrue();
        SecondOpinion.Opinion opinion =
                SecondOpinion.of(upright, List.of(bar), List.of(first)).get(0);
        float[] alone = Answers.of(upright, List.of(opinion.pixels()))[0];
        assertThat(Answers.digit(alone)).isEqualTo(Answers.digit(opinion.answer()));
        // the mean of 0.5 for a 7 and twice 0.9 for a 1
        assertThat(Answers.digit(opinion.answer())).isEqualTo(1);
        assertThat(opinion.answer()[1]).isCloseTo(0.6f, within(1e-6f));
        assertThat(opinion.answer()[7]).isCloseTo(0.5f / 3, within(1e-6f));
    }
}
