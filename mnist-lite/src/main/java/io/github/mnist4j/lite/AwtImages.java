package io.github.mnist4j.lite;

import io.github.mnist4j.lite.finder.Gray;
import java.awt.image.BufferedImage;
import java.util.List;

/**
 * AWT's images for a reader that knows arrays. {@code getRGB} takes a gray image's values for
 * linear ones and brightens them, so gray images are read from their raster.
 */
final class AwtImages {
    private AwtImages() {}

    static Prediction classify(DigitReader reader, BufferedImage image) {
        return isGray(image)
                ? reader.classifyImage(gray(image))
                : reader.classifyImage(image.getWidth(), image.getHeight(), argb(image));
    }

    static List<Reading> read(DigitReader reader, BufferedImage image) {
        return isGray(image)
                ? reader.readImage(gray(image))
                : reader.readImage(image.getWidth(), image.getHeight(), argb(image));
    }

    private static boolean isGray(BufferedImage image) {
        return image.getType() == BufferedImage.TYPE_BYTE_GRAY
                || image.getType() == BufferedImage.TYPE_USHORT_GRAY;
    }

    private static Gray gray(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        float[] values = image.getRaster().getSamples(0, 0, width, height, 0, (float[]) null);
        if (image.getType() == BufferedImage.TYPE_USHORT_GRAY) {
            for (int i = 0; i < values.length; i++) {
                values[i] /= 257;
            }
        }
        return new Gray(width, height, values);
    }

    private static int[] argb(BufferedImage image) {
        int width = image.getWidth();
        return image.getRGB(0, 0, width, image.getHeight(), null, 0, width);
    }
}
