package io.github.mnist4j.models.internal;

import java.util.HashSet;
import java.util.Set;

/** The classes that a network's configuration may name: DL4J's own layers and their parts. */
final class AllowedClasses {
    private static final Set<String> CLASSES = new HashSet<>();

    static {
        allow(
                "org.deeplearning4j.nn.conf.layers.",
                "ActivationLayer AutoEncoder BatchNormalization CapsuleLayer CapsuleStrengthLayer"
                        + " CenterLossOutputLayer Cnn3DLossLayer CnnLossLayer Convolution1D"
                        + " Convolution1DLayer Convolution2D Convolution3D ConvolutionLayer"
                        + " Deconvolution2D Deconvolution3D DenseLayer DepthwiseConvolution2D"
                        + " DropoutLayer EmbeddingLayer EmbeddingSequenceLayer GlobalPoolingLayer"
                        + " GravesBidirectionalLSTM GravesLSTM LSTM LearnedSelfAttentionLayer"
                        + " LocalResponseNormalization LocallyConnected1D LocallyConnected2D LossLayer"
                        + " OutputLayer PReLULayer Pooling1D Pooling2D PrimaryCapsules"
                        + " RecurrentAttentionLayer RnnLossLayer RnnOutputLayer SelfAttentionLayer"
                        + " SeparableConvolution2D SpaceToBatchLayer SpaceToDepthLayer"
                        + " Subsampling1DLayer Subsampling3DLayer SubsamplingLayer Upsampling1D"
                        + " Upsampling2D Upsampling3D ZeroPadding1DLayer ZeroPadding3DLayer"
                        + " ZeroPaddingLayer convolutional.Cropping1D convolutional.Cropping2D"
                        + " convolutional.Cropping3D misc.ElementWiseMultiplicationLayer"
                        + " misc.FrozenLayer misc.FrozenLayerWithBackprop misc.RepeatVector"
                        + " recurrent.Bidirectional recurrent.LastTimeStep recurrent.SimpleRnn"
                        + " recurrent.TimeDistributed util.MaskLayer util.MaskZeroLayer"
                        + " variational.VariationalAutoencoder"
                        + " variational.BernoulliReconstructionDistribution"
                        + " variational.CompositeReconstructionDistribution"
                        + " variational.ExponentialReconstructionDistribution"
                        + " variational.GaussianReconstructionDistribution"
                        + " variational.LossFunctionWrapper");
        allow(
                "org.deeplearning4j.nn.conf.",
                "constraint.MaxNormConstraint constraint.MinMaxNormConstraint"
                        + " constraint.NonNegativeConstraint constraint.UnitNormConstraint"
                        + " distribution.BinomialDistribution distribution.ConstantDistribution"
                        + " distribution.GaussianDistribution distribution.LogNormalDistribution"
                        + " distribution.NormalDistribution distribution.OrthogonalDistribution"
                        + " distribution.TruncatedNormalDistribution distribution.UniformDistribution"
                        + " dropout.AlphaDropout dropout.Dropout dropout.GaussianDropout"
                        + " dropout.GaussianNoise dropout.SpatialDropout"
                        + " inputs.InputType$InputTypeConvolutional"
                        + " inputs.InputType$InputTypeConvolutional3D"
                        + " inputs.InputType$InputTypeConvolutionalFlat"
                        + " inputs.InputType$InputTypeFeedForward"
                        + " inputs.InputType$InputTypeRecurrent"
                        + " preprocessor.Cnn3DToFeedForwardPreProcessor"
                        + " preprocessor.CnnToFeedForwardPreProcessor"
                        + " preprocessor.CnnToRnnPreProcessor"
                        + " preprocessor.ComposableInputPreProcessor"
                        + " preprocessor.FeedForwardToCnn3DPreProcessor"
                        + " preprocessor.FeedForwardToCnnPreProcessor"
                        + " preprocessor.FeedForwardToRnnPreProcessor"
                        + " preprocessor.RnnToCnnPreProcessor"
                        + " preprocessor.RnnToFeedForwardPreProcessor"
                        + " stepfunctions.DefaultStepFunction stepfunctions.GradientStepFunction"
                        + " stepfunctions.NegativeDefaultStepFunction"
                        + " stepfunctions.NegativeGradientStepFunction weightnoise.DropConnect"
                        + " weightnoise.WeightNoise");
        allow(
                "org.deeplearning4j.nn.weights.WeightInit",
                "Constant Distribution Identity LecunUniform Normal Relu ReluUniform SigmoidUniform"
                        + " Uniform VarScalingNormalFanAvg VarScalingNormalFanIn"
                        + " VarScalingNormalFanOut VarScalingUniformFanAvg VarScalingUniformFanIn"
                        + " VarScalingUniformFanOut Xavier XavierLegacy XavierUniform");
        allow(
                "org.nd4j.linalg.activations.impl.Activation",
                "Cube ELU GELU HardSigmoid HardTanH Identity LReLU Mish PReLU RReLU RationalTanh"
                        + " ReLU ReLU6 RectifiedTanh SELU Sigmoid SoftPlus SoftSign Softmax Swish TanH"
                        + " ThresholdedReLU");
        allow(
                "org.nd4j.linalg.lossfunctions.impl.Loss",
                "BinaryXENT CosineProximity FMeasure Hinge KLD L1 L2 MAE MAPE MCXENT MSE MSLE"
                        + " MixtureDensity MultiLabel NegativeLogLikelihood Poisson SparseMCXENT"
                        + " SquaredHinge Wasserstein");
        allow(
                "org.nd4j.linalg.learning.",
                "config.AMSGrad config.AdaBelief config.AdaDelta config.AdaGrad config.AdaMax"
                        + " config.Adam config.Nadam config.Nesterovs config.NoOp config.RmsProp"
                        + " config.Sgd regularization.L1Regularization"
                        + " regularization.L2Regularization regularization.WeightDecay");
        allow(
                "org.nd4j.linalg.schedule.",
                "CycleSchedule ExponentialSchedule FixedSchedule InverseSchedule MapSchedule"
                        + " PolySchedule RampSchedule SigmoidSchedule StepSchedule");
    }

    private static void allow(String prefix, String names) {
        for (String name : names.split(" ")) {
            CLASSES.add(prefix + name);
        }
    }

    private AllowedClasses() {}

    static boolean contain(String name) {
        return CLASSES.contains(name);
    }
}
