package io.github.mnist4j.models.export;

import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.io.IoErrors;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.models.ModelCard;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.models.ProvenanceBuilder;
import io.github.mnist4j.models.Weights;
import io.github.mnist4j.models.internal.CheckedZip;
import io.github.mnist4j.models.internal.Memory;
import io.github.mnist4j.models.internal.RefusedException;
import io.github.mnist4j.models.json.JsonFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network's parameters as a NumPy archive (.npz), under the names that they have in a PyTorch
 * {@code nn.Sequential} of the same layers, so that each side loads the other's:
 *
 * <pre>{@code
 * model.load_state_dict({k: torch.tensor(v) for k, v in np.load("weights.npz").items()}, strict=False)
 * np.savez("weights.npz", **{k: v.numpy() for k, v in model.state_dict().items()})
 * }</pre>
 *
 * <p>The archive holds parameters and nothing else. What the network does with them is for the
 * reader to know: the layers themselves, normalization, labels, and the activations, each a module
 * of its own ({@code nn.ReLU}, {@code nn.LeakyReLU(0.01)}, {@code nn.ELU}, {@code nn.SiLU} for
 * swish, {@code nn.Tanh}, {@code nn.Sigmoid}). Softmax after the last layer is not a module: such a
 * network gives logits in PyTorch.
 */
public final class PyTorchWeights {
    private PyTorchWeights() {}

    /**
     * A parameter's array, and whether PyTorch has it transposed: its dense weights are [out, in].
     */
    private record Parameter(INDArray array, boolean transposed) {
        long[] shape() {
            if (transposed) {
                return new long[] {array.size(1), array.size(0)};
            }
            // DL4J's vectors are rows, PyTorch's have one dimension
            return array.rank() == 2 && array.size(0) == 1
                    ? new long[] {array.length()}
                    : array.shape();
        }

        float[] values() {
            return (transposed ? array.transpose() : array).dup('c').data().asFloat();
        }

        void set(float[] values) {
            INDArray given = Nd4j.create(values, shape(), 'c');
            array.assign(transposed ? given.transpose() : given.reshape(array.shape()));
        }
    }

    /** All parameters by their names in PyTorch, layer by layer. */
    private static Map<String, Parameter> parameters(MultiLayerNetwork network) {
        var parameters = new LinkedHashMap<String, Parameter>();
        int module = 0;
        boolean flat = false;
        for (org.deeplearning4j.nn.api.Layer layer : network.getLayers()) {
            KnownLayer kind = KnownLayer.of(network, layer);
            if (kind.isDense() && !flat) {
                module++; // nn.Flatten
                flat = true;
            }
            String prefix = module++ + ".";
            switch (kind) {
                case CONVOLUTION, DENSE, OUTPUT -> {
                    parameters.put(
                            prefix + "weight", new Parameter(layer.getParam("W"), kind.isDense()));
                    if (layer.getParam("b") != null) {
                        parameters.put(prefix + "bias", new Parameter(layer.getParam("b"), false));
                    }
                    var activation = ((BaseLayer) layer.conf().getLayer()).getActivationFn();
                    // a module of its own, but for the last one: PyTorch's networks give logits
                    module +=
                            activation instanceof ActivationIdentity
                                            || activation instanceof ActivationSoftmax
                                    ? 0
                                    : 1;
                }
                case BATCH_NORM -> {
                    parameters.put(
                            prefix + "weight", new Parameter(layer.getParam("gamma"), false));
                    parameters.put(prefix + "bias", new Parameter(layer.getParam("beta"), false));
                    parameters.put(
                            prefix + "running_mean", new Parameter(layer.getParam("mean"), false));
                    parameters.put(
                            prefix + "running_var", new Parameter(layer.getParam("var"), false));
                }
                default -> {} // without parameters
            }
        }
        return parameters;
    }

