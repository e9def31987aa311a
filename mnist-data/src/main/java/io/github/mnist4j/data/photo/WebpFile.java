package io.github.mnist4j.data.photo;

import io.github.mnist4j.data.io.FileKind;
import io.github.mnist4j.data.photo.ImageHeader.Refused;
import java.util.Arrays;

/** WebP (RFC 9649): a RIFF file, which is a sequence of chunks. */
final class WebpFile {
    /** What a decoder may look at behind the last byte of a whole file. */
    private static final int LOOK_AHEAD = 64;

    private WebpFile() {}

    static ImageHeader header(byte[] content) throws Refused {
        var b = ByteReader.littleEndian(content);
        long width = 0;
        long height = 0;
        boolean pixels = false;
        boolean planes = false;
        int at = 12;
        while (at + 8 <= content.length) {
            long length = b.uint32(at + 4);
            int data = at + 8;
            long w = 0;
            long h = 0;
            switch (b.fourLetters(at)) {
                case "VP8X" -> {
                    w = 1L + b.littleUint24(data + 4);
                    h = 1L + b.littleUint24(data + 7);
                }
                case "VP8 " -> {
                    w = b.uint16(data + 6) & 0x3FFF;
                    h = b.uint16(data + 8) & 0x3FFF;
                    pixels = true;
                }
                case "VP8L" -> {
                    long size = b.uint32(data + 1);
                    w = 1 + (size & 0x3FFF);
                    h = 1 + (size >> 14 & 0x3FFF);
                    pixels = true;
                    planes = true;
                }
                case "ALPH" -> planes = true;
                case "ANMF" -> throw Refused.unsupported("it is an animation");
                default -> {}
            }
            if (width != 0 && w != 0 && (w != width || h != height)) {
                throw Refused.damaged("its parts differ in size");
            }
            width = w != 0 ? w : width;
            height = h != 0 ? h : height;
            if (data + length > content.length) {
                throw Refused.damaged("it ends before the last of its pixels");
            }
            long next = data + length + (length & 1);
            if (pixels || next > content.length) {
                break;
            }
            at = (int) next;
        }
        if (!pixels) {
            throw Refused.damaged("it holds no image");
        }
        // a lossless image, and alpha, is made of all its pixels as ints, the rest row by row
        long extra = (planes ? 6 : 2) * width * height;
        return ImageHeader.of(FileKind.WEBP, width, height, 4, extra, 1);
    }

    /**
     * The file and a few zeros: the decoder looks ahead, and each time that it meets the end costs
     * it an exception, a million of them on an image that ends in white.
     */
    static byte[] withZerosBehind(byte[] webp) {
        return Arrays.copyOf(webp, webp.length + LOOK_AHEAD);
    }

    private static final byte[] JPEG_HEADER = {'E', 'x', 'i', 'f', 0, 0};

    /**
     * The EXIF block, without its header; empty if there is none.
     *
     * @throws IndexOutOfBoundsException if the file is damaged
     */
    static byte[] exif(byte[] content) {
        var b = ByteReader.littleEndian(content);
        long at = 12;
        while (at + 8 <= content.length) {
            int data = (int) at + 8;
            long length = b.uint32((int) at + 4);
            if (b.fourLetters((int) at).equals("EXIF")) {
                // some writers put JPEG's header before the block
                int header = b.has(data, JPEG_HEADER) ? JPEG_HEADER.length : 0;
                int end = (int) Math.min(content.length, data + length);
                return Arrays.copyOfRange(content, data + header, end);
            }
            at = data + length + (length & 1);
        }
        return new byte[0];
    }
}
