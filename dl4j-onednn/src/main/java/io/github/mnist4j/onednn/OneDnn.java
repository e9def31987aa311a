package io.github.mnist4j.onednn;

import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.Loader;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs DL4J networks on oneDNN, Intel's library of neural-network kernels for x86-64 and Arm
 * processors.
 *
 * <pre>{@code
 * MultiLayerNetwork fast = OneDnn.accelerate(net);
 * fast.fit(iterator);
 * }</pre>
 *
 * <p>DL4J 1.0.0-M2.1 calls oneDNN layer by layer, if at all, and converts every activation between
 * its own layout and oneDNN's on the way in and out. This library compiles the whole network to
 * oneDNN primitives for each batch size that is used.
 *
 * <p>It needs {@code org.bytedeco:dnnl} with the platform's classifier on the class path. {@code
 * -Dio.github.mnist4j.onednn=false} switches it off. If oneDNN cannot be used, {@link #accelerate}
 * returns the network that it was given, and logs one line that says why.
 */
public final class OneDnn {
    private static final Logger LOG = LoggerFactory.getLogger(OneDnn.class);

    /** System property: {@code false} leaves every network to DL4J's own code. */
    public static final String PROPERTY = "io.github.mnist4j.onednn";

    /**
     * The number format of activations and multiplications. Parameters and sums always have 32
     * bits.
     */
    public enum Precision {
        /** 32-bit floats. */
        FP32,
        /** bfloat16, on processors that multiply it; 32-bit floats elsewhere. */
        BF16
    }

    /**
     * Whether oneDNN can be used in this process.
     *
     * @param available whether oneDNN can accelerate networks
     * @param detail oneDNN's version and instruction set, or what is missing
     * @param bf16 whether the processor multiplies bfloat16 numbers
     */
    public record Status(boolean available, String detail, boolean bf16) {
        private static Status no(String why) {
            return new Status(false, why, false);
        }
    }

    private OneDnn() {}

    /**
     * Tells whether oneDNN can be used in this process, or why not. The first call loads the native
     * library.
     */
    public static Status status() {
        if (!Boolean.parseBoolean(System.getProperty(PROPERTY, "true"))) {
            return Status.no("switched off by -D" + PROPERTY + "=false");
        }
        return Native.STATUS;
    }

    /** As {@link #accelerate(MultiLayerNetwork, Precision)}, in 32-bit floats. */
    public static MultiLayerNetwork accelerate(MultiLayerNetwork network) {
        return accelerate(network, Precision.FP32);
    }

    /**
     * Returns a network that gives the same results up to rounding: by oneDNN where possible, else
     * by DL4J's own layers. It has the configuration, listeners and updater state of the given
     * network and <em>shares its parameter array</em>: training one trains the other. From then on
     * use only the returned network, and change its configuration only through DL4J's own methods.
     *
     * <p>With dropout the results have the same distribution but differ: oneDNN's masks follow from
     * seed and iteration.
     *
     * @param network initialized
     * @return an {@link AcceleratedNetwork}; its {@link AcceleratedNetwork#isAccelerated} tells
     *     whether oneDNN computes, {@link AcceleratedNetwork#reasonNotAccelerated} why not. It is
     *     {@code network} itself if oneDNN is not available ({@link #status}), if the network is a
     *     subclass of {@code MultiLayerNetwork}, if its layers are not those of its configuration,
     *     or if it is accelerated already
     * @throws IllegalArgumentException if the network is not initialized
     */
    public static MultiLayerNetwork accelerate(MultiLayerNetwork network, Precision precision) {
        if (network instanceof AcceleratedNetwork) {
            return network;
        }
        Status status = status();
        if (!status.available) {
            LOG.info("Network stays with DL4J's own layers: {}", status.detail);
            return network;
        }
        if (network.getClass() != MultiLayerNetwork.class) {
            LOG.warn(
                    "Network stays with DL4J's own layers: {} may compute something else than DL4J",
                    network.getClass().getSimpleName());
            return network;
        }
        if (!network.isInitCalled()) {
            throw new IllegalArgumentException("the network is not initialized: call init() first");
        }
        var type = memory.data_type.f32;
        if (precision == Precision.BF16) {
            if (status.bf16) {
                type = memory.data_type.bf16;
            } else {
                LOG.warn(
                        "Computing in 32-bit floats: this processor has no bfloat16 instructions, {}",
                        status.detail);
            }
        }
        var fast = new AcceleratedNetwork(network.getLayerWiseConfigurations(), type);
        fast.init(network.params(), false);
        for (int i = 0; i < network.getnLayers(); i++) {
            if (network.getLayer(i).getClass() != fast.getLayer(i).getClass()) {
                LOG.warn("Network stays with DL4J's own layers: layer {} is not as configured", i);
                return network;
            }
        }
        fast.check();
        fast.setScore(network.score());
        fast.setListeners(network.getListeners());
        INDArray state =
                network.getUpdater(false) == null ? null : network.getUpdater().getStateViewArray();
        if (state != null) {
            fast.getUpdater().getStateViewArray().assign(state);
        }
        return fast;
    }

    /**
     * Copies the network for inference only: fast, and safe to share between threads.
     *
     * @param network initialized; training it later does not change the copy
     * @param shape of one example: {@code 1, 28, 28} for images of one channel
     * @throws IllegalArgumentException if the network does not take examples of this shape
     */
    public static Predictor predictor(MultiLayerNetwork network, long... shape) {
        var copy = new MultiLayerNetwork(network.getLayerWiseConfigurations().clone());
        copy.init(network.params().dup(), false);
        return Predictor.of(copy, shape.clone());
    }

    /** Loads the library once, at the first use. */
    private static final class Native {
        static final Status STATUS = load();

        private static Status load() {
            try {
                String backend =
                        Nd4j.getExecutioner().getEnvironmentInformation().getProperty("backend");
                if (!"CPU".equalsIgnoreCase(backend)) {
                    return Status.no("ND4J runs on " + backend + ", not on the CPU");
                }
                Loader.load(dnnl.class);
                dnnl_version_t v = dnnl.dnnl_version();
                String version = "oneDNN " + v.major() + "." + v.minor() + "." + v.patch();
                if (v.major() != 2) {
                    return Status.no(version + " found, 2.x needed");
                }
                String isa = instructionSet(dnnl.dnnl_get_effective_cpu_isa());
                boolean bf16 = isa.contains("bf16") || isa.contains("amx");
                return new Status(true, version + " (" + isa + ")", bf16);
            } catch (LinkageError | RuntimeException e) {
                return Status.no(
                        "oneDNN's native library does not load (org.bytedeco:dnnl and "
                                + "org.bytedeco:opencl with classifier "
                                + Loader.getPlatform()
                                + "): "
                                + e.getMessage());
            }
        }

        private static String instructionSet(int isa) {
            for (var known : dnnl.cpu_isa.values()) {
                if (known.value == isa) {
                    return known.name();
                }
            }
            return "instruction set " + isa;
        }
    }
}
