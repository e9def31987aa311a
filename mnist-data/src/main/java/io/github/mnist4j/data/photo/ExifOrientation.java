package io.github.mnist4j.data.photo;

import io.github.mnist4j.data.io.FileKind;
import java.awt.geom.AffineTransform;
import java.awt.image.AffineTransformOp;
import java.awt.image.BufferedImage;

/**
 * Which way a camera was held: the one field of EXIF that matters here (CIPA DC-008, tag 0x0112), 1
 * to 8.
 */
final class ExifOrientation {
    /** What an EXIF block begins with in a JPEG; what follows is laid out like a TIFF file. */
    static final byte[] HEADER = {'E', 'x', 'i', 'f', 0, 0};

    private static final int TAG = 0x0112;

    private static final int UPRIGHT = 1;

    private ExifOrientation() {}

    /** 1 to 8; 1, upright, where the file does not say. */
    static int of(FileKind kind, byte[] content) {
        try {
            return switch (kind) {
                case JPEG -> ofTiff(JpegFile.exif(content));
                case WEBP -> ofTiff(WebpFile.exif(content));
                default -> UPRIGHT;
            };
        } catch (IndexOutOfBoundsException e) {
            return UPRIGHT;
        }
    }

    private static int ofTiff(byte[] tiff) {
        if (tiff.length < 8) {
            return UPRIGHT;
        }
        var b = ByteReader.ofTiff(tiff);
        int directory = b.int32(4);
        if (directory < 8 || directory > tiff.length - 2) {
            return UPRIGHT;
        }
        int entries = b.uint16(directory);
        for (int i = 0; i < entries; i++) {
            int entry = directory + 2 + 12 * i;
            if (entry + 12 > tiff.length) {
                return UPRIGHT;
            }
            if (b.uint16(entry) == TAG) {
                int orientation = b.uint16(entry + 8);
                return orientation >= 1 && orientation <= 8 ? orientation : UPRIGHT;
            }
        }
        return UPRIGHT;
    }

    /** Turns an image upright. */
    static BufferedImage undo(BufferedImage image, int orientation) {
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
}
