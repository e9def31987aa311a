package io.github.mnist4j.data.photo;

import io.github.mnist4j.data.io.FileKind;
import io.github.mnist4j.data.photo.ImageHeader.Refused;

/** TIFF 6.0: a directory of fields for each image; the first one is read. */
final class TiffFile {
    private static final int IMAGE_WIDTH = 256;
    private static final int IMAGE_LENGTH = 257;
    private static final int BITS_PER_SAMPLE = 258;
    private static final int SAMPLES_PER_PIXEL = 277;
    private static final int ROWS_PER_STRIP = 278;
    private static final int STRIP_BYTE_COUNTS = 279;
    private static final int TILE_WIDTH = 322;
    private static final int TILE_LENGTH = 323;
    private static final int TILE_BYTE_COUNTS = 325;

    /** Bytes of a value of each type of field. */
    private static final int[] TYPE_BYTES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};

    private final byte[] content;
    private final ByteReader b;
    private long width;
    private long height;
    private long samples = 1;
    private long bits = 1;
    private long stripRows = Long.MAX_VALUE;
    private long tileWidth;
    private long tileHeight;

    private TiffFile(byte[] content) {
        this.content = content;
        b = ByteReader.ofTiff(content);
    }

    static ImageHeader header(byte[] content) throws Refused {
        var file = new TiffFile(content);
        file.readDirectory();
        return file.header();
    }

    private void readDirectory() throws Refused {
        long directory = b.uint32(4);
        if (directory < 8 || directory > content.length - 2) {
            throw directoryBeyondEnd();
        }
        int first = (int) directory;
        int entries = b.uint16(first);
        if (directory + 2 + 12L * entries > content.length) {
            throw directoryBeyondEnd();
        }
        for (int i = 0; i < entries; i++) {
            readEntry(first + 2 + 12 * i);
        }
    }

    private static Refused directoryBeyondEnd() {
        return Refused.damaged("its directory lies beyond its end");
    }

    private void readEntry(int at) throws Refused {
        int type = b.uint16(at + 2);
        long count = b.uint32(at + 4);
        if (type == 0 || type >= TYPE_BYTES.length) {
            throw Refused.damaged("its directory has an entry of unknown type");
        }
        long bytes = count * TYPE_BYTES[type];
        long where = bytes <= 4 ? at + 8 : b.uint32(at + 8);
        if (where + bytes > content.length) {
            throw Refused.damaged("its directory has an entry that lies beyond its end");
        }
        if (count == 0) {
            return;
        }
        int from = (int) where;
        long value = number(type, from, 0);
        switch (b.uint16(at)) {
            case IMAGE_WIDTH -> width = value;
            case IMAGE_LENGTH -> height = value;
            case BITS_PER_SAMPLE -> {
                bits = 0;
                for (int n = 0; n < Math.min(count, 16); n++) {
                    bits = Math.max(bits, number(type, from, n));
                }
            }
            case SAMPLES_PER_PIXEL -> samples = value;
            case ROWS_PER_STRIP -> stripRows = value < 1 ? Long.MAX_VALUE : value;
            case TILE_WIDTH -> tileWidth = value;
            case TILE_LENGTH -> tileHeight = value;
            case STRIP_BYTE_COUNTS, TILE_BYTE_COUNTS -> {
                for (int n = 0; n < count; n++) {
                    if (number(type, from, n) > content.length) {
                        throw Refused.damaged("its pixels lie beyond its end");
                    }
                }
            }
            default -> {}
        }
    }

    /** Value {@code n} of a field; 0 for fractions and doubles, none of which is a size. */
    private long number(int type, int from, int n) {
        int size = TYPE_BYTES[type];
        int at = from + n * size;
        return switch (size) {
            case 1 -> b.uint8(at);
            case 2 -> b.uint16(at);
            case 4 -> b.uint32(at);
            default -> 0;
        };
    }

    private ImageHeader header() throws Refused {
        if (samples < 1 || samples > 16 || bits < 1 || bits > 64) {
            throw Refused.unsupported("it has " + samples + " values of " + bits + " bits a pixel");
        }
        if (width < 1 || height < 1) {
            return ImageHeader.of(FileKind.TIFF, width, height, 1, 0, 1);
        }
        boolean tiled = tileWidth > 0 || tileHeight > 0;
        if (tiled && !(isTileSide(tileWidth) && isTileSide(tileHeight))) {
            throw Refused.damaged("its tiles are " + tileWidth + "x" + tileHeight + " pixels");
        }
        long pixelBytes = samples * ((bits + 7) / 8);
        long part = tiled ? tileWidth * tileHeight : width * Math.min(stripRows, height);
        // a strip or tile as it is stored, unpacked, and converted
        long extra = part > 1L << 40 ? Long.MAX_VALUE : 3 * part * pixelBytes;
        return ImageHeader.of(FileKind.TIFF, width, height, pixelBytes, extra, 1);
    }

    private static boolean isTileSide(long pixels) {
        return pixels >= 1 && pixels <= 1 << 20;
    }
}
