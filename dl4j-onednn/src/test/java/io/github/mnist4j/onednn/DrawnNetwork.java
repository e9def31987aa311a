package io.github.mnist4j.onednn;

import java.util.Random;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.CacheMode;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.constraint.MaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.MinMaxNormConstraint;
import org.deeplearning4j.nn.conf.constraint.NonNegativeConstraint;
import org.deeplearning4j.nn.conf.constraint.UnitNormConstraint;
import org.deeplearning4j.nn.conf.distribution.NormalDistribution;
import org.deeplearning4j.nn.conf.dropout.AlphaDropout;
import org.deeplearning4j.nn.conf.dropout.Dropout;
import org.deeplearning4j.nn.conf.dropout.GaussianDropout;
import org.deeplearning4j.nn.conf.dropout.GaussianNoise;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.conf.dropout.SpatialDropout;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.AutoEncoder;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.CenterLossOutputLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.Convolution1D;
import org.deeplearning4j.nn.conf.layers.Convolution2D;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Deconvolution2D;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DepthwiseConvolution2D;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.LocallyConnected2D;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PReLULayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.conf.layers.SeparableConvolution2D;
import org.deeplearning4j.nn.conf.layers.SpaceToDepthLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling2D;
import org.deeplearning4j.nn.conf.layers.ZeroPaddingLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping2D;
import org.deeplearning4j.nn.conf.layers.misc.ElementWiseMultiplicationLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.deeplearning4j.nn.conf.layers.variational.VariationalAutoencoder;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.conf.weightnoise.WeightNoise;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationThresholdedReLU;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaBelief;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/**
 * A configuration drawn from DL4J's catalogue, and a batch for it. {@code strange} is how often a
 * choice is made among everything, not among what oneDNN computes; the catalogue holds both.
 */
final class DrawnNetwork {
    private static final int CLASSES = 4;

    private final Random random;
    private final double strange;
    private boolean images;
    private boolean series;

    /** Whether a step differs by masks. */
    boolean dropsOut;

    /** Whether a step divides a gradient by its size, so that one of rounding counts as much. */
    boolean adaptive;

    final int batch;
    final MultiLayerConfiguration configuration;
    final INDArray features;
    final INDArray labels;

    /**
     * @throws RuntimeException if DL4J does not take what was drawn
     */
    DrawnNetwork(long seed, double strange) {
        random = new Random(seed * 7919);
        this.strange = strange;
        batch = 1 + random.nextInt(6);
        configuration = draw();
        features = features();
        labels = labels();
    }

    @SafeVarargs
    private <T> T one(T... of) {
        return of[random.nextInt(of.length)];
    }

    @SafeVarargs
    private <T> T lazily(Supplier<? extends T>... of) {
        return of[random.nextInt(of.length)].get();
    }

    private boolean strange() {
        return random.nextDouble() < strange;
    }

    private boolean perhaps(double probability) {
        return random.nextDouble() < probability;
    }

    private int height;
    private int width;
    private int channels;
    private int size;

    private MultiLayerConfiguration draw() {
        var builder =
                new NeuralNetConfiguration.Builder()
                        .seed(1 + random.nextInt(1000))
                        .updater(updater())
                        .weightInit(one(WeightInit.XAVIER, WeightInit.RELU, WeightInit.NORMAL))
                        .activation(activation());
        settings(builder);
        var list = builder.list();
        height = 3 + random.nextInt(7);
        width = 3 + random.nextInt(7);
        channels = 1 + random.nextInt(3);
        size = 2 + random.nextInt(12);
        InputType input =
                switch (strange() && perhaps(0.5) ? 3 : random.nextInt(3)) {
                    case 0 -> InputType.feedForward(size);
                    case 1 -> InputType.convolutional(height, width, channels);
                    case 2 -> InputType.convolutionalFlat(height, width, channels);
                    default -> InputType.recurrent(size, 5);
                };
        inputType = input;
        images = input.getType() == InputType.Type.CNN || input.getType() == InputType.Type.CNNFlat;
        series = input.getType() == InputType.Type.RNN;
        int layers = random.nextInt(5);
        for (int i = 0; i < layers; i++) {
            Layer layer = series ? ofSeries() : images ? ofImages() : ofVectors();
            list.layer(wrapped(layer));
        }
        list.layer(wrapped(output()));
        if (strange() && perhaps(0.2)) {
            list.backpropType(BackpropType.TruncatedBPTT).tBPTTLength(3);
        }
        return list.setInputType(input).build();
    }

