package io.github.mnist4j.data.photo;

import io.github.mnist4j.data.io.FileKind;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadProgressListener;

/**
 * Stops a decoder that does not come to an end: some of them take the end of a file for zeros, and
 * a file of 52 bytes can announce work for minutes. It is asked at every row and while reading, and
 * throws what no decoder catches.
 */
final class DecoderWatch implements IIOReadProgressListener {
    private static final long SECOND = 1_000_000_000;

    /** How many pixels a decoder gets through in a second, even on a slow machine. */
    private static final long PACE = 10_000_000;

    /** WebP's decoder is written in Java. */
    private static final long PACE_OF_WEBP = 2_000_000;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final long most;
    private final long start = now();

    /** Not an IOException: some decoders go on after one. */
    static final class EndlessException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        EndlessException() {
            super("the decoder does not come to an end");
        }
    }

    DecoderWatch(ImageHeader header) {
        long pace = header.kind() == FileKind.WEBP ? PACE_OF_WEBP : PACE;
        most = 8 * SECOND + header.work() * SECOND / pace;
    }

    /** The thread's processor time, which others' work does not use up, where Java measures it. */
    private static long now() {
        return THREADS.isCurrentThreadCpuTimeSupported() && THREADS.isThreadCpuTimeEnabled()
                ? THREADS.getCurrentThreadCpuTime()
                : System.nanoTime();
    }

    /**
     * @throws EndlessException if the decoder has had its time
     */
    void check() {
        if (now() - start > most) {
            throw new EndlessException();
        }
    }

    @Override
    public void imageProgress(ImageReader source, float percentageDone) {
        check();
    }

    @Override
    public void imageStarted(ImageReader source, int index) {}

    @Override
    public void imageComplete(ImageReader source) {}

    @Override
    public void readAborted(ImageReader source) {}

    @Override
    public void sequenceStarted(ImageReader source, int index) {}

    @Override
    public void sequenceComplete(ImageReader source) {}

    @Override
    public void thumbnailStarted(ImageReader source, int index, int thumbnail) {}

    @Override
    public void thumbnailProgress(ImageReader source, float percentageDone) {}

    @Override
    public void thumbnailComplete(ImageReader source) {}
}
