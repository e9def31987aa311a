package io.github.mnist4j.onednn.internal.op;

import static io.github.mnist4j.onednn.internal.op.UnsupportedNetworkException.require;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.allocate;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.plain;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;

import io.github.mnist4j.onednn.internal.primitive.Primitives;
import io.github.mnist4j.onednn.internal.primitive.Primitives.Arguments;
import io.github.mnist4j.onednn.internal.primitive.Sequence;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.jspecify.annotations.Nullable;

/** Inverted dropout; {@code retain} is the probability of keeping a value, as in DL4J. */
public record DropoutOp(double retain) implements NetworkOp {

    /**
     * @return null where nothing is dropped
     * @throws UnsupportedNetworkException for another kind of dropout
     */
    public static @Nullable DropoutOp of(@Nullable IDropout dropout)
            throws UnsupportedNetworkException {
        if (dropout == null) {
            return null;
        }
        require(
                dropout.getClass() == Dropout.class,
                "dropout " + dropout.getClass().getSimpleName());
        var d = (Dropout) dropout;
        require(d.getPSchedule() == null, "a schedule on dropout");
        require(d.getP() > 0 && d.getP() <= 1, "dropout that keeps " + d.getP());
        return d.getP() == 1 ? null : new DropoutOp(d.getP());
    }

    @Override
    public Gain gain(long values, boolean training) {
        return training ? Gain.times(1 / retain) : Gain.NONE;
    }

    @Override
    public void train(TrainingProgram program) {
        memory in = program.current;
        memory.desc layout = in.get_desc();
        memory mask = program.mask(Primitives.elements(in), retain);
        program.current = masked(program.forward, "dropout", in, mask);
        // the mask lies in the layout of the forward pass, so the gradient must too
        program.onBackward(
                above ->
                        masked(
                                program.backward,
                                "dropout's gradient",
                                program.backward.reordered(above, layout),
                                mask));
    }

    @Override
    public void infer(InferenceProgram program) {
        // inverted dropout leaves inference as it is
    }

    /** Keeps and enlarges the elements whose byte of {@code mask} is 1, whatever the layout. */
    private memory masked(Sequence sequence, String name, memory from, memory mask) {
        memory to = allocate(from.get_desc());
        memory.desc flat = plain(Primitives.dataType(from), Primitives.elements(from));
        var enlarged = new primitive_attr();
        enlarged.set_scales(DNNL_ARG_SRC_1, 0, new float[] {(float) (1 / retain)});
        sequence.binary(
                name,
                algorithm.binary_mul,
                enlarged,
                Arguments.binary(sequence.view(flat, from), mask, sequence.view(flat, to)));
        return to;
    }
}
