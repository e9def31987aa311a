package io.github.mnist4j.onednn.internal.op;

import static io.github.mnist4j.onednn.internal.primitive.Primitives.ENGINE;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.allocate;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.floats;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.over;
import static io.github.mnist4j.onednn.internal.primitive.Primitives.plain;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;

import io.github.mnist4j.onednn.internal.primitive.Primitives;
import io.github.mnist4j.onednn.internal.primitive.Primitives.Arguments;
import io.github.mnist4j.onednn.internal.primitive.Sequence;
import io.github.mnist4j.onednn.internal.primitive.Shapes;
import java.nio.FloatBuffer;
import org.bytedeco.dnnl.batch_normalization_backward;
import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.global.dnnl.normalization_flags;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.memory;

/**
 * Batch normalization over channels, with DL4J's running statistics.
 *
 * @param variance the running variance or, with {@code logStd}, the decimal logarithm of the
 *     running standard deviation
 * @param shape of one example
 */
public record BatchNormOp(
        Parameter gamma,
        Parameter beta,
        Parameter mean,
        Parameter variance,
        boolean logStd,
        double epsilon,
        double decay,
        long[] shape)
        implements NetworkOp {

    /** In training: oneDNN sums squares. */
    private static final double LARGEST_SQUARED = 1e18;

    /** y = x * scale + shift for each channel. */
    record Affine(float[] scale, float[] shift) {}

    private int channels() {
        return (int) shape[0];
    }

    @Override
    public Gain gain(long values, boolean training) {
        double perExample = Math.sqrt((double) values);
        if (training) {
            // normalized values have a mean square of 1 at most
            double largest = Parameter.norm(gamma) + Parameter.norm(beta);
            return new Gain(0, largest * perExample, LARGEST_SQUARED);
        }
        var affine = affine();
        return new Gain(largest(affine.scale), largest(affine.shift) * perExample, Gain.LARGEST);
    }

    private static double largest(float[] values) {
        double largest = 0;
        for (float v : values) {
            largest = Math.max(largest, Math.abs((double) v)); // NaN if one is
        }
        return largest;
    }

    /** What this does with the running statistics as they are now. */
    Affine affine() {
        float[] scale = new float[channels()];
        float[] shift = new float[channels()];
        FloatBuffer g = floats(gamma.value());
        FloatBuffer b = floats(beta.value());
        FloatBuffer m = floats(mean.value());
        FloatBuffer v = floats(variance.value());
        for (int c = 0; c < scale.length; c++) {
            double var = logStd ? Math.pow(10, 2 * v.get(c)) : v.get(c);
            double factor = g.get(c) / Math.sqrt(var + epsilon);
            scale[c] = (float) factor;
            shift[c] = (float) (b.get(c) - m.get(c) * factor);
        }
        return new Affine(scale, shift);
    }

    @Override
    public void train(TrainingProgram program) {
        program.addParameters();
        boolean relu =
                program.fuse(ActivationOp.class, a -> a.kind() == ActivationOp.Kind.RELU) != null;
        boolean vectors = shape.length == 1;
        memory.desc flat = plain(program.type, program.batch, channels());
        // oneDNN's fast kernels want four dimensions; a vector is a 1x1 image with channels
        // innermost
        memory.desc images =
                new memory.desc(
                        new long[] {program.batch, channels(), 1, 1},
                        program.type,
                        memory.format_tag.nhwc);
        memory typed = inType(program);
        memory in =
                vectors
                        ? program.forward.view(images, program.forward.reordered(typed, flat))
                        : typed;
        int flags =
                normalization_flags.use_scale_shift.value
                        | (relu ? normalization_flags.fuse_norm_relu.value : 0);
        var plan =
                new batch_normalization_forward.primitive_desc(
                        new batch_normalization_forward.desc(
                                prop_kind.forward_training.value,
                                in.get_desc(),
                                (float) epsilon,
                                flags),
                        ENGINE);
        memory out = allocate(plan.dst_desc());
        memory batchMean = allocate(plan.mean_desc());
        memory batchVariance = allocate(plan.variance_desc());
        // gamma and beta lie one behind the other in DL4J's flat array: oneDNN's [2, channels]
        memory scaleShift = over(gamma.value(), 2, channels());
        memory scaleShiftGradient = over(gamma.gradient(), 2, channels());
        var both =
                Arguments.of(DNNL_ARG_SRC, in)
                        .with(DNNL_ARG_MEAN, batchMean)
                        .with(DNNL_ARG_VARIANCE, batchVariance)
                        .with(DNNL_ARG_SCALE_SHIFT, scaleShift)
                        // where the ReLU cut
                        .with(DNNL_ARG_WORKSPACE, relu ? allocate(plan.workspace_desc()) : null);
        program.forward.add("batch norm " + gamma.key(), plan, both.with(DNNL_ARG_DST, out));
        program.current = vectors ? program.forward.view(flat, out) : out;

        program.onBackward(
                above -> {
                    Sequence backward = program.backward;
                    memory.desc layout = in.get_desc();
                    var back =
                            new batch_normalization_backward.primitive_desc(
                                    new batch_normalization_backward.desc(
                                            prop_kind.backward.value,
                                            layout,
                                            layout,
                                            (float) epsilon,
                                            flags),
                                    ENGINE,
                                    plan);
                    memory gradient =
                            vectors
                                    ? backward.view(images, backward.reordered(above, flat))
                                    : backward.reordered(above, back.diff_dst_desc());
                    memory below = allocate(back.diff_src_desc());
                    backward.add(
                            "batch norm's gradient " + gamma.key(),
                            back,
                            both.with(DNNL_ARG_DIFF_DST, gradient)
                                    .with(DNNL_ARG_DIFF_SRC, below)
                                    .with(DNNL_ARG_DIFF_SCALE_SHIFT, scaleShiftGradient));
                    program.afterBackward(() -> moveStatistics(batchMean, batchVariance));
                    return vectors ? backward.view(flat, below) : below;
                });
    }

    /** The activations so far in the program's number format: an input comes in 32 bits. */
    private static memory inType(TrainingProgram program) {
        memory in = program.current;
        return Primitives.dataType(in) == program.type
                ? in
                : program.forward.reordered(in, plain(program.type, Primitives.dims(in)));
    }

    /**
     * DL4J moves running statistics through the gradient: new = old - gradient. See its
     * BatchNormalization layer.
     */
    private void moveStatistics(memory batchMean, memory batchVariance) {
        double step = 1 - decay;
        FloatBuffer newMean = floats(batchMean).asBuffer();
        FloatBuffer newVariance = floats(batchVariance).asBuffer();
        FloatBuffer oldMean = floats(mean.value());
        FloatBuffer old = floats(variance.value());
        FloatBuffer meanGradient = floats(mean.gradient());
        FloatBuffer gradient = floats(variance.gradient());
        for (int c = 0; c < channels(); c++) {
            meanGradient.put(c, (float) ((oldMean.get(c) - newMean.get(c)) * step));
            if (logStd) {
                double oldVariance = Math.pow(10, 2 * old.get(c));
                double moved = decay * oldVariance + step * newVariance.get(c);
                gradient.put(c, (float) (Math.log10(oldVariance / moved) / 2));
            } else {
                gradient.put(c, (float) ((old.get(c) - newVariance.get(c)) * step));
            }
        }
    }

    /** Where no layer with weights comes before, which would have taken this up. */
    @Override
    public void infer(InferenceProgram program) {
        int channels = channels();
        int each = (int) (Shapes.length(shape) / channels);
        memory.desc layout = Primitives.rowMajor(program.current);
        memory in = program.forward.reordered(program.current, layout);
        memory out = allocate(layout);
        var affine = program.onLoad(this::affine);
        program.forward.add(
                "batch norm " + gamma.key(),
                () -> {
                    float[] scale = affine.get().scale;
                    float[] shift = affine.get().shift;
                    FloatBuffer x = floats(in).asBuffer();
                    FloatBuffer y = floats(out).asBuffer();
                    for (int i = 0; i < program.batch * channels * each; i++) {
                        int c = i / each % channels;
                        y.put(i, x.get(i) * scale[c] + shift[c]);
                    }
                });
        program.current = out;
    }
}
