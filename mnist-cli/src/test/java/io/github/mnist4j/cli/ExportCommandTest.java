package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.mnist4j.models.ModelFile;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import onnx.Onnx;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;

/** {@code export}: a model in other forms, and weights of PyTorch as a model. */
class ExportCommandTest extends CommandFixture {
    private static Onnx.GraphProto graph(Path file) throws IOException {
        return Onnx.ModelProto.parseFrom(Files.readAllBytes(file)).getGraph();
    }

    /** The second operand of a node. */
    private static double constant(Path file, int node) throws IOException {
        Onnx.GraphProto graph = graph(file);
        String name = graph.getNode(node).getInput(1);
        return graph.getInitializerList().stream()
                .filter(tensor -> tensor.getName().equals(name))
                .findFirst()
                .orElseThrow()
                .getRawData()
                .asReadOnlyByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .getFloat();
    }

    @Test
    void exportWritesOtherFormsAndReadsWeights() throws Exception {
        assertThat(train()).isZero();
        Path best = folder.resolve("run").resolve("best.zip");
        Path weights = folder.resolve("w.npz");
        Path back = folder.resolve("back.zip");
        Path onnx = folder.resolve("m.onnx");
        Path small = folder.resolve("small.zip");
        assertThat(mnist("export", best.toString(), "--out", best.toString())).isEqualTo(2);
        assertOneLineError("--out is the model itself");
        assertThat(mnist("export", best.toString(), "--to", "weights", "--out", weights.toString()))
                .isZero();
        assertThat(
                        mnist(
                                "export",
                                weights.toString(),
                                "--from",
                                "weights",
                                "--model",
                                "mlp",
                                "--to",
                                "dl4j",
                                "--out",
                                back.toString()))
                .isZero();
        assertThat(ModelFile.load(back).network().params())
                .isEqualTo(ModelFile.load(best).network().params());
        assertThat(mnist("export", best.toString(), "--to", "onnx", "--out", onnx.toString()))
                .isZero();
        assertThat(graph(onnx).getNode(0).getOpType()).isEqualTo("Flatten");
        assertThat(
                        mnist(
                                "export",
                                best.toString(),
                                "--to",
                                "onnx",
                                "--normalize",
                                "--out",
                                onnx.toString()))
                .isZero();
        assertThat(graph(onnx).getNodeList())
                .extracting(Onnx.NodeProto::getOpType)
                .startsWith("Mul", "Add", "Flatten");
        // a pixel of 200 becomes what MNIST's mean and deviation make of 200/255
        assertThat(200 * constant(onnx, 0) + constant(onnx, 1))
                .isCloseTo((200 / 255.0 - 0.1307) / 0.3081, within(1e-5));
        assertThat(mnist("export", best.toString(), "--out", small.toString())).isZero();
        assertThat(ModelSerializer.restoreMultiLayerNetwork(small.toFile()).getnLayers())
                .isEqualTo(3);

        byte[] before = Files.readAllBytes(small);
        assertThat(mnist("export", data.toString(), "--out", small.toString())).isEqualTo(1);
        assertOneLineError("no model file at", "it is a folder");
        assertThat(
                        mnist(
                                "export",
                                weights.toString(),
                                "--from",
                                "weights",
                                "--out",
                                small.toString()))
                .isEqualTo(2);
        assertOneLineError("--model");
        assertThat(mnist("export", best.toString(), "--normalize", "--out", small.toString()))
                .isEqualTo(2);
        assertOneLineError("--to onnx");
        assertThat(mnist("export", best.toString(), "--model", "mlp", "--out", small.toString()))
                .isEqualTo(2);
        assertOneLineError("--model goes with --from weights");
        assertThat(mnist("export", best.toString(), "--to", "tflite", "--out", "x")).isEqualTo(2);
        assertOneLineError("tflite");
        assertThat(small).hasBinaryContent(before);
    }
}
