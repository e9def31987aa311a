package io.github.mnist4j.data.photo;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Numbers at any place of a file in memory. Reading beyond either end throws {@link
 * IndexOutOfBoundsException}.
 */
final class ByteReader {
    private final byte[] content;
    private final ByteBuffer buffer;

    private ByteReader(byte[] content, ByteOrder order) {
        this.content = content;
        buffer = ByteBuffer.wrap(content).order(order);
    }

    static ByteReader bigEndian(byte[] content) {
        return new ByteReader(content, ByteOrder.BIG_ENDIAN);
    }

    static ByteReader littleEndian(byte[] content) {
        return new ByteReader(content, ByteOrder.LITTLE_ENDIAN);
    }

    /** In the order that the first byte of a TIFF header names: I for Intel's, else Motorola's. */
    static ByteReader ofTiff(byte[] content) {
        return content[0] == 'I' ? littleEndian(content) : bigEndian(content);
    }

    int uint8(int at) {
        return content[at] & 0xFF;
    }

    int uint16(int at) {
        return buffer.getShort(at) & 0xFFFF;
    }

    /** Little-endian, the only order in which a format here has three bytes. */
    int littleUint24(int at) {
        return uint8(at) | uint8(at + 1) << 8 | uint8(at + 2) << 16;
    }

    long uint32(int at) {
        return buffer.getInt(at) & 0xFFFFFFFFL;
    }

    int int32(int at) {
        return buffer.getInt(at);
    }

    /** Four letters: the type of a chunk. */
    String fourLetters(int at) {
        return new String(content, at, 4, StandardCharsets.ISO_8859_1);
    }

    /** Whether these bytes stand there; false also where the file ends before them. */
    boolean has(int at, byte[] expected) {
        int to = at + expected.length;
        return at >= 0
                && to <= content.length
                && Arrays.equals(content, at, to, expected, 0, expected.length);
    }
}
