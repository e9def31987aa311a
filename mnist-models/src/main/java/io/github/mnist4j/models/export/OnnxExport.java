package io.github.mnist4j.models.export;

import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.models.Weights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import onnx.Onnx;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.protobuf.ByteString;

/**
 * Networks of ours as ONNX, operator set 13: input {@code pixels} [batch, 1, 28, 28], output {@code
 * probabilities} [batch, 10], any batch size.
 */
public final class OnnxExport {
    private static final int OPSET = 13;

    /** The version of the file format that came with operator set 13. */
    private static final int IR_VERSION = 7;

    private final Onnx.GraphProto.Builder graph = Onnx.GraphProto.newBuilder().setName("mnist4j");
    private String current = "pixels";
    private int count;

    private OnnxExport() {}

    /**
     * Writes the network as it answers, dropout left out. The file appears whole or not at all.
     *
     * @param normalization null if the caller normalises; else the graph does and takes pixels 0 to
     *     255
     * @throws IOException if it cannot be written or a parameter is not a finite number
     * @throws IllegalArgumentException if the network has a layer that is not known here
     */
    public static void write(MultiLayerNetwork network, Normalization normalization, Path file)
            throws IOException {
        Weights.check(network, "cannot write " + file);
        AtomicFile.write(file, new OnnxExport().model(network, normalization).toByteArray());
    }

    private Onnx.ModelProto model(MultiLayerNetwork network, Normalization normalization) {
        if (normalization != null) {
            double deviation = normalization.standardDeviation();
            binary("Mul", constant("scale", (float) (1 / (255 * deviation))));
            binary("Add", constant("shift", (float) (-normalization.mean() / deviation)));
        }
        boolean flat = false;
        for (org.deeplearning4j.nn.api.Layer layer : network.getLayers()) {
            Layer conf = layer.conf().getLayer();
            String name = "layer" + layer.getIndex();
            boolean dense = conf instanceof DenseLayer || conf instanceof BaseOutputLayer;
            if (dense && !flat) {
                node("Flatten", integer("axis", 1));
                flat = true;
            }
            if (dense) {
                node("Gemm", name, weights(layer, name, "W"), vector(layer, name, "b"));
                activation(((BaseLayer) conf).getActivationFn(), name);
            } else if (conf instanceof SubsamplingLayer pool) {
                pooling(pool);
            } else if (conf instanceof ConvolutionLayer convolution) {
                convolution(convolution, layer, name);
            } else if (conf instanceof BatchNormalization norm && !norm.isUseLogStd()) {
                String[] parameters =
                        Arrays.stream(new String[] {"gamma", "beta", "mean", "var"})
                                .map(key -> vector(layer, name, key))
                                .toArray(String[]::new);
                node("BatchNormalization", name, parameters)
                        .addAttribute(real("epsilon", (float) norm.getEps()));
            } else if (conf instanceof ActivationLayer only) {
                activation(only.getActivationFn(), name);
            } else if (!(conf instanceof DropoutLayer)) {
                throw unknown(Weights.kind(layer));
            }
        }
        // the last node's output gets its public name
        int last = graph.getNodeCount() - 1;
        graph.setNode(last, graph.getNode(last).toBuilder().setOutput(0, "probabilities"));
        graph.addInput(value("pixels", 1, 28, 28)).addOutput(value("probabilities", 10));
        return Onnx.ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .setProducerName("MNIST4J")
                .addOpsetImport(
                        Onnx.OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
                .setGraph(graph)
                .build();
    }

    private static IllegalArgumentException unknown(String what) {
        return new IllegalArgumentException("no ONNX form is known here for " + what);
    }

    private void convolution(
            ConvolutionLayer conf, org.deeplearning4j.nn.api.Layer layer, String name) {
        int[] pads = pads(conf.getKernelSize(), conf.getStride(), conf.getPadding(), conf);
        node("Conv", name, weights(layer, name, "W"), vector(layer, name, "b"))
                .addAttribute(integers("kernel_shape", conf.getKernelSize()))
                .addAttribute(integers("strides", conf.getStride()))
                .addAttribute(integers("dilations", conf.getDilation()))
                .addAttribute(integers("pads", pads));
        activation(conf.getActivationFn(), name);
    }

    private static int[] pads(int[] kernel, int[] stride, int[] padding, ConvolutionLayer conf) {
        switch (conf.getConvolutionMode()) {
            case Same:
                if (stride[0] != 1
                        || stride[1] != 1
                        || kernel[0] % 2 == 0
                        || kernel[1] % 2 == 0
                        || conf.getDilation()[0] != 1
                        || conf.getDilation()[1] != 1) {
                    throw unknown("mode Same with this stride or kernel");
                }
                return new int[] {kernel[0] / 2, kernel[1] / 2, kernel[0] / 2, kernel[1] / 2};
            case Truncate:
            case Strict:
                return new int[] {padding[0], padding[1], padding[0], padding[1]};
            default:
                throw unknown("convolution mode " + conf.getConvolutionMode());
        }
    }

    private void pooling(SubsamplingLayer pool) {
        int[] p = pool.getPadding();
        if (pool.getPoolingType() != PoolingType.MAX
                || p[0] != 0
                || p[1] != 0
                || pool.getConvolutionMode() == org.deeplearning4j.nn.conf.ConvolutionMode.Same) {
            throw unknown("this kind of pooling");
        }
        node(
                "MaxPool",
                integers("kernel_shape", pool.getKernelSize()),
                integers("strides", pool.getStride()));
    }

    private void activation(IActivation activation, String name) {
        if (activation instanceof ActivationReLU) {
            node("Relu");
        } else if (activation instanceof ActivationSoftmax) {
            node("Softmax", integer("axis", 1));
        } else if (!(activation instanceof ActivationIdentity)) {
            throw unknown("activation " + activation + " of " + name);
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

    private String weights(org.deeplearning4j.nn.api.Layer layer, String name, String key) {
        INDArray array = layer.getParam(key);
        return tensor(name + "." + key, array.shape(), array.dup('c').data().asFloat());
    }

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

    private static Onnx.AttributeProto integer(String name, long value) {
        return Onnx.AttributeProto.newBuilder()
                .setName(name)
                .setType(Onnx.AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    private static Onnx.AttributeProto integers(String name, int... values) {
        var attribute =
                Onnx.AttributeProto.newBuilder()
                        .setName(name)
                        .setType(Onnx.AttributeProto.AttributeType.INTS);
        for (int v : values) {
            attribute.addInts(v);
        }
        return attribute.build();
    }

    private static Onnx.AttributeProto real(String name, float value) {
        return Onnx.AttributeProto.newBuilder()
                .setName(name)
                .setType(Onnx.AttributeProto.AttributeType.FLOAT)
                .setF(value)
                .build();
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