    private InputType inputType;

    private void settings(NeuralNetConfiguration.Builder builder) {
        if (perhaps(0.3)) {
            builder.l2(0.01);
        }
        if (perhaps(0.2)) {
            builder.l1(0.01).l1Bias(0.01);
        }
        if (perhaps(0.2)) {
            builder.weightDecay(0.01, random.nextBoolean());
        }
        if (perhaps(0.3)) {
            builder.gradientNormalization(one(GradientNormalization.values()))
                    .gradientNormalizationThreshold(0.1);
        }
        builder.miniBatch(perhaps(0.8));
        builder.minimize(perhaps(0.9));
        if (perhaps(0.2)) {
            builder.biasUpdater(updater());
        }
        if (perhaps(0.2)) {
            builder.biasInit(0.3);
        }
        builder.cacheMode(one(CacheMode.NONE, CacheMode.DEVICE));
        builder.trainingWorkspaceMode(one(WorkspaceMode.ENABLED, WorkspaceMode.NONE));
        builder.inferenceWorkspaceMode(one(WorkspaceMode.ENABLED, WorkspaceMode.NONE));
        if (perhaps(0.2)) {
            builder.convolutionMode(one(ConvolutionMode.Same, ConvolutionMode.Strict));
        }
        if (strange() && perhaps(0.3)) {
            builder.constrainWeights(
                    lazily(
                            () -> new MaxNormConstraint(0.4, 1),
                            () -> new MinMaxNormConstraint(0.1, 0.4, 1),
                            () -> new UnitNormConstraint(1),
                            NonNegativeConstraint::new));
        }
        if (strange() && perhaps(0.3)) {
            builder.weightNoise(
                    lazily(
                            () -> new DropConnect(0.7),
                            () -> new WeightNoise(new NormalDistribution(0, 0.1))));
        }
        if (perhaps(0.1)) {
            builder.dropOut(dropout());
        }
    }

    private IUpdater updater() {
        double rate = 0.01;
        IUpdater updater =
                lazily(
                        () -> new Sgd(rate),
                        () -> new Sgd(new ExponentialSchedule(ScheduleType.ITERATION, rate, 0.7)),
                        () -> new Nesterovs(rate, 0.9),
                        () -> new Adam(rate),
                        () -> new Adam(new ExponentialSchedule(ScheduleType.ITERATION, rate, 0.7)),
                        () -> new AdaMax(rate),
                        () -> new AMSGrad(rate),
                        () -> new Nadam(rate),
                        () -> new AdaBelief(rate),
                        () -> new RmsProp(rate),
                        () -> new AdaGrad(rate),
                        AdaDelta::new,
                        NoOp::new);
        adaptive |=
                !(updater instanceof Sgd
                        || updater instanceof Nesterovs
                        || updater instanceof NoOp);
        return updater;
    }

