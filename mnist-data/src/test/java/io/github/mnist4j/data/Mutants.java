package io.github.mnist4j.data;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Files as they come from a damaged disk, a broken transfer or somebody's bad will. */
public final class Mutants {
    private Mutants() {}

    private static final int[] LIES = {
        0, 1, -1, 0x7FFFFFFF, 0x80000000, 0x7F7F7F7F, 0x10000, 0xFFFF, 0xFF, 0x20000000, 65_000
    };

    /** The same mutant for the same seed; the header is hit more often than the rest. */
    public static byte[] of(byte[] original, long seed) {
        var random = new SplittableRandom(seed);
        byte[] mutant = original.clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes && mutant.length > 8; i++) {
            mutant = change(mutant, random);
        }
        return mutant;
    }

    private static byte[] change(byte[] b, SplittableRandom random) {
        int reach = random.nextInt(3) > 0 ? Math.min(b.length, 128) : b.length;
        int at = random.nextInt(reach);
        switch (random.nextInt(8)) {
            case 0, 1 -> b[at] ^= (byte) (1 << random.nextInt(8));
            case 2 -> b[at] = (byte) random.nextInt(256);
            case 3, 4 -> {
                at = Math.min(at, b.length - 4);
                ByteBuffer.wrap(b)
                        .order(
                                random.nextBoolean()
                                        ? ByteOrder.LITTLE_ENDIAN
                                        : ByteOrder.BIG_ENDIAN)
                        .putInt(at, LIES[random.nextInt(LIES.length)]);
            }
            case 5 -> {
                at = Math.min(at, b.length - 2);
                short lie = (short) LIES[random.nextInt(LIES.length)];
                ByteBuffer.wrap(b).putShort(at, lie);
            }
            case 6 -> {
                return Arrays.copyOf(b, random.nextInt(b.length));
            }
            default -> {
                // a piece of it twice, or one left out
                int end = Math.min(b.length, at + 1 + random.nextInt(64));
                var out = new ByteArrayOutputStream();
                boolean twice = random.nextBoolean();
                out.write(b, 0, twice ? end : at);
                int from = twice ? at : end;
                out.write(b, from, b.length - from);
                return out.toByteArray();
            }
        }
        return b;
    }
}
