package io.github.mnist4j.onednn;

import io.github.mnist4j.onednn.internal.op.Magnitudes;
import io.github.mnist4j.onednn.internal.op.TrainingProgram;
import io.github.mnist4j.onednn.internal.primitive.Primitives;
import java.lang.ref.Reference;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.dnnl.memory;
import org.deeplearning4j.nn.api.FwdPassType;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.Updater;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.abstracts.DummyWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.impl.transforms.custom.SoftMax;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A {@link MultiLayerNetwork} whose gradients and outputs come from oneDNN where that gives DL4J's
 * result, and from DL4J's own layers everywhere else. In every other respect it is a DL4J network:
 * updaters, schedules, regularization, listeners, saving, cloning (a clone is a plain {@link
 * MultiLayerNetwork}) and the activations of single layers are DL4J's own, on the same parameters.
 * Made by {@link OneDnn#accelerate}.
 *
 * <p>If any part of a network is unknown, all of it stays with DL4J ({@link #isAccelerated}). Some
 * calls on a known network go to DL4J's own code: those with masks, with a listener that overrides
 * {@link TrainingListener#onForwardPass}, or with labels or an input that DL4J would refuse. So do
 * calls with parameters or an input so large that an intermediate value might not be finite: NaN
 * stays NaN.
 *
 * <p>Dropout draws its masks from the configuration's seed and the iteration, not from ND4J's
 * random stream, so a step is a function of parameters, updater state, batch, seed and iteration.
 * For an unknown network, or a call with masks or such a listener, DL4J uses ND4J's stream as
 * always.
 */
@SuppressWarnings("overrides") // DL4J's own doEvaluation
public final class AcceleratedNetwork extends MultiLayerNetwork {
    private static final long serialVersionUID = 1L;

    private final transient memory.data_type type;

    /** Set when the network is initialized. */
    private transient @Nullable Programs programs;

    private transient float[] probabilities = new float[0];
    private transient boolean capturing;
    private transient @Nullable Updater seenUpdater;
    private transient long passes;

    AcceleratedNetwork(MultiLayerConfiguration configuration, memory.data_type type) {
        super(configuration);
        this.type = type;
    }

    /** Finds out whether the network is known; to be called when it is initialized. */
    void check() {
        programs = new Programs(this, type);
    }

    private Programs programs() {
        return Objects.requireNonNull(programs);
    }

    /**
     * Whether oneDNN computes the steps and outputs of this network. If not, DL4J's own layers do,
     * and {@link #reasonNotAccelerated} says why. Before the first step or output, this only tells
     * whether every part of the network is known; the shape of the examples can still rule oneDNN
     * out.
     */
    public boolean isAccelerated() {
        return reasonNotAccelerated().isEmpty();
    }

    /** A sentence that says why {@link #isAccelerated} is false; empty if it is true. */
    public Optional<String> reasonNotAccelerated() {
        return programs().reasonNotAccelerated();
    }

    /**
     * The probabilities that the last training step computed, with dropout: [batch * classes], row
     * by row. Empty before the first step, and after a step that went to DL4J's own code for any
     * reason other than large values. The next step may overwrite the array.
     */
    public float[] trainingProbabilities() {
        return probabilities;
    }

    /** The number of steps and outputs that oneDNN has computed so far. */
    long passes() {
        return passes;
    }

    /** The number of batch sizes compiled for training. */
    int trainingPrograms() {
        return programs().trainingPrograms();
    }

    @Override
    public void computeGradientAndScore(LayerWorkspaceMgr workspaces) {
        computeGradientAndScore();
    }

    @Override
    public void computeGradientAndScore() {
        Programs.Shape shape = canTrain() ? programs().of(input) : null;
        // whoever computes the gradient, the same updater takes the step
        installAdam();
        TrainingProgram program =
                shape != null && labels.size(1) == shape.ops().classes()
                        ? shape.training((int) input.size(0))
                        : null;
        if (shape == null || program == null) {
            probabilities = new float[0];
            super.computeGradientAndScore();
            return;
        }
        if (probabilities.length != program.batch * program.classes) {
            probabilities = new float[program.batch * program.classes];
        }
        long seed =
                getDefaultConfiguration().getSeed() * 0x9E3779B97F4A7C15L
                        + getIterationCount() * 0xD1342543DE82EF95L;
        if (!computed(shape, program, seed)) {
            computeByDl4j(seed);
        }
    }

    /** Whether oneDNN has computed gradient and score. */
    private boolean computed(Programs.Shape shape, TrainingProgram program, long seed) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            INDArray features = Primitives.dense(input);
            if (!Magnitudes.ofTraining(shape.ops())
                    .prove(Magnitudes.norm(features), program.batch)) {
                return false;
            }
            synchronizeIterEpochCounts(); // what is scheduled in a penalty looks at its layer's
            double loss = program.run(features, Primitives.dense(labels), seed, probabilities);
            score =
                    loss / (getOutputLayer().conf().isMiniBatch() ? program.batch : 1)
                            + calcRegularizationScore(true);
            gradient = shape.gradient();
            passes++;
            for (TrainingListener listener : getListeners()) {
                listener.onBackwardPass(this);
            }
            return true;
        }
    }

    /**
     * Takes a step with DL4J's own layers in the place of oneDNN: its random numbers, too, follow
     * from seed and iteration, and it leaves its probabilities.
     */
    private void computeByDl4j(long seed) {
        Random random = Nd4j.getRandom();
        long root = random.rootState();
        long node = random.nodeState();
        random.setSeed(seed == 0 ? 1 : seed); // ND4J takes the time for 0
        capturing = true;
        try {
            super.computeGradientAndScore();
        } finally {
            capturing = false;
            random.setStates(root, node);
        }
    }

    @Override
    protected synchronized List<INDArray> ffToLayerActivationsInWs(
            int layerIndex,
            FwdPassType pass,
            boolean storeLastForTbptt,
            INDArray features,
            INDArray featuresMask,
            INDArray labelsMask) {
        List<INDArray> activations =
                super.ffToLayerActivationsInWs(
                        layerIndex, pass, storeLastForTbptt, features, featuresMask, labelsMask);
        if (capturing) {
            try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                INDArray hidden = activations.get(activations.size() - 1).dup('c');
                INDArray weights = getOutputLayer().getParam("W");
                INDArray bias = getOutputLayer().getParam("b");
                INDArray logits =
                        hidden.reshape('c', new long[] {hidden.size(0), weights.size(0)})
                                .mmul(weights);
                if (bias != null) {
                    logits.addiRowVector(bias);
                }
                Nd4j.exec((CustomOp) new SoftMax(logits, logits, 1));
                float[] values = logits.dup('c').data().asFloat();
                System.arraycopy(values, 0, probabilities, 0, values.length);
            }
        }
        return activations;
    }

    private void installAdam() {
        Updater updater = programs().isNetworkKnown() ? getUpdater() : null;
        if (updater != null && updater != seenUpdater) {
            OneDnnAdam.install(updater);
            seenUpdater = updater;
        }
    }

    /**
     * Measures how long each primitive of a step's forward and backward pass takes. Changes
     * gradients but not parameters.
     *
     * @param repeats number of passes to average over, after a tenth as many to warm up
     * @return milliseconds by primitive, in the order in which they run
     * @throws IllegalStateException if this network or such a step stays with DL4J's own layers
     */
    public Map<String, Double> profileStep(INDArray features, INDArray labels, int repeats) {
        setInput(features);
        setLabels(labels);
        Programs.Shape shape = canTrain() ? programs().of(features) : null;
        TrainingProgram program = shape == null ? null : shape.training((int) features.size(0));
        if (program == null) {
            throw new IllegalStateException("the network stays with DL4J's own layers");
        }
        computeGradientAndScore();
        return program.profile(repeats);
    }

    @Override
    protected INDArray outputOfLayerDetached(
            boolean train,
            FwdPassType pass,
            int layer,
            INDArray features,
            INDArray featuresMask,
            INDArray labelsMask,
            MemoryWorkspace workspace) {
        boolean detached = workspace == null || workspace instanceof DummyWorkspace;
        boolean whole = !train && pass == FwdPassType.STANDARD && layer == getnLayers() - 1;
        boolean workspaces =
                getLayerWiseConfigurations().getInferenceWorkspaceMode() != WorkspaceMode.NONE;
        Programs.Shape shape =
                whole
                                && (detached || workspaces)
                                && featuresMask == null
                                && labelsMask == null
                                && !isMasked()
                        ? programs().of(features)
                        : null;
        INDArray result = shape == null ? null : output(shape, features, detached);
        return result != null
                ? result
                : super.outputOfLayerDetached(
                        train, pass, layer, features, featuresMask, labelsMask, workspace);
    }

    /** Null if an intermediate value might not be finite, or oneDNN refuses the network. */
    private @Nullable INDArray output(Programs.Shape shape, INDArray features, boolean detached) {
        INDArray source;
        int batch = (int) features.size(0);
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            source = Primitives.dense(features);
            if (!Magnitudes.ofInference(shape.ops()).prove(Magnitudes.norm(source), batch)) {
                return null;
            }
        }
        Inference inference = shape.inference(batch);
        if (inference == null) {
            return null;
        }
        setInput(features);
        long[] resultShape = {batch, shape.ops().classes()};
        INDArray result;
        if (detached) {
            try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                result = Nd4j.createUninitialized(DataType.FLOAT, resultShape, 'c');
            }
        } else {
            result = Nd4j.createUninitialized(DataType.FLOAT, resultShape, 'c');
        }
        inference.run(Primitives.address(source), batch, Primitives.floats(result));
        Reference.reachabilityFence(source);
        passes++;
        return result;
    }

    private boolean canTrain() {
        if (input == null
                || labels == null
                || labels.rank() != 2
                || labels.size(0) != input.size(0)
                || getMask() != null
                || isMasked()) {
            return false;
        }
        for (TrainingListener listener : getListeners()) {
            if (wantsActivations(listener)) {
                return false;
            }
        }
        return true;
    }

    private boolean isMasked() {
        for (var layer : layers) {
            if (layer.getMaskArray() != null) {
                return true;
            }
        }
        return false;
    }

    private static boolean wantsActivations(TrainingListener listener) {
        try {
            Class<?> declaring =
                    listener.getClass()
                            .getMethod("onForwardPass", Model.class, List.class)
                            .getDeclaringClass();
            return declaring != BaseTrainingListener.class && declaring != TrainingListener.class;
        } catch (NoSuchMethodException e) {
            return true;
        }
    }

    /** Serializes as a plain DL4J network, which any process can read. */
    private Object writeReplace() {
        return clone();
    }

    /** Frees the compiled programs and the network. */
    @Override
    public void close() {
        programs().close();
        super.close();
    }
}
