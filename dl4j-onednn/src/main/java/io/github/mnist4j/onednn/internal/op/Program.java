package io.github.mnist4j.onednn.internal.op;

import static io.github.mnist4j.onednn.internal.primitive.Primitives.over;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.plain;
import static io.github.mnist4j.onednn.internal.primitive.Shapes.withBatch;

import io.github.mnist4j.onednn.internal.primitive.Primitives.Address;
import io.github.mnist4j.onednn.internal.primitive.Sequence;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.bytedeco.dnnl.memory;
import org.jspecify.annotations.Nullable;

/**
 * A network compiled for one batch size: its ops add their primitives to {@link #forward} one after
 * the other. Not thread-safe.
 */
public abstract class Program implements AutoCloseable {
    public final int batch;
    public final int classes;

    /** The number format of activations and multiplications. */
    final memory.data_type type;

    final Sequence forward = new Sequence();

    /** What the ops so far compute; each op replaces it by its own result. */
    memory current;

    private final memory input;
    private final List<NetworkOp> ops;
    private int next;

    Program(NetworkOps network, int batch, memory.data_type type) {
        this.batch = batch;
        this.type = type;
        classes = network.classes();
        long[] shape = network.inputShape();
        ops = network.ops();
        if (ops.get(0) instanceof ReshapeOp first) {
            // the bytes are the same: read the input in the shape that the first layer wants
            shape = first.shape();
            next = 1;
        }
        input = over(plain(memory.data_type.f32, withBatch(batch, shape)), new Address(0));
        current = input;
    }

    /**
     * Lets the ops add their primitives.
     *
     * @return the logits, [batch, classes] in row-major order
     */
    final memory compile(Consumer<NetworkOp> add) {
        while (next < ops.size()) {
            add.accept(ops.get(next++));
        }
        return forward.reordered(current, logitsLayout());
    }

    final memory.desc logitsLayout() {
        return plain(memory.data_type.f32, batch, classes);
    }

    /**
     * Hands the next op to the one that is being compiled, which does its work too.
     *
     * @return null, and the next op compiles itself, if it is of another type or does not fit
     */
    final <T extends NetworkOp> @Nullable T fuse(Class<T> type, Predicate<T> fits) {
        if (isLast() || !type.isInstance(ops.get(next)) || !fits.test(type.cast(ops.get(next)))) {
            return null;
        }
        return type.cast(ops.get(next++));
    }

    /** Whether no op comes after the one that is being compiled. */
    final boolean isLast() {
        return next == ops.size();
    }

    /**
     * Runs the forward pass.
     *
     * @param address of batch * features floats, row-major
     */
    final void forward(long address) {
        input.set_data_handle(new Address(address));
        forward.run();
    }

    @Override
    public void close() {
        forward.close();
    }
}
