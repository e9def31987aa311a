package io.github.mnist4j.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.ViewIterator;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A plain network and its accelerated twin: whatever is asked of both must have the same answer, or
 * fail in the same way.
 */
final class Twins {
    final MultiLayerNetwork plain;
    final AcceleratedNetwork fast;
    private final double tolerance;

    Twins(MultiLayerNetwork network, double tolerance) {
        plain = network;
        fast = (AcceleratedNetwork) OneDnn.accelerate(network.clone());
        this.tolerance = tolerance;
    }

    /** An answer's numbers, or the exception that was thrown in its place. */
    private record Answer(INDArray numbers, Throwable failure) {
        static Answer of(
                Function<MultiLayerNetwork, INDArray> question, MultiLayerNetwork network) {
            try {
                Nd4j.getRandom().setSeed(1234);
                INDArray numbers = question.apply(network);
                return new Answer(numbers == null ? null : numbers.dup('c'), null);
            } catch (Exception e) {
                return new Answer(null, e);
            }
        }
    }

    /**
     * @return whether DL4J had an answer
     */
    boolean agree(String what, Function<MultiLayerNetwork, INDArray> question) {
        Answer expected = Answer.of(question, plain);
        Answer actual = Answer.of(question, fast);
        if (expected.failure != null) {
            assertThat(actual.failure).as("%s: failure as %s", what, expected.failure).isNotNull();
            assertThat(actual.failure.getClass()).as(what).isEqualTo(expected.failure.getClass());
            Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
            return false;
        }
        if (actual.failure != null) {
            throw new AssertionError(what + " fails where DL4J does not", actual.failure);
        }
        assertSame(what, actual.numbers, expected.numbers, tolerance);
        return true;
    }

    static void assertSame(String what, INDArray actual, INDArray expected, double tolerance) {
        if (expected == null) {
            assertThat(actual).as(what).isNull();
            return;
        }
        assertThat(actual.shape()).as("%s: shape", what).isEqualTo(expected.shape());
        float[] a = actual.dup('c').data().asFloat();
        float[] b = expected.dup('c').data().asFloat();
        double largest = 0;
        for (float v : b) {
            largest = Double.isFinite(v) ? Math.max(largest, Math.abs(v)) : largest;
        }
        for (int i = 0; i < b.length; i++) {
            boolean same =
                    Double.isFinite(b[i])
                            ? Math.abs(a[i] - b[i]) <= tolerance * Math.max(1, largest)
                            : Float.compare(a[i], b[i]) == 0;
            if (!same) {
                throw new AssertionError(
                        what
                                + ": "
                                + a[i]
                                + " at "
                                + i
                                + ", DL4J has "
                                + b[i]
                                + " of up to "
                                + largest);
            }
        }
    }

    static INDArray scalar(double value) {
        return Nd4j.scalar((float) value);
    }

    /** Parameters after one step on each batch, and the score that the last one had. */
    boolean fit(INDArray features, INDArray labels) {
        return agreeOnStep(features, labels)
                && agree("score after fit", net -> scalar(net.score()));
    }

    /** Parameters after one step, or the failure of it. */
    boolean agreeOnStep(INDArray features, INDArray labels) {
        return agree(
                "fit",
                net -> {
                    net.fit(features.dup(), labels);
                    return net.params();
                });
    }

    /** Gives the accelerated network the plain one's parameters and updater state. */
    private void toFast() {
        copy(plain, fast);
    }

    /** Gives the plain network the accelerated one's parameters and updater state. */
    void toPlain() {
        copy(fast, plain);
    }

    private static void copy(MultiLayerNetwork from, MultiLayerNetwork to) {
        to.setParams(from.params());
        INDArray state = from.updaterState();
        if (state != null) {
            to.getUpdater().getStateViewArray().assign(state);
        }
    }

