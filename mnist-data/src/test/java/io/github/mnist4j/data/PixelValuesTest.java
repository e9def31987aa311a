package io.github.mnist4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PixelValuesTest {
    @Test
    void everyByteBecomesTheNearestFloatAndComesBack() {
        byte[] all = new byte[256];
        float[] quotients = new float[256];
        for (int v = 0; v < 256; v++) {
            all[v] = (byte) v;
            quotients[v] = v / 255f;
        }
        // bit for bit: what networks were trained on must stay what they are asked
        assertThat(PixelValues.toValues(all)).isEqualTo(quotients);
        assertThat(PixelValues.toBytes(quotients)).isEqualTo(all);
        assertThat(PixelValues.toValue((byte) -1)).isEqualTo(1);
        assertThat(PixelValues.toValue((byte) 51)).isEqualTo(0.2);
    }

    @Test
    void valuesBetweenTwoBytesBecomeTheNearer() {
        assertThat(PixelValues.toByte(100.4f / 255)).isEqualTo((byte) 100);
        assertThat(PixelValues.toByte(199.6f / 255)).isEqualTo((byte) 200);
        assertThat(PixelValues.toByte(0.001f)).isEqualTo((byte) 0);
    }
}
