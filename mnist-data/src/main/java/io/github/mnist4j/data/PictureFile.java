package io.github.mnist4j.data;

import java.awt.geom.AffineTransform;
import java.awt.image.AffineTransformOp;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/**
 * Pictures as people have them: PNG, JPEG (CMYK too), GIF (its first frame), BMP, TIFF; upright
 * whatever way the camera was held, and never larger in memory than is of use here.
 */
public final class PictureFile {
    /** A picture with more pixels is read in steps of two, three ... pixels. */
    private static final long PIXELS = 16_000_000;

    /** What even that cannot bring down in a reasonable time. */
    private static final long MOST_PIXELS = 400_000_000;

    private PictureFile() {}

    /**
     * A picture that was read.
     *
     * @param image upright
     * @param reduction how many of the file's pixels make one of the image's, in each direction
     */
    public record Picture(BufferedImage image, int reduction) {}

    /**
     * @param content of the file
     * @param name for error messages
     * @throws IOException if it is no picture, is damaged, or has more than 400 million pixels; the
     *     message says which
     */
    public static Picture read(byte[] content, String name) throws IOException {
        try (ImageInputStream in =
                ImageIO.createImageInputStream(new ByteArrayInputStream(content))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw new IOException(
                        name + " is no picture that can be read (PNG, JPEG, GIF, BMP, TIFF)");
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(in);
                long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
                if (pixels > MOST_PIXELS) {
                    throw new IOException(
                            name
                                    + " is "
                                    + reader.getWidth(0)
                                    + "x"
                                    + reader.getHeight(0)
                                    + " pixels, at most 400 million can be read");
                }
                int step = (int) Math.ceil(Math.sqrt((double) pixels / PIXELS));
                ImageReadParam param = reader.getDefaultReadParam();
                param.setSourceSubsampling(step, step, 0, 0);
                return new Picture(upright(reader.read(0, param), Exif.orientation(content)), step);
            } finally {
                reader.dispose();
            }
        } catch (RuntimeException e) {
            throw new IOException(name + " is damaged: " + e.getMessage(), e);
        } catch (javax.imageio.IIOException | java.io.EOFException e) {
            throw new IOException(name + " is damaged: " + e.getMessage(), e);
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

        /** 1 to 8; 1, upright, where a JPEG says nothing, and for all other formats. */
        static int orientation(byte[] jpeg) {
            int at = 2;
            if (jpeg.length < 4 || (jpeg[0] & 0xFF) != 0xFF || (jpeg[1] & 0xFF) != 0xD8) {
                return 1;
            }
            while (at + 4 <= jpeg.length && (jpeg[at] & 0xFF) == 0xFF) {
                int marker = jpeg[at + 1] & 0xFF;
                int length = (jpeg[at + 2] & 0xFF) << 8 | jpeg[at + 3] & 0xFF;
                if (marker == 0xDA || length < 2) {
                    return 1; // the picture itself begins
                }
                int end = Math.min(jpeg.length, at + 2 + length);
                boolean exif =
                        marker == 0xE1
                                && at + 10 <= end
                                && jpeg[at + 4] == 'E'
                                && jpeg[at + 5] == 'x'
                                && jpeg[at + 6] == 'i'
                                && jpeg[at + 7] == 'f';
                if (exif) {
                    return inTiff(java.util.Arrays.copyOfRange(jpeg, at + 10, end));
                }
                at += 2 + length;
            }
            return 1;
        }

        private static int inTiff(byte[] tiff) {
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
