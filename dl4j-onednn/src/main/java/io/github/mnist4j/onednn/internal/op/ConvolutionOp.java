package io.github.mnist4j.onednn.internal.op;

import static io.github.mnist4j.onednn.internal.primitive.Primitives.ENGINE;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.any;
import static io.github.mnist4j.onednn.internal.primitive.Shapes.withBatch;

import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_desc;
import org.jspecify.annotations.Nullable;

/** Convolution with OIHW weights. */
public record ConvolutionOp(
        Parameter weights, @Nullable Parameter bias, long[] in, long[] out, Window window)
        implements WeightedOp<convolution_forward.primitive_desc> {

    @Override
    public String name() {
        return "convolution";
    }

    @Override
    public long[] weightDims() {
        return new long[] {out[0], in[0], window.kernel()[0], window.kernel()[1]};
    }

    @Override
    public long[] outputShape(long[] inputShape) {
        return out;
    }

    @Override
    public Gain gain(long values, boolean training) {
        // a value of the input is in one patch for each cell of the kernel at most
        long cells = window.kernel()[0] * window.kernel()[1];
        long places = out[1] * out[2];
        return new Gain(
                Parameter.norm(weights) * Math.sqrt((double) cells),
                Parameter.norm(bias) * Math.sqrt((double) places),
                Gain.LARGEST);
    }

    @Override
    public convolution_forward.primitive_desc forward(
            Program program,
            prop_kind kind,
            @Nullable ActivationOp activation,
            memory.data_type outType) {
        return new convolution_forward.primitive_desc(
                new convolution_forward.desc(
                        kind,
                        algorithm.convolution_direct,
                        any(program.type, withBatch(program.batch, in)),
                        any(program.type, weightDims()),
                        biasLayout(),
                        any(outType, withBatch(program.batch, out)),
                        window.stride(),
                        window.gaps(),
                        window.padBefore(),
                        window.padAfter()),
                ActivationOp.applied(activation),
                ENGINE);
    }

    @Override
    public primitive_desc weightGradient(
            TrainingProgram program, convolution_forward.primitive_desc forward) {
        return new convolution_backward_weights.primitive_desc(
                new convolution_backward_weights.desc(
                        algorithm.convolution_direct,
                        any(program.type, withBatch(program.batch, in)),
                        any(memory.data_type.f32, weightDims()),
                        biasLayout(),
                        any(program.type, withBatch(program.batch, out)),
                        window.stride(),
                        window.gaps(),
                        window.padBefore(),
                        window.padAfter()),
                ENGINE,
                forward);
    }

    @Override
    public primitive_desc inputGradient(
            TrainingProgram program, convolution_forward.primitive_desc forward) {
        return new convolution_backward_data.primitive_desc(
                new convolution_backward_data.desc(
                        algorithm.convolution_direct,
                        any(program.type, withBatch(program.batch, in)),
                        any(program.type, weightDims()),
                        any(program.type, withBatch(program.batch, out)),
                        window.stride(),
                        window.gaps(),
                        window.padBefore(),
                        window.padAfter()),
                ENGINE,
                forward);
    }
}
