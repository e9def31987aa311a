package io.github.mnist4j.onednn;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.memory;
import org.deeplearning4j.nn.api.FwdPassType;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.api.Updater;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
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
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link MultiLayerNetwork} whose gradients and outputs come from oneDNN. In every other respect
 * it is a DL4J network: updaters, schedules, regularisation, listeners, saving and the activations
 * of single layers are DL4J's own, on the same parameters. Made by {@link OneDnn#accelerate}.
 *
 * <p>Dropout draws its masks from the configuration's seed and the iteration, not from ND4J's
 * random stream. With a listener that overrides {@link TrainingListener#onForwardPass}, with masks,
 * or with an input that is not dense floats, a call goes to DL4J's own code.
 */
public final class AcceleratedNetwork extends MultiLayerNetwork {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(OneDnn.class);

    /**
     * Batch sizes whose compiled programs are kept: the usual one, an epoch's last short one, and
     * two to spare.
     */
    private static final int PROGRAMS = 4;

    private final transient memory.data_type type;
    private final transient Map<Integer, TrainingProgram> training =
            new LinkedHashMap<>(8, 0.75f, true);
    private transient Inference inference;
    private transient List<Stage> stages;
    private transient long[] inputShape;
    private transient Gradient namedGradient;
    private transient float[] probabilities = new float[0];
    private transient boolean steppedAside;
    private transient Updater seenUpdater;

    AcceleratedNetwork(MultiLayerConfiguration configuration, memory.data_type type) {
        super(configuration);
        this.type = type;
    }

    /**
     * The probabilities that the last training step computed on its way, dropout included: [batch *
     * classes], row by row. Empty before the first step and after one that ran on DL4J's own code.
     * The array is reused.
     */
    public float[] trainingProbabilities() {
        return probabilities;
    }

    @Override
    public void computeGradientAndScore(LayerWorkspaceMgr workspaces) {
        computeGradientAndScore();
    }

    @Override
    public void computeGradientAndScore() {
        if (!canTrain()) {
            probabilities = new float[0];
            super.computeGradientAndScore();
            return;
        }
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            Updater updater = getUpdater();
            if (updater != seenUpdater) {
                OneDnnAdam.install(updater);
                seenUpdater = updater;
            }
            int batch = (int) input.size(0);
            int classes = (int) labels.size(1);
            if (probabilities.length != batch * classes) {
                probabilities = new float[batch * classes];
            }
            long seed =
                    getDefaultConfiguration().getSeed() * 0x9E3779B97F4A7C15L
                            + getIterationCount() * 0xD1342543DE82EF95L;
            double loss =
                    program(batch)
                            .run(
                                    Primitives.dense(input),
                                    Primitives.dense(labels),
                                    seed,
                                    probabilities);
            score = loss / batch + calcRegularizationScore(true);
            gradient = namedGradient;
            for (TrainingListener listener : getListeners()) {
                listener.onBackwardPass(this);
            }
        }
    }

    /**
     * Where the time of a step's forward and backward pass goes; changes gradients but no
     * parameters.
     *
     * @param repeats passes to take the mean of, after a tenth as many to warm up
     * @return milliseconds by primitive, in the order in which they run
     * @throws IllegalStateException if this network stays with DL4J's own layers
     */
    public Map<String, Double> profileStep(INDArray features, INDArray labels, int repeats) {
        setInput(features);
        setLabels(labels);
        if (!canTrain()) {
            throw new IllegalStateException("the network stays with DL4J's own layers");
        }
        computeGradientAndScore();
        return program((int) features.size(0)).profile(repeats);
    }

    private TrainingProgram program(int batch) {
        TrainingProgram program = training.get(batch);
        if (program == null) {
            if (training.size() == PROGRAMS) {
                int oldest = training.keySet().iterator().next();
                training.remove(oldest).close();
            }
            program = new TrainingProgram(stages, batch, inputShape, type);
            training.put(batch, program);
        }
        return program;
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
        boolean whole = !train && pass == FwdPassType.STANDARD && layer == getnLayers() - 1;
        if (!whole || featuresMask != null || labelsMask != null || !canRun(features)) {
            return super.outputOfLayerDetached(
                    train, pass, layer, features, featuresMask, labelsMask, workspace);
        }
        setInput(features);
        if (inference == null) {
            inference = new Inference(stages, inputShape);
        } else {
            inference.refresh(); // somebody may have changed the parameters since
        }
        long[] shape = {features.size(0), inference.classes()};
        INDArray result;
        if (workspace == null || workspace instanceof DummyWorkspace) {
            try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                result = Nd4j.createUninitialized(DataType.FLOAT, shape, 'c');
            }
        } else {
            result = Nd4j.createUninitialized(DataType.FLOAT, shape, 'c');
        }
        INDArray source = Primitives.dense(features);
        inference.run(
                Primitives.address(source), (int) features.size(0), Primitives.floats(result));
        Reference.reachabilityFence(source);
        return result;
    }

    private boolean canTrain() {
        if (input == null
                || labels == null
                || labels.rank() != 2
                || labels.size(0) != input.size(0)) {
            return false;
        }
        if (getLayer(0).getMaskArray() != null || getOutputLayer().getMaskArray() != null) {
            return false;
        }
        for (TrainingListener listener : getListeners()) {
            if (wantsActivations(listener)) {
                return false;
            }
        }
        return canRun(input);
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

    /**
     * Whether the network can run on this input; reads (and checks) the network at the first call.
     */
    private boolean canRun(INDArray features) {
        if (steppedAside
                || !features.dataType().isFPType()
                || features.rank() < 2
                || features.size(0) == 0) {
            return false;
        }
        return stages(Arrays.copyOfRange(features.shape(), 1, features.rank())) != null
                && length(features) == length(inputShape);
    }

    /** The network as oneDNN sees it, for examples of this shape; null if it cannot. */
    List<Stage> stages(long[] shape) {
        if (stages == null && !steppedAside) {
            prepare(shape);
        }
        return stages;
    }

    private void prepare(long[] shape) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            if (flattenedGradients == null) {
                initGradientsView();
            }
            List<Stage> read = NetworkReader.read(this, shape);
            inputShape = shape;
            namedGradient = nameGradient();
            new TrainingProgram(read, 1, shape, type)
                    .close(); // whatever oneDNN refuses, it refuses here
            stages = read;
        } catch (UnsupportedNetworkException e) {
            stepAside("no oneDNN counterpart for " + e.getMessage());
        } catch (RuntimeException e) {
            stepAside("oneDNN refused the network: " + e.getMessage());
        }
    }

    private void stepAside(String why) {
        steppedAside = true;
        LOG.warn("Network stays with DL4J's own layers: {}", why);
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

    private static long length(INDArray features) {
        return features.length() / features.size(0);
    }

    private static long length(long[] shape) {
        long length = 1;
        for (long d : shape) {
            length *= d;
        }
        return length;
    }

    /** Frees the compiled programs, then the network. */
    @Override
    public void close() {
        training.values().forEach(TrainingProgram::close);
        training.clear();
        if (inference != null) {
            inference.close();
            inference = null;
        }
        steppedAside = true;
        super.close();
    }
}
