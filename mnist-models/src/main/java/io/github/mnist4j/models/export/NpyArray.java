package io.github.mnist4j.models.export;

import io.github.mnist4j.models.internal.RefusedException;
import io.github.mnist4j.models.json.JsonFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * NumPy's file format, version 1.0 (numpy.lib.format), of little-endian 32-bit floats row by row.
 */
final class NpyArray {
    private static final Pattern HEADER =
            Pattern.compile(
                    "\\{'descr': *'([^']*)', *'fortran_order': *(True|False), *'shape': *\\(([0-9, ]*)\\),? *\\}\\s*");

    /** More than NumPy's version 1.0 can have before the values. */
    static final int MOST_HEADER = 10 + 0xFFFF;

    private NpyArray() {}

    /** An array as a file's content. */
    static byte[] bytes(long[] shape, float[] values) throws IOException {
        String dims = Arrays.toString(shape).replace("[", "(").replace("]", ",)");
        var header =
                new StringBuilder(
                        "{'descr': '<f4', 'fortran_order': False, 'shape': " + dims + ", }");
        // the header ends with a line feed, and the data begin at a multiple of 64
        while ((10 + header.length() + 1) % 64 != 0) {
            header.append(' ');
        }
        header.append('\n');
        var out = new ByteArrayOutputStream();
        out.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
        out.write(header.length() & 0xFF);
        out.write(header.length() >> 8);
        out.write(header.toString().getBytes(StandardCharsets.US_ASCII));
        ByteBuffer data =
                ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        out.write(data.array());
        return out.toByteArray();
    }

    /**
     * Reads an array. Never takes more memory than the wanted shape does, whatever is there.
     *
     * @param in begins with the array's header
     * @param shape that it must have
     * @param what for messages
     * @return its values, row by row
     * @throws RefusedException if it is not such an array or a value is not a finite number
     */
    static float[] read(InputStream in, long[] shape, String what) throws IOException {
        byte[] start = in.readNBytes(10);
        if (start.length < 10
                || !new String(start, 0, 6, StandardCharsets.ISO_8859_1).equals("\u0093NUMPY")
                || start[6] != 1
                || start[7] != 0) {
            throw new RefusedException(what + " is not a NumPy array of version 1.0");
        }
        int length = (start[8] & 0xFF) | (start[9] & 0xFF) << 8;
        Matcher header =
                HEADER.matcher(new String(in.readNBytes(length), StandardCharsets.ISO_8859_1));
        if (!header.matches()) {
            throw new RefusedException(what + " has a damaged header");
        }
        if (!header.group(1).equals("<f4") || header.group(2).equals("True")) {
            throw new RefusedException(
                    what
                            + " is of type "
                            + JsonFile.printable(header.group(1))
                            + (header.group(2).equals("True") ? " in Fortran's order" : "")
                            + ", \"<f4\" row by row expected");
        }
        String found =
                Arrays.toString(
                        Arrays.stream(header.group(3).split(","))
                                .map(String::strip)
                                .filter(d -> !d.isEmpty())
                                .toArray(String[]::new));
        if (!found.equals(Arrays.toString(shape))) {
            throw new RefusedException(
                    what
                            + " has shape "
                            + (found.length() > 60 ? "of far too many numbers" : found)
                            + ", "
                            + Arrays.toString(shape)
                            + " expected");
        }
        int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        byte[] data = in.readNBytes(count * Float.BYTES);
        if (data.length < count * Float.BYTES || in.read() >= 0) {
            throw new RefusedException(what + " has another length than its shape says");
        }
        float[] values = new float[count];
        ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new RefusedException(what + " holds a value that is not a finite number");
            }
        }
        return values;
    }
}
