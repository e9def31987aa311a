package io.github.mnist4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PixelsTest {
    @Test
    void everyByteBecomesTheNearestFloatAndComesBack() {
        byte[] all = new byte[256];
        float[] quotients = new float[256];
        for (int v = 0; v < 256; v++) {
            all[v] = (byte) v;
            quotients[v] = v / 255f;
        }
        // bit for bit: what networks were trained on must stay what they are asked
        assertThat(Pixels.toValues(all)).isEqualTo(quotients);
        assertThat(Pixels.toBytes(quotients)).isEqualTo(all);
        assertThat(Pixels.toValue((byte) -1)).isEqualTo(1);
        assertThat(Pixels.toValue((byte) 51)).isEqualTo(0.2);
    }

    @Test
    void valuesBetweenTwoBytesBecomeTheNearer() {
        assertThat(Pixels.toByte(100.4f / 255)).isEqualTo((byte) 100);
        assertThat(Pixels.toByte(199.6f / 255)).isEqualTo((byte) 200);
        assertThat(Pixels.toByte(0.001f)).isEqualTo((byte) 0);
    }
}
