package io.github.mnist4j.data.photo;

import java.io.IOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A file in memory, as decoders read it. ImageIO's own streams copy it, or write it to a temporary
 * file.
 */
final class MemoryImageInput extends ImageInputStreamImpl {
    /** How often a decoder may ask for more at the end before it is stopped. */
    private static final int MOST_BEYOND = 10_000;

    private static final int READS_PER_CHECK = 1 << 12;

    private final byte[] content;
    private final DecoderWatch watch;
    private int reads;
    private int beyond;

    MemoryImageInput(byte[] content, DecoderWatch watch) {
        this.content = content;
        this.watch = watch;
    }

    private boolean ended() {
        if (++reads % READS_PER_CHECK == 0) {
            watch.check();
        }
        if (streamPos < content.length) {
            return false;
        }
        if (++beyond > MOST_BEYOND) {
            throw new DecoderWatch.EndlessException();
        }
        return true;
    }

    @Override
    public int read() throws IOException {
        checkClosed();
        bitOffset = 0;
        return ended() ? -1 : content[(int) streamPos++] & 0xFF;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
        checkClosed();
        bitOffset = 0;
        if (length == 0) {
            return 0;
        }
        if (ended()) {
            return -1;
        }
        int n = (int) Math.min(length, content.length - streamPos);
        System.arraycopy(content, (int) streamPos, into, from, n);
        streamPos += n;
        return n;
    }

    @Override
    public long length() {
        return content.length;
    }
}
