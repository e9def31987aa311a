package io.github.mnist4j.onednn.internal.op;

import static io.github.mnist4j.onednn.internal.primitive.Primitives.ENGINE;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.allocate;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.any;
import static io.github.mnist4j.onednn.internal.primitive.Shapes.withBatch;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;

import io.github.mnist4j.onednn.internal.primitive.Primitives;
import io.github.mnist4j.onednn.internal.primitive.Primitives.Arguments;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.pooling_backward;
import org.bytedeco.dnnl.pooling_forward;
import org.jspecify.annotations.Nullable;

/** Maximum pooling, or average pooling that does not count padding. */
public record PoolingOp(boolean max, long[] out, Window window) implements NetworkOp {

    @Override
    public long[] outputShape(long[] inputShape) {
        return out;
    }

    @Override
    public Gain gain(long values, boolean training) {
        return Gain.times(Math.sqrt((double) window.overlap()));
    }

    @Override
    public void train(TrainingProgram program) {
        memory in = program.current;
        var plan = forward(program, prop_kind.forward_training);
        // which element was the maximum
        memory workspace = max ? allocate(plan.workspace_desc()) : null;
        memory out = addForward(program, plan, workspace);
        program.onBackward(
                above -> {
                    var back =
                            new pooling_backward.primitive_desc(
                                    new pooling_backward.desc(
                                            algorithm(),
                                            in.get_desc(),
                                            out.get_desc(),
                                            window.stride(),
                                            window.kernel(),
                                            window.padBefore(),
                                            window.padAfter()),
                                    ENGINE,
                                    plan);
                    memory below = allocate(back.diff_src_desc());
                    program.backward.add(
                            "pooling's gradient",
                            back,
                            Arguments.of(
                                            DNNL_ARG_DIFF_DST,
                                            program.backward.reordered(above, back.diff_dst_desc()))
                                    .with(DNNL_ARG_DIFF_SRC, below)
                                    .with(DNNL_ARG_WORKSPACE, workspace));
                    return below;
                });
    }

    @Override
    public void infer(InferenceProgram program) {
        addForward(program, forward(program, prop_kind.forward_inference), null);
    }

    private pooling_forward.primitive_desc forward(Program program, prop_kind kind) {
        memory in = program.current;
        return new pooling_forward.primitive_desc(
                new pooling_forward.desc(
                        kind,
                        algorithm(),
                        in.get_desc(),
                        any(Primitives.dataType(in), withBatch(program.batch, out)),
                        window.stride(),
                        window.kernel(),
                        window.padBefore(),
                        window.padAfter()),
                ENGINE);
    }

    private static memory addForward(
            Program program, pooling_forward.primitive_desc plan, @Nullable memory workspace) {
        memory out = allocate(plan.dst_desc());
        program.forward.add(
                "pooling",
                plan,
                Arguments.of(DNNL_ARG_SRC, program.current)
                        .with(DNNL_ARG_DST, out)
                        .with(DNNL_ARG_WORKSPACE, workspace));
        program.current = out;
        return out;
    }

    private algorithm algorithm() {
        return max ? algorithm.pooling_max : algorithm.pooling_avg_exclude_padding;
    }
}
