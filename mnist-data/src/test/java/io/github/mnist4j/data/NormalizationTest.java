package io.github.mnist4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.factory.Nd4j;

class NormalizationTest {
    /** The digest is NumPy's: float32((v / 255.0 - 0.1307) / 0.3081), big-endian. */
    @Test
    void theTableHasTheBitsOfNumPys() throws Exception {
        float[] table = Normalization.MNIST.table();
        var bytes = ByteBuffer.allocate(4 * table.length);
        bytes.asFloatBuffer().put(table);
        assertThat(
                        HexFormat.of()
                                .formatHex(
                                        MessageDigest.getInstance("SHA-256").digest(bytes.array())))
                .isEqualTo("a15b5d089fd9da04822a3ab6f8226afc95bbb745dca5e8ff85d2f86877c1a751");
        float[] fashion = Normalization.FASHION_MNIST.table();
        assertThat(fashion).hasSize(256);
        assertThat(fashion[0]).isEqualTo(-0.8101983070373535f);
        assertThat(fashion[127]).isEqualTo(0.6006776690483093f);
        assertThat(fashion[255]).isEqualTo(2.022662878036499f);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.1307,0.3081", "0.286,0.353", "0.0,1.0", "1.0,0.01"})
    void theLinearFunctionAndDl4jsScalerSayTheSame(String text) {
        Normalization normalization = Normalization.parse(text);
        float[] table = normalization.table();
        var pixels = Nd4j.arange(256).reshape(1, 1, 16, 16).dup();
        normalization.toDl4j().transform(pixels);
        for (int v = 0; v < 256; v++) {
            double linear = v / 255.0 * normalization.scale() + normalization.shift();
            double tolerance = 1e-6 * Math.max(1, Math.abs(table[v]));
            assertThat(linear).isCloseTo(table[v], within(tolerance));
            assertThat(pixels.getDouble(v)).isCloseTo(table[v], within(20 * tolerance));
        }
        Normalization back = Normalization.from(normalization.toDl4j());
        assertThat(back.mean()).isCloseTo(normalization.mean(), within(1e-9));
        assertThat(back.standardDeviation())
                .isCloseTo(normalization.standardDeviation(), within(1e-9));
    }

    /** By hand: of 0, 0, 0, 1 the mean is 1/4, the mean square 1/4, the variance 3/16. */
    @Test
    void ofASetAreItsMeanAndDeviation() {
        var set = DigitSet.of(1, 2, new byte[] {0, 0, 0, -1}, new byte[] {3, 7});
        Normalization found = Normalization.of(set);
        assertThat(found.mean()).isEqualTo(0.25);
        assertThat(found.standardDeviation()).isCloseTo(Math.sqrt(3) / 4, within(1e-15));
        // a part of a set has its own
        assertThat(Normalization.of(set.subset(new int[] {1})).mean()).isEqualTo(0.5);
        assertThat(Normalization.of(set.subset(new int[] {0}))).isEqualTo(new Normalization(0, 1));
        assertThatThrownBy(() -> Normalization.of(set.first(0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no images");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.1",
                "0.1,0.2,0.3",
                "",
                "a,b",
                "0.1,",
                "-0.1,1",
                "1.1,1",
                "0,0",
                "NaN,1",
                "0,Infinity",
                "0,NaN"
            })
    void whatIsNotAMeanAndADeviationIsRefused(String text) {
        assertThatThrownBy(() -> Normalization.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected");
    }
}
