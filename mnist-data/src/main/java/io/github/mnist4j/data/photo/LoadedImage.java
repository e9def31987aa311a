package io.github.mnist4j.data.photo;

import java.awt.image.BufferedImage;

/**
 * An image from a file.
 *
 * @param image upright
 * @param reduction how many of the file's pixels make one of the image's, in each direction
 */
public record LoadedImage(BufferedImage image, int reduction) {}
