package io.github.mnist4j.data.photo;

import io.github.mnist4j.data.io.FileKind;
import io.github.mnist4j.data.io.Heap;
import io.github.mnist4j.data.io.IoErrors;
import io.github.mnist4j.lite.NotAnImageException;
import io.github.mnist4j.lite.Orientation;
import java.awt.image.BufferedImage;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceConfigurationError;
import org.jspecify.annotations.Nullable;

/**
 * Reads the image files that people have: PNG, JPEG (also CMYK), GIF (its first frame), BMP, TIFF,
 * WebP. Turns photos upright, and reduces images that are larger than recognition needs or the heap
 * can hold. Checks a file's header before anything is decoded.
 */
public final class ImageLoader {
    /** How many pixels an image may have by default: 400 million. */
    public static final long MOST_PIXELS = 400_000_000;

    /** An image with more pixels is read in steps of two, three ... pixels. */
    private static final long PIXELS = 16_000_000;

    /**
     * The memory that each pixel takes until the digits are found: turned upright, as gray values,
     * as ink, as parts. An image is reduced until all of this fits.
     */
    private static final int BYTES_A_PIXEL = 24;

    /** Nobody photographs digits in a row of a million pixels; decoders keep whole rows. */
    private static final int MOST_A_SIDE = 200_000;

    /** How many pixels a decoder may go through, in all the passes of a progressive JPEG. */
    private static final long MOST_WORK = 2_000_000_000;

    private ImageLoader() {}

    /**
     * As {@link #read(Path, long)}, with at most 400 million pixels.
     *
     * @throws IOException see there
     */
    public static LoadedImage read(Path file) throws IOException {
        return read(file, MOST_PIXELS);
    }

