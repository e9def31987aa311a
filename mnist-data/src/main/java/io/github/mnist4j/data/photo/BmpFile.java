package io.github.mnist4j.data.photo;

import io.github.mnist4j.data.io.FileKind;
import io.github.mnist4j.data.photo.ImageHeader.Refused;

/** BMP, with OS/2's header of 12 bytes or one of Windows's. */
final class BmpFile {
    private static final int RUN_LENGTH_8 = 1;
    private static final int RUN_LENGTH_4 = 2;
    private static final int EMBEDDED_JPEG = 4;
    private static final int EMBEDDED_PNG = 5;

    private BmpFile() {}

    static ImageHeader header(byte[] content) throws Refused {
        var b = ByteReader.littleEndian(content);
        long pixels = b.uint32(10);
        long header = b.uint32(14);
        long width;
        long height;
        int bits;
        long compression = 0;
        long colors = 0;
        long size = 0;
        if (header == 12) {
            width = b.uint16(18);
            height = b.uint16(20);
            bits = b.uint16(24);
        } else if (header >= 40 && header <= 124) {
            width = b.int32(18);
            height = Math.abs((long) b.int32(22)); // negative: from top to bottom
            bits = b.uint16(28);
            compression = b.uint32(30);
            size = b.uint32(34);
            colors = b.uint32(46);
        } else {
            throw Refused.damaged("its header is " + header + " bytes long");
        }
        if (width < 1 || height < 1) {
            return ImageHeader.of(FileKind.BMP, width, height, 1, 0, 1);
        }
        if (compression == EMBEDDED_JPEG || compression == EMBEDDED_PNG) {
            throw Refused.unsupported("it holds an image of another format");
        }
        if (pixels > content.length || pixels < 14 + header || size > content.length) {
            throw Refused.damaged("its pixels lie beyond its end");
        }
        if (bits <= 8 && colors > 1L << bits) {
            throw Refused.damaged("it says that it has " + colors + " colors");
        }
        boolean packed = compression == RUN_LENGTH_8 || compression == RUN_LENGTH_4;
        long row = (width * bits + 31) / 32 * 4;
        if (!packed && row * Math.min(height, 1 << 30) > content.length - pixels) {
            throw Refused.damaged(
                    "it is " + width + "x" + height + " pixels, and ends before the last");
        }
        // run lengths are unpacked at once, rows one by one
        long extra = packed ? 2 * width * height : row * 8;
        return ImageHeader.of(FileKind.BMP, width, height, bits > 8 ? 4 : 1, extra, 1);
    }
}