    /**
     * Writes every parameter. The file appears whole or not at all.
     *
     * @throws IOException if it cannot be written or a parameter is not a finite number
     * @throws IllegalArgumentException if a layer has no counterpart in PyTorch; the message names
     *     it
     */
    public static void write(MultiLayerNetwork network, Path file) throws IOException {
        Map<String, Parameter> parameters = parameters(network);
        Weights.check(network, "cannot write " + file);
        AtomicFile.write(
                file,
                out -> {
                    var zip = new ZipOutputStream(out); // not closed: the file is not ours
                    for (var entry : parameters.entrySet()) {
                        zip.putNextEntry(new ZipEntry(entry.getKey() + ".npy"));
                        zip.write(
                                NpyArray.bytes(
                                        entry.getValue().shape(), entry.getValue().values()));
                        zip.closeEntry();
                    }
                    zip.finish();
                });
    }

    /**
     * Sets all parameters of the network, or none.
     *
     * @param network initialized; {@code num_batches_tracked} of batch norms is ignored
     * @throws IOException if the file is damaged, or a parameter is missing, unknown, of another
     *     shape or type, or not finite; the message names it
     */
    public static void read(Path file, MultiLayerNetwork network) throws IOException {
        Map<String, Parameter> parameters = parameters(network);
        byte[] content;
        try {
            content = CheckedZip.bytes(file);
        } catch (IOException e) {
            throw IoErrors.named("read", file, e);
        }
        Map<String, float[]> values;
        try {
            values = arrays(content, parameters);
        } catch (RefusedException e) {
            throw new IOException(
                    file + " is not a NumPy archive of this network: " + e.getMessage(), e);
        } catch (OutOfMemoryError e) {
            throw new IOException(file + " takes more memory than there is: give more by -Xmx", e);
        }
        values.forEach((name, v) -> Objects.requireNonNull(parameters.get(name)).set(v));
    }

    private static Map<String, float[]> arrays(byte[] content, Map<String, Parameter> parameters)
            throws IOException {
        var zip = new CheckedZip(content, name -> true, 2 * parameters.size() + 16);
        var values = new LinkedHashMap<String, float[]>();
        var missing = new TreeSet<>(parameters.keySet());
        for (String entry : zip.names()) {
            String name = entry.endsWith(".npy") ? entry.substring(0, entry.length() - 4) : entry;
            if (name.endsWith(".num_batches_tracked")) {
                continue;
            }
            Parameter parameter = parameters.get(name);
            if (parameter == null) {
                throw new RefusedException(
                        "it has a parameter "
                                + JsonFile.printable(name)
                                + ", which the network does not have");
            }
            if (!missing.remove(name)) {
                throw new RefusedException(JsonFile.printable(name) + " appears twice");
            }
            // NumPy's default type takes twice the space; its header then says so
            long bytes = Double.BYTES * parameter.array().length();
            if (zip.size(entry) > bytes + NpyArray.MOST_HEADER) {
                throw new RefusedException(
                        JsonFile.printable(name) + " has another length than its shape says");
            }
            Memory.requireHeap(bytes);
            try (InputStream in = zip.open(entry)) {
                float[] array = NpyArray.read(in, parameter.shape(), JsonFile.printable(name));
                if (name.endsWith(".running_var")) {
                    for (float value : array) {
                        if (value < 0) {
                            throw new RefusedException(
                                    JsonFile.printable(name) + ", a variance, is below 0");
                        }
                    }
                }
                values.put(name, array);
            }
        }
        if (!missing.isEmpty()) {
            throw new RefusedException("it has no " + JsonFile.printable(missing.first()));
        }
        return values;
    }

    /**
     * One of our networks with weights from PyTorch, and the normalization of PyTorch's tutorials.
     *
     * @param name in {@link MnistModels}
     * @throws IOException as {@link #read} does
     */
    public static ModelFile load(Path file, String name) throws IOException {
        var network = new MultiLayerNetwork(MnistModels.byName(name, MnistModels.Settings.DEFAULT));
        network.init();
        read(file, network);
        return new ModelFile(
                network,
                Normalization.MNIST,
                ModelCard.of(
                        name,
                        ProvenanceBuilder.builder()
                                .optMore(
                                        Map.of(
                                                "origin",
                                                "PyTorch weights from " + file.getFileName()))
                                .build()));
    }
}