    /**
     * Reads a file.
     *
     * @param maxPixels how many pixels the image in the file may have, at least 1
     * @throws IOException if the file cannot be read or does not fit into the heap, and as {@link
     *     #read(byte[], String, long)}; the message names the file
     */
    public static LoadedImage read(Path file, long maxPixels) throws IOException {
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            // not by Files.size, which is 0 for a pipe
            int most = (int) Math.min(Integer.MAX_VALUE - 16, Heap.atHand() / 3);
            content = in.readNBytes(most);
            if (in.read() >= 0) {
                throw new NotAnImageException(
                        file
                                + " is larger than "
                                + Heap.megabytes(most)
                                + ", more than the memory at hand can hold");
            }
        } catch (OutOfMemoryError e) {
            throw new NotAnImageException(file + " is larger than the memory at hand can hold", e);
        } catch (FileSystemException | FileNotFoundException e) {
            throw IoErrors.named("read", file, e);
        } catch (IOException e) {
            throw e.getMessage() != null && e.getMessage().startsWith(file.toString())
                    ? e
                    : IoErrors.named("read", file, e);
        }
        return read(content, file.toString(), maxPixels);
    }

    /**
     * As {@link #read(byte[], String, long)}, with at most 400 million pixels.
     *
     * @param content of the file
     * @param name for error messages
     * @throws IOException see there
     */
    public static LoadedImage read(byte[] content, String name) throws IOException {
        return read(content, name, MOST_PIXELS);
    }

    /**
     * How many pixels an image has by its header: for who queues images by their size before one is
     * decoded.
     *
     * @param content of the file
     * @return 1 or more; 0 if it is not an image that {@link #read(byte[], String, long)} takes
     */
    public static long pixels(byte[] content) {
        FileKind kind = FileKind.of(content);
        try {
            return ImageDecoder.decodes(kind) ? ImageHeader.of(kind, content).pixels() : 0;
        } catch (ImageHeader.Refused e) {
            return 0;
        }
    }

    /** Whether a file's first bytes are those of a kind of image that is read here. */
    public static boolean isImage(byte[] content) {
        return ImageDecoder.decodes(FileKind.of(content));
    }

    /**
     * Reads a file's content. Reduces an image while reading if it has more than 16 million pixels
     * or more than the heap can hold.
     *
     * @param content of the file
     * @param name for error messages
     * @param maxPixels how many pixels the image in the file may have, at least 1
     * @throws NotAnImageException if it is not an image, is damaged, has more than {@code
     *     maxPixels} pixels, or cannot be decoded in the heap at hand; the message is a sentence
     *     that begins with the name
     * @throws IOException if what decodes its format is missing from the class path
     */
    public static LoadedImage read(byte[] content, String name, long maxPixels) throws IOException {
        FileKind kind = FileKind.of(content);
        if (!ImageDecoder.decodes(kind)) {
            throw new NotAnImageException(
                    name
                            + " is not an image that can be read (PNG, JPEG, GIF, BMP, TIFF, WebP)"
                            + (kind == FileKind.UNKNOWN ? "" : ": it is " + kind));
        }
        try {
            ImageHeader header = ImageHeader.of(kind, content);
            check(header, maxPixels);
            return decode(content, header);
        } catch (ImageHeader.Refused e) {
            throw new NotAnImageException(name + " " + e.getMessage(), e);
        } catch (DecoderWatch.EndlessException e) {
            throw new NotAnImageException(
                    name + " is damaged: decoding it does not come to an end", e);
        } catch (IOException | RuntimeException | StackOverflowError | AssertionError e) {
            // what a decoder says is for programmers, if it says anything
            throw new NotAnImageException(
                    name + " is damaged, or " + kind + " of a kind that cannot be read", e);
        } catch (ServiceConfigurationError e) {
            // the program's fault, not the file's; of a shaded jar without META-INF/services
            throw new IOException(
                    name
                            + " cannot be read: what decodes "
                            + kind
                            + " is missing from the class path",
                    e);
        } catch (LinkageError e) {
            throw new IOException(
                    name + " cannot be read: this Java lacks what decodes " + kind, e);
        }
    }

    private static LoadedImage decode(byte[] content, ImageHeader header) throws IOException {
        int step = step(header);
        int orientation = orientation(header.kind(), content);
        try {
            BufferedImage image = ImageDecoder.decode(content, header, step);
            return new LoadedImage(Orientation.upright(image, orientation), step);
        } catch (OutOfMemoryError e) {
            throw tooLarge(header, e);
        }
    }

    /** 1 to 8; 1, upright, where the file does not say. */
    private static int orientation(FileKind kind, byte[] content) {
        try {
            return switch (kind) {
                case JPEG -> Orientation.of(Orientation.exif(content));
                case WEBP -> Orientation.of(WebpFile.exif(content));
                default -> 1;
            };
        } catch (IndexOutOfBoundsException e) {
            return 1;
        }
    }

    private static void check(ImageHeader header, long maxPixels) throws ImageHeader.Refused {
        String is = "is " + header.size() + " pixels, at most ";
        if (header.pixels() > maxPixels) {
            String most =
                    maxPixels >= 1_000_000 && maxPixels % 1_000_000 == 0
                            ? maxPixels / 1_000_000 + " million"
                            : Long.toString(maxPixels);
            throw new ImageHeader.Refused(is + most + " can be read");
        }
        if (Math.max(header.width(), header.height()) > MOST_A_SIDE) {
            throw new ImageHeader.Refused(is + MOST_A_SIDE + " a side can be read");
        }
        if (header.work() > MOST_WORK) {
            throw ImageHeader.Refused.unsupported(
                    "it is "
                            + header.size()
                            + " pixels in "
                            + header.work() / header.pixels()
                            + " passes; save it as a JPEG that is not progressive");
        }
    }

    private static ImageHeader.Refused tooLarge(
            ImageHeader header, @Nullable OutOfMemoryError cause) {
        var refused =
                new ImageHeader.Refused(
                        "is "
                                + header.size()
                                + " pixels, more than the memory at hand can hold; give Java more with -Xmx");
        refused.initCause(cause);
        return refused;
    }

    /** The least reduction with which the image fits into the heap. */
    private static int step(ImageHeader header) throws ImageHeader.Refused {
        // with a tenth of the pixels in each direction digits are still read, with less hardly
        long least = Math.min(header.pixels() / 100, PIXELS / 100) * BYTES_A_PIXEL;
        long wanted = Math.min(header.pixels(), PIXELS) * cost(header);
        if (header.extra() > Long.MAX_VALUE / 2
                || (!Heap.has(header.extra() + wanted) && !Heap.has(header.extra() + least))) {
            throw tooLarge(header, null);
        }
        long fit = Math.max(1, (Heap.atHand() - header.extra()) / cost(header));
        double ratio = (double) header.pixels() / Math.min(PIXELS, fit);
        return Math.max(1, (int) Math.ceil(Math.sqrt(ratio)));
    }

    private static long cost(ImageHeader header) {
        return (long) BYTES_A_PIXEL + header.pixelBytes();
    }
}
