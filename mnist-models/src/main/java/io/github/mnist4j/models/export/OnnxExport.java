package io.github.mnist4j.models.export;

import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.models.Weights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import onnx.Onnx;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationELU;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationLReLU;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.activations.impl.ActivationSwish;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.protobuf.ByteString;

/**
 * Networks of ours as ONNX, operator set 13: input {@code pixels} [batch, 1, 28, 28], output {@code
 * probabilities} [batch, classes], any batch size. Every network that {@link
 * io.github.mnist4j.models.Architecture} describes can be written.
 */
public final class OnnxExport {
    private static final int OPSET = 13;

    /** The file format's version that came with operator set 13. */
    private static final int IR_VERSION = 7;

    private final Onnx.GraphProto.Builder graph = Onnx.GraphProto.newBuilder().setName("mnist4j");
    private String current = "pixels";
    private int count;

    private OnnxExport() {}

    /**
     * Writes the network for inference, without dropout. The file appears whole or not at all.
     *
     * @param normalization part of the graph, which then takes pixels 0 to 255; null if the caller
     *     normalizes
     * @throws IOException if it cannot be written or a parameter is not a finite number
     * @throws IllegalArgumentException if a layer has no ONNX form here; the message names it
     */
    public static void write(
            MultiLayerNetwork network, @Nullable Normalization normalization, Path file)
            throws IOException {
        Weights.check(network, "cannot write " + file);
        AtomicFile.write(file, new OnnxExport().model(network, normalization).toByteArray());
    }

