package io.github.mnist4j.lite;

import io.github.mnist4j.lite.finder.Gray;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/**
 * Reads handwritten digits. One instance serves any number of threads.
 *
 * <pre>{@code
 * for (Reading r : reader.readFile(Path.of("photo.jpg"))) {
 *     System.out.println(r.prediction().digit() + " at " + r.box());
 * }
 * }</pre>
 *
 * <p>{@code classify…} takes images of one digit, {@code read…} finds the digits on photos and
 * screenshots. What follows says what is given:
 *
 * <ul>
 *   <li><b>Pixels</b>: 28x28 of them in MNIST's form, light ink on dark paper, centered. Bytes are
 *       0 (paper) to 255 (ink), floats 0 to 1.
 *   <li><b>Image</b>: pixels of any size, dark on light or light on dark.
 *   <li><b>File</b>: a PNG, JPEG, GIF or BMP file, or its content; an implementation may know more
 *       formats.
 * </ul>
 *
 * <p>Null is refused everywhere by a {@link NullPointerException} that names the parameter.
 */
public interface DigitReader extends AutoCloseable {
    /** The confidence, 0 to 1, above which an answer is convincing. */
    double threshold();

    /** Whether a prediction's confidence reaches the {@link #threshold}. */
    default boolean isConvincing(Prediction prediction) {
        return prediction.confidence() >= threshold();
    }

    /**
     * Classifies an image in MNIST's form.
     *
     * @param pixels 28 * 28 bytes, row by row, 0 (paper) to 255 (ink)
     * @throws IllegalArgumentException for another length
     */
    default Prediction classifyPixels(byte[] pixels) {
        return classifyAllPixels(List.of(Objects.requireNonNull(pixels, "pixels"))).get(0);
    }

    /**
     * Classifies an image in MNIST's form.
     *
     * @param pixels 28 * 28 values, row by row, 0 (paper) to 1 (ink)
     * @throws IllegalArgumentException for another length or a value outside 0 to 1
     */
    default Prediction classifyPixels(float[] pixels) {
        return classifyAllFloats(List.of(Objects.requireNonNull(pixels, "pixels"))).get(0);
    }

    /**
     * Classifies an image in MNIST's form.
     *
     * @param rows 28 rows of 28 values, 0 (paper) to 1 (ink)
     * @throws IllegalArgumentException for another shape or a value outside 0 to 1
     */
    default Prediction classifyPixels(float[][] rows) {
        return classifyPixels(Pixels.flat(Objects.requireNonNull(rows, "rows")));
    }

    /**
     * Classifies any number of images, which is faster than one by one. Sums may be taken in
     * another order than for one image, so probabilities may differ in their last bits.
     *
     * @param images as {@link #classifyPixels(byte[])} takes one
     * @return an answer for each
     * @throws IllegalArgumentException if one has another length
     */
    List<Prediction> classifyAllPixels(List<byte[]> images);

    /**
     * As {@link #classifyAllPixels}, for floats.
     *
     * @param images as {@link #classifyPixels(float[])} takes one
     * @return an answer for each
     * @throws IllegalArgumentException if one has another length or a value outside 0 to 1
     */
    List<Prediction> classifyAllFloats(List<float[]> images);

    /**
     * As {@link #classifyAllPixels}, for floats in rows.
     *
     * @param images as {@link #classifyPixels(float[][])} takes one
     * @return an answer for each
     * @throws IllegalArgumentException if one has another shape or a value outside 0 to 1
     */
    default List<Prediction> classifyAllRows(List<float[][]> images) {
        return classifyAllFloats(
                Objects.requireNonNull(images, "images").stream().map(Pixels::flat).toList());
    }

    /**
     * Classifies the digit on an image of any size, dark on light or light on dark; the largest if
     * there are several. An image of 28x28 pixels with a black border (a stroke may touch it) is in
     * MNIST's form and classified as it is.
     *
     * @param argb width * height pixels, row by row: alpha, red, green, blue, 8 bits each
     * @throws IllegalArgumentException if the sizes do not fit each other
     * @throws NoDigitException if there is no digit on it
     */
    default Prediction classifyImage(int width, int height, int[] argb) {
        Gray.check(width, height, Objects.requireNonNull(argb, "argb").length);
        byte[] mnist = Pixels.asMnist(width, height, argb);
        return mnist != null ? classifyPixels(mnist) : largest(readImage(width, height, argb));
    }

