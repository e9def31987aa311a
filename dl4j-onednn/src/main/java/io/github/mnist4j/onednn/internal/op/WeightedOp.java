package io.github.mnist4j.onednn.internal.op;

import static io.github.mnist4j.onednn.internal.primitive.Primitives.allocate;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.over;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.plain;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import io.github.mnist4j.onednn.internal.primitive.Primitives;
import io.github.mnist4j.onednn.internal.primitive.Primitives.Arguments;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_desc;
import org.jspecify.annotations.Nullable;

/**
 * A layer that multiplies by weights. oneDNN applies the activation that follows as it writes the
 * result.
 *
 * @param <F> oneDNN's description of the forward pass, from which those of the backward pass are
 *     made
 */
sealed interface WeightedOp<F extends primitive_desc> extends NetworkOp
        permits ConvolutionOp, DenseOp {
    /** In a profile. */
    String name();

    Parameter weights();

    @Nullable Parameter bias();

    /** Outputs first. */
    long[] weightDims();

    /**
     * @param activation applied to the result, or null
     * @param outType the number format of the result
     */
    F forward(
            Program program,
            prop_kind kind,
            @Nullable ActivationOp activation,
            memory.data_type outType);

    primitive_desc weightGradient(TrainingProgram program, F forward);

    primitive_desc inputGradient(TrainingProgram program, F forward);

    /** One bias for each output. */
    default memory.desc biasLayout() {
        return plain(memory.data_type.f32, weightDims()[0]);
    }

    private F forward(Program program, prop_kind kind, @Nullable ActivationOp activation) {
        // the loss reads 32-bit logits
        var outType = program.isLast() ? memory.data_type.f32 : program.type;
        return forward(program, kind, activation, outType);
    }

    @Override
    default void train(TrainingProgram program) {
        boolean learnsBelow = program.addParameters();
        // undone later from the result alone
        ActivationOp activation = program.fuse(ActivationOp.class, ActivationOp::isPiecewiseLinear);
        F plan = forward(program, prop_kind.forward_training, activation);
        memory weights = over(weights().value(), weightDims());
        Parameter bias = bias();
        memory in = program.forward.reordered(program.current, plan.src_desc());
        memory out = allocate(plan.dst_desc());
        program.forward.add(
                name() + " " + weights().key(),
                plan,
                Arguments.of(DNNL_ARG_SRC, in)
                        .with(
                                DNNL_ARG_WEIGHTS,
                                program.forward.reordered(weights, plan.weights_desc()))
                        // a layer without biases gets zeros, whose gradient nobody reads:
                        // simpler than a second set of calls
                        .with(
                                DNNL_ARG_BIAS,
                                bias == null
                                        ? Primitives.zeros(biasLayout())
                                        : over(bias.value(), bias.value().length()))
                        .with(DNNL_ARG_DST, out));
        program.current = out;
        program.onBackward(
                above -> {
                    memory gradient =
                            activation == null
                                    ? above
                                    : activation.gradientFromResult(program.backward, out, above);
                    addWeightGradient(program, plan, in, gradient);
                    return learnsBelow ? addInputGradient(program, plan, weights, gradient) : null;
                });
    }

    private void addWeightGradient(TrainingProgram program, F forward, memory in, memory gradient) {
        primitive_desc plan = weightGradient(program, forward);
        Parameter bias = bias();
        memory destination = over(weights().gradient(), weightDims());
        // straight to DL4J's gradient where the layouts agree, else through a copy
        boolean direct = Primitives.same(plan.diff_weights_desc(), destination.get_desc());
        memory written = direct ? destination : allocate(plan.diff_weights_desc());
        program.backward.add(
                name() + " weights' gradient " + weights().key(),
                plan,
                Arguments.of(DNNL_ARG_SRC, program.backward.reordered(in, plan.src_desc()))
                        .with(
                                DNNL_ARG_DIFF_DST,
                                program.backward.reordered(gradient, plan.diff_dst_desc()))
                        .with(DNNL_ARG_DIFF_WEIGHTS, written)
                        .with(
                                DNNL_ARG_DIFF_BIAS,
                                bias == null
                                        ? allocate(biasLayout())
                                        : over(bias.gradient(), bias.gradient().length())));
        if (!direct) {
            program.backward.copy(written, destination);
        }
    }

    private memory addInputGradient(
            TrainingProgram program, F forward, memory weights, memory gradient) {
        primitive_desc plan = inputGradient(program, forward);
        memory below = allocate(plan.diff_src_desc());
        program.backward.add(
                name() + " input's gradient " + weights().key(),
                plan,
                Arguments.of(
                                DNNL_ARG_DIFF_DST,
                                program.backward.reordered(gradient, plan.diff_dst_desc()))
                        .with(
                                DNNL_ARG_WEIGHTS,
                                program.backward.reordered(weights, plan.weights_desc()))
                        .with(DNNL_ARG_DIFF_SRC, below));
        return below;
    }

    @Override
    default void infer(InferenceProgram program) {
        BatchNormOp norm = program.fuse(BatchNormOp.class, any -> true);
        ActivationOp activation = program.fuse(ActivationOp.class, any -> true);
        F plan = forward(program, prop_kind.forward_inference, activation);
        memory out = allocate(plan.dst_desc());
        var folded = program.fold(this, norm);
        program.forward.add(
                name() + " " + weights().key(),
                plan,
                Arguments.of(
                                DNNL_ARG_SRC,
                                program.forward.reordered(program.current, plan.src_desc()))
                        .with(
                                DNNL_ARG_WEIGHTS,
                                program.packed(folded.weights(), plan.weights_desc()))
                        .with(DNNL_ARG_BIAS, folded.bias())
                        .with(DNNL_ARG_DST, out));
        program.current = out;
    }
}