    private Onnx.ModelProto model(
            MultiLayerNetwork network, @Nullable Normalization normalization) {
        if (normalization != null) {
            binary("Mul", constant("scale", (float) (normalization.scale() / 255)));
            binary("Add", constant("shift", (float) normalization.shift()));
        }
        boolean flat = false;
        long outputs = 0;
        for (org.deeplearning4j.nn.api.Layer layer : network.getLayers()) {
            Layer conf = layer.conf().getLayer();
            String name = "layer" + layer.getIndex();
            KnownLayer kind = KnownLayer.of(network, layer);
            if (kind.isDense() && !flat) {
                node("Flatten", integer("axis", 1));
                flat = true;
            }
            switch (kind) {
                case CONVOLUTION -> convolution((ConvolutionLayer) conf, layer, name);
                case POOLING -> pooling((SubsamplingLayer) conf, layer);
                case GLOBAL_POOLING -> globalPooling((GlobalPoolingLayer) conf, layer);
                case BATCH_NORM -> {
                    String[] parameters =
                            Stream.of("gamma", "beta", "mean", "var")
                                    .map(key -> vector(layer, name, key))
                                    .toArray(String[]::new);
                    node("BatchNormalization", name, parameters)
                            .addAttribute(
                                    real("epsilon", (float) ((BatchNormalization) conf).getEps()));
                }
                case DENSE, OUTPUT -> {
                    node("Gemm", name, weights(layer, name));
                    activation(((BaseLayer) conf).getActivationFn(), layer);
                    outputs = layer.getParam("W").size(1);
                }
                case ACTIVATION -> activation(((ActivationLayer) conf).getActivationFn(), layer);
                case DROPOUT -> {}
            }
        }
        // the last node's output gets the public name
        int last = graph.getNodeCount() - 1;
        graph.setNode(last, graph.getNode(last).toBuilder().setOutput(0, "probabilities"));
        graph.addInput(value("pixels", 1, 28, 28)).addOutput(value("probabilities", outputs));
        return Onnx.ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("MNIST4J")
                .addOpsetImport(
                        Onnx.OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
                .setGraph(graph)
                .build();
    }

    private static IllegalArgumentException unknown(
            org.deeplearning4j.nn.api.Layer layer, String what) {
        return new IllegalArgumentException(
                Weights.kind(layer) + " cannot be written as ONNX: " + what);
    }

    private void convolution(
            ConvolutionLayer conf, org.deeplearning4j.nn.api.Layer layer, String name) {
        node("Conv", name, weights(layer, name))
                .addAttribute(integers("kernel_shape", conf.getKernelSize()))
                .addAttribute(integers("strides", conf.getStride()))
                .addAttribute(integers("dilations", conf.getDilation()))
                .addAttribute(integers("pads", pads(conf, layer)));
        activation(conf.getActivationFn(), layer);
    }

    private static int[] pads(ConvolutionLayer conf, org.deeplearning4j.nn.api.Layer layer) {
        int[] kernel = conf.getKernelSize();
        int[] padding = conf.getPadding();
        switch (conf.getConvolutionMode()) {
            case Same:
                if (!isOne(conf.getStride()) || !isOne(conf.getDilation())) {
                    throw unknown(layer, "mode Same with a stride or dilation other than 1");
                }
                // an even kernel reaches one pixel further to the right and down
                return new int[] {
                    (kernel[0] - 1) / 2, (kernel[1] - 1) / 2, kernel[0] / 2, kernel[1] / 2
                };
            case Truncate:
            case Strict:
                return new int[] {padding[0], padding[1], padding[0], padding[1]};
            default:
                throw unknown(layer, "mode " + conf.getConvolutionMode());
        }
    }

    private static boolean isOne(int[] sizes) {
        return Arrays.stream(sizes).allMatch(size -> size == 1);
    }

    private void pooling(SubsamplingLayer pool, org.deeplearning4j.nn.api.Layer layer) {
        boolean same = pool.getConvolutionMode() == ConvolutionMode.Same;
        if (pool.getPoolingType() != PoolingType.MAX
                || (!same && !Arrays.equals(pool.getPadding(), new int[2]))
                || !isOne(pool.getDilation())) {
            throw unknown(layer, "only maximum pooling without padding and dilation can be");
        }
        node(
                "MaxPool",
                integers("kernel_shape", pool.getKernelSize()),
                integers("strides", pool.getStride()),
                text("auto_pad", same ? "SAME_UPPER" : "NOTSET"));
    }

    private void globalPooling(GlobalPoolingLayer pool, org.deeplearning4j.nn.api.Layer layer) {
        boolean average = pool.getPoolingType() == PoolingType.AVG;
        if ((!average && pool.getPoolingType() != PoolingType.MAX)
                || !(pool.getPoolingDimensions() == null
                        || Arrays.equals(pool.getPoolingDimensions(), new int[] {2, 3}))
                || !pool.isCollapseDimensions()) {
            throw unknown(layer, "only the mean and the maximum of each channel can be");
        }
        node(average ? "GlobalAveragePool" : "GlobalMaxPool");
    }

    private void activation(IActivation activation, org.deeplearning4j.nn.api.Layer layer) {
        if (activation instanceof ActivationReLU) {
            node("Relu");
        } else if (activation instanceof ActivationLReLU leaky) {
            node("LeakyRelu", real("alpha", (float) leaky.getAlpha()));
        } else if (activation instanceof ActivationELU elu) {
            node("Elu", real("alpha", (float) elu.getAlpha()));
        } else if (activation instanceof ActivationSwish) {
            String x = current;
            node("Sigmoid");
            binary("Mul", x);
        } else if (activation instanceof ActivationTanH) {
            node("Tanh");
        } else if (activation instanceof ActivationSigmoid) {
            node("Sigmoid");
        } else if (activation instanceof ActivationSoftmax) {
            node("Softmax", integer("axis", 1));
        } else if (!(activation instanceof ActivationIdentity)) {
            throw unknown(layer, "its activation is " + activation);
        }
    }

    private void binary(String operator, String with) {
        graph.addNode(start(operator).addInput(with));
    }

    private void node(String operator, Onnx.AttributeProto... attributes) {
        graph.addNode(start(operator).addAllAttribute(Arrays.asList(attributes)));
    }

    private Onnx.NodeProto.Builder node(String operator, String name, String... parameters) {
        Onnx.NodeProto.Builder node =
                start(operator).setName(name).addAllInput(Arrays.asList(parameters));
        graph.addNode(node);
        return graph.getNodeBuilder(graph.getNodeCount() - 1);
    }

    private Onnx.NodeProto.Builder start(String operator) {
        Onnx.NodeProto.Builder node =
                Onnx.NodeProto.newBuilder().setOpType(operator).addInput(current);
        current = "value" + count++;
        return node.addOutput(current);
    }

    private String constant(String name, float value) {
        return tensor(name, new long[0], new float[] {value});
    }

    /** The weights and, if there is one, the bias. */
    private String[] weights(org.deeplearning4j.nn.api.Layer layer, String name) {
        INDArray array = layer.getParam("W");
        String weights = tensor(name + ".W", array.shape(), array.dup('c').data().asFloat());
        return layer.getParam("b") == null
                ? new String[] {weights}
                : new String[] {weights, vector(layer, name, "b")};
    }

    /** DL4J's vectors are matrices of one row. */
    private String vector(org.deeplearning4j.nn.api.Layer layer, String name, String key) {
        INDArray array = layer.getParam(key);
        return tensor(
                name + "." + key, new long[] {array.length()}, array.dup('c').data().asFloat());
    }

    private String tensor(String name, long[] shape, float[] values) {
        ByteBuffer data =
                ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        var tensor =
                Onnx.TensorProto.newBuilder()
                        .setName(name)
                        .setDataType(Onnx.TensorProto.DataType.FLOAT_VALUE)
                        .setRawData(ByteString.copyFrom(data.array()));
        for (long d : shape) {
            tensor.addDims(d);
        }
        graph.addInitializer(tensor);
        return name;
    }

    private static Onnx.AttributeProto.Builder attribute(
            String name, Onnx.AttributeProto.AttributeType type) {
        return Onnx.AttributeProto.newBuilder().setName(name).setType(type);
    }

    private static Onnx.AttributeProto integer(String name, long value) {
        return attribute(name, Onnx.AttributeProto.AttributeType.INT).setI(value).build();
    }

    private static Onnx.AttributeProto integers(String name, int... values) {
        var attribute = attribute(name, Onnx.AttributeProto.AttributeType.INTS);
        for (int v : values) {
            attribute.addInts(v);
        }
        return attribute.build();
    }

    private static Onnx.AttributeProto text(String name, String value) {
        return attribute(name, Onnx.AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    private static Onnx.AttributeProto real(String name, float value) {
        return attribute(name, Onnx.AttributeProto.AttributeType.FLOAT).setF(value).build();
    }

    private static Onnx.ValueInfoProto value(String name, long... shape) {
        var dims =
                Onnx.TensorShapeProto.newBuilder()
                        .addDim(Onnx.TensorShapeProto.Dimension.newBuilder().setDimParam("batch"));
        for (long d : shape) {
            dims.addDim(Onnx.TensorShapeProto.Dimension.newBuilder().setDimValue(d));
        }
        return Onnx.ValueInfoProto.newBuilder()
                .setName(name)
                .setType(
                        Onnx.TypeProto.newBuilder()
                                .setTensorType(
                                        Onnx.TypeProto.Tensor.newBuilder()
                                                .setElemType(Onnx.TensorProto.DataType.FLOAT_VALUE)
                                                .setShape(dims)))
                .build();
    }
}