    private IActivation activation() {
        if (strange() && perhaps(0.5)) {
            return lazily(
                    () -> one(Activation.values()).getActivationFunction(),
                    () -> new ActivationReLU(6.0, null, null),
                    () -> new ActivationReLU(null, 0.2, null),
                    () -> new ActivationReLU(null, 0.2, 0.1),
                    () -> new ActivationReLU(null, 0.0, null),
                    () -> new ActivationLReLU(0),
                    () -> new ActivationLReLU(-0.3),
                    () -> new ActivationELU(0.5),
                    () -> new ActivationThresholdedReLU(0.3));
        }
        return lazily(
                () ->
                        one(
                                        Activation.RELU,
                                        Activation.IDENTITY,
                                        Activation.TANH,
                                        Activation.SIGMOID,
                                        Activation.ELU,
                                        Activation.SWISH,
                                        Activation.LEAKYRELU)
                                .getActivationFunction(),
                ActivationReLU::new,
                () -> new ActivationReLU(null, null, 0.2),
                () -> new ActivationLReLU(0.4));
    }

    private IDropout dropout() {
        dropsOut = true;
        if (strange()) {
            return lazily(
                    () -> new AlphaDropout(0.8),
                    () -> new GaussianDropout(0.2),
                    () -> new GaussianNoise(0.1),
                    () -> new SpatialDropout(0.7),
                    () -> new Dropout(new ExponentialSchedule(ScheduleType.ITERATION, 0.8, 0.99)));
        }
        return new Dropout(one(0.5, 0.8));
    }

    private Layer wrapped(Layer layer) {
        if (strange() && perhaps(0.15)) {
            return random.nextBoolean()
                    ? new FrozenLayer(layer)
                    : new FrozenLayerWithBackprop(layer);
        }
        return layer;
    }

    private Layer ofVectors() {
        int out = 1 + random.nextInt(12);
        if (strange()) {
            return lazily(
                    () ->
                            new DenseLayer.Builder()
                                    .nOut(out)
                                    .hasLayerNorm(true)
                                    .activation(activation())
                                    .build(),
                    () -> new PReLULayer.Builder().build(),
                    () ->
                            new ElementWiseMultiplicationLayer.Builder()
                                    .activation(activation())
                                    .build(),
                    () -> new AutoEncoder.Builder(0.2).nOut(out).activation(activation()).build(),
                    () ->
                            new VariationalAutoencoder.Builder()
                                    .nOut(out)
                                    .encoderLayerSizes(5)
                                    .decoderLayerSizes(5)
                                    .build(),
                    () -> batchNorm(true),
                    () -> new DropoutLayer(dropout()),
                    () -> new ActivationLayer(activation()));
        }
        return lazily(
                () -> dense(out),
                () -> dense(out),
                () -> dense(out),
                () -> batchNorm(false),
                () -> new ActivationLayer(activation()),
                () -> perhaps(0.5) ? new DropoutLayer(dropout()) : dense(out));
    }

    private Layer dense(int out) {
        return new DenseLayer.Builder()
                .nOut(out)
                .hasBias(perhaps(0.8))
                .activation(activation())
                .build();
    }

    private Layer batchNorm(boolean locked) {
        return new BatchNormalization.Builder(locked)
                .useLogStd(random.nextBoolean())
                .decay(one(0.9, 0.5))
                .eps(one(1e-5, 1e-2))
                .build();
    }

    private ConvolutionMode mode() {
        return one(ConvolutionMode.Same, ConvolutionMode.Same, ConvolutionMode.Truncate);
    }

