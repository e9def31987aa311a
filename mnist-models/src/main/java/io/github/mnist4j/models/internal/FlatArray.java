package io.github.mnist4j.models.internal;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A vector of 32-bit floats in the format of {@code Nd4j.write} and {@code Nd4j.read}: a header
 * with shape, strides and type, then big-endian values. {@code Nd4j.read} trusts the header, and a
 * wrong one can crash the JVM; here the header must equal that of a vector of the wanted length,
 * and is not used otherwise.
 */
public final class FlatArray {
    private static final String MODE = "MIXED_DATA_TYPES";

    /** ND4J's mark for 32-bit floats in a shape. */
    private static final long FLOAT = 8192;

    private static final int CHUNK = 1 << 16;

    private FlatArray() {}

    private static byte[] header(long length, long... shapeAndStride) {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.writeUTF(MODE);
            out.writeLong(shapeAndStride.length + 4);
            out.writeUTF("LONG");
            out.writeLong(shapeAndStride.length / 2);
            for (long s : shapeAndStride) {
                out.writeLong(s);
            }
            out.writeLong(FLOAT);
            out.writeLong(1); // element-wise stride
            out.writeLong('c');
            out.writeUTF(MODE);
            out.writeLong(length);
            out.writeUTF("FLOAT");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return bytes.toByteArray();
    }

    /** The header of a vector, as DL4J writes it. */
    private static byte[] vector(long length) {
        return header(length, length, 1);
    }

    /** The header of a matrix with one row, as DL4J wrote it before 1.0.0-M2. */
    private static byte[] row(long length, long stride) {
        return header(length, 1, length, stride, 1);
    }

    /** Whether this many bytes on disk can hold this many values. */
    public static boolean isSize(long bytes, long length) {
        long values = bytes - Float.BYTES * length;
        return values == vector(length).length || values == row(length, 1).length;
    }

    /** The most bytes that this many values take on disk. */
    public static long mostBytes(long length) {
        return row(length, 1).length + Float.BYTES * length;
    }

    /**
     * Reads values into an existing array.
     *
     * @param what for messages, such as "its weights"
     * @throws RefusedException if they are not as many 32-bit floats as the array has
     */
    public static void read(InputStream in, INDArray to, String what) throws IOException {
        long length = to.length();
        byte[] vector = vector(length);
        byte[] start = in.readNBytes(vector.length);
        if (!Arrays.equals(start, vector)) {
            byte[] more = in.readNBytes(row(length, 1).length - vector.length);
            byte[] header = Arrays.copyOf(start, start.length + more.length);
            System.arraycopy(more, 0, header, start.length, more.length);
            // the stride of a dimension of size 1 does not matter
            if (!Arrays.equals(header, row(length, 1))
                    && !Arrays.equals(header, row(length, length))) {
                throw new RefusedException(what + " are not " + length + " 32-bit floats");
            }
        }
        values(in, to, ByteOrder.BIG_ENDIAN, what);
    }

    /** As above, without a header. */
    public static void values(InputStream in, INDArray to, ByteOrder order, String what)
            throws IOException {
        FloatPointer values = pointer(to);
        byte[] bytes = new byte[CHUNK * Float.BYTES];
        float[] floats = new float[CHUNK];
        long length = to.length();
        for (long at = 0; at < length; ) {
            int n = (int) Math.min(CHUNK, length - at);
            if (in.readNBytes(bytes, 0, n * Float.BYTES) < n * Float.BYTES) {
                throw new RefusedException(what + " end too early");
            }
            ByteBuffer.wrap(bytes).order(order).asFloatBuffer().get(floats, 0, n);
            for (int i = 0; i < n; i++) {
                if (!Float.isFinite(floats[i])) {
                    throw new NotFinite(at + i, floats[i]);
                }
            }
            values.position(at).put(floats, 0, n);
            at += n;
        }
        if (in.read() >= 0) {
            throw new RefusedException(what + " are followed by more data");
        }
    }

    /** A value that is NaN or infinite. The caller, who knows the network, names the layer. */
    public static final class NotFinite extends IOException {
        private static final long serialVersionUID = 1L;
        public final long index;
        public final float value;

        NotFinite(long index, float value) {
            super("value " + index + " is " + value);
            this.index = index;
            this.value = value;
        }
    }

    /** Writes an array so that {@link #read} and {@code Nd4j.read} can read it. */
    public static void write(INDArray row, OutputStream out) throws IOException {
        out.write(vector(row.length()));
        INDArray plain = row.castTo(DataType.FLOAT);
        if (!isWhole(plain)) {
            plain = plain.dup('c');
        }
        FloatPointer values = pointer(plain);
        ByteBuffer bytes = ByteBuffer.allocate(CHUNK * Float.BYTES).order(ByteOrder.BIG_ENDIAN);
        float[] floats = new float[CHUNK];
        for (long at = 0; at < plain.length(); at += CHUNK) {
            int n = (int) Math.min(CHUNK, plain.length() - at);
            values.position(at).get(floats, 0, n);
            bytes.asFloatBuffer().put(floats, 0, n);
            out.write(bytes.array(), 0, n * Float.BYTES);
        }
    }

    /** A new vector with undefined values. */
    public static INDArray create(long length) {
        return Nd4j.createUninitialized(DataType.FLOAT, length);
    }

    /** Whether the array is its whole buffer, in order. */
    private static boolean isWhole(INDArray array) {
        return array.offset() == 0
                && array.data().offset() == 0
                && array.data().length() == array.length()
                && array.elementWiseStride() == 1;
    }

    /** The values of a contiguous array. */
    public static FloatPointer pointer(INDArray array) {
        if (array.dataType() != DataType.FLOAT || !isWhole(array)) {
            throw new IllegalArgumentException("contiguous 32-bit floats expected");
        }
        return new FloatPointer(array.data().pointer());
    }
}
