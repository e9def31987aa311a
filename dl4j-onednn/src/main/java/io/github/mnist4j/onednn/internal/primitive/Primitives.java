package io.github.mnist4j.onednn.internal.primitive;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_equal;

import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What primitives are made of: memory, its descriptors, and the arguments of a primitive. */
public final class Primitives {
    public static final engine ENGINE = new engine(engine.kind.cpu, 0);
    public static final stream STREAM = new stream(ENGINE);

    private Primitives() {}

    /** A primitive's memories by their DNNL_ARG constants. Immutable. */
    public static final class Arguments {
        private final Map<Integer, memory> byIndex;

        private Arguments(Map<Integer, memory> byIndex) {
            this.byIndex = byIndex;
        }

        public static Arguments of(int index, memory memory) {
            return new Arguments(Map.of()).with(index, memory);
        }

        /** Those of an operation that writes {@code a op b} to {@code to}. */
        public static Arguments binary(memory a, memory b, memory to) {
            return of(DNNL_ARG_SRC_0, a).with(DNNL_ARG_SRC_1, b).with(DNNL_ARG_DST, to);
        }

        /** These and one more; these alone if it is null. */
        public Arguments with(int index, @Nullable memory memory) {
            if (memory == null) {
                return this;
            }
            var more = new LinkedHashMap<>(byIndex);
            more.put(index, memory);
            return new Arguments(more);
        }

        public memory get(int index) {
            return Objects.requireNonNull(byIndex.get(index));
        }

        public void forEach(BiConsumer<Integer, memory> action) {
            byIndex.forEach(action);
        }
    }

    /** A pointer to memory that somebody else owns: an ND4J array's buffer. */
    public static final class Address extends Pointer {
        public Address(long address) {
            this.address = address;
        }
    }

    public static memory.desc any(memory.data_type type, long... dims) {
        return new memory.desc(dims, type, memory.format_tag.any);
    }

    /** Dense row-major: x, ab, or nchw/oihw. */
    public static memory.desc plain(memory.data_type type, long... dims) {
        return new memory.desc(
                dims,
                type,
                switch (dims.length) {
                    case 1 -> memory.format_tag.a;
                    case 2 -> memory.format_tag.ab;
                    case 4 -> memory.format_tag.abcd;
                    default -> throw new IllegalArgumentException(dims.length + " dimensions");
                });
    }

    public static memory allocate(memory.desc desc) {
        return new memory(desc, ENGINE);
    }

    public static memory zeros(memory.desc desc) {
        memory zeros = allocate(desc);
        Pointer.memset(zeros.get_data_handle(), 0, desc.get_size());
        return zeros;
    }

    /** A memory on a buffer that somebody else owns. */
    public static memory over(memory.desc desc, Pointer data) {
        return new memory(desc, ENGINE, data);
    }

    /**
     * The parameter's own buffer seen with these dimensions; its elements must lie densely, as
     * DL4J's views do.
     */
    public static memory over(INDArray array, long... dims) {
        return over(plain(memory.data_type.f32, dims), new Address(address(array)));
    }

    /**
     * Where a float array's first element lies; a view's buffer gives the address of the array that
     * it looks into.
     */
    public static long address(INDArray array) {
        return array.data().address() + array.offset() * Float.BYTES;
    }

    /** A float array's elements as they lie in memory. */
    public static FloatBuffer floats(INDArray array) {
        return new FloatPointer(new Address(address(array))).capacity(array.length()).asBuffer();
    }

    public static boolean same(memory.desc a, memory.desc b) {
        return dnnl_memory_desc_equal(a.data(), b.data()) != 0;
    }

    public static FloatPointer floats(memory memory) {
        return new FloatPointer(memory.get_data_handle())
                .capacity(memory.get_desc().get_size() / Float.BYTES);
    }

    public static long[] dims(memory memory) {
        memory.desc desc = memory.get_desc();
        long[] dims = new long[desc.data().ndims()];
        desc.dims().get(dims);
        return dims;
    }

    /** The memory's shape and type in row-major order. */
    public static memory.desc rowMajor(memory memory) {
        return plain(dataType(memory), dims(memory));
    }

    public static memory.data_type dataType(memory memory) {
        return memory.get_desc().data_type().intern();
    }

    /** Elements of the buffer, a blocked layout's padding included. */
    public static long elements(memory memory) {
        return memory.get_desc().get_size()
                / org.bytedeco.dnnl.memory.data_type_size(dataType(memory));
    }

    /**
     * The array itself if it is what oneDNN reads (row-major floats without gaps), else a copy that
     * is.
     */
    public static INDArray dense(INDArray array) {
        INDArray floats = array.castTo(DataType.FLOAT);
        return isRowMajor(floats) ? floats : floats.dup('c');
    }

    /**
     * Not ND4J's test, which also asks for the strides of dimensions of size 1, where any will do.
     */
    private static boolean isRowMajor(INDArray array) {
        long expected = 1;
        for (int d = array.rank() - 1; d >= 0; d--) {
            if (array.size(d) != 1 && array.stride(d) != expected) {
                return false;
            }
            expected *= array.size(d);
        }
        return true;
    }
}
