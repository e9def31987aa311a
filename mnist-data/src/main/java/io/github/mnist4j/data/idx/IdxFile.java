package io.github.mnist4j.data.idx;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.io.FileKind;
import io.github.mnist4j.data.io.Heap;
import io.github.mnist4j.data.io.IoErrors;
import java.io.BufferedInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;

/**
 * Reads and writes MNIST's IDX files, plain or gzip. Reading goes by a file's first bytes, writing
 * by the ending {@code .gz}.
 *
 * <p>An IDX file is a big-endian header, {@code 00 00 type rank size_1 … size_rank}, followed by
 * the values; the last index runs fastest. MNIST and its relatives use only unsigned bytes ({@code
 * type} 08): rank 3 for images (count, rows, columns), rank 1 for labels.
 *
 * @see <a href="http://yann.lecun.com/exdb/mnist/">LeCun, Cortes, Burges: the MNIST database, file
 *     formats</a>
 */
public final class IdxFile {
    private static final int IMAGES = 0x00000803;
    private static final int LABELS = 0x00000801;

    /** No image of a digit is larger; a header that says otherwise is not believed. */
    private static final int MAX_SIDE = 4096;

    /**
     * The contents of a file of images.
     *
     * @param count number of images
     * @param rows height of each, in pixels
     * @param columns width of each, in pixels
     * @param pixels count * rows * columns bytes, 0 (paper) to 255 (ink), image by image, row by
     *     row
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Images(int count, int rows, int columns, byte[] pixels) {}

    private IdxFile() {}

    /**
     * Reads a file of images.
     *
     * @throws IdxFormatException if it is not a rank 3 IDX file of bytes, or is shorter or longer
     *     than its header says
     * @throws IOException if it cannot be read or does not fit into the available heap
     */
    public static Images readImages(Path file) throws IOException {
        try (var in = new Input(file)) {
            in.magic(IMAGES, "images");
            int count = in.size("count of images");
            int rows = in.side("rows");
            int columns = in.side("columns");
            return new Images(count, rows, columns, in.rest((long) count * rows * columns));
        }
    }

    /**
     * Reads a file of labels.
     *
     * @return one byte per label, 0 to 9
     * @throws IdxFormatException if it is not a rank 1 IDX file of bytes, is shorter or longer than
     *     its header says, or has a label greater than 9
     * @throws IOException if it cannot be read or does not fit into the available heap
     */
    public static byte[] readLabels(Path file) throws IOException {
        try (var in = new Input(file)) {
            in.magic(LABELS, "labels");
            byte[] labels = in.rest(in.size("count of labels"));
            for (int i = 0; i < labels.length; i++) {
                if (labels[i] < 0 || labels[i] > 9) {
                    throw new IdxFormatException(
                            file, 8L + i, "label " + (labels[i] & 0xFF) + ", 0 to 9 expected");
                }
            }
            return labels;
        }
    }

    /**
     * Reads a file of images and the file of their labels.
     *
     * @throws IdxFormatException as {@link #readImages} and {@link #readLabels}, and if their
     *     counts differ
     */
    public static DigitSet read(Path images, Path labels) throws IOException {
        Images content = readImages(images);
        byte[] digits = readLabels(labels);
        if (digits.length != content.count) {
            throw new IdxFormatException(
                    labels,
                    4,
                    digits.length
                            + " labels for the "
                            + content.count
                            + " images of "
                            + images.getFileName());
        }
        return new DigitSet(content.rows, content.columns, content.pixels, digits);
    }

    /**
     * Writes the images. The file appears whole or not at all.
     *
     * @throws IOException if it cannot be written; the message names it
     */
    public static void writeImages(Path file, DigitSet digits) throws IOException {
        write(
                file,
                out -> {
                    out.writeInt(IMAGES);
                    out.writeInt(digits.size());
                    out.writeInt(digits.rows());
                    out.writeInt(digits.columns());
                    byte[] image = new byte[digits.rows() * digits.columns()];
                    for (int i = 0; i < digits.size(); i++) {
                        digits.copyPixels(i, image);
                        out.write(image);
                    }
                });
    }

    /**
     * Writes the labels. The file appears whole or not at all.
     *
     * @throws IOException if it cannot be written; the message names it
     */
    public static void writeLabels(Path file, DigitSet digits) throws IOException {
        write(
                file,
                out -> {
                    out.writeInt(LABELS);
                    out.writeInt(digits.size());
                    for (int i = 0; i < digits.size(); i++) {
                        out.writeByte(digits.label(i));
                    }
                });
    }

    private interface Body {
        void writeTo(DataOutputStream out) throws IOException;
    }

    private static void write(Path file, Body body) throws IOException {
        AtomicFile.write(
                file,
                raw -> {
                    var packed = file.toString().endsWith(".gz") ? new GZIPOutputStream(raw) : null;
                    var out = new DataOutputStream(packed == null ? raw : packed);
                    body.writeTo(out);
                    out.flush();
                    if (packed != null) {
                        packed.finish();
                    }
                });
    }

