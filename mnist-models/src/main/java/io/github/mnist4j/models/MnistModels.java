package io.github.mnist4j.models;

import java.util.List;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/**
 * The networks, by name. Each takes normalized images [batch, 1, 28, 28] (or the same values as
 * [batch, 784]) and gives the probabilities of the ten digits [batch, 10].
 *
 * <pre>{@code
 * MultiLayerNetwork net = new MultiLayerNetwork(MnistModels.cnn());
 * net.init();
 * }</pre>
 *
 * <p>They equal the reference networks of the PyTorch tutorial layer by layer, which
 * ReferenceLogitsTest proves. DL4J counts a batch norm's running mean and variance among the
 * parameters, PyTorch does not.
 */
public final class MnistModels {
    /** Every name that {@link #byName} knows. */
    public static final List<String> NAMES = Architecture.NAMES;

    private MnistModels() {}

    /**
     * What may differ between trainings without changing the layers.
     *
     * @param seed of the initial weights and of dropout
     * @param updater DL4J's optimizer with its learning rate or schedule
     * @param dropout rate after dense layers, 0 to below 1; null for the network's own
     * @param convolutionDropout rate after convolutions, 0 to below 1; null for the network's own
     * @param l1 coefficient of the L1 penalty, 0 for none
     * @param l2 coefficient of the L2 penalty, 0 for none
     * @param weightDecay coefficient of decoupled weight decay (Loshchilov and Hutter 2019), which
     *     each step multiplies by the learning rate; 0 for none
     * @param clip limit on the L2 norm of each layer's gradient, 0 for none
     */
    public record Settings(
            long seed,
            IUpdater updater,
            @Nullable Double dropout,
            @Nullable Double convolutionDropout,
            double l1,
            double l2,
            double weightDecay,
            double clip) {
        /** Seed 1, Adam with learning rate 0.001. */
        public static final Settings DEFAULT = new Settings(1, new Adam(1e-3));

        /** No penalty, no clipping, the network's own dropout. */
        public Settings(long seed, IUpdater updater) {
            this(seed, updater, null, null, 0, 0, 0, 0);
        }
    }

    /** {@link #mlp(Settings)} with {@link Settings#DEFAULT}. */
    public static MultiLayerConfiguration mlp() {
        return mlp(Settings.DEFAULT);
    }

    /** {@link #cnn(Settings)} with {@link Settings#DEFAULT}. */
    public static MultiLayerConfiguration cnn() {
        return cnn(Settings.DEFAULT);
    }

    /**
     * The configuration with this name, or this description: {@code cnn}, {@code
     * mlp:dense=1024,1024:activation=swish}; see {@link Architecture#parse}.
     *
     * @throws IllegalArgumentException if there is no such network; the message says what is wrong
     */
    public static MultiLayerConfiguration byName(String name, Settings settings) {
        return of(Architecture.parse(name), settings);
    }

    /**
     * A multi-layer perceptron, 784-512-256-10, ReLU, dropout 0.2 after each hidden layer. 535,818
     * parameters.
     */
    public static MultiLayerConfiguration mlp(Settings settings) {
        return of(Architecture.MLP, settings);
    }

    /**
     * A convolutional network: two blocks of two 3x3 convolutions (32, then 64 channels), each with
     * batch norm and ReLU, then 2x2 max pooling and dropout 0.25; a dense layer of 512 with batch
     * norm, ReLU and dropout 0.5. 1,679,082 parameters.
     */
    public static MultiLayerConfiguration cnn(Settings settings) {
        return of(Architecture.CNN, settings);
    }

    /** {@link #cnn} with a dense layer of 128 instead of 512: 469,098 parameters, under 2 MB. */
    public static MultiLayerConfiguration cnnSmall(Settings settings) {
        return of(Architecture.CNN_SMALL, settings);
    }

    /**
     * Blocks of convolutions, each followed by batch norm (if there is one) and an activation; each
     * block ends with 2x2 max pooling and dropout. Then dense layers likewise, then softmax. Or the
     * architecture's own layers, each convolution and dense layer followed likewise.
     */
    public static MultiLayerConfiguration of(Architecture architecture, Settings settings) {
        return of(architecture, settings, 10);
    }

