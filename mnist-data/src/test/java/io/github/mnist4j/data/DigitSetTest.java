package io.github.mnist4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class DigitSetTest {
    /** Two images of one row and two columns: a nine and a zero. */
    private final DigitSet set = DigitSet.of(1, 2, new byte[] {1, 2, 0, -1}, new byte[] {9, 0});

    /** The digests are those of Python's hashlib, of size, rows and columns, pixels and labels. */
    @Test
    void theDigestCoversSizeImagesAndLabelsInOrder() {
        assertThat(set.digest())
                .isEqualTo("30b8408cfc243b1408d3b365391ed970bbaf39ac3b1f12aa536c4a03d03d681e");
        DigitSet last = set.subset(new int[] {1});
        assertThat(last.digest())
                .isEqualTo("1b8354121813f736755f546d3a6ebf97c5768516db53567bc539e00f4cd4a072");
        assertThat(DigitSet.of(1, 2, new byte[] {0, -1}, new byte[1]).digest())
                .isEqualTo(last.digest());
        assertThat(set.subset(new int[] {1, 0}).digest()).isNotEqualTo(set.digest());
    }

    @Test
    void subsetsOfSubsetsShowTheRightImages() {
        DigitSet reversed = set.subset(new int[] {1, 0, 1});
        assertThat(reversed.size()).isEqualTo(3);
        assertThat(reversed.pixels(0)).containsExactly(0, -1);
        assertThat(reversed.label(1)).isEqualTo(9);
        DigitSet two = reversed.first(2);
        assertThat(two.size()).isEqualTo(2);
        assertThat(two.pixels(1)).containsExactly(1, 2);
        assertThat(two.subset(new int[] {1}).label(0)).isEqualTo(9);
        assertThat(reversed.first(4).size()).isEqualTo(3);
        assertThat(reversed.countByLabel()).containsExactly(2, 0, 0, 0, 0, 0, 0, 0, 0, 1);
        assertThatThrownBy(() -> set.first(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("-1 images, 0 or more expected");
    }

    @Test
    void copiesWhatItIsGivenAndWhatItGives() {
        byte[] pixels = {5, 6};
        byte[] labels = {3};
        DigitSet copied = DigitSet.of(2, 1, pixels, labels);
        pixels[0] = 7;
        labels[0] = 4;
        copied.pixels(0)[1] = 7;
        assertThat(copied.pixels(0)).containsExactly(5, 6);
        assertThat(copied.label(0)).isEqualTo(3);
        assertThat(copied.rows()).isEqualTo(2);
        assertThat(copied.columns()).isEqualTo(1);
    }

    @Test
    void refusesLabelsBeyondNineAndLengthsThatDoNotMatch() {
        assertThatThrownBy(() -> DigitSet.of(1, 1, new byte[1], new byte[] {10}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("label 10, 0 to 9 expected");
        assertThatThrownBy(() -> DigitSet.of(1, 1, new byte[1], new byte[] {-1}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("label 255, 0 to 9 expected");
        assertThatThrownBy(() -> DigitSet.of(2, 3, new byte[11], new byte[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("11 bytes for 2 images of 2x3");
    }
}
