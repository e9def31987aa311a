package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.mnist4j.models.ModelFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;

/** {@code export}: a model in other forms, and weights of PyTorch as a model. */
class ExportCommandTest extends CommandFixture {
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
        assertThat(onnx).isNotEmptyFile();
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
        assertThat(mnist("export", best.toString(), "--to", "tflite", "--out", "x")).isEqualTo(2);
        assertOneLineError("tflite");
        assertThat(small).hasBinaryContent(before);
    }
}
