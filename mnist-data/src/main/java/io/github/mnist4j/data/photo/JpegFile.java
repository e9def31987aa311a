package io.github.mnist4j.data.photo;

import io.github.mnist4j.data.io.FileKind;
import io.github.mnist4j.data.photo.ImageHeader.Refused;

/** JPEG (ITU-T T.81): a sequence of segments, each after a marker. */
final class JpegFile {
    /**
     * What a progressive image may keep outside of Java's heap, whose limit does not help there.
     */
    private static final long MOST_COEFFICIENTS = 1L << 30;

    private static final int LOSSLESS_FRAME = 0xC3;
    private static final int END_OF_IMAGE = 0xD9;
    private static final int START_OF_SCAN = 0xDA;

    private JpegFile() {}

    static ImageHeader header(byte[] content) throws Refused {
        var b = ByteReader.bigEndian(content);
        int width = 0;
        int height = 0;
        int samples = 0;
        boolean progressive = false;
        boolean lossless = false;
        long scans = 0;
        int at = 2;
        while (at + 4 <= content.length) {
            if (b.uint8(at) != 0xFF) {
                at++; // a scan's values
                continue;
            }
            int marker = b.uint8(at + 1);
            if (marker == 0xFF) {
                at++;
                continue;
            }
            if (hasNoLength(marker)) {
                at += 2;
                continue;
            }
            if (marker == END_OF_IMAGE) {
                break;
            }
            if (isFrame(marker)) {
                if (samples != 0) {
                    throw Refused.unsupported("it holds several images in one");
                }
                height = b.uint16(at + 5);
                width = b.uint16(at + 7);
                samples = b.uint8(at + 9);
                lossless = marker == LOSSLESS_FRAME;
                progressive = isProgressive(marker);
                if (samples < 1 || samples > 4) {
                    throw Refused.damaged("it says that it has " + samples + " color channels");
                }
            } else if (marker == START_OF_SCAN) {
                scans++;
            }
            at += 2 + Math.max(2, b.uint16(at + 2));
        }
        if (samples == 0) {
            throw Refused.damaged("it does not say how large it is");
        }
        if (lossless) {
            long ints = 8L * samples * width * height;
            return ImageHeader.of(FileKind.JPEG, width, height, 2L * samples, ints, 1);
        }
        // an image that comes in several scans is kept as coefficients of 16 bits
        boolean kept = progressive || scans > 1;
        if (kept && 2L * samples * width * height > MOST_COEFFICIENTS) {
            throw Refused.unsupported("it is " + width + "x" + height + " pixels and progressive");
        }
        return ImageHeader.of(FileKind.JPEG, width, height, 4, 0, kept ? Math.max(1, scans) : 1);
    }

    private static boolean hasNoLength(int marker) {
        return marker == 0 || marker == 1 || (marker >= 0xD0 && marker <= 0xD8);
    }

    /** C4, C8 and CC lie among the frames' markers and are others. */
    private static boolean isFrame(int marker) {
        return marker >= 0xC0
                && marker <= 0xCF
                && marker != 0xC4
                && marker != 0xC8
                && marker != 0xCC;
    }

    private static boolean isProgressive(int marker) {
        return marker == 0xC2 || marker == 0xC6 || marker == 0xCA || marker == 0xCE;
    }
}
