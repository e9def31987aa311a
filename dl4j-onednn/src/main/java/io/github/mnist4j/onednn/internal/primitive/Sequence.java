package io.github.mnist4j.onednn.internal.primitive;

import static io.github.mnist4j.onednn.internal.primitive.Primitives.ENGINE;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.STREAM;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.allocate;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.over;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;

import io.github.mnist4j.onednn.internal.primitive.Primitives.Arguments;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjLongConsumer;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.binary;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.Pointer;

/** Primitives in the order in which they run, each with its arguments bound once. */
public final class Sequence implements AutoCloseable {
    private record Step(String name, Runnable code) {}

    private final List<Step> steps = new ArrayList<>();

    // Java's memory objects must live as long as the program: their deallocator frees a buffer
    // even if another descriptor still uses it through its handle
    private final List<Pointer> keep = new ArrayList<>();

    /**
     * @param name in a profile
     */
    public void add(String name, primitive_desc plan, Arguments arguments) {
        add(name, new primitive(plan), arguments);
    }

    private void add(String name, primitive primitive, Arguments arguments) {
        var map = new IntMemoryMap();
        arguments.forEach(
                (index, memory) -> {
                    map.put(index, memory);
                    keep.add(memory);
                });
        keep.add(primitive);
        keep.add(map);
        add(name, () -> primitive.execute(STREAM, map));
    }

    /** Adds a step in Java. */
    public void add(String name, Runnable code) {
        steps.add(new Step(name, code));
    }

    /**
     * Adds an element-wise operation of two tensors.
     *
     * @param operands made by {@link Arguments#binary}, perhaps with those of the attributes
     */
    public void binary(
            String name, algorithm operation, primitive_attr attributes, Arguments operands) {
        var desc =
                new binary.desc(
                        operation,
                        operands.get(DNNL_ARG_SRC_0).get_desc(),
                        operands.get(DNNL_ARG_SRC_1).get_desc(),
                        operands.get(DNNL_ARG_DST).get_desc());
        add(name, new binary.primitive_desc(desc, attributes, ENGINE), operands);
    }

    /**
     * The memory in the wanted layout: itself, or a copy that is refreshed at this place of the
     * sequence.
     */
    public memory reordered(memory from, memory.desc to) {
        if (Primitives.same(from.get_desc(), to)) {
            return from;
        }
        memory copy = allocate(to);
        copy(from, copy);
        return copy;
    }

    /**
     * The same buffer under another descriptor of the same size. A network's input has no buffer of
     * its own: it is pointed at another array for every batch, which a view would not follow. Its
     * view is one of a copy.
     */
    public memory view(memory.desc desc, memory base) {
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
    public void copy(memory from, memory to) {
        add(
                "reorder",
                new reorder(from, to),
                Arguments.of(DNNL_ARG_FROM, from).with(DNNL_ARG_TO, to));
    }

    public void run() {
        for (Step step : steps) {
            step.code.run();
        }
        STREAM._wait();
    }

    /** Runs once and tells each step's name and nanoseconds. */
    public void runTimed(ObjLongConsumer<String> times) {
        for (Step step : steps) {
            long start = System.nanoTime();
            step.code.run();
            STREAM._wait();
            times.accept(step.name, System.nanoTime() - start);
        }
    }

    @Override
    public void close() {
        steps.clear();
        keep.forEach(Pointer::deallocate);
        keep.clear();
    }
}
