package io.github.mnist4j.data.photo;

import io.github.mnist4j.data.io.FileKind;
import io.github.mnist4j.data.io.Heap;
import io.github.mnist4j.data.io.IoErrors;
import java.awt.geom.AffineTransform;
import java.awt.image.AffineTransformOp;
import java.awt.image.BufferedImage;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadProgressListener;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * Images as people have them: PNG, JPEG (CMYK too), GIF (its first frame), BMP, TIFF, WebP; upright
 * whatever way the camera was held, and never larger in memory than is of use here and than the
 * heap at hand can hold.
 */
public final class ImageLoader {
    /** How many pixels an image may have unless a caller says otherwise: 400 million. */
    public static final long MOST_PIXELS = 400_000_000;

    /** An image with more pixels is read in steps of two, three ... pixels. */
    private static final long PIXELS = 16_000_000;

    /**
     * What one of the pixels read costs until the digits on it are found: turned upright, as grey
     * values, as ink, as parts. An image is reduced until all of that fits.
     */
    private static final int BYTES_A_PIXEL = 24;

    /** Nobody photographs digits in a row of a million pixels; decoders keep whole rows. */
    private static final int MOST_A_SIDE = 200_000;

    /** How many pixels a decoder may go through, in all the passes of a progressive JPEG. */
    private static final long MOST_WORK = 2_000_000_000;

    private ImageLoader() {}

    /**
     * An image that was read.
     *
     * @param image upright
     * @param reduction how many of the file's pixels make one of the image's, in each direction
     */
    public record Picture(BufferedImage image, int reduction) {}

    /**
     * As {@link #read(Path, long)}, with at most 400 million pixels.
     *
     * @throws IOException see there
     */
    public static Picture read(Path file) throws IOException {
        return read(file, MOST_PIXELS);
    }

    /**
     * Reads a file.
     *
     * @param maxPixels how many pixels the image in the file may have, at least 1
     * @throws IOException if the file cannot be read or is larger than the heap at hand, and as
     *     {@link #read(byte[], String, long)}; the message names the file
     */
    public static Picture read(Path file, long maxPixels) throws IOException {
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            // not by Files.size, which is 0 for a pipe
            int most = (int) Math.min(Integer.MAX_VALUE - 16, Heap.atHand() / 3);
            content = in.readNBytes(most);
            if (in.read() >= 0) {
                throw new IOException(
                        file
                                + " is larger than "
                                + Heap.megabytes(most)
                                + ", more than the memory at hand can hold");
            }
        } catch (OutOfMemoryError e) {
            throw new IOException(file + " is larger than the memory at hand can hold", e);
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
    public static Picture read(byte[] content, String name) throws IOException {
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
            return FORMATS.containsKey(kind) ? ImageHeader.of(kind, content).pixels() : 0;
        } catch (ImageHeader.Refused e) {
            return 0;
        }
    }

    /** Whether a file's first bytes are those of a kind of image that is read here. */
    public static boolean isImage(byte[] content) {
        return FORMATS.containsKey(FileKind.of(content));
    }

    /**
     * Reads a file's content. An image of more than 16 million pixels, or of more than the heap at
     * hand can hold, is reduced while it is read.
     *
     * @param content of the file
     * @param name for error messages
     * @param maxPixels how many pixels the image in the file may have, at least 1
     * @throws IOException if it is not an image, is damaged, has more than {@code maxPixels}
     *     pixels, or cannot be decoded in the heap at hand; the message is a sentence that begins
     *     with the name
     */
    public static Picture read(byte[] content, String name, long maxPixels) throws IOException {
        FileKind kind = FileKind.of(content);
        String format = FORMATS.get(kind);
        if (format == null) {
            throw new IOException(
                    name
                            + " is not an image that can be read (PNG, JPEG, GIF, BMP, TIFF, WebP)"
                            + (kind == FileKind.UNKNOWN ? "" : ": it is " + kind));
        }
        ImageHeader header;
        try {
            header = ImageHeader.of(kind, content);
            check(header, maxPixels);
        } catch (ImageHeader.Refused e) {
            throw new IOException(name + " " + e.getMessage(), e);
        }
        int orientation = Exif.orientation(ImageHeader.exif(kind, content));
        try {
            int step = step(header);
            byte[] pixels =
                    switch (kind) {
                        case PNG -> ImageHeader.withoutAncillaryChunks(content);
                        case WEBP -> ImageHeader.withZerosBehind(content);
                        default -> content;
                    };
            return new Picture(upright(decode(pixels, format, header, step), orientation), step);
        } catch (ImageHeader.Refused e) {
            throw new IOException(name + " " + e.getMessage(), e);
        } catch (OutOfMemoryError e) {
            throw new IOException(name + " " + tooLarge(header), e);
        } catch (Endless e) {
            throw new IOException(
                    name + " is damaged: it does not come to an end when it is decoded", e);
        } catch (IOException | RuntimeException | StackOverflowError | AssertionError e) {
            // what a decoder says is for programmers, if it says anything
            throw new IOException(
                    name + " is damaged, or " + kind + " of a kind that cannot be read", e);
        } catch (LinkageError e) {
            throw new IOException(
                    name + " cannot be read: this Java lacks what decodes " + kind, e);
        }
    }

