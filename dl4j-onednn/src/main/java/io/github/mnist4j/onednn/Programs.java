package io.github.mnist4j.onednn;

import io.github.mnist4j.onednn.internal.op.NetworkOps;
import io.github.mnist4j.onednn.internal.op.TrainingProgram;
import io.github.mnist4j.onednn.internal.op.UnsupportedNetworkException;
import io.github.mnist4j.onednn.internal.primitive.Shapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.dnnl.memory;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What oneDNN makes of a network: read for each shape of examples, compiled for each batch size
 * when somebody asks for it, and thrown away when somebody exchanges a layer, an array or a setting
 * of the network. Not thread-safe.
 */
final class Programs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OneDnn.class);

    /**
     * Training programs that are kept: for the usual batch size, an epoch's last short batch, and
     * two to spare. Also the number of shapes of examples that are remembered.
     */
    private static final int KEPT = 4;

    private final MultiLayerNetwork network;
    private final memory.data_type type;
    private final Map<List<Long>, Shape> shapes = mostRecent(Shape::close);
    private final Map<List<Long>, TrainingProgram> training = mostRecent(TrainingProgram::close);
    private NetworkSnapshot snapshot;

    /** Null if the network is known. */
    private @Nullable String reason;

    /** Null, or why DL4J computes the shape of examples that was seen first. */
    private @Nullable String reasonOfShape;

    private boolean closed;

    /** What the network computes for examples of one shape. */
    final class Shape {
        private final long[] shape;

        /** Null if DL4J computes such examples. */
        private final @Nullable NetworkOps ops;

        private @Nullable Gradient gradient;
        private @Nullable Inference inference;

        private Shape(long[] shape, @Nullable NetworkOps ops) {
            this.shape = shape;
            this.ops = ops;
        }

        NetworkOps ops() {
            return Objects.requireNonNull(ops);
        }

        /** The gradient under the names that DL4J's updaters look for. */
        Gradient gradient() {
            if (gradient == null) {
                gradient = nameGradient(network);
            }
            return gradient;
        }

        /**
         * What computes steps on so many examples.
         *
         * @return null if oneDNN refuses: then DL4J computes this shape from now on
         */
        @Nullable TrainingProgram training(int batch) {
            try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                return training.computeIfAbsent(
                        key(batch, shape), k -> new TrainingProgram(ops(), batch, type));
            } catch (RuntimeException e) {
                refuse(shape, refusal(e));
                return null;
            }
        }

        /**
         * What computes outputs of so many examples, with the parameters as they are now.
         *
         * @return null if oneDNN refuses: then DL4J computes this shape from now on
         */
        @Nullable Inference inference(int batch) {
            try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                if (inference == null) {
                    inference = new Inference(ops());
                } else {
                    inference.refresh(); // somebody may have changed the parameters since
                }
                inference.prepare(batch);
                return inference;
            } catch (RuntimeException e) {
                refuse(shape, refusal(e));
                return null;
            }
        }

        private void close() {
            if (inference != null) {
                inference.close();
            }
        }
    }

    /**
     * @param type of activations and multiplications in training
     */
    Programs(MultiLayerNetwork network, memory.data_type type) {
        this.network = network;
        this.type = type;
        reason = unknownPart(network);
        snapshot = new NetworkSnapshot(network, reason == null);
        warn(reason);
    }

    private static void warn(@Nullable String reason) {
        if (reason != null) {
            LOG.warn("Network stays with DL4J's own layers. {}", reason);
        }
    }

    private static @Nullable String unknownPart(MultiLayerNetwork network) {
        try {
            NetworkCheck.check(network);
            return null;
        } catch (UnsupportedNetworkException e) {
            return "No oneDNN counterpart is known for " + e.getMessage() + ".";
        }
    }

    /** Why DL4J computes, in a sentence; empty if oneDNN does, as far as is known. */
    Optional<String> reasonNotAccelerated() {
        if (reason != null) {
            return Optional.of(reason);
        }
        boolean anyTaken = shapes.values().stream().anyMatch(s -> s.ops != null);
        return anyTaken ? Optional.empty() : Optional.ofNullable(reasonOfShape);
    }

    /** Whether every part of the network is known. */
    boolean isNetworkKnown() {
        return reason == null;
    }

    int trainingPrograms() {
        return training.size();
    }

    /**
     * What oneDNN makes of such an input.
     *
     * @param features of at least one example
     * @return null if DL4J computes it
     */
    @Nullable Shape of(INDArray features) {
        if (closed
                || !features.dataType().isFPType()
                || features.rank() < 2
                || features.size(0) == 0) {
            return null;
        }
        if (!snapshot.matches(network)) {
            forget();
        }
        if (reason != null) {
            return null;
        }
        long[] shape = Arrays.copyOfRange(features.shape(), 1, features.rank());
        Shape known = shapes.get(key(0, shape));
        if (known == null) {
            known = read(shape);
        }
        return known.ops == null ? null : known;
    }

    private Shape read(long[] shape) {
        try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            if (network.getGradientsViewArray() == null) {
                network.initGradientsView();
                snapshot = new NetworkSnapshot(network, true);
            }
            return remember(new Shape(shape, NetworkReader.read(network, shape)));
        } catch (UnsupportedNetworkException e) {
            return refuse(shape, "no oneDNN counterpart is known for " + e.getMessage());
        } catch (RuntimeException e) {
            return refuse(shape, refusal(e));
        }
    }

    private static String refusal(RuntimeException e) {
        return "oneDNN refused the network: " + e.getMessage();
    }

    private Shape refuse(long[] shape, String why) {
        String sentence =
                "Examples of shape " + Arrays.toString(shape) + " stay with DL4J: " + why + ".";
        if (reasonOfShape == null) {
            reasonOfShape = sentence;
        }
        LOG.warn(sentence);
        return remember(new Shape(shape, null));
    }

    private Shape remember(Shape shape) {
        Shape before = shapes.put(key(0, shape.shape), shape);
        if (before != null) {
            before.close();
        }
        return shape;
    }

    private void forget() {
        clear();
        reasonOfShape = null;
        String before = reason;
        reason = unknownPart(network);
        snapshot = new NetworkSnapshot(network, reason == null);
        if (!Objects.equals(reason, before)) {
            warn(reason);
        }
    }

    private void clear() {
        training.values().forEach(TrainingProgram::close);
        training.clear();
        shapes.values().forEach(Shape::close);
        shapes.clear();
    }

    /** Layer index, underscore, parameter. */
    private static Gradient nameGradient(MultiLayerNetwork network) {
        var named = new DefaultGradient(network.getGradientsViewArray());
        for (int i = 0; i < network.getnLayers(); i++) {
            var layer = network.getLayer(i);
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
        for (long d : Shapes.withBatch(batch, shape)) {
            key.add(d);
        }
        return key;
    }

    /** A map of the {@link #KEPT} entries that were used last. */
    private static <V> Map<List<Long>, V> mostRecent(Consumer<V> close) {
        return new LinkedHashMap<>(8, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<List<Long>, V> eldest) {
                if (size() <= KEPT) {
                    return false;
                }
                close.accept(eldest.getValue());
                return true;
            }
        };
    }

    @Override
    public void close() {
        closed = true;
        clear();
        reason = "The network is closed.";
    }
}
