package io.github.mnist4j.data;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.testkit.SharedData;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SplitTest {
    /** Image i carries its index in its four pixels, so that it can be told where it went. */
    private static DigitSet numbered(int size, long seed) {
        byte[] pixels = new byte[size * 4];
        byte[] labels = new byte[size];
        var random = new java.util.Random(seed);
        for (int i = 0; i < size; i++) {
            pixels[4 * i] = (byte) i;
            pixels[4 * i + 1] = (byte) (i >> 8);
            labels[i] = (byte) Math.min(9, Math.abs(random.nextGaussian() * 4));
        }
        return DigitSet.of(2, 2, pixels, labels);
    }

    private static int number(DigitSet set, int i) {
        byte[] p = set.pixels(i);
        return p[0] & 0xFF | (p[1] & 0xFF) << 8;
    }

    @Property(tries = 100)
    void partsEveryDigitInProportionAndLosesNothing(
            @ForAll @IntRange(min = 20, max = 2000) int size,
            @ForAll @IntRange(min = 0, max = 100) int percent,
            @ForAll long seed) {
        DigitSet set = numbered(size, seed);
        int held = Math.min(size * percent / 100, size - 10);
        Split split = Split.stratified(set, held, seed);
        assertThat(split.validation().size()).isEqualTo(held);
        Set<Integer> seen = new HashSet<>();
        for (DigitSet part : new DigitSet[] {split.train(), split.validation()}) {
            int before = -1;
            for (int i = 0; i < part.size(); i++) {
                int n = number(part, i);
                assertThat(n).isGreaterThan(before);
                before = n;
                assertThat(part.label(i)).isEqualTo(set.label(n));
                seen.add(n);
            }
        }
        assertThat(seen).hasSize(size);
        int[] all = set.countByLabel();
        int[] validation = split.validation().countByLabel();
        for (int c = 0; c < 10; c++) {
            double exact = (double) held * all[c] / size;
            assertThat((double) validation[c]).isBetween(Math.floor(exact), Math.ceil(exact));
        }
    }

    @Test
    void dependsOnTheSeedAlone() {
        DigitSet set = numbered(500, 1);
        assertThat(Split.stratified(set, 100, 7).validation().digest())
                .isEqualTo(Split.stratified(set, 100, 7).validation().digest())
                .isNotEqualTo(Split.stratified(set, 100, 8).validation().digest());
    }

    @Test
    void refusesASizeThatLeavesNothingToLearnFrom() {
        DigitSet set = numbered(50, 1);
        assertThatThrownBy(() -> Split.stratified(set, 41, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0 to 40");
        assertThatThrownBy(() -> Split.stratified(set, -1, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Counted in QMNIST's table by a script of a few lines. */
    @Test
    void knowsTheWritersOfMnist() {
        MnistWriters writers = MnistWriters.read();
        int[] first = {2154, 0, 2232, 0, 2168, 0};
        for (int i = 0; i < first.length; i++) {
            assertThat(writers.number(writers.writer(i))).isEqualTo(first[i]);
        }
        assertThat(writers.number(writers.writer(59_999))).isEqualTo(288);
        assertThat(writers.count()).isEqualTo(539);
        assertThat(IntStream.range(0, 539).filter(writers::isStudent)).hasSize(250);
        var images = new TreeMap<Integer, Integer>();
        int students = 0;
        for (int i = 0; i < MnistWriters.IMAGES; i++) {
            images.merge(writers.number(writers.writer(i)), 1, Integer::sum);
            students += writers.isStudent(writers.writer(i)) ? 1 : 0;
        }
        assertThat(images)
                .hasSize(539)
                .containsEntry(2154, 115)
                .containsEntry(2232, 89)
                .containsEntry(0, 104);
        assertThat(students).isEqualTo(29_050);
    }

    @Test
    void keepsWritersWhole() throws Exception {
        DigitSet mnist =
                DatasetLoader.builder()
                        .optFolder(SharedData.mnist())
                        .build()
                        .load(DatasetLoader.Dataset.MNIST)
                        .train();
        MnistWriters writers = MnistWriters.read();
        Set<String> chosen = new HashSet<>();
        for (long seed = 1; seed <= 3; seed++) {
            Split split = Split.byWriters(mnist, 10_000, seed);
            assertThat(split.validation().size()).isBetween(9_900, 10_000);
            assertThat(split.train().size() + split.validation().size()).isEqualTo(60_000);
            // found again by their bytes: who is held back is held back whole
            var bytes = new HashSet<String>();
            for (int i = 0; i < split.validation().size(); i++) {
                bytes.add(new String(split.validation().pixels(i), ISO_8859_1));
            }
            var held = new HashSet<Integer>();
            var learned = new HashSet<Integer>();
            int students = 0;
            for (int i = 0; i < mnist.size(); i++) {
                boolean in = bytes.contains(new String(mnist.pixels(i), ISO_8859_1));
                (in ? held : learned).add(writers.writer(i));
                students += in && writers.isStudent(writers.writer(i)) ? 1 : 0;
            }
            assertThat(held).doesNotContainAnyElementsOf(learned);
            assertThat(students).isBetween(4_900, 5_000);
            chosen.add(held.toString());
        }
        assertThat(chosen).hasSize(3);
        assertThatThrownBy(() -> Split.byWriters(mnist, 50_001, 1))
                .hasMessageContaining("0 to 50000 expected");
        assertThat(Split.byWriters(mnist, 50_000, 1).validation().size()).isBetween(49_800, 50_000);
        assertThat(Split.byWriters(mnist, 0, 1).validation().size()).isZero();
    }

    @Test
    void otherImagesHaveNoKnownWriters() {
        assertThatThrownBy(() -> Split.byWriters(numbered(100, 1), 10, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("MNIST's own 60000 training images expected");
    }
}
