package io.github.mnist4j.data.photo;

import io.github.mnist4j.data.io.FileKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What an image file says of itself, read without allocating anything that it says. Decoders
 * believe a header; some of them allocate gigabytes for a file of 400 bytes whose palette, strip or
 * tile claims to be that large. What is found here has been compared with the file's length.
 *
 * @param kind one of PNG, JPEG, GIF, BMP, TIFF, WEBP
 * @param width in pixels, at least 1
 * @param height in pixels, at least 1
 * @param pixelBytes what a decoded pixel takes
 * @param extra bytes that the decoder allocates besides, however few of the pixels are wanted
 * @param work how many pixels the decoder goes through: those of a progressive JPEG many times
 */
record ImageHeader(FileKind kind, int width, int height, int pixelBytes, long extra, long work) {

    /** A header that is damaged, lies, or asks for what is not read; the message is a clause. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;

        Refused(String clause) {
            super(clause);
        }
    }

    long pixels() {
        return (long) width * height;
    }

    /**
     * @param kind what {@link FileKind} says
     * @throws Refused with a clause to stand behind the file's name: "is damaged: ..."
     */
    static ImageHeader of(FileKind kind, byte[] content) throws Refused {
        try {
            return switch (kind) {
                case PNG -> png(content);
                case JPEG -> jpeg(content);
                case GIF -> gif(content);
                case BMP -> bmp(content);
                case TIFF -> tiff(content);
                case WEBP -> webp(content);
                default -> throw new IllegalArgumentException(kind.name());
            };
        } catch (IndexOutOfBoundsException | java.nio.BufferUnderflowException e) {
            throw damaged("its header ends too early");
        }
    }

    private static Refused damaged(String why) {
        return new Refused("is damaged: " + why);
    }

    /** Of a kind that decoders would have to be trusted with. */
    private static Refused unread(String what) {
        return new Refused("cannot be read: " + what);
    }

    private static ImageHeader of(
            FileKind kind, long width, long height, long pixelBytes, long extra, long passes)
            throws Refused {
        if (width < 1 || height < 1 || width > Integer.MAX_VALUE || height > Integer.MAX_VALUE) {
            throw damaged("it says that it is " + width + "x" + height + " pixels");
        }
        // twice 31 bits are 62; a product beyond that is no size either
        long work = Math.min(passes, 1 << 20) * Math.min(width * height, 1L << 40);
        return new ImageHeader(
                kind, (int) width, (int) height, (int) Math.max(1, pixelBytes), extra, work);
    }

    private static long uint32(ByteBuffer b, int at) {
        return b.getInt(at) & 0xFFFFFFFFL;
    }

    private static int uint16(ByteBuffer b, int at) {
        return b.getShort(at) & 0xFFFF;
    }

    private static ByteBuffer little(byte[] content) {
        return ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    }

    // ---- PNG (ISO 15948)

    private static ImageHeader png(byte[] content) throws Refused {
        ByteBuffer b = ByteBuffer.wrap(content);
        if (uint32(b, 8) != 13 || b.getInt(12) != 0x49484452) {
            throw damaged("it does not begin with its size");
        }
        int depth = content[24];
        int samples =
                switch (content[25]) {
                    case 0, 3 -> 1;
                    case 2 -> 3;
                    case 4 -> 2;
                    case 6 -> 4;
                    default -> throw damaged("its colour type is not known");
                };
        long width = uint32(b, 16);
        // the decoder keeps a few rows, also as ints
        long row = width * samples * 16;
        return of(FileKind.PNG, width, uint32(b, 20), (long) samples * (depth > 8 ? 2 : 1), row, 1);
    }

    /**
     * The file with the chunks alone that make its pixels. Texts and profiles are packed and may
     * unpack to gigabytes.
     */
    static byte[] withoutAncillaryChunks(byte[] png) {
        var out = new ByteArrayOutputStream(png.length);
        out.write(png, 0, 8);
        ByteBuffer b = ByteBuffer.wrap(png);
        int at = 8;
        while (at + 12 <= png.length) {
            long end = at + 12L + uint32(b, at);
            if (end > png.length) {
                break; // cut off: the decoder gets what there is, and says so
            }
            String type = new String(png, at + 4, 4, StandardCharsets.ISO_8859_1);
            if (Character.isUpperCase(type.charAt(0)) || type.equals("tRNS")) {
                out.write(png, at, (int) end - at);
            }
            at = (int) end;
        }
        out.write(png, at, png.length - at);
        return out.toByteArray();
    }

