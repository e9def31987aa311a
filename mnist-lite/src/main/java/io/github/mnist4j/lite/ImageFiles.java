package io.github.mnist4j.lite;

import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Image files by ImageIO: what the JDK decodes, and whatever plug-ins are on the class path. A
 * file's header is looked at before anything is decoded; a decoder that has begun is not stopped.
 */
final class ImageFiles {
    /** How many pixels an image may have. */
    private static final long MOST_PIXELS = 400_000_000;

    /** Decoders keep whole rows. */
    private static final int MOST_A_SIDE = 200_000;

    /** An image with more pixels is read in steps of two, three ... pixels. */
    private static final long PIXELS = 16_000_000;

    /** What one of the pixels read costs until the digits on it are found. */
    private static final int BYTES_A_PIXEL = 28;

    /** The JDK's decoder of WBMP takes nearly anything for one. */
    private static final Set<String> REFUSED = Set.of("wbmp");

    private ImageFiles() {}

    /**
     * An image that was decoded.
     *
     * @param image upright
     * @param step how many of the file's pixels make one of the image's, in each direction
     */
    record Loaded(BufferedImage image, int step) {}

    static Loaded read(byte[] content, String name) throws NotAnImageException {
        try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(content))) {
            ImageReader reader = null;
            for (Iterator<ImageReader> all = ImageIO.getImageReaders(in);
                    reader == null && all.hasNext(); ) {
                ImageReader next = all.next();
                reader = REFUSED.contains(format(next)) ? null : next;
            }
            if (reader == null) {
                throw new NotAnImageException(
                        name + " is not an image that can be read (PNG, JPEG, GIF, BMP, TIFF)");
            }
            try {
                reader.setInput(in, true, true);
                int width = reader.getWidth(0);
                int height = reader.getHeight(0);
                int step = step(width, height, name);
                ImageReadParam param = reader.getDefaultReadParam();
                if (step > 1) {
                    // whole steps only, so that no box on the image leads beyond the file's
                    param.setSourceRegion(new Rectangle(whole(width, step), whole(height, step)));
                }
                param.setSourceSubsampling(step, step, 0, 0);
                BufferedImage image = reader.read(0, param);
                boolean jpeg = format(reader).equals("jpeg");
                return new Loaded(
                        jpeg
                                ? Orientation.upright(
                                        image, Orientation.of(Orientation.exif(content)))
                                : image,
                        step);
            } finally {
                reader.dispose();
            }
        } catch (NotAnImageException e) {
            throw e;
        } catch (OutOfMemoryError e) {
            throw tooLarge(name, e);
        } catch (IOException | RuntimeException e) {
            // what a decoder says is for programmers, if it says anything
            throw new NotAnImageException(
                    name + " is damaged, or of a kind that cannot be read", e);
        }
    }

    private static String format(ImageReader reader) {
        String[] names = reader.getOriginatingProvider().getFormatNames();
        for (String name : names) {
            if (name.equalsIgnoreCase("jpeg")) {
                return "jpeg";
            }
        }
        return names[0].toLowerCase(Locale.ROOT);
    }

    private static int whole(int side, int step) {
        return side < step ? side : side - side % step;
    }

    /** The least reduction with which the image fits into the heap. */
    private static int step(int width, int height, String name) throws NotAnImageException {
        long pixels = (long) width * height;
        String is = name + " is " + width + "x" + height + " pixels, at most ";
        if (pixels > MOST_PIXELS) {
            throw new NotAnImageException(is + MOST_PIXELS / 1_000_000 + " million can be read");
        }
        if (Math.max(width, height) > MOST_A_SIDE) {
            throw new NotAnImageException(is + MOST_A_SIDE + " a side can be read");
        }
        Runtime java = Runtime.getRuntime();
        long fit = (java.maxMemory() - java.totalMemory() + java.freeMemory()) / BYTES_A_PIXEL;
        // with a tenth of the pixels in each direction digits are still read, with less hardly
        if (fit < pixels / 100) {
            throw tooLarge(name, null);
        }
        return Math.max(
                1,
                (int) Math.ceil(Math.sqrt((double) pixels / Math.max(1, Math.min(PIXELS, fit)))));
    }

    private static NotAnImageException tooLarge(String name, @Nullable Throwable cause) {
        return new NotAnImageException(
                name + " is larger than the memory at hand can hold; give Java more with -Xmx",
                cause);
    }
}
