package io.github.mnist4j.onednn.internal.op;

import static io.github.mnist4j.onednn.internal.op.UnsupportedNetworkException.require;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.ENGINE;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.allocate;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.plain;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;

import io.github.mnist4j.onednn.internal.primitive.Primitives;
import io.github.mnist4j.onednn.internal.primitive.Primitives.Arguments;
import io.github.mnist4j.onednn.internal.primitive.Sequence;
import org.bytedeco.dnnl.eltwise_backward;
import org.bytedeco.dnnl.eltwise_forward;
import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;

/**
 * An element-wise activation.
 *
 * @param alpha oneDNN's parameter: the slope below zero of {@code LEAKY_RELU}
 */
public record ActivationOp(Kind kind, float alpha) implements NetworkOp {
    enum Kind {
        RELU(algorithm.eltwise_relu),
        /** As in DL4J, the slope at zero is 1, where that of {@code RELU} is 0. */
        LEAKY_RELU(algorithm.eltwise_relu),
        TANH(algorithm.eltwise_tanh),
        SIGMOID(algorithm.eltwise_logistic),
        ELU(algorithm.eltwise_elu),
        SWISH(algorithm.eltwise_swish);

        private final algorithm function;

        Kind(algorithm function) {
            this.function = function;
        }
    }

    /**
     * @return null for the identity
     * @throws UnsupportedNetworkException for a function that oneDNN does not compute as DL4J does
     */
    public static @Nullable ActivationOp of(IActivation function)
            throws UnsupportedNetworkException {
        Class<?> type = function.getClass();
        if (type == ActivationIdentity.class) {
            return null;
        }
        var kind = Kind.RELU;
        double alpha = 0;
        if (type == ActivationReLU.class) {
            var relu = (ActivationReLU) function;
            require(
                    relu.getMax() == null && relu.getThreshold() == null,
                    "ReLU with a threshold or a maximum");
            if (relu.getNegativeSlope() != null) {
                kind = Kind.LEAKY_RELU;
                alpha = relu.getNegativeSlope();
            }
        } else if (type == ActivationLReLU.class) {
            kind = Kind.LEAKY_RELU;
            alpha = ((ActivationLReLU) function).getAlpha();
        } else if (type == ActivationTanH.class) {
            kind = Kind.TANH;
        } else if (type == ActivationSigmoid.class) {
            kind = Kind.SIGMOID;
        } else if (type == ActivationELU.class) {
            kind = Kind.ELU;
            alpha = ((ActivationELU) function).getAlpha();
            // DL4J's gradient uses 1 whatever alpha is
            require(alpha == 1, "ELU with alpha " + alpha);
        } else if (type == ActivationSwish.class) {
            kind = Kind.SWISH;
            alpha = 1;
        } else {
            throw new UnsupportedNetworkException("activation " + function);
        }
        // with a smaller slope a result below zero could round to 0 and would not tell the slope
        require(
                kind != Kind.LEAKY_RELU || (alpha >= 1e-4 && alpha <= 1),
                "leaky ReLU with a slope of " + alpha);
        return new ActivationOp(kind, (float) alpha);
    }

    /** Whether the result alone tells the slope. */
    boolean isPiecewiseLinear() {
        return kind == Kind.RELU || kind == Kind.LEAKY_RELU;
    }

    /** Attributes that apply the activation to a primitive's result before it is written. */
    static primitive_attr applied(@Nullable ActivationOp activation) {
        var attributes = new primitive_attr();
        if (activation != null) {
            var ops = new post_ops();
            ops.append_eltwise(1f, activation.kind.function, activation.alpha, 0f);
            attributes.set_post_ops(ops);
        }
        return attributes;
    }

    @Override
    public Gain gain(long values, boolean training) {
        return kind == Kind.TANH || kind == Kind.SIGMOID
                ? Gain.bounded(Math.sqrt((double) values))
                : Gain.NONE;
    }

    @Override
    public void train(TrainingProgram program) {
        memory in = program.current;
        memory out = addForward(program, prop_kind.forward_training);
        program.onBackward(
                above ->
                        kind == Kind.LEAKY_RELU
                                ? leakyGradient(program.backward, out, above)
                                : gradient(
                                        program.backward,
                                        "activation's gradient " + kind,
                                        kind.function,
                                        DNNL_ARG_SRC,
                                        in,
                                        above));
    }

    @Override
    public void infer(InferenceProgram program) {
        addForward(program, prop_kind.forward_inference);
    }

    private memory addForward(Program program, prop_kind pass) {
        memory in = program.current;
        var plan = forward(pass, kind.function, in.get_desc());
        memory out = allocate(plan.dst_desc());
        program.forward.add(
                "activation " + kind, plan, Arguments.of(DNNL_ARG_SRC, in).with(DNNL_ARG_DST, out));
        program.current = out;
        return out;
    }

    private eltwise_forward.primitive_desc forward(
            prop_kind pass, algorithm function, memory.desc layout) {
        return new eltwise_forward.primitive_desc(
                new eltwise_forward.desc(pass, function, layout, alpha, 0f), ENGINE);
    }

    /**
     * Adds the way back through a piecewise linear activation from the result that it left.
     *
     * @param above the gradient at the result
     * @return the gradient at the activation's input
     */
    memory gradientFromResult(Sequence backward, memory result, memory above) {
        return kind == Kind.LEAKY_RELU
                ? leakyGradient(backward, result, above)
                : gradient(
                        backward,
                        "relu's gradient",
                        algorithm.eltwise_relu_use_dst_for_bwd,
                        DNNL_ARG_DST,
                        result,
                        above);
    }

    /**
     * @param argument what {@code value} is, the activation's input or its result, as {@code
     *     function} asks for
     */
    private memory gradient(
            Sequence backward,
            String name,
            algorithm function,
            int argument,
            memory value,
            memory above) {
        memory.desc layout = value.get_desc();
        var plan =
                new eltwise_backward.primitive_desc(
                        new eltwise_backward.desc(function, layout, layout, alpha, 0f),
                        ENGINE,
                        forward(prop_kind.forward_training, function, layout));
        memory below = allocate(layout);
        backward.add(
                name,
                plan,
                Arguments.of(argument, value)
                        .with(DNNL_ARG_DIFF_DST, backward.reordered(above, layout))
                        .with(DNNL_ARG_DIFF_SRC, below));
        return below;
    }

    /**
     * A leaky ReLU's gradient: 1 times the one above where the result is not below zero, else
     * {@code alpha} times. oneDNN's own takes {@code alpha} at zero, where DL4J takes 1.
     */
    private memory leakyGradient(Sequence backward, memory result, memory above) {
        String name = "leaky relu's gradient";
        memory gradient = backward.reordered(above, result.get_desc());
        memory slope = allocate(gradient.get_desc());
        memory below = allocate(gradient.get_desc());
        memory.desc flat = plain(Primitives.dataType(gradient), Primitives.elements(gradient));
        memory zero = Primitives.zeros(plain(Primitives.dataType(gradient), 1));
        var line = new post_ops();
        line.append_eltwise(1f, algorithm.eltwise_linear, 1 - alpha, alpha);
        var oneOrAlpha = new primitive_attr();
        oneOrAlpha.set_post_ops(line);
        backward.binary(
                name,
                algorithm.binary_ge,
                oneOrAlpha,
                Arguments.binary(backward.view(flat, result), zero, backward.view(flat, slope)));
        backward.binary(
                name,
                algorithm.binary_mul,
                new primitive_attr(),
                Arguments.binary(
                        backward.view(flat, gradient),
                        backward.view(flat, slope),
                        backward.view(flat, below)));
        return below;
    }
}