    // ---- JPEG (ITU T.81)

    private static final long MOST_COEFFICIENTS = 1L << 30;

    private static ImageHeader jpeg(byte[] content) throws Refused {
        ByteBuffer b = ByteBuffer.wrap(content);
        int width = 0;
        int height = 0;
        int samples = 0;
        boolean whole = false;
        boolean lossless = false;
        long scans = 0;
        int at = 2;
        while (at + 4 <= content.length) {
            if ((content[at] & 0xFF) != 0xFF) {
                at++; // a scan's values
                continue;
            }
            int marker = content[at + 1] & 0xFF;
            if (marker == 0xFF) {
                at++;
                continue;
            }
            if (marker == 0 || marker == 1 || (marker >= 0xD0 && marker <= 0xD8)) {
                at += 2; // these have no length
                continue;
            }
            if (marker == 0xD9) {
                break;
            }
            int length = uint16(b, at + 2);
            boolean frame =
                    marker >= 0xC0
                            && marker <= 0xCF
                            && marker != 0xC4
                            && marker != 0xC8
                            && marker != 0xCC;
            if (frame) {
                if (samples != 0) {
                    throw unread("it holds several images in one");
                }
                height = uint16(b, at + 5);
                width = uint16(b, at + 7);
                samples = content[at + 9] & 0xFF;
                lossless = marker == 0xC3;
                whole = marker == 0xC2 || marker == 0xC6 || marker == 0xCA || marker == 0xCE;
                if (samples < 1 || samples > 4) {
                    throw damaged("it says that it has " + samples + " colours");
                }
            } else if (marker == 0xDA) {
                scans++;
            }
            at += 2 + Math.max(2, length);
        }
        if (samples == 0) {
            throw damaged("it does not say how large it is");
        }
        if (lossless) {
            long ints = 8L * samples * width * height;
            return of(FileKind.JPEG, width, height, 2L * samples, ints, 1);
        }
        // where it comes in several scans, 16 bits a coefficient for all of the image; not on the
        // heap, whose limit therefore does not help
        boolean kept = whole || scans > 1;
        if (kept && 2L * samples * width * height > MOST_COEFFICIENTS) {
            throw unread("it is " + width + "x" + height + " pixels and progressive");
        }
        return of(FileKind.JPEG, width, height, 4, 0, kept ? Math.max(1, scans) : 1);
    }

    // ---- GIF (GIF89a)

    private static ImageHeader gif(byte[] content) throws Refused {
        ByteBuffer b = little(content);
        int at = 13;
        int flags = content[10] & 0xFF;
        if ((flags & 0x80) != 0) {
            at += 3 << ((flags & 7) + 1);
        }
        while (true) {
            int block = content[at] & 0xFF;
            if (block == 0x2C) {
                // the first frame is the image; the screen behind it is not decoded
                return of(FileKind.GIF, uint16(b, at + 5), uint16(b, at + 7), 1, 0, 1);
            } else if (block == 0x21) {
                at += 2;
                while (content[at] != 0) {
                    at += 1 + (content[at] & 0xFF);
                }
                at++;
            } else if (block == 0x3B) {
                throw damaged("it holds no image");
            } else {
                throw damaged("it holds a block of an unknown kind");
            }
        }
    }

    // ---- BMP

    private static ImageHeader bmp(byte[] content) throws Refused {
        ByteBuffer b = little(content);
        long pixels = uint32(b, 10);
        long header = uint32(b, 14);
        long width;
        long height;
        int bits;
        long compression = 0;
        long colours = 0;
        long size = 0;
        if (header == 12) {
            width = uint16(b, 18);
            height = uint16(b, 20);
            bits = uint16(b, 24);
        } else if (header >= 40 && header <= 124) {
            width = b.getInt(18);
            height = Math.abs((long) b.getInt(22)); // negative: from top to bottom
            bits = uint16(b, 28);
            compression = uint32(b, 30);
            size = uint32(b, 34);
            colours = uint32(b, 46);
        } else {
            throw damaged("its header is " + header + " bytes long");
        }
        if (width < 1 || height < 1) {
            return of(FileKind.BMP, width, height, 1, 0, 1);
        }
        if (compression == 4 || compression == 5) {
            throw unread("it holds an image of another format");
        }
        if (pixels > content.length || pixels < 14 + header || size > content.length) {
            throw damaged("its pixels lie behind its end");
        }
        if (bits <= 8 && colours > 1L << bits) {
            throw damaged("it says that it has " + colours + " colours");
        }
        boolean packed = compression == 1 || compression == 2;
        long row = (width * bits + 31) / 32 * 4;
        if (!packed && row * Math.min(height, 1 << 30) > content.length - pixels) {
            throw damaged("it is " + width + "x" + height + " pixels, and ends before the last");
        }
        // run lengths are unpacked at once, rows one by one
        long extra = packed ? 2 * width * height : row * 8;
        return of(FileKind.BMP, width, height, bits > 8 ? 4 : 1, extra, 1);
    }