    private Layer ofImages() {
        int out = 1 + random.nextInt(9);
        int[] kernel = {1 + random.nextInt(3), 1 + random.nextInt(3)};
        int[] stride = {1 + random.nextInt(2), 1 + random.nextInt(2)};
        if (strange()) {
            return lazily(
                    () -> new Convolution2D.Builder(kernel).nOut(out).build(),
                    () -> new Deconvolution2D.Builder(kernel).nOut(out).stride(stride).build(),
                    () -> new DepthwiseConvolution2D.Builder(kernel).depthMultiplier(2).build(),
                    () -> new SeparableConvolution2D.Builder(kernel).nOut(out).build(),
                    () ->
                            new ConvolutionLayer.Builder(kernel)
                                    .nOut(out)
                                    .dataFormat(CNN2DFormat.NHWC)
                                    .build(),
                    () ->
                            new SubsamplingLayer.Builder(PoolingType.PNORM)
                                    .kernelSize(kernel)
                                    .pnorm(2)
                                    .build(),
                    () -> pooling(kernel, stride, 2, false),
                    () -> pooling(kernel, stride, 1, true),
                    () -> new LocalResponseNormalization(),
                    () -> new ZeroPaddingLayer(1, 2),
                    () -> new Cropping2D(1, 0),
                    () -> new Upsampling2D.Builder(2).build(),
                    () -> new SpaceToDepthLayer.Builder(2).build(),
                    () ->
                            new LocallyConnected2D.Builder()
                                    .kernelSize(2, 2)
                                    .nOut(2)
                                    .activation(Activation.TANH)
                                    .build(),
                    () -> new PReLULayer.Builder().build(),
                    () -> batchNorm(true),
                    () -> {
                        images = false;
                        return new GlobalPoolingLayer(one(PoolingType.SUM, PoolingType.PNORM));
                    },
                    () -> new DropoutLayer(dropout()));
        }
        return lazily(
                () -> convolution(kernel, stride, out),
                () -> convolution(kernel, stride, out),
                () -> convolution(kernel, stride, out),
                () -> pooling(kernel, stride, 1, false),
                () -> batchNorm(false),
                () -> new ActivationLayer(activation()),
                () -> perhaps(0.5) ? new DropoutLayer(dropout()) : batchNorm(false),
                () -> {
                    images = false;
                    return dense(out);
                },
                () -> {
                    images = false;
                    return new GlobalPoolingLayer(one(PoolingType.MAX, PoolingType.AVG));
                });
    }

    private Layer convolution(int[] kernel, int[] stride, int out) {
        var builder =
                new ConvolutionLayer.Builder(kernel)
                        .nOut(out)
                        .stride(stride)
                        .hasBias(perhaps(0.8))
                        .activation(activation())
                        .convolutionMode(mode());
        if (perhaps(0.2)) {
            builder.padding(1, 1);
        }
        if (perhaps(0.2)) {
            builder.dilation(1, 2);
        }
        return builder.build();
    }

    private Layer pooling(int[] kernel, int[] stride, int dilation, boolean countsPadding) {
        // ND4J divides by zero, in C++, where all of a dilated window's places are padding
        var type = dilation > 1 || perhaps(0.5) ? PoolingType.MAX : PoolingType.AVG;
        var builder =
                new SubsamplingLayer.Builder(type)
                        .kernelSize(kernel)
                        .stride(stride)
                        .dilation(dilation, dilation)
                        .convolutionMode(mode());
        if (perhaps(0.3) && kernel[0] > 1 && kernel[1] > 1) {
            builder.padding(1, 1);
        }
        SubsamplingLayer layer = builder.build();
        layer.setAvgPoolIncludePadInDivisor(countsPadding);
        return layer;
    }

    private Layer ofSeries() {
        int out = 1 + random.nextInt(5);
        return lazily(
                () -> new LSTM.Builder().nOut(out).activation(Activation.TANH).build(),
                () -> new GravesLSTM.Builder().nOut(out).activation(Activation.TANH).build(),
                () -> new SimpleRnn.Builder().nOut(out).activation(Activation.TANH).build(),
                () ->
                        new Bidirectional(
                                new LSTM.Builder().nOut(out).activation(Activation.TANH).build()),
                () -> new Convolution1D.Builder(2).nOut(out).build(),
                () -> new MaskZeroLayer(new LSTM.Builder().nOut(out).build(), 0),
                () -> dense(out),
                () -> {
                    series = false;
                    return new LastTimeStep(new SimpleRnn.Builder().nOut(out).build());
                },
                () -> {
                    series = false;
                    return new GlobalPoolingLayer(PoolingType.MAX);
                });
    }

