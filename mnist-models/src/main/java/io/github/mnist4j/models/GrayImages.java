package io.github.mnist4j.models;

import io.github.mnist4j.lite.DigitFinder;
import io.github.mnist4j.lite.Gray;
import java.awt.image.BufferedImage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * AWT's images as brightness. {@code getRGB} takes a gray image's values for linear ones and
 * brightens them, so gray images are read from their raster.
 */
final class GrayImages {
    private static final int SIDE = 28;

    /** Up to here a pixel on the border may be noise. */
    private static final int NOISE = 8;

    private GrayImages() {}

    /** The pixels of an image that is already in MNIST's form, else null. */
    static byte @Nullable [] asMnist(BufferedImage image) {
        if (image.getWidth() != SIDE || image.getHeight() != SIDE) {
            return null;
        }
        boolean gray = image.getType() == BufferedImage.TYPE_BYTE_GRAY;
        byte[] pixels = new byte[SIDE * SIDE];
        int inkOnBorder = 0;
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                int rgb = image.getRGB(x, y);
                if (rgb >>> 24 != 255) {
                    return null;
                }
                int value = gray ? image.getRaster().getSample(x, y, 0) : luminance(rgb);
                boolean border = x == 0 || y == 0 || x == SIDE - 1 || y == SIDE - 1;
                inkOnBorder += border && value > NOISE ? 1 : 0;
                pixels[y * SIDE + x] = (byte) value;
            }
        }
        // a stroke may end there
        return inkOnBorder <= SIDE / 2 ? pixels : null;
    }

    private static int luminance(int rgb) {
        return ((rgb >> 16 & 0xFF) * 299 + (rgb >> 8 & 0xFF) * 587 + (rgb & 0xFF) * 114 + 500)
                / 1000;
    }

    /** Finds digits on an image of any type. */
    static List<DigitFinder.Found> found(DigitFinder finder, BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        boolean wide = image.getType() == BufferedImage.TYPE_USHORT_GRAY;
        if (!wide && image.getType() != BufferedImage.TYPE_BYTE_GRAY) {
            return finder.read(width, height, image.getRGB(0, 0, width, height, null, 0, width));
        }
        float[] values = image.getRaster().getSamples(0, 0, width, height, 0, (float[]) null);
        for (int i = 0; wide && i < values.length; i++) {
            values[i] /= 257;
        }
        return finder.read(new Gray(width, height, values));
    }
}
