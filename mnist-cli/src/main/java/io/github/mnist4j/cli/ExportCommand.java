package io.github.mnist4j.cli;

import io.github.mnist4j.cli.console.Terminal;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.models.export.BatchNormFolding;
import io.github.mnist4j.models.export.OnnxExport;
import io.github.mnist4j.models.export.PyTorchWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Converts a model for other programs, and weights from PyTorch to a model. */
@Command(
        name = "export",
        description = {
            "Convert a model to another format.",
            "With --from weights a PyTorch state dict, saved with numpy.savez, becomes a model."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ExportCommand implements Callable<Integer> {
    enum Format {
        DL4J,
        INFERENCE,
        ONNX,
        WEIGHTS
    }

    @Parameters(paramLabel = "MODEL", description = "A model file, or with --from weights an .npz")
    private Path model;

    @Option(
            names = "--to",
            paramLabel = "FORMAT",
            defaultValue = "inference",
            description =
                    "dl4j (trainable), inference (DL4J; batch norms folded, no dropout), onnx (operator set 13, any batch"
                            + " size), weights (NumPy's .npz under PyTorch's names). Default: inference")
    private Format to;

    @Option(
            names = "--normalize",
            description =
                    "With --to onnx: normalize inside the graph, which then takes pixels from 0 to 255")
    private boolean normalize;

    @Option(
            names = "--from",
            paramLabel = "weights",
            description = "MODEL is a NumPy archive of PyTorch's weights for --model")
    private @Nullable String from;

    @Option(
            names = "--model",
            paramLabel = "NAME",
            description = "With --from weights: the network that they belong to")
    private @Nullable String name;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            required = true,
            description = "The file to write")
    private Path out;

    @Override
    public Integer call() throws IOException {
        if (normalize && to != Format.ONNX) {
            throw new IllegalArgumentException("--normalize is for --to onnx");
        }
        if (name != null && from == null) {
            throw new IllegalArgumentException("--model goes with --from weights");
        }
        if (Files.exists(out) && Files.exists(model) && Files.isSameFile(out, model)) {
            throw new IllegalArgumentException(
                    "--out is the model itself, which the export would replace");
        }
        ModelFile file = from == null ? ModelFile.load(model) : fromWeights(from);
        switch (to) {
            case DL4J -> save(file, true);
            case INFERENCE ->
                    save(
                            new ModelFile(
                                    BatchNormFolding.of(file.network()),
                                    file.normalization(),
                                    file.card()),
                            false);
            case ONNX ->
                    OnnxExport.write(file.network(), normalize ? file.normalization() : null, out);
            case WEIGHTS -> PyTorchWeights.write(file.network(), out);
        }
        Terminal.print(out.toString());
        return 0;
    }

    private void save(ModelFile file, boolean trainable) throws IOException {
        ModelFile.save(out, file.network(), file.normalization(), file.card(), trainable);
    }

    private ModelFile fromWeights(String kind) throws IOException {
        if (!kind.equals("weights") || name == null) {
            throw new IllegalArgumentException(
                    "--from weights needs --model, one of " + MnistModels.NAMES);
        }
        return PyTorchWeights.load(model, name);
    }
}
