package io.github.mnist4j.onednn.internal.primitive;

import java.nio.LongBuffer;
import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.LongPointer;

/**
 * One byte for each activation: 1 keeps it, 0 drops it. The bits depend on the seed alone
 * (SplitMix64, Steele et al. 2014), so a resumed run draws the masks that the first run would have
 * drawn. The probability is exact to 1/65536.
 */
public final class DropoutMask {
    public final memory memory;
    private final int threshold;
    private final LongBuffer words;

    public DropoutMask(long elements, double retain) {
        threshold = (int) Math.round(retain * 65536);
        long rounded = (elements + 7) / 8 * 8;
        // allocated in whole words, described as the exact number of bytes
        var storage = new LongPointer(rounded / 8);
        words = storage.asBuffer();
        memory = new HeldMemory(elements, storage);
    }

    /** Keeps the storage alive as long as the memory that points to it. */
    private static final class HeldMemory extends memory {
        @SuppressWarnings({"unused", "FieldCanBeLocal"})
        private final LongPointer storage;

        HeldMemory(long elements, LongPointer storage) {
            super(Primitives.plain(data_type.u8, elements), Primitives.ENGINE, storage);
            this.storage = storage;
        }
    }

    public void fill(long seed) {
        long state = seed;
        int count = words.capacity();
        for (int i = 0; i < count; i++) {
            state += 0x9E3779B97F4A7C15L;
            long a = mix(state);
            state += 0x9E3779B97F4A7C15L;
            long b = mix(state);
            words.put(i, keep(a) | keep(b) << 8);
        }
    }

    /**
     * Four comparisons of 16 random bits with the threshold, their results in bytes 0, 2, 4 and 6.
     */
    private long keep(long random) {
        return kept(random & 0xFFFF)
                | kept(random >>> 16 & 0xFFFF) << 16
                | kept(random >>> 32 & 0xFFFF) << 32
                | kept(random >>> 48) << 48;
    }

    /** 1 if the value lies below the threshold: the sign of the difference, without a branch. */
    private long kept(long value) {
        return (value - threshold) >>> 63;
    }

    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
