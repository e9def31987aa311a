package io.github.mnist4j.data.photo;

import io.github.mnist4j.data.io.FileKind;
import io.github.mnist4j.data.photo.ImageHeader.Refused;
import java.io.ByteArrayOutputStream;

/** PNG (ISO/IEC 15948): a sequence of chunks. */
final class PngFile {
    private static final long IHDR = 0x49484452;

    private PngFile() {}

    static ImageHeader header(byte[] content) throws Refused {
        var b = ByteReader.bigEndian(content);
        if (b.uint32(8) != 13 || b.uint32(12) != IHDR) {
            throw Refused.damaged("it does not begin with its size");
        }
        int depth = content[24];
        int samples =
                switch (content[25]) {
                    case 0, 3 -> 1;
                    case 2 -> 3;
                    case 4 -> 2;
                    case 6 -> 4;
                    default -> throw Refused.damaged("its color type is unknown");
                };
        long width = b.uint32(16);
        long pixelBytes = (long) samples * (depth > 8 ? 2 : 1);
        // the decoder keeps a few rows, also as ints
        long extra = width * samples * 16;
        return ImageHeader.of(FileKind.PNG, width, b.uint32(20), pixelBytes, extra, 1);
    }

    /**
     * Keeps only the chunks that make the pixels. Texts and profiles are compressed and may unpack
     * to gigabytes.
     */
    static byte[] withoutAncillaryChunks(byte[] png) {
        var out = new ByteArrayOutputStream(png.length);
        out.write(png, 0, 8);
        var b = ByteReader.bigEndian(png);
        int at = 8;
        while (at + 12 <= png.length) {
            long end = at + 12L + b.uint32(at);
            if (end > png.length) {
                break; // cut off: the decoder gets what there is, and says so
            }
            String type = b.fourLetters(at + 4);
            if (Character.isUpperCase(type.charAt(0)) || type.equals("tRNS")) {
                out.write(png, at, (int) end - at);
            }
            at = (int) end;
        }
        out.write(png, at, png.length - at);
        return out.toByteArray();
    }
}