    private static final Map<FileKind, String> FORMATS =
            Map.of(
                    FileKind.PNG, "png",
                    FileKind.JPEG, "jpeg",
                    FileKind.GIF, "gif",
                    FileKind.BMP, "bmp",
                    FileKind.TIFF, "tiff",
                    FileKind.WEBP, "webp");

    private static void check(ImageHeader header, long maxPixels) throws ImageHeader.Refused {
        String is = "is " + header.width() + "x" + header.height() + " pixels, at most ";
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
            throw new ImageHeader.Refused(
                    "cannot be read: it is "
                            + header.width()
                            + "x"
                            + header.height()
                            + " pixels in "
                            + header.work() / header.pixels()
                            + " passes; save it as a JPEG that is not progressive");
        }
    }

    private static String tooLarge(ImageHeader header) {
        return "is "
                + header.width()
                + "x"
                + header.height()
                + " pixels, more than the memory at hand can hold; give Java more with -Xmx";
    }

    /** The least reduction with which the image fits into the heap. */
    private static int step(ImageHeader header) throws ImageHeader.Refused {
        // with a tenth of the pixels in each direction digits are still read, with less hardly
        long least = Math.min(header.pixels() / 100, PIXELS / 100) * BYTES_A_PIXEL;
        long wanted = Math.min(header.pixels(), PIXELS) * cost(header);
        if (header.extra() > Long.MAX_VALUE / 2
                || (!Heap.has(header.extra() + wanted) && !Heap.has(header.extra() + least))) {
            throw new ImageHeader.Refused(tooLarge(header));
        }
        long fit = Math.max(1, (Heap.atHand() - header.extra()) / cost(header));
        double ratio = (double) header.pixels() / Math.min(PIXELS, fit);
        return Math.max(1, (int) Math.ceil(Math.sqrt(ratio)));
    }

    private static long cost(ImageHeader header) {
        return (long) BYTES_A_PIXEL + header.pixelBytes();
    }

    private static BufferedImage decode(byte[] content, String format, ImageHeader header, int step)
            throws IOException {
        var watch = new Watch(header);
        try (var in = new Bytes(content, watch)) {
            ImageReader reader = reader(format, header.kind());
            try {
                reader.addIIOReadProgressListener(watch);
                reader.setInput(in, false, true);
                if (reader.getWidth(0) != header.width()
                        || reader.getHeight(0) != header.height()) {
                    // then it reads something else than what was checked
                    throw new ImageHeader.Refused("is damaged: its parts are of different sizes");
                }
                ImageReadParam param = reader.getDefaultReadParam();
                param.setSourceSubsampling(step, step, 0, 0);
                return reader.read(0, param);
            } finally {
                reader.dispose();
            }
        }
    }

    /** The JDK's own decoder or, for what that does not read, the one that comes with us. */
    private static ImageReader reader(String format, FileKind kind) throws IOException {
        ImageReader any = null;
        for (var i = ImageIO.getImageReadersByFormatName(format); i.hasNext(); ) {
            ImageReader reader = i.next();
            if (isOurs(reader.getClass()) == OURS.contains(format)) {
                return reader;
            }
            any = reader;
        }
        // ImageIO looks once, by the loader of the thread that happens to ask first; where a
        // server or a plug-in has loaders of its own, that need not see what came with us
        for (var spi : ServiceLoader.load(ImageReaderSpi.class, LOADER)) {
            if (isOurs(spi.getClass()) && List.of(spi.getFormatNames()).contains(format)) {
                return spi.createReaderInstance();
            }
        }
        if (any == null) {
            throw new ImageHeader.Refused(
                    "cannot be read: what decodes " + kind + " is missing from the class path");
        }
        return any;
    }

    private static final ClassLoader LOADER = ImageLoader.class.getClassLoader();

    private static boolean isOurs(Class<?> decoder) {
        return decoder.getName().startsWith("com.twelvemonkeys.");
    }

    /** JPEG for the sake of CMYK. */
    private static final Set<String> OURS = Set.of("jpeg", "tiff", "webp");

    /**
     * Stops a decoder that goes on and on: some of them take the end of a file for zeros, and a
     * file of 52 bytes can announce work for minutes. It is asked at every row and while reading,
     * and throws what no decoder catches.
     */
    private static final class Watch implements IIOReadProgressListener {
        private static final long SECOND = 1_000_000_000;

        /** How many pixels a decoder gets through in a second, even on a slow machine. */
        private static final long PACE = 10_000_000;

        /** That one is written in Java. */
        private static final long PACE_OF_WEBP = 2_000_000;

        private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

        private final long most;
        private final long start = now();

        Watch(ImageHeader header) {
            long pace = header.kind() == FileKind.WEBP ? PACE_OF_WEBP : PACE;
            most = 8 * SECOND + header.work() * SECOND / pace;
        }

        /** The processor's time, which others' work does not use up, where it can be had. */
        private static long now() {
            return THREADS.isCurrentThreadCpuTimeSupported() && THREADS.isThreadCpuTimeEnabled()
                    ? THREADS.getCurrentThreadCpuTime()
                    : System.nanoTime();
        }

        void look() {
            if (now() - start > most) {
                throw new Endless();
            }
        }

        @Override
        public void imageProgress(ImageReader source, float percentageDone) {
            look();
        }

        @Override
        public void imageStarted(ImageReader source, int index) {}

        @Override
        public void imageComplete(ImageReader source) {}

        @Override
        public void readAborted(ImageReader source) {}

        @Override
        public void sequenceStarted(ImageReader source, int index) {}

        @Override
        public void sequenceComplete(ImageReader source) {}

        @Override
        public void thumbnailStarted(ImageReader source, int index, int thumbnail) {}

        @Override
        public void thumbnailProgress(ImageReader source, float percentageDone) {}

        @Override
        public void thumbnailComplete(ImageReader source) {}
    }

    /** No IOException, for some decoders go on after one. */
    private static final class Endless extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Endless() {
            super("the decoder does not come to an end");
        }
    }

    /** A file in memory; ImageIO's own streams copy it, or write it to a temporary file. */
    private static final class Bytes extends ImageInputStreamImpl {
        /** How often a decoder may ask for more at the end before it is stopped. */
        private static final int MOST_BEYOND = 10_000;

        private final byte[] content;
        private final Watch watch;
        private int reads;
        private int beyond;

        Bytes(byte[] content, Watch watch) {
            this.content = content;
            this.watch = watch;
        }

        private boolean ended() {
            if ((++reads & 0xFFF) == 0) {
                watch.look();
            }
            if (streamPos < content.length) {
                return false;
            }
            if (++beyond > MOST_BEYOND) {
                throw new Endless();
            }
            return true;
        }

        @Override
        public int read() throws IOException {
            checkClosed();
            bitOffset = 0;
            return ended() ? -1 : content[(int) streamPos++] & 0xFF;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            checkClosed();
            bitOffset = 0;
            if (length == 0) {
                return 0;
            }
            if (ended()) {
                return -1;
            }
            int n = (int) Math.min(length, content.length - streamPos);
            System.arraycopy(content, (int) streamPos, into, from, n);
            streamPos += n;
            return n;
        }

        @Override
        public long length() {
            return content.length;
        }
    }

    /** Undoes the EXIF orientation, 1 to 8. */
    static BufferedImage upright(BufferedImage image, int orientation) {
        int w = image.getWidth();
        int h = image.getHeight();
        // x' = a x + c y + e, y' = b x + d y + f
        AffineTransform t =
                switch (orientation) {
                    case 2 -> new AffineTransform(-1, 0, 0, 1, w, 0);
                    case 3 -> new AffineTransform(-1, 0, 0, -1, w, h);
                    case 4 -> new AffineTransform(1, 0, 0, -1, 0, h);
                    case 5 -> new AffineTransform(0, 1, 1, 0, 0, 0);
                    case 6 -> new AffineTransform(0, 1, -1, 0, h, 0);
                    case 7 -> new AffineTransform(0, -1, -1, 0, h, w);
                    case 8 -> new AffineTransform(0, -1, 1, 0, 0, w);
                    default -> null;
                };
        if (t == null) {
            return image;
        }
        boolean turned = orientation >= 5;
        var to = new BufferedImage(turned ? h : w, turned ? w : h, BufferedImage.TYPE_INT_RGB);
        var rgb = new BufferedImage(w, h, BufferedImage.TYPE_INT_RGB);
        rgb.createGraphics().drawImage(image, 0, 0, null);
        return new AffineTransformOp(t, AffineTransformOp.TYPE_NEAREST_NEIGHBOR).filter(rgb, to);
    }

    /** The one thing of EXIF that matters here (CIPA DC-008, tag 0x0112). */
    static final class Exif {
        private Exif() {}

        /**
         * @param tiff what follows "Exif" and two zeros, which is laid out like a TIFF file
         * @return 1 to 8; 1, upright, where it says nothing
         */
        static int orientation(byte[] tiff) {
            var b = java.nio.ByteBuffer.wrap(tiff);
            if (tiff.length < 8) {
                return 1;
            }
            b.order(
                    tiff[0] == 'I'
                            ? java.nio.ByteOrder.LITTLE_ENDIAN
                            : java.nio.ByteOrder.BIG_ENDIAN);
            int directory = b.getInt(4);
            if (directory < 8 || directory > tiff.length - 2) {
                return 1;
            }
            int entries = b.getShort(directory) & 0xFFFF;
            for (int i = 0; i < entries; i++) {
                int entry = directory + 2 + 12 * i;
                if (entry + 12 > tiff.length) {
                    return 1;
                }
                if (b.getShort(entry) == 0x0112) {
                    int orientation = b.getShort(entry + 8);
                    return orientation >= 1 && orientation <= 8 ? orientation : 1;
                }
            }
            return 1;
        }
    }
}
