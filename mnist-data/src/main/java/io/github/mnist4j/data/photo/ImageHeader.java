package io.github.mnist4j.data.photo;

import io.github.mnist4j.data.io.FileKind;
import java.io.IOException;

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

    /** A file that is damaged, lies, or is of a kind that is not read. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;

        /**
         * @param clause to stand behind the file's name: "is damaged: ..."
         */
        Refused(String clause) {
            super(clause);
        }

        static Refused damaged(String why) {
            return new Refused("is damaged: " + why);
        }

        /** For kinds of images that would have to be left to a decoder's care. */
        static Refused unsupported(String why) {
            return new Refused("cannot be read: " + why);
        }
    }

    long pixels() {
        return (long) width * height;
    }

    /** Width and height as messages have them: 28x28. */
    String size() {
        return width + "x" + height;
    }

    /**
     * Reads a file's header.
     *
     * @param kind what {@link FileKind} says of the content
     * @throws Refused if the header is damaged or the file is of a kind that is not read
     */
    static ImageHeader of(FileKind kind, byte[] content) throws Refused {
        try {
            return switch (kind) {
                case PNG -> PngFile.header(content);
                case JPEG -> JpegFile.header(content);
                case GIF -> GifFile.header(content);
                case BMP -> BmpFile.header(content);
                case TIFF -> TiffFile.header(content);
                case WEBP -> WebpFile.header(content);
                default -> throw new IllegalArgumentException(kind.name());
            };
        } catch (IndexOutOfBoundsException e) {
            throw Refused.damaged("its header ends too early");
        }
    }

    /**
     * From a header's numbers, whatever they are.
     *
     * @param passes how often the decoder goes through the image
     * @throws Refused if the image has no pixels or more than a side can have
     */
    static ImageHeader of(
            FileKind kind, long width, long height, long pixelBytes, long extra, long passes)
            throws Refused {
        if (width < 1 || height < 1 || width > Integer.MAX_VALUE || height > Integer.MAX_VALUE) {
            throw Refused.damaged("it says that it is " + width + "x" + height + " pixels");
        }
        // twice 31 bits are 62; a product beyond that is no size either
        long work = Math.min(passes, 1 << 20) * Math.min(width * height, 1L << 40);
        return new ImageHeader(
                kind, (int) width, (int) height, (int) Math.max(1, pixelBytes), extra, work);
    }
}
