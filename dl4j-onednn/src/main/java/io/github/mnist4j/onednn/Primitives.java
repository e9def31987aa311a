package io.github.mnist4j.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_equal;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjLongConsumer;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What both programs are made of: memory descriptors, primitives with their arguments bound, and
 * lists of them to run.
 */
final class Primitives {
    static final engine ENGINE = new engine(engine.kind.cpu, 0);
    static final stream STREAM = new stream(ENGINE);

    private Primitives() {}

    /** Primitives in the order in which they run, each with its arguments bound once. */
    static final class Sequence {
        private record Step(
                String name, primitive primitive, IntMemoryMap arguments, Runnable java) {
            void run() {
                if (java != null) {
                    java.run();
                } else {
                    primitive.execute(STREAM, arguments);
                }
            }
        }

        private final List<Step> steps = new ArrayList<>();
        // dnnl::memory objects share ownership natively; the Java side must live as long as the
        // program all the same,
        // for its deallocator would free the buffer behind a handle that only another descriptor
        // still uses
        private final List<Pointer> keep = new ArrayList<>();

        /** Adds a primitive; {@code arguments} alternate a DNNL_ARG constant and a memory. */
        void add(String name, primitive primitive, Object... arguments) {
            var map = new IntMemoryMap();
            for (int i = 0; i < arguments.length; i += 2) {
                var argument = (memory) arguments[i + 1];
                map.put((Integer) arguments[i], argument);
                keep.add(argument);
            }
            steps.add(new Step(name, primitive, map, null));
        }

        /** Adds a step in Java. */
        void run(String name, Runnable java) {
            steps.add(new Step(name, null, null, java));
        }

        /**
         * The memory in the wanted layout: itself, or a copy that is refreshed at this place of the
         * sequence.
         */
        memory reordered(memory from, memory.desc to) {
            if (same(from.get_desc(), to)) {
                return from;
            }
            memory copy = allocate(to);
            add("reorder", new reorder(from, copy), DNNL_ARG_FROM, from, DNNL_ARG_TO, copy);
            return copy;
        }

        /**
         * The same buffer under another descriptor of the same size. A network's input has no
         * buffer of its own, it is pointed at another array for every batch, which a view would not
         * follow: there it is a view of a copy.
         */
        memory view(memory.desc desc, memory base) {
            Pointer data = base.get_data_handle();
            if (data == null || data.isNull()) {
                memory copy = allocate(base.get_desc());
                copy(base, copy);
                return view(desc, copy);
            }
            keep.add(base);
            return over(desc, data);
        }

        /** Copies {@code from} into {@code to}, changing layout and type as needed. */
        void copy(memory from, memory to) {
            add("reorder", new reorder(from, to), DNNL_ARG_FROM, from, DNNL_ARG_TO, to);
        }

        void run() {
            for (Step step : steps) {
                step.run();
            }
            STREAM._wait();
        }

        void close() {
            for (Step step : steps) {
                if (step.primitive != null) {
                    step.primitive.deallocate();
                    step.arguments.deallocate();
                }
            }
            steps.clear();
            keep.forEach(Pointer::deallocate);
            keep.clear();
        }

        /** Runs once and tells each step's name and nanoseconds. */
        void runTimed(ObjLongConsumer<String> times) {
            for (Step step : steps) {
                long start = System.nanoTime();
                step.run();
                STREAM._wait();
                times.accept(step.name, System.nanoTime() - start);
            }
        }
    }

    /** A pointer to memory that somebody else owns: an ND4J array's buffer. */
    static final class Address extends Pointer {
        Address(long address) {
            this.address = address;
        }
    }

    static memory.desc any(memory.data_type type, long... dims) {
        return new memory.desc(dims, type, memory.format_tag.any);
    }

