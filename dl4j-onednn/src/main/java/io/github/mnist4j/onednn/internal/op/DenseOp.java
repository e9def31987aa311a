package io.github.mnist4j.onednn.internal.op;

import static io.github.mnist4j.onednn.internal.primitive.Primitives.ENGINE;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.any;
import static io.github.mnist4j.onednn.internal.primitive.Shapes.withBatch;

import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.inner_product_backward_data;
import org.bytedeco.dnnl.inner_product_backward_weights;
import org.bytedeco.dnnl.inner_product_forward;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_desc;
import org.jspecify.annotations.Nullable;

/** Fully connected; {@code in} keeps the image's shape where it comes straight from one. */
public record DenseOp(Parameter weights, @Nullable Parameter bias, long[] in, long out)
        implements WeightedOp<inner_product_forward.primitive_desc> {

    @Override
    public String name() {
        return "dense";
    }

    /** DL4J's [in, out] in column-major order is oneDNN's [out, in]. */
    @Override
    public long[] weightDims() {
        return withBatch(out, in);
    }

    @Override
    public long[] outputShape(long[] inputShape) {
        return new long[] {out};
    }

    @Override
    public Gain gain(long values, boolean training) {
        return new Gain(Parameter.norm(weights), Parameter.norm(bias), Gain.LARGEST);
    }

    @Override
    public inner_product_forward.primitive_desc forward(
            Program program,
            prop_kind kind,
            @Nullable ActivationOp activation,
            memory.data_type outType) {
        return new inner_product_forward.primitive_desc(
                new inner_product_forward.desc(
                        kind,
                        any(program.type, withBatch(program.batch, in)),
                        any(program.type, weightDims()),
                        biasLayout(),
                        any(outType, program.batch, out)),
                ActivationOp.applied(activation),
                ENGINE);
    }

    @Override
    public primitive_desc weightGradient(
            TrainingProgram program, inner_product_forward.primitive_desc forward) {
        return new inner_product_backward_weights.primitive_desc(
                new inner_product_backward_weights.desc(
                        any(program.type, withBatch(program.batch, in)),
                        any(memory.data_type.f32, weightDims()),
                        biasLayout(),
                        any(program.type, program.batch, out)),
                ENGINE,
                forward);
    }

    @Override
    public primitive_desc inputGradient(
            TrainingProgram program, inner_product_forward.primitive_desc forward) {
        return new inner_product_backward_data.primitive_desc(
                new inner_product_backward_data.desc(
                        any(program.type, withBatch(program.batch, in)),
                        any(program.type, weightDims()),
                        any(program.type, program.batch, out)),
                ENGINE,
                forward);
    }
}
