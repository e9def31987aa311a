package io.github.mnist4j.onednn;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.dnnl.memory;
import org.deeplearning4j.nn.api.FwdPassType;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.Updater;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.abstracts.DummyWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link MultiLayerNetwork} whose gradients and outputs come from oneDNN where that gives DL4J's
 * result, and from DL4J's own layers everywhere else. In every other respect it is a DL4J network:
 * updaters, schedules, regularisation, listeners, saving, cloning (a clone is a plain {@link
 * MultiLayerNetwork}) and the activations of single layers are DL4J's own, on the same parameters.
 * Made by {@link OneDnn#accelerate}.
 *
 * <p>A network that is not known exactly stays with DL4J altogether ({@link #isAccelerated}). Of a
 * known one these calls go to DL4J's own code: with masks, with a listener that overrides {@link
 * TrainingListener#onForwardPass}, with labels or an input that DL4J would refuse, and with
 * parameters or an input so large that a value on the way might not be finite, so that what is not
 * a number stays so.
 *
 * <p>Dropout draws its masks from the configuration's seed and the iteration, not from ND4J's
 * random stream, so a step is a function of parameters, updater state, batch, seed and iteration.
 * ND4J's stream is used, and as DL4J would, where the network is not known or a call has masks or
 * such a listener.
 */
@SuppressWarnings("overrides") // DL4J's own doEvaluation
public final class AcceleratedNetwork extends MultiLayerNetwork {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(OneDnn.class);

    /**
     * Batch sizes whose compiled programs are kept: the usual one, an epoch's last short one, and
     * two to spare. Also the number of shapes of examples that are kept in mind.
     */
    private static final int PROGRAMS = 4;

    private final transient memory.data_type type;
    private final transient Map<List<Long>, Compiled> shapes = new LinkedHashMap<>(8, 0.75f, true);
    private final transient Map<List<Long>, TrainingProgram> training =
            new LinkedHashMap<>(8, 0.75f, true);
    private transient List<Object> readFrom = List.of();
    private transient Gradient namedGradient;
    private transient float[] probabilities = new float[0];
    private transient boolean capturing;
    private transient Updater seenUpdater;

    /** Null if the network is known. */
    private transient String reason;

    /** Null, or why DL4J computes the shape of examples that was seen first. */
    private transient String reasonOfShape;

    private transient boolean closed;
    private transient long passes;

    /** What the network computes for examples of one shape; without stages DL4J does. */
    private static final class Compiled {
        final long[] shape;
        final List<NetworkOp> stages;
        final Magnitudes magnitudes;
        Inference inference;

        Compiled(long[] shape, List<NetworkOp> stages) {
            this.shape = shape;
            this.stages = stages;
            magnitudes = stages == null ? null : new Magnitudes(stages, shape);
        }

        Inference inference() {
            if (inference == null) {
                inference = new Inference(stages, shape);
            } else {
                inference.refresh(); // somebody may have changed the parameters since
            }
            return inference;
        }

        long classes() {
            return ((NetworkOp.Dense) stages.get(stages.size() - 1)).out();
        }

        void close() {
            if (inference != null) {
                inference.close();
            }
        }
    }

    AcceleratedNetwork(MultiLayerConfiguration configuration, memory.data_type type) {
        super(configuration);
        this.type = type;
    }

    /** Finds out whether the network is known; to be called when it is initialised. */
    void check() {
        String before = reason;
        reason = null;
        try {
            NetworkReader.check(this);
        } catch (UnsupportedNetworkException e) {
            reason = "No oneDNN counterpart is known for " + e.getMessage() + ".";
            if (!reason.equals(before)) {
                LOG.warn("Network stays with DL4J's own layers. {}", reason);
            }
        }
        readFrom = NetworkReader.dependencies(this, reason == null);
    }

    /**
     * Whether oneDNN computes steps and outputs of this network. If not, DL4J's own layers do, and
     * {@link #reasonNotAccelerated} says why. Before the first call this tells whether every part
     * of the network is known; what depends on an example's shape is found out with the first one.
     */
    public boolean isAccelerated() {
        return reasonNotAccelerated().isEmpty();
    }

    /** Why {@link #isAccelerated} is false, in a sentence; empty if it is true. */
    public Optional<String> reasonNotAccelerated() {
        if (reason != null) {
            return Optional.of(reason);
        }
        boolean anyTaken = shapes.values().stream().anyMatch(c -> c.stages != null);
        return anyTaken ? Optional.empty() : Optional.ofNullable(reasonOfShape);
    }

    /**
     * The probabilities that the last training step computed on its way, dropout included: [batch *
     * classes], row by row. Empty before the first step, and after one that went to DL4J's own code
     * for another reason than its numbers. The array is reused.
     */
    public float[] trainingProbabilities() {
        return probabilities;
    }

    /** Steps and outputs that oneDNN has computed so far. */
    long passes() {
        return passes;
    }

    @Override
    public void computeGradientAndScore(LayerWorkspaceMgr workspaces) {
        computeGradientAndScore();
    }

    @Override
    public void computeGradientAndScore() {
        Compiled compiled = canTrain() ? compiled(input) : null;
        // whoever computes the gradient, one and the same updater takes the step
        installAdam();
        if (compiled == null || labels.size(1) != compiled.classes()) {
            probabilities = new float[0];
            super.computeGradientAndScore();
            return;
        }
        int batch = (int) input.size(0);
        int classes = (int) compiled.classes();
        if (probabilities.length != batch * classes) {
            probabilities = new float[batch * classes];
        }
        long seed =
                getDefaultConfiguration().getSeed() * 0x9E3779B97F4A7C15L
                        + getIterationCount() * 0xD1342543DE82EF95L;
        if (!computed(compiled, seed)) {
            computeByDl4j(seed);
        }
    }

    /** Whether oneDNN has computed gradient and score. */
    private boolean computed(Compiled compiled, long seed) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            INDArray features = Primitives.dense(input);
            int batch = (int) features.size(0);
            if (!compiled.magnitudes
                    .readForTraining()
                    .prove(Magnitudes.norm(features), batch, true)) {
                return false;
            }
            synchronizeIterEpochCounts(); // what is scheduled in a penalty looks at its layer's
            double loss =
                    program(compiled, batch)
                            .run(features, Primitives.dense(labels), seed, probabilities);
            score =
                    loss / (getOutputLayer().conf().isMiniBatch() ? batch : 1)
                            + calcRegularizationScore(true);
            gradient = namedGradient;
            passes++;
            for (TrainingListener listener : getListeners()) {
                listener.onBackwardPass(this);
            }
            return true;
        }
    }

    /**
     * A step by DL4J's own layers in the place of one by oneDNN: its random numbers too follow from
     * seed and iteration, and it leaves its probabilities.
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
                Nd4j.exec(
                        (org.nd4j.linalg.api.ops.CustomOp)
                                new org.nd4j.linalg.api.ops.impl.transforms.custom.SoftMax(
                                        logits, logits, 1));
                float[] values = logits.dup('c').data().asFloat();
                System.arraycopy(values, 0, probabilities, 0, values.length);
            }
        }
        return activations;
    }

    private void installAdam() {
        Updater updater = reason == null ? getUpdater() : null;
        if (updater != null && updater != seenUpdater) {
            OneDnnAdam.install(updater);
            seenUpdater = updater;
        }
    }

    /**
     * Where the time of a step's forward and backward pass goes; changes gradients but no
     * parameters.
     *
     * @param repeats passes to take the mean of, after a tenth as many to warm up
     * @return milliseconds by primitive, in the order in which they run
     * @throws IllegalStateException if this network or this step stays with DL4J's own layers
     */
    public Map<String, Double> profileStep(INDArray features, INDArray labels, int repeats) {
        setInput(features);
        setLabels(labels);
        Compiled compiled = canTrain() ? compiled(features) : null;
        if (compiled == null) {
            throw new IllegalStateException("the network stays with DL4J's own layers");
        }
        computeGradientAndScore();
        return program(compiled, (int) features.size(0)).profile(repeats);
    }

    private TrainingProgram program(Compiled compiled, int batch) {
        List<Long> key = key(batch, compiled.shape);
        TrainingProgram program = training.get(key);
        if (program == null) {
            if (training.size() == PROGRAMS) {
                training.remove(training.keySet().iterator().next()).close();
            }
            program = compile(compiled.stages, batch, compiled.shape);
            training.put(key, program);
        }
        return program;
    }

    private TrainingProgram compile(List<NetworkOp> stages, int batch, long[] shape) {
        return new TrainingProgram(stages, batch, shape, NetworkReader.clip(this), type);
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
        Compiled compiled =
                whole
                                && (detached || workspaces)
                                && featuresMask == null
                                && labelsMask == null
                                && !isMasked()
                        ? compiled(features)
                        : null;
        INDArray result = compiled == null ? null : output(compiled, features, detached);
        return result != null
                ? result
                : super.outputOfLayerDetached(
                        train, pass, layer, features, featuresMask, labelsMask, workspace);
    }

    /** Null if a value on the way might not be finite. */
    private INDArray output(Compiled compiled, INDArray features, boolean detached) {
        INDArray source;
        long batch = features.size(0);
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            source = Primitives.dense(features);
            if (!compiled.magnitudes
                    .readForInference()
                    .prove(Magnitudes.norm(source), batch, false)) {
                return null;
            }
        }
        setInput(features);
        Inference inference = compiled.inference();
        long[] shape = {batch, inference.classes()};
        INDArray result;
        if (detached) {
            try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                result = Nd4j.createUninitialized(DataType.FLOAT, shape, 'c');
            }
        } else {
            result = Nd4j.createUninitialized(DataType.FLOAT, shape, 'c');
        }
        inference.run(Primitives.address(source), (int) batch, Primitives.floats(result));
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

    /** What oneDNN makes of such an input; null if DL4J computes it. */
    private Compiled compiled(INDArray features) {
        if (!features.dataType().isFPType() || features.rank() < 2 || features.size(0) == 0) {
            return null;
        }
        return compiled(Arrays.copyOfRange(features.shape(), 1, features.rank()));
    }

    private Compiled compiled(long[] shape) {
        if (closed) {
            return null;
        }
        if (!sameAsRead()) {
            forget(); // somebody has exchanged a layer, an array or a setting
        }
        if (reason != null) {
            return null;
        }
        List<Long> key = key(0, shape);
        Compiled compiled = shapes.get(key);
        if (compiled == null) {
            compiled = prepare(shape);
            if (shapes.size() == PROGRAMS) {
                shapes.remove(shapes.keySet().iterator().next()).close();
            }
            shapes.put(key, compiled);
        }
        return compiled.stages == null ? null : compiled;
    }

    /** The network as oneDNN sees it, for examples of this shape; null if DL4J computes them. */
    List<NetworkOp> stages(long[] shape) {
        Compiled compiled = compiled(shape);
        return compiled == null ? null : compiled.stages;
    }

    private Compiled prepare(long[] shape) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            if (flattenedGradients == null) {
                initGradientsView();
            }
            if (namedGradient == null) {
                namedGradient = nameGradient();
                readFrom = NetworkReader.dependencies(this, true);
            }
            List<NetworkOp> read = NetworkReader.read(this, shape);
            compile(read, 1, shape).close(); // whatever oneDNN refuses, it refuses here
            return new Compiled(shape, read);
        } catch (UnsupportedNetworkException e) {
            return refused(shape, "no oneDNN counterpart is known for " + e.getMessage());
        } catch (RuntimeException e) {
            return refused(shape, "oneDNN refused the network: " + e.getMessage());
        }
    }

    private Compiled refused(long[] shape, String why) {
        String sentence =
                "Examples of shape " + Arrays.toString(shape) + " stay with DL4J: " + why + ".";
        if (reasonOfShape == null) {
            reasonOfShape = sentence;
        }
        LOG.warn(sentence);
        return new Compiled(shape, null);
    }

    private boolean sameAsRead() {
        List<Object> now = NetworkReader.dependencies(this, reason == null);
        if (now.size() != readFrom.size()) {
            return false;
        }
        for (int i = 0; i < now.size(); i++) {
            Object a = now.get(i);
            Object b = readFrom.get(i);
            if (a != b && !((a instanceof Number || a instanceof Boolean) && a.equals(b))) {
                return false;
            }
        }
        return true;
    }

    private void forget() {
        training.values().forEach(TrainingProgram::close);
        training.clear();
        shapes.values().forEach(Compiled::close);
        shapes.clear();
        namedGradient = null;
        reasonOfShape = null;
        check();
    }

    /**
     * The gradient under the names that DL4J's updaters look for: layer index, underscore,
     * parameter.
     */
    private Gradient nameGradient() {
        var named = new DefaultGradient(flattenedGradients);
        for (int i = 0; i < getnLayers(); i++) {
            var layer = getLayer(i);
            if (layer.numParams() > 0) {
                String prefix = i + "_";
                layer.conf()
                        .getLayer()
                        .initializer()
                        .getGradientsFromFlattened(layer.conf(), layer.getGradientsViewArray())
                        .forEach((key, view) -> named.setGradientFor(prefix + key, view));
            }
        }
        return named;
    }

    private static List<Long> key(long batch, long[] shape) {
        var key = new ArrayList<Long>(shape.length + 1);
        key.add(batch);
        for (long d : shape) {
            key.add(d);
        }
        return key;
    }

    /** Serialised, it is a plain DL4J network, which any process can read. */
    private Object writeReplace() {
        return clone();
    }

    /** Frees the compiled programs, then the network. */
    @Override
    public void close() {
        closed = true;
        training.values().forEach(TrainingProgram::close);
        training.clear();
        shapes.values().forEach(Compiled::close);
        shapes.clear();
        reason = "The network is closed.";
        super.close();
    }
}