    private ILossFunction loss() {
        return strange()
                ? one(
                                LossFunction.MSE,
                                LossFunction.L1,
                                LossFunction.XENT,
                                LossFunction.SQUARED_LOSS,
                                LossFunction.HINGE,
                                LossFunction.SQUARED_HINGE,
                                LossFunction.KL_DIVERGENCE,
                                LossFunction.POISSON,
                                LossFunction.COSINE_PROXIMITY,
                                LossFunction.MEAN_ABSOLUTE_ERROR,
                                LossFunction.SPARSE_MCXENT,
                                LossFunction.WASSERSTEIN)
                        .getILossFunction()
                : lazily(
                        LossMCXENT::new,
                        LossNegativeLogLikelihood::new,
                        () -> new LossMCXENT(0.1, null));
    }

    private Layer output() {
        if (series) {
            return new RnnOutputLayer.Builder(new LossMCXENT())
                    .nOut(CLASSES)
                    .activation(Activation.SOFTMAX)
                    .build();
        }
        ILossFunction loss = loss();
        boolean softmax = loss instanceof LossMCXENT || perhaps(0.5);
        IActivation activation =
                softmax && !(strange() && perhaps(0.2))
                        ? Activation.SOFTMAX.getActivationFunction()
                        : Activation.SIGMOID.getActivationFunction();
        if (strange() && perhaps(0.4)) {
            if (images && perhaps(0.5)) {
                return new CnnLossLayer.Builder(loss).activation(activation).build();
            }
            return perhaps(0.5)
                    ? new CenterLossOutputLayer.Builder(loss)
                            .nOut(CLASSES)
                            .activation(activation)
                            .build()
                    : new LossLayer.Builder(loss).activation(activation).build();
        }
        var builder =
                new OutputLayer.Builder(loss)
                        .nOut(CLASSES)
                        .hasBias(perhaps(0.8))
                        .activation(activation);
        if (perhaps(0.1)) {
            builder.dropOut(dropout());
        }
        return builder.build();
    }

    private INDArray features() {
        return switch (inputType.getType()) {
            case FF -> normal(batch, size);
            case CNN -> normal(batch, channels, height, width);
            case CNNFlat -> normal(batch, (long) channels * height * width);
            default -> normal(batch, size, 5);
        };
    }

    private INDArray normal(long... shape) {
        INDArray array = Nd4j.create(shape);
        for (long i = 0; i < array.length(); i++) {
            // now and then what an image is full of
            array.putScalar(i, perhaps(0.2) ? 0 : (float) random.nextGaussian());
        }
        return array;
    }

    private INDArray labels() {
        var types = configuration.getLayerActivationTypes(inputType);
        InputType last = types.get(types.size() - 1);
        Layer layer = configuration.getConf(types.size() - 1).getLayer();
        if (layer instanceof OutputLayer output
                && output.getLossFn()
                        instanceof org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT) {
            return ofClasses(batch, 1, true);
        }
        if (last instanceof InputType.InputTypeFeedForward f) {
            return ofClasses(batch, (int) f.getSize(), false);
        }
        if (last instanceof InputType.InputTypeRecurrent r) {
            return ofClasses(batch * 5, (int) r.getSize(), false)
                    .reshape('c', batch, 5, r.getSize())
                    .permute(0, 2, 1)
                    .dup('c');
        }
        long[] shape = last.getShape(true).clone(); // -1 for the batch
        shape[0] = batch;
        return Nd4j.ones(shape);
    }

    private INDArray ofClasses(int rows, int classes, boolean sparse) {
        INDArray labels = Nd4j.zeros(rows, classes);
        for (int i = 0; i < rows; i++) {
            if (sparse) {
                labels.putScalar(i, 0, random.nextInt(CLASSES));
            } else {
                labels.putScalar(i, random.nextInt(classes), 1);
            }
        }
        return labels;
    }
}