    /**
     * A gradient, then a step.
     *
     * @param adaptive whether the updater makes as much of a gradient that is 0 but for rounding as
     *     of a large one: then such parameters need not agree, and afterwards are made to
     */
    void step(INDArray x, INDArray y, boolean adaptive) {
        agreeOnGradient(x, y);
        agree("score of the gradient", net -> scalar(net.score()));
        if (!adaptive || !fast.isAccelerated()) {
            fit(x, y);
            return;
        }
        Nd4j.getRandom().setSeed(1234);
        INDArray gradient = plain.getFlattenedGradients().dup();
        INDArray before = plain.params().dup();
        plain.fit(x.dup(), y);
        Nd4j.getRandom().setSeed(1234);
        fast.fit(x.dup(), y);
        float[] g = gradient.data().asFloat();
        float[] a = fast.params().dup().data().asFloat();
        float[] b = plain.params().dup().data().asFloat();
        float[] from = before.data().asFloat();
        double largest = gradient.amaxNumber().doubleValue();
        for (int i = 0; i < g.length; i++) {
            double stepTaken = Math.abs(b[i] - from[i]);
            double allowed = Math.abs(g[i]) > 1e-2 * largest ? 1e-2 * stepTaken : 0.1;
            if (!(Math.abs(a[i] - b[i]) <= allowed + tolerance)) {
                throw new AssertionError(
                        "step: " + a[i] + " at " + i + ", DL4J has " + b[i] + " from " + from[i]);
            }
        }
        toFast();
    }

    // each question has an input of its own: DL4J's activation layer writes into it where it is
    // first

    /** Every way of asking that leaves the parameters as they are. */
    void agreeOnEverything(INDArray x, INDArray y) {
        agreeOnEverything(x, y, true);
    }

    /**
     * @param gradients whether these are comparable too
     */
    void agreeOnEverything(INDArray x, INDArray y, boolean gradients) {
        agree("output", net -> net.output(x.dup()));
        agree("output, training", net -> net.output(x.dup(), true));
        agree("feedForward", net -> flat(net.feedForward(x.dup())));
        agree("feedForward, training", net -> flat(net.feedForward(x.dup(), true)));
        agree("predict", net -> Nd4j.createFromArray(net.predict(x.dup())).castTo(y.dataType()));
        agree("score", net -> scalar(net.score(new DataSet(x.dup(), y))));
        agree("score, training", net -> scalar(net.score(new DataSet(x.dup(), y), true)));
        agree("scoreExamples", net -> net.scoreExamples(new DataSet(x.dup(), y), true));
        if (gradients) {
            agreeOnGradient(x, y);
            agree("score of the gradient", net -> scalar(net.gradientAndScore().getSecond()));
        }
        agree(
                "calculateGradients",
                net -> net.calculateGradients(x.dup(), y, null, null).getSecond());
        agree("evaluate", net -> confusion(net.evaluate(batches(x, y))));
        agree("output of batches", net -> net.output(batches(x, y)));
        agree("clone", net -> net.clone().output(x.dup()));
        agree("rnnTimeStep", net -> net.rnnTimeStep(x.dup()));
    }

    private void agreeOnGradient(INDArray x, INDArray y) {
        agree(
                "gradient",
                net -> {
                    net.setInput(x.dup());
                    net.setLabels(y);
                    net.computeGradientAndScore();
                    return named(net.gradient());
                });
    }

    private static INDArray named(Gradient gradient) {
        var byName = new TreeMap<>(gradient.gradientForVariable());
        return flat(new ArrayList<>(byName.values()));
    }

    private static INDArray flat(List<INDArray> arrays) {
        var parts = new ArrayList<INDArray>();
        for (INDArray a : arrays) {
            parts.add(a.dup('c').reshape('c', new long[] {a.length()}));
        }
        return Nd4j.concat(0, parts.toArray(new INDArray[0]));
    }

    private static DataSetIterator batches(INDArray x, INDArray y) {
        return new ViewIterator(new DataSet(x.dup(), y), 3);
    }

    private static INDArray confusion(Evaluation evaluation) {
        Objects.requireNonNull(evaluation);
        return Nd4j.createFromArray(
                (float) evaluation.accuracy(),
                (float) evaluation.f1(),
                (float) evaluation.getNumRowCounter());
    }
}