    /** Dense row-major: x, ab, or nchw/oihw. */
    static memory.desc plain(memory.data_type type, long... dims) {
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

    static memory allocate(memory.desc desc) {
        return new memory(desc, ENGINE);
    }

    static memory over(memory.desc desc, Pointer data) {
        return new memory(desc, ENGINE, data);
    }

    /**
     * The parameter's own buffer seen with these dimensions; its elements must lie densely, as
     * DL4J's views do.
     */
    static memory over(INDArray array, long... dims) {
        return over(plain(memory.data_type.f32, dims), new Address(address(array)));
    }

    /**
     * Where a float array's first element lies; a view's buffer gives the address of the array that
     * it looks into.
     */
    static long address(INDArray array) {
        return array.data().address() + array.offset() * Float.BYTES;
    }

    /** A float array's elements as they lie in memory. */
    static FloatBuffer floats(INDArray array) {
        return new FloatPointer(new Address(address(array))).capacity(array.length()).asBuffer();
    }

    static boolean same(memory.desc a, memory.desc b) {
        return dnnl_memory_desc_equal(a.data(), b.data()) != 0;
    }

    static FloatPointer floats(memory memory) {
        return new FloatPointer(memory.get_data_handle())
                .capacity(memory.get_desc().get_size() / Float.BYTES);
    }

    static dnnl.algorithm algorithm(NetworkOp.Activation activation) {
        return switch (activation.kind()) {
            case RELU, LEAKY_RELU -> dnnl.algorithm.eltwise_relu;
            case TANH -> dnnl.algorithm.eltwise_tanh;
            case SIGMOID -> dnnl.algorithm.eltwise_logistic;
            case ELU -> dnnl.algorithm.eltwise_elu;
            case SWISH -> dnnl.algorithm.eltwise_swish;
        };
    }

    /**
     * Attributes that apply the activation to the primitive's result before it is written; none for
     * null.
     */
    static primitive_attr followedBy(NetworkOp.Activation activation) {
        var attributes = new primitive_attr();
        if (activation != null) {
            var ops = new post_ops();
            ops.append_eltwise(1f, algorithm(activation), activation.alpha(), activation.beta());
            attributes.set_post_ops(ops);
        }
        return attributes;
    }

    /**
     * Multiplies every element by its byte of {@code mask} (0 or 1) and by {@code scale}, whatever
     * the layout.
     */
    static memory masked(Sequence sequence, String name, memory from, memory mask, float scale) {
        memory to = allocate(from.get_desc());
        memory.desc flat = plain(dataType(from), elements(from));
        var attributes = new primitive_attr();
        attributes.set_scales(DNNL_ARG_SRC_1, 0, new float[] {scale});
        var desc = new binary.desc(dnnl.algorithm.binary_mul, flat, mask.get_desc(), flat);
        sequence.add(
                name,
                new binary(new binary.primitive_desc(desc, attributes, ENGINE)),
                DNNL_ARG_SRC_0,
                sequence.view(flat, from),
                DNNL_ARG_SRC_1,
                mask,
                DNNL_ARG_DST,
                sequence.view(flat, to));
        return to;
    }

    /**
     * A leaky ReLU's gradient from that at its result {@code out}, which lies in the same layout: 1
     * times it where the result is not below zero, else {@code alpha} times. oneDNN's own takes
     * {@code alpha} at zero, where DL4J takes 1.
     */
    static memory leakyGradient(
            Sequence sequence, String name, memory out, memory gradient, float alpha) {
        memory slope = allocate(gradient.get_desc());
        memory to = allocate(gradient.get_desc());
        memory.desc flat = plain(dataType(gradient), elements(gradient));
        memory.desc scalar = plain(dataType(gradient), 1);
        memory zero = allocate(scalar);
        Pointer.memset(zero.get_data_handle(), 0, scalar.get_size());
        var attributes = new primitive_attr();
        var line = new post_ops();
        line.append_eltwise(1f, dnnl.algorithm.eltwise_linear, 1 - alpha, alpha);
        attributes.set_post_ops(line);
        var compare = new binary.desc(dnnl.algorithm.binary_ge, flat, scalar, flat);
        sequence.add(
                name,
                new binary(new binary.primitive_desc(compare, attributes, ENGINE)),
                DNNL_ARG_SRC_0,
                sequence.view(flat, out),
                DNNL_ARG_SRC_1,
                zero,
                DNNL_ARG_DST,
                sequence.view(flat, slope));
        var multiply = new binary.desc(dnnl.algorithm.binary_mul, flat, flat, flat);
        sequence.add(
                name,
                new binary(new binary.primitive_desc(multiply, ENGINE)),
                DNNL_ARG_SRC_0,
                sequence.view(flat, gradient),
                DNNL_ARG_SRC_1,
                sequence.view(flat, slope),
                DNNL_ARG_DST,
                sequence.view(flat, to));
        return to;
    }

    static memory.data_type dataType(memory memory) {
        return memory.get_desc().data_type().intern();
    }

    /** Elements of the buffer, a blocked layout's padding included. */
    static long elements(memory memory) {
        return memory.get_desc().get_size()
                / org.bytedeco.dnnl.memory.data_type_size(dataType(memory));
    }

    /**
     * The array itself if it is what oneDNN reads (row-major floats without gaps), else a copy that
     * is.
     */
    static INDArray dense(INDArray array) {
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
