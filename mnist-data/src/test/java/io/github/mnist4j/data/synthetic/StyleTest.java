package io.github.mnist4j.data.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StyleTest {
    private static String digits(int... digits) {
        return IntStream.of(digits)
                .mapToObj(d -> d + " 1: 0,0 1,1\n")
                .collect(Collectors.joining());
    }

    @Test
    void readsWeightsStrokesPiecesAndPoints() throws IOException {
        String text =
                "# a comment\n\n7 2.5:  0.1,0 0.9,-0.5 |0.9,0 0.5,1 ; 0.2,0.5\n"
                        + digits(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        List<List<Style>> styles = Style.read(new StringReader(text));
        assertThat(styles).hasSize(10);
        assertThat(styles.get(7)).hasSize(2);
        assertThat(styles.get(7).get(0))
                .isEqualTo(
                        new Style(
                                2.5,
                                List.of(
                                        List.of(
                                                List.of(point(0.1, 0), point(0.9, -0.5)),
                                                List.of(point(0.9, 0), point(0.5, 1))),
                                        List.of(List.of(point(0.2, 0.5))))));
        assertThat(styles.get(3)).extracting(Style::weight).containsExactly(1.0);
    }

    private static Style.Point point(double x, double y) {
        return new Style.Point(x, y);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '@',
            value = {
                "7 1 0,0 1,1 @ line 2: DIGIT WEIGHT: STROKES expected",
                "7 0: 0,0 1,1 @ line 2: DIGIT WEIGHT: STROKES expected",
                "10 1: 0,0 1,1 @ line 2: DIGIT WEIGHT: STROKES expected",
                "7 -1: 0,0 1,1 @ line 2: DIGIT WEIGHT: STROKES expected",
                "7 1: 0,0 1 @ line 2: '1' is not a point x,y",
                "7 1: 0,0 1,1,1 @ line 2: '1,1,1' is not a point x,y",
                "7 1: 0,0 1,a @ line 2: '1,a' is not a point x,y",
                "7 1: 0,0 NaN,1 @ line 2: 'NaN,1' is not a point x,y",
                "7 1: 0,0 | @ line 2: '' is not a point x,y",
                "7 1: 0,0; @ line 2: '' is not a point x,y",
                "7 1: @ line 2: '' is not a point x,y",
            })
    void aWrongLineIsNamed(String line, String message) {
        assertThatThrownBy(() -> Style.read(new StringReader("# strokes\n" + line)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void everyDigitNeedsAStyle() {
        assertThatThrownBy(() -> Style.read(new StringReader(digits(0, 1, 2, 3, 4, 5, 6, 7, 8))))
                .hasMessage("no style for the digit 9");
    }

    @Test
    void stylesAreChosenAsOftenAsTheirWeightsSay() {
        List<Style> styles =
                List.of(new Style(1, List.of()), new Style(6, List.of()), new Style(3, List.of()));
        var random = new SplittableRandom(3);
        int[] chosen = new int[3];
        for (int i = 0; i < 10_000; i++) {
            chosen[styles.indexOf(Style.pick(styles, random))]++;
        }
        // five standard deviations of a binomial distribution are at most 245
        for (int i = 0; i < 3; i++) {
            assertThat((double) chosen[i]).isCloseTo(1000 * styles.get(i).weight(), within(245.0));
        }
    }
}
