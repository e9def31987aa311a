package io.github.mnist4j.onednn.internal.op;

import static io.github.mnist4j.onednn.internal.primitive.Primitives.plain;
import static io.github.mnist4j.onednn.internal.primitive.Shapes.withBatch;

import io.github.mnist4j.onednn.internal.primitive.Primitives;
import org.bytedeco.dnnl.memory;

/** A change of shape without a change of values. */
public record ReshapeOp(long[] shape) implements NetworkOp {

    @Override
    public long[] outputShape(long[] inputShape) {
        return shape;
    }

    @Override
    public void train(TrainingProgram program) {
        memory.desc before = Primitives.rowMajor(program.current);
        memory.desc after = addForward(program, before);
        program.onBackward(
                above -> program.backward.view(before, program.backward.reordered(above, after)));
    }

    @Override
    public void infer(InferenceProgram program) {
        addForward(program, Primitives.rowMajor(program.current));
    }

    private memory.desc addForward(Program program, memory.desc before) {
        memory.desc after =
                plain(Primitives.dataType(program.current), withBatch(program.batch, shape));
        program.current =
                program.forward.view(after, program.forward.reordered(program.current, before));
        return after;
    }
}