    // ---- TIFF 6.0

    private static final int[] TIFF_BYTES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};

    private static ImageHeader tiff(byte[] content) throws Refused {
        ByteBuffer b =
                ByteBuffer.wrap(content)
                        .order(content[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        long directory = uint32(b, 4);
        if (directory < 8 || directory > content.length - 2) {
            throw damaged("its directory lies behind its end");
        }
        int first = (int) directory;
        int entries = uint16(b, first);
        if (directory + 2 + 12L * entries > content.length) {
            throw damaged("its directory lies behind its end");
        }
        long width = 0;
        long height = 0;
        long samples = 1;
        long bits = 1;
        long strip = Long.MAX_VALUE;
        long tileWidth = 0;
        long tileHeight = 0;
        for (int i = 0; i < entries; i++) {
            int at = first + 2 + 12 * i;
            int tag = uint16(b, at);
            int type = uint16(b, at + 2);
            long count = uint32(b, at + 4);
            if (type == 0 || type >= TIFF_BYTES.length) {
                throw damaged("its directory has an entry of unknown type");
            }
            long bytes = count * TIFF_BYTES[type];
            long where = bytes <= 4 ? at + 8 : uint32(b, at + 8);
            if (where + bytes > content.length) {
                throw damaged("its directory has an entry that lies behind its end");
            }
            if (count == 0) {
                continue;
            }
            long value = number(b, type, (int) where);
            switch (tag) {
                case 256 -> width = value;
                case 257 -> height = value;
                case 258 -> {
                    bits = 0;
                    for (int n = 0; n < Math.min(count, 16); n++) {
                        bits = Math.max(bits, number(b, type, (int) where + n * TIFF_BYTES[type]));
                    }
                }
                case 277 -> samples = value;
                case 278 -> strip = value < 1 ? Long.MAX_VALUE : value;
                case 322 -> tileWidth = value;
                case 323 -> tileHeight = value;
                case 279, 325 -> {
                    for (int n = 0; n < count; n++) {
                        if (number(b, type, (int) where + n * TIFF_BYTES[type]) > content.length) {
                            throw damaged("its pixels lie behind its end");
                        }
                    }
                }
                default -> {}
            }
        }
        if (samples < 1 || samples > 16 || bits < 1 || bits > 64) {
            throw unread("it has " + samples + " values of " + bits + " bits a pixel");
        }
        if (width < 1 || height < 1) {
            return of(FileKind.TIFF, width, height, 1, 0, 1);
        }
        boolean tiled = tileWidth > 0 || tileHeight > 0;
        if (tiled
                && (tileWidth < 1
                        || tileHeight < 1
                        || tileWidth > 1 << 20
                        || tileHeight > 1 << 20)) {
            throw damaged("its tiles are " + tileWidth + "x" + tileHeight + " pixels");
        }
        long pixelBytes = samples * ((bits + 7) / 8);
        long part = tiled ? tileWidth * tileHeight : width * Math.min(strip, height);
        // a strip or tile as it is stored, unpacked, and converted
        long extra = part > 1L << 40 ? Long.MAX_VALUE : 3 * part * pixelBytes;
        return of(FileKind.TIFF, width, height, pixelBytes, extra, 1);
    }

    private static long number(ByteBuffer b, int type, int at) {
        return switch (TIFF_BYTES[type]) {
            case 1 -> b.get(at) & 0xFF;
            case 2 -> uint16(b, at);
            case 4 -> uint32(b, at);
            default -> 0; // fractions and doubles: none of them is a size
        };
    }

    // ---- WebP (RFC 9649)

    private static ImageHeader webp(byte[] content) throws Refused {
        ByteBuffer b = little(content);
        long width = 0;
        long height = 0;
        boolean pixels = false;
        boolean planes = false;
        int at = 12;
        while (at + 8 <= content.length) {
            String type = new String(content, at, 4, StandardCharsets.ISO_8859_1);
            long length = uint32(b, at + 4);
            int data = at + 8;
            long w = 0;
            long h = 0;
            switch (type) {
                case "VP8X" -> {
                    w = 1 + uint24(b, data + 4);
                    h = 1 + uint24(b, data + 7);
                }
                case "VP8 " -> {
                    w = uint16(b, data + 6) & 0x3FFF;
                    h = uint16(b, data + 8) & 0x3FFF;
                    pixels = true;
                }
                case "VP8L" -> {
                    long size = uint32(b, data + 1);
                    w = 1 + (size & 0x3FFF);
                    h = 1 + (size >> 14 & 0x3FFF);
                    pixels = true;
                    planes = true;
                }
                case "ALPH" -> planes = true;
                case "ANMF" -> throw unread("it is an animation");
                default -> {}
            }
            if (width != 0 && w != 0 && (w != width || h != height)) {
                throw damaged("its parts are of different sizes");
            }
            width = w != 0 ? w : width;
            height = h != 0 ? h : height;
            if (data + length > content.length) {
                throw damaged("it ends before the last of its pixels");
            }
            long next = data + length + (length & 1);
            if (pixels || next > content.length) {
                break;
            }
            at = (int) next;
        }
        if (!pixels) {
            throw damaged("it holds no image");
        }
        // a lossless image, and alpha, is made of all its pixels as ints, the rest row by row
        return of(FileKind.WEBP, width, height, 4, (planes ? 6 : 2) * width * height, 1);
    }

    /** What a decoder may look at behind the last byte of a whole file. */
    private static final int LOOK_AHEAD = 64;

    /**
     * The file and a few zeros: the decoder looks ahead, and each time that it meets the end costs
     * it an exception, a million of them on an image that ends in white.
     */
    static byte[] withZerosBehind(byte[] webp) {
        return Arrays.copyOf(webp, webp.length + LOOK_AHEAD);
    }

    private static long uint24(ByteBuffer b, int at) {
        return (b.get(at) & 0xFF) | (b.get(at + 1) & 0xFF) << 8 | (b.get(at + 2) & 0xFF) << 16;
    }

    /** Where a JPEG's or a WebP's EXIF block begins and ends; empty if it has none. */
    static byte[] exif(FileKind kind, byte[] content) {
        try {
            return kind == FileKind.JPEG
                    ? exifOfJpeg(content)
                    : kind == FileKind.WEBP ? exifOfWebp(content) : new byte[0];
        } catch (IndexOutOfBoundsException e) {
            return new byte[0];
        }
    }

    private static final byte[] EXIF = {'E', 'x', 'i', 'f', 0, 0};

    private static byte[] exifOfJpeg(byte[] content) {
        ByteBuffer b = ByteBuffer.wrap(content);
        int at = 2;
        while (at + 4 <= content.length && (content[at] & 0xFF) == 0xFF) {
            int marker = content[at + 1] & 0xFF;
            int length = uint16(b, at + 2);
            if (marker == 0xDA || length < 2) {
                break; // the image itself begins
            }
            int end = Math.min(content.length, at + 2 + length);
            if (marker == 0xE1
                    && at + 10 <= end
                    && Arrays.equals(content, at + 4, at + 10, EXIF, 0, 6)) {
                return Arrays.copyOfRange(content, at + 10, end);
            }
            at += 2 + length;
        }
        return new byte[0];
    }

    private static byte[] exifOfWebp(byte[] content) {
        ByteBuffer b = little(content);
        long at = 12;
        while (at + 8 <= content.length) {
            int data = (int) at + 8;
            long length = uint32(b, (int) at + 4);
            if (new String(content, (int) at, 4, StandardCharsets.ISO_8859_1).equals("EXIF")) {
                int end = (int) Math.min(content.length, data + length);
                int skip = Arrays.equals(content, data, data + 6, EXIF, 0, 6) ? 6 : 0;
                return Arrays.copyOfRange(content, data + skip, end);
            }
            at = data + length + (length & 1);
        }
        return new byte[0];
    }
}