    /** A stream that counts, and turns every surprise into an {@link IdxFormatException}. */
    private static final class Input implements AutoCloseable {
        private final Path file;
        private final InputStream in;

        /** The first of the bytes that are read, unpacked ones if the file is packed. */
        private final byte[] head;

        private final boolean packed;
        private long offset;

        Input(Path file) throws IOException {
            this.file = file;
            InputStream opened;
            try {
                opened = Files.newInputStream(file);
            } catch (IOException e) {
                throw IoErrors.named("read", file, e);
            }
            try {
                var raw = new BufferedInputStream(opened, 1 << 16);
                packed = FileKind.of(peek(raw)) == FileKind.GZIP;
                in = packed ? new BufferedInputStream(new GZIPInputStream(raw, 1 << 16)) : raw;
                head = peek(in);
            } catch (IOException e) {
                opened.close();
                throw damaged(e);
            }
        }

        private static byte[] peek(InputStream in) throws IOException {
            in.mark(FileKind.BYTES);
            byte[] head = in.readNBytes(FileKind.BYTES);
            in.reset();
            return head;
        }

        /** What the file is instead, to be added to a message. */
        private String hint() {
            FileKind kind = FileKind.of(head);
            if (packed && kind == FileKind.GZIP) {
                return "; it is packed twice: unpack it once with gunzip";
            }
            String hint = FileKind.hint(head, "an IDX file");
            return packed && kind != FileKind.EMPTY
                    ? hint.replace("it is", "in the gzip file is")
                    : hint;
        }

        private IOException damaged(IOException e) {
            boolean gzip = e instanceof ZipException || e instanceof EOFException;
            if (!gzip) {
                return IoErrors.named("read", file, e);
            }
            String why = e.getMessage() == null ? "it ends too early" : e.getMessage();
            return new IdxFormatException(file, offset, "damaged gzip (" + why + ")", e);
        }

        private int read(byte[] into, int from, int length) throws IOException {
            try {
                int n = in.readNBytes(into, from, length);
                offset += n;
                return n;
            } catch (IOException e) {
                throw damaged(e);
            }
        }

        private int int32(String what) throws IOException {
            byte[] b = new byte[4];
            long start = offset;
            if (read(b, 0, 4) < 4) {
                throw new IdxFormatException(
                        file,
                        start,
                        "the file ends before the " + what + (start == 0 ? hint() : ""));
            }
            return (b[0] & 0xFF) << 24 | (b[1] & 0xFF) << 16 | (b[2] & 0xFF) << 8 | (b[3] & 0xFF);
        }

        void magic(int expected, String what) throws IOException {
            int magic = int32("magic number");
            if (magic != expected) {
                String hint =
                        magic == LABELS
                                ? "; this is a file of labels"
                                : magic == IMAGES ? "; this is a file of images" : hint();
                throw new IdxFormatException(
                        file,
                        0,
                        String.format(
                                Locale.ROOT,
                                "magic number %08x, %08x expected for %s%s",
                                magic,
                                expected,
                                what,
                                hint));
            }
        }

        int size(String what) throws IOException {
            long start = offset;
            int size = int32(what);
            if (size < 0) {
                throw new IdxFormatException(
                        file,
                        start,
                        what + " is " + Integer.toUnsignedString(size) + ", too large");
            }
            return size;
        }

        int side(String what) throws IOException {
            long start = offset;
            int side = size(what);
            if (side < 1 || side > MAX_SIDE) {
                throw new IdxFormatException(
                        file, start, side + " " + what + ", 1 to " + MAX_SIDE + " expected");
            }
            return side;
        }

        /**
         * Exactly {@code length} bytes, and nothing after them. Grows as it reads: a header may
         * lie.
         */
        byte[] rest(long length) throws IOException {
            if (length > Integer.MAX_VALUE - 8) {
                throw new IdxFormatException(
                        file, 4, "the header announces " + length + " bytes, too many");
            }
            long start = offset;
            byte[] values = new byte[(int) Math.min(length, 1 << 16)];
            int have = 0;
            while (have < length) {
                if (have == values.length) {
                    values = grown(values, length);
                }
                int n = read(values, have, values.length - have);
                have += n;
                if (n == 0) {
                    throw new IdxFormatException(
                            file,
                            start + have,
                            "the file ends after "
                                    + have
                                    + " of the "
                                    + length
                                    + " bytes that its header announces");
                }
            }
            if (read(new byte[1], 0, 1) > 0) {
                throw new IdxFormatException(
                        file,
                        start + length,
                        "bytes follow after the " + length + " that the header announces");
            }
            return values;
        }

        private byte[] grown(byte[] values, long length) throws IOException {
            int size = (int) Math.min(length, 2L * values.length);
            try {
                if (Heap.has(size)) {
                    return Arrays.copyOf(values, size);
                }
            } catch (OutOfMemoryError e) {
                // another thread was quicker
            }
            throw new IOException(
                    file
                            + " announces "
                            + Heap.megabytes(length)
                            + ", more than the memory at hand can hold; give Java more with -Xmx");
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