    /**
     * As above, with another number of outputs: of 11 the last means "not a digit".
     *
     * @param outputs 2 or more
     */
    public static MultiLayerConfiguration of(
            Architecture architecture, Settings settings, int outputs) {
        var list = start(settings);
        boolean normed = architecture.batchNorm();
        Activation activation = architecture.dl4jActivation();
        // with batch norm, the activation is a layer of its own
        Activation within = normed ? Activation.IDENTITY : activation;
        for (int channels : architecture.channels()) {
            for (int i = 0; i < architecture.convolutions(); i++) {
                list.layer(
                        new ConvolutionLayer.Builder(architecture.kernel(), architecture.kernel())
                                .nOut(channels)
                                .convolutionMode(ConvolutionMode.Same)
                                .activation(within)
                                .build());
                activate(list, normed, activation);
            }
            list.layer(
                    new SubsamplingLayer.Builder(PoolingType.MAX)
                            .kernelSize(2, 2)
                            .stride(2, 2)
                            .build());
            list.layer(dropout(settings.convolutionDropout, 0.25));
        }
        for (LayerSpec spec : architecture.layers()) {
            // batch norm has a shift of its own
            list.layer(spec.layer(!normed, within));
            if (spec.hasWeights()) {
                activate(list, normed, activation);
            }
            Double rate =
                    spec instanceof LayerSpec.Dense
                            ? settings.dropout
                            : settings.convolutionDropout;
            if (rate != null
                    && (spec instanceof LayerSpec.Dense || spec instanceof LayerSpec.Pooling)) {
                list.layer(dropout(rate, 0));
            }
        }
        boolean convolutional = architecture.name().startsWith("cnn");
        for (int width : architecture.dense()) {
            list.layer(new DenseLayer.Builder().nOut(width).activation(within).build());
            activate(list, normed, activation);
            list.layer(dropout(settings.dropout, convolutional ? 0.5 : 0.2));
        }
        return list.layer(output(outputs))
                .setInputType(
                        convolutional
                                ? InputType.convolutionalFlat(28, 28, 1)
                                : InputType.convolutional(28, 28, 1))
                .build();
    }

    private static void activate(
            NeuralNetConfiguration.ListBuilder list, boolean normed, Activation activation) {
        if (normed) {
            list.layer(batchNorm());
            list.layer(new ActivationLayer(activation));
        }
    }

    /** A seed for ND4J, which takes the time for 0. */
    public static long nd4jSeed(long seed) {
        return seed == 0 ? 0x5eed : seed;
    }

    private static NeuralNetConfiguration.ListBuilder start(Settings settings) {
        var builder =
                new NeuralNetConfiguration.Builder()
                        .seed(nd4jSeed(settings.seed))
                        .updater(settings.updater)
                        // U(-1/sqrt(fan-in), 1/sqrt(fan-in)): what PyTorch's layers begin with
                        .weightInit(WeightInit.UNIFORM)
                        .l1(settings.l1)
                        .l2(settings.l2);
        if (settings.weightDecay > 0) {
            builder.weightDecay(settings.weightDecay, true);
        }
        if (settings.clip > 0) {
            builder.gradientNormalization(GradientNormalization.ClipL2PerLayer)
                    .gradientNormalizationThreshold(settings.clip);
        }
        return builder.list();
    }

    /**
     * PyTorch's defaults: momentum 0.1 is decay 0.9. The variance itself is kept, as there, not its
     * logarithm.
     */
    private static BatchNormalization batchNorm() {
        return new BatchNormalization.Builder().eps(1e-5).decay(0.9).useLogStd(false).build();
    }

    /**
     * @param asked the fraction to drop, null for {@code own}; DL4J takes the fraction to keep
     */
    private static DropoutLayer dropout(@Nullable Double asked, double own) {
        return new DropoutLayer(1 - (asked == null ? own : asked));
    }

    private static OutputLayer output(int outputs) {
        return new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .nOut(outputs)
                .activation(Activation.SOFTMAX)
                .build();
    }
}
