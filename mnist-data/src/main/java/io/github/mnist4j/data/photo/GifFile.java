package io.github.mnist4j.data.photo;

import io.github.mnist4j.data.io.FileKind;
import io.github.mnist4j.data.photo.ImageHeader.Refused;

/** GIF (GIF89a): a screen and a sequence of blocks. */
final class GifFile {
    private static final int IMAGE = 0x2C;
    private static final int EXTENSION = 0x21;
    private static final int TRAILER = 0x3B;

    private GifFile() {}

    /** The first frame's size: the frame is the image, the screen behind it is not decoded. */
    static ImageHeader header(byte[] content) throws Refused {
        var b = ByteReader.littleEndian(content);
        int at = 13;
        int flags = b.uint8(10);
        if ((flags & 0x80) != 0) {
            at += 3 << ((flags & 7) + 1);
        }
        while (true) {
            switch (b.uint8(at)) {
                case IMAGE -> {
                    int width = b.uint16(at + 5);
                    return ImageHeader.of(FileKind.GIF, width, b.uint16(at + 7), 1, 0, 1);
                }
                case EXTENSION -> {
                    at += 2;
                    while (b.uint8(at) != 0) {
                        at += 1 + b.uint8(at);
                    }
                    at++;
                }
                case TRAILER -> throw Refused.damaged("it holds no image");
                default -> throw Refused.damaged("it holds a block of an unknown kind");
            }
        }
    }
}
