package io.github.mnist4j.data.augment;

import io.github.mnist4j.data.DigitIterator;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.bytedeco.javacv.Frame;
import org.datavec.image.data.ImageWritable;
import org.datavec.image.transform.ImageTransform;
import org.jspecify.annotations.Nullable;

/**
 * An {@link ImageTransform} for small grey images that works on their bytes, in plain Java. As part
 * of a DataVec pipeline it is like any other; {@link DigitIterator} calls {@link #apply} directly,
 * without a native image around each 784 bytes, which is some twenty times faster.
 *
 * <p>Images are ink on paper: 0 is paper, also beyond the border, 255 is ink.
 */
public abstract class DigitTransform implements ImageTransform {
    private @Nullable ImageWritable current;

    /**
     * Makes one variant. All randomness comes from {@code random}; the same state of it gives the
     * same variant.
     *
     * @param from rows * columns bytes, row by row; not changed
     * @param to receives as many; never the same array
     */
    public abstract void apply(
            byte[] from, byte[] to, int rows, int columns, RandomGenerator random);

    /** Takes a grey 8-bit image. Without a generator the image comes back unchanged. */
    @Override
    public final @Nullable ImageWritable transform(
            @Nullable ImageWritable image, @Nullable Random random) {
        if (image == null || random == null) {
            current = image;
            return current;
        }
        byte[] from = bytes(image);
        byte[] to = new byte[from.length];
        apply(from, to, image.getHeight(), image.getWidth(), random);
        current = picture(to, image.getHeight(), image.getWidth());
        return current;
    }

    @Override
    public final @Nullable ImageWritable transform(@Nullable ImageWritable image) {
        return transform(image, null);
    }

    /** Not supported: a variant is not remembered. */
    @Override
    public float[] query(float... coordinates) {
        throw new UnsupportedOperationException(
                "coordinates cannot be traced through " + getClass().getSimpleName());
    }

    @Override
    public final @Nullable ImageWritable getCurrentImage() {
        return current;
    }

    /** DataVec's image as bytes, row by row. */
    public static byte[] bytes(ImageWritable image) {
        Frame frame = image.getFrame();
        if (frame.imageDepth != Frame.DEPTH_UBYTE || frame.imageChannels != 1) {
            throw new IllegalArgumentException(
                    "a grey 8-bit image expected, not "
                            + frame.imageChannels
                            + " channels of depth "
                            + frame.imageDepth);
        }
        var buffer = (ByteBuffer) frame.image[0];
        byte[] bytes = new byte[frame.imageWidth * frame.imageHeight];
        for (int row = 0; row < frame.imageHeight; row++) {
            // rows may be padded
            buffer.get(row * frame.imageStride, bytes, row * frame.imageWidth, frame.imageWidth);
        }
        return bytes;
    }

    /** Bytes as DataVec's image. */
    public static ImageWritable picture(byte[] bytes, int rows, int columns) {
        Frame frame = new Frame(columns, rows, Frame.DEPTH_UBYTE, 1);
        var buffer = (ByteBuffer) frame.image[0];
        for (int row = 0; row < rows; row++) {
            buffer.put(row * frame.imageStride, bytes, row * columns, columns);
        }
        return new ImageWritable(frame);
    }
}
