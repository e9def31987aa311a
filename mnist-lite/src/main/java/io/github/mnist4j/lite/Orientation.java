package io.github.mnist4j.lite;

import java.awt.geom.AffineTransform;
import java.awt.image.AffineTransformOp;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The one thing of EXIF that matters here: which way the camera was held (CIPA DC-008, 0x0112). */
public final class Orientation {
    private static final byte[] EXIF = {'E', 'x', 'i', 'f', 0, 0};
    private static final int START_OF_SCAN = 0xDA;
    private static final int APP1 = 0xE1;
    private static final int TAG = 0x0112;

    private Orientation() {}

    /** The EXIF data in a JPEG file: a TIFF header and what follows; empty if there is none. */
    public static byte[] exif(byte[] jpeg) {
        int at = 2;
        while (at + 4 <= jpeg.length && (jpeg[at] & 0xFF) == 0xFF) {
            int marker = jpeg[at + 1] & 0xFF;
            int length = (jpeg[at + 2] & 0xFF) << 8 | (jpeg[at + 3] & 0xFF);
            if (marker == START_OF_SCAN || length < 2) {
                break; // the image itself begins
            }
            int end = Math.min(jpeg.length, at + 2 + length);
            if (marker == APP1
                    && at + 10 <= end
                    && Arrays.equals(jpeg, at + 4, at + 10, EXIF, 0, EXIF.length)) {
                return Arrays.copyOfRange(jpeg, at + 10, end);
            }
            at += 2 + length;
        }
        return new byte[0];
    }

    /**
     * @param tiff what follows "Exif" and two zeros, which is laid out like a TIFF file
     * @return 1 to 8; 1, upright, where it says nothing
     */
    public static int of(byte[] tiff) {
        if (tiff.length < 8) {
            return 1;
        }
        ByteBuffer b = ByteBuffer.wrap(tiff);
        b.order(tiff[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
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
            if (b.getShort(entry) == TAG) {
                int orientation = b.getShort(entry + 8);
                return orientation >= 1 && orientation <= 8 ? orientation : 1;
            }
        }
        return 1;
    }

    /**
     * Undoes an orientation.
     *
     * @param orientation 1 to 8
     * @return the image itself for 1, else a copy of it in RGB
     */
    public static BufferedImage upright(BufferedImage image, int orientation) {
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