    /**
     * As {@link #classifyImage(int, int, int[])}, for an image in shades of gray.
     *
     * @throws NoDigitException if there is no digit on it
     */
    default Prediction classifyImage(Gray image) {
        byte[] mnist = Pixels.asMnist(Objects.requireNonNull(image, "image"));
        return mnist != null ? classifyPixels(mnist) : largest(readImage(image));
    }

    /**
     * As {@link #classifyImage(int, int, int[])}, for AWT's images.
     *
     * @throws NoDigitException if there is no digit on it
     */
    default Prediction classifyImage(BufferedImage image) {
        return AwtImages.classify(this, Objects.requireNonNull(image, "image"));
    }

    private static Prediction largest(List<Reading> readings) {
        return readings.stream()
                .max(Comparator.comparingLong(r -> (long) r.box().width() * r.box().height()))
                .orElseThrow(() -> new NoDigitException("there is no digit on the image"))
                .prediction();
    }

    /**
     * Classifies the digit on an image, as {@link #classifyImage(BufferedImage)} does.
     *
     * @throws NotAnImageException if the file is not an image or is damaged
     * @throws IOException if it cannot be read
     * @throws NoDigitException if there is no digit on it
     */
    default Prediction classifyFile(Path file) throws IOException {
        return classifyFile(FileBytes.of(Objects.requireNonNull(file, "file")), file.toString());
    }

    /** As {@link #classifyFile(Path)}. */
    default Prediction classifyFile(File file) throws IOException {
        return classifyFile(Objects.requireNonNull(file, "file").toPath());
    }

    /** As {@link #classifyFile(Path)}; the stream is read to its end and not closed. */
    default Prediction classifyFile(InputStream file) throws IOException {
        Objects.requireNonNull(file, "file");
        return classifyFile(FileBytes.of(file, "the stream"), "the stream");
    }

    /**
     * As {@link #classifyFile(Path)}, of a file's content.
     *
     * @param content of a PNG, JPEG … file; of pixels see {@link #classifyPixels(byte[])}
     */
    default Prediction classifyFile(byte[] content) throws IOException {
        return classifyFile(content, "the file");
    }

    /**
     * As {@link #classifyFile(byte[])}.
     *
     * @param name that messages begin with
     */
    Prediction classifyFile(byte[] content, String name) throws IOException;

    /**
     * Reads every digit on a photo or screenshot of any size, dark on light or light on dark, line
     * by line from left to right; empty if there is none. See {@link
     * io.github.mnist4j.lite.finder.DigitFinder}.
     *
     * @param argb width * height pixels, row by row: alpha, red, green, blue, 8 bits each
     * @throws IllegalArgumentException if the sizes do not fit each other
     */
    List<Reading> readImage(int width, int height, int[] argb);

    /** As {@link #readImage(int, int, int[])}, of an image in shades of gray. */
    List<Reading> readImage(Gray image);

    /** As {@link #readImage(int, int, int[])}, for AWT's images. */
    default List<Reading> readImage(BufferedImage image) {
        return AwtImages.read(this, Objects.requireNonNull(image, "image"));
    }

    /**
     * Reads every digit on an image file, turned upright by its EXIF orientation where it is a
     * JPEG, as {@link #readImage(BufferedImage)} does. Boxes are in pixels of the upright image.
     *
     * @throws NotAnImageException if the file is not an image or is damaged
     * @throws IOException if it cannot be read
     */
    default List<Reading> readFile(Path file) throws IOException {
        return readFile(FileBytes.of(Objects.requireNonNull(file, "file")), file.toString());
    }

    /** As {@link #readFile(Path)}. */
    default List<Reading> readFile(File file) throws IOException {
        return readFile(Objects.requireNonNull(file, "file").toPath());
    }

    /** As {@link #readFile(Path)}; the stream is read to its end and not closed. */
    default List<Reading> readFile(InputStream file) throws IOException {
        Objects.requireNonNull(file, "file");
        return readFile(FileBytes.of(file, "the stream"), "the stream");
    }

    /**
     * As {@link #readFile(Path)}, of a file's content.
     *
     * @param content of a PNG, JPEG … file
     */
    default List<Reading> readFile(byte[] content) throws IOException {
        return readFile(content, "the file");
    }

    /**
     * As {@link #readFile(byte[])}.
     *
     * @param name that messages begin with
     */
    List<Reading> readFile(byte[] content, String name) throws IOException;

    /** Frees what it holds. Calls in progress finish normally. */
    @Override
    void close();
}
