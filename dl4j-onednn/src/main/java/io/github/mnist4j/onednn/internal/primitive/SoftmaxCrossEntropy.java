package io.github.mnist4j.onednn.internal.primitive;

import static io.github.mnist4j.onednn.internal.primitive.Primitives.floats;

import java.nio.FloatBuffer;
import org.bytedeco.dnnl.memory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * DL4J's loss over softmax: the cross-entropy counts with clipped probabilities, its gradient with
 * unclipped ones.
 */
public final class SoftmaxCrossEntropy {
    private final memory logits;
    private final memory gradient;
    private final int batch;
    private final int classes;
    private final float least;
    private final float most;

    /**
     * @param logits [batch, classes], row-major
     * @param clip the least probability that the loss counts with
     */
    public SoftmaxCrossEntropy(memory logits, int batch, int classes, float clip) {
        this.logits = logits;
        gradient = Primitives.allocate(logits.get_desc());
        this.batch = batch;
        this.classes = classes;
        least = clip;
        most = (float) (1.0 - clip);
    }

    /** The gradient at the logits, summed over the batch; {@link #run} writes it. */
    public memory gradient() {
        return gradient;
    }

    /**
     * @param labels float, row-major, [batch, classes]
     * @param probabilities receives the softmax, [batch * classes]
     * @return the cross-entropy summed over the batch
     */
    public double run(INDArray labels, float[] probabilities) {
        FloatBuffer z = floats(logits).asBuffer();
        FloatBuffer dz = floats(gradient).asBuffer();
        FloatBuffer y = floats(labels);
        double loss = 0;
        double logLeast = Math.log(least);
        double logMost = Math.log(most);
        for (int row = 0, at = 0; row < batch; row++, at += classes) {
            float max = largest(z, at, classes);
            double sum = 0;
            for (int c = 0; c < classes; c++) {
                sum += Math.exp(z.get(at + c) - max);
            }
            double logSum = Math.log(sum);
            for (int c = 0; c < classes; c++) {
                double logP = z.get(at + c) - max - logSum;
                float p = (float) Math.exp(logP);
                float target = y.get(at + c);
                probabilities[at + c] = p;
                dz.put(at + c, p - target);
                if (target != 0) {
                    loss -= target * (p < least ? logLeast : p > most ? logMost : logP);
                }
            }
        }
        return loss;
    }

    /** The largest of {@code count} numbers from {@code at} on. */
    public static float largest(FloatBuffer numbers, int at, int count) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = at; i < at + count; i++) {
            largest = Math.max(largest, numbers.get(i));
        }
        return largest;
    }
}
