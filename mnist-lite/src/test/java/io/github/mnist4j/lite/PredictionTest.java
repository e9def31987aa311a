package io.github.mnist4j.lite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.lite.Prediction.Candidate;
import io.github.mnist4j.lite.finder.DigitFinder;
import org.junit.jupiter.api.Test;

/** Answers are values: compared by content, and nobody's array is theirs. */
class PredictionTest {
    private static float[] answer() {
        return new float[] {0.125f, 0, 0.5f, 0, 0, 0.25f, 0, 0, 0, 0.025f, 0.1f};
    }

    @Test
    void noneIsSharedByTheDigits() {
        Prediction p = Prediction.of(answer());
        assertThat(p.digit()).isEqualTo(2);
        assertThat(p.confidence()).isEqualTo(0.51f);
        assertThat(p.isDigit()).isEqualTo(0.9f);
        assertThat(p.probabilities()[1]).isEqualTo(0.01f);
        assertThat(Prediction.of(java.util.Arrays.copyOf(answer(), 10)).isDigit()).isEqualTo(1);
        assertThatThrownBy(() -> Prediction.of(new float[9])).hasMessageContaining("9 outputs");
        assertThatThrownBy(() -> Prediction.of(null)).hasMessage("answer");
    }

    @Test
    void topIsSortedAndBeginsWithTheDigit() {
        assertThat(Prediction.of(answer()).top(3))
                .containsExactly(
                        new Candidate(2, 0.51f), new Candidate(5, 0.26f), new Candidate(0, 0.135f));
        // 3 is ahead by less than what the share of "none" leaves of it
        float[] close = new float[11];
        close[1] = 1e-9f;
        close[3] = 1.0001e-9f;
        close[10] = 1;
        Prediction p = Prediction.of(close);
        assertThat(p.probabilities()[1]).isEqualTo(p.probabilities()[3]);
        assertThat(p.top(10)).hasSize(10);
        assertThat(p.top(1).get(0).digit()).isEqualTo(p.digit()).isEqualTo(3);
        for (int k : new int[] {0, 11, -1}) {
            assertThatThrownBy(() -> p.top(k)).hasMessage("top " + k + ", 1 to 10 expected");
        }
    }

    @Test
    void predictionsAreValues() {
        float[] given = java.util.Arrays.copyOf(answer(), 10);
        var p = new Prediction(2, 0.5f, given, 0.9f);
        var same = new Prediction(2, 0.5f, given.clone(), 0.9f);
        assertThat(p).isEqualTo(same).hasSameHashCodeAs(same);
        given[2] = 7;
        p.probabilities()[2] = 7;
        assertThat(p).isEqualTo(same);
        assertThat(p).isNotEqualTo(new Prediction(2, 0.5f, given, 0.9f));
        assertThat(p).isNotEqualTo(new Prediction(3, 0.5f, same.probabilities(), 0.9f));
        assertThat(p).isNotEqualTo(new Prediction(2, 0.4f, same.probabilities(), 0.9f));
        assertThat(p).isNotEqualTo(new Prediction(2, 0.5f, same.probabilities(), 0.8f));
        assertThat(p).hasToString("Prediction[digit=2, confidence=0.5000, isDigit=0.9000]");
        assertThatThrownBy(() -> new Prediction(10, 1, new float[10], 1))
                .hasMessageContaining("digit 10");
        assertThatThrownBy(() -> new Prediction(1, 1, new float[11], 1))
                .hasMessageContaining("11 probabilities");
    }

    @Test
    void readingsAreValues() {
        byte[] given = new byte[784];
        Prediction p = Prediction.of(answer());
        var r = new Reading(new Box(1, 2, 3, 4), 5, given, p);
        var same = new Reading(new Box(1, 2, 3, 4), 5, given.clone(), Prediction.of(answer()));
        assertThat(r).isEqualTo(same).hasSameHashCodeAs(same);
        given[0] = 9;
        r.pixels()[0] = 9;
        assertThat(r).isEqualTo(same);
        assertThat(r).isNotEqualTo(new Reading(r.box(), 5, given, p));
        assertThat(r).isNotEqualTo(new Reading(r.box(), 6, r.pixels(), p));
        assertThat(r).isNotEqualTo(new Reading(new Box(1, 2, 3, 5), 5, r.pixels(), p));
        assertThat(r.toString())
                .isEqualTo(
                        "Reading[line=5, box=Box[x=1, y=2, width=3, height=4], prediction="
                                + p
                                + "]");
        assertThat(r.times(2).box()).isEqualTo(new Box(2, 4, 6, 8));
        assertThatThrownBy(() -> new Reading(r.box(), 0, new byte[3], p))
                .hasMessageContaining("3 values");
        assertThatThrownBy(() -> new Reading(r.box(), -1, given, p))
                .hasMessageContaining("line -1");
        assertThatThrownBy(() -> new Box(0, 0, 0, 1)).hasMessageContaining("0x1 pixels");
    }

    @Test
    void whatWasFoundIsRounded() {
        float[] pixels = new float[784];
        pixels[0] = 1;
        pixels[1] = 0.5f;
        Reading r = Reading.of(new DigitFinder.Found(1, 2, 3, 4, 5, pixels, answer()));
        assertThat(r.box()).isEqualTo(new Box(1, 2, 3, 4));
        assertThat(r.line()).isEqualTo(5);
        assertThat(r.pixels()).startsWith(255, 128, 0);
        assertThat(r.prediction()).isEqualTo(Prediction.of(answer()));
    }
}
