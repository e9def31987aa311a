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
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
 * <p>The format is NumPy's, version 1.0 (numpy.lib.format); arrays are little-endian 32-bit floats,
 * row by row.
 *
 * <p>The archive holds parameters and nothing else. What the network does with them is for the
 * reader to know: the layers themselves, normalization, labels, and the activations, each a module
 * of its own ({@code nn.ReLU}, {@code nn.LeakyReLU(0.01)}, {@code nn.ELU}, {@code nn.SiLU} for
 * swish, {@code nn.Tanh}, {@code nn.Sigmoid}). Softmax after the last layer is not a module: such a
 * network gives logits in PyTorch.
 */
public final class PyTorchWeights {
    private static final Pattern HEADER =
            Pattern.compile(
                    "\\{'descr': *'([^']*)', *'fortran_order': *(True|False), *'shape': *\\(([0-9, ]*)\\),? *\\}\\s*");

    /** More than NumPy's version 1.0 can have before the values. */
    private static final int MOST_HEADER = 10 + 0xFFFF;

    private PyTorchWeights() {}

    /**
     * A parameter's own array and whether PyTorch has it transposed: dense weights are [out, in].
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

    /** Every parameter by PyTorch's name for it, layer by layer. */
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
                    parameters.put(prefix + "bias", new Parameter(layer.getParam("b"), false));
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
     * @throws IllegalArgumentException if the network has a layer that PyTorch's {@code
     *     nn.Sequential} has not; the message names it
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
                        zip.write(npy(entry.getValue().shape(), entry.getValue().values()));
                        zip.closeEntry();
                    }
                    zip.finish();
                });
    }

    private static byte[] npy(long[] shape, float[] values) throws IOException {
        String dims = Arrays.toString(shape).replace("[", "(").replace("]", ",)");
        var header =
                new StringBuilder(
                        "{'descr': '<f4', 'fortran_order': False, 'shape': " + dims + ", }");
        // the header ends with a line feed, and the data begin at a multiple of 64
        while ((10 + header.length() + 1) % 64 != 0) {
            header.append(' ');
        }
        header.append('\n');
        var out = new ByteArrayOutputStream();
        out.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
        out.write(header.length() & 0xFF);
        out.write(header.length() >> 8);
        out.write(header.toString().getBytes(StandardCharsets.US_ASCII));
        ByteBuffer data =
                ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        out.write(data.array());
        return out.toByteArray();
    }

    /**
     * Sets every parameter of the network, or none.
     *
     * @param network initialised; {@code num_batches_tracked} of batch norms is passed over
     * @throws IOException if the file is damaged, lacks a parameter, has one that the network has
     *     not, one of another shape or type, or one that holds a value that is not finite; the
     *     message names it
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
        values.forEach((name, v) -> parameters.get(name).set(v));
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
                                + ", the network has none");
            }
            if (!missing.remove(name)) {
                throw new RefusedException(JsonFile.printable(name) + " stands twice");
            }
            // NumPy's own type is twice as long: its header is to say that it is another one
            long bytes = Double.BYTES * parameter.array().length();
            if (zip.size(entry) > bytes + MOST_HEADER) {
                throw new RefusedException(
                        JsonFile.printable(name) + " has another length than its shape says");
            }
            Memory.requireHeap(bytes);
            try (InputStream in = zip.open(entry)) {
                values.put(name, array(in, parameter.shape(), name));
            }
        }
        if (!missing.isEmpty()) {
            throw new RefusedException("it has no " + JsonFile.printable(missing.first()));
        }
        return values;
    }

    /**
     * A network of ours with weights from PyTorch, normalised as PyTorch's tutorials do.
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

    /** Never reads more than the wanted shape takes, whatever the entry holds. */
    private static float[] array(InputStream in, long[] shape, String name) throws IOException {
        String what = JsonFile.printable(name);
        byte[] start = in.readNBytes(10);
        if (start.length < 10
                || !new String(start, 0, 6, StandardCharsets.ISO_8859_1).equals("\u0093NUMPY")
                || start[6] != 1
                || start[7] != 0) {
            throw new RefusedException(what + " is not a NumPy array of version 1.0");
        }
        int length = (start[8] & 0xFF) | (start[9] & 0xFF) << 8;
        Matcher header =
                HEADER.matcher(new String(in.readNBytes(length), StandardCharsets.ISO_8859_1));
        if (!header.matches()) {
            throw new RefusedException(what + " has a damaged header");
        }
        if (!header.group(1).equals("<f4") || header.group(2).equals("True")) {
            throw new RefusedException(
                    what
                            + " is of type "
                            + JsonFile.printable(header.group(1))
                            + (header.group(2).equals("True") ? " in Fortran's order" : "")
                            + ", \"<f4\" row by row expected");
        }
        String found =
                Arrays.toString(
                        Arrays.stream(header.group(3).split(","))
                                .map(String::strip)
                                .filter(d -> !d.isEmpty())
                                .toArray(String[]::new));
        if (!found.equals(Arrays.toString(shape))) {
            throw new RefusedException(
                    what
                            + " has shape "
                            + (found.length() > 60 ? "of far too many numbers" : found)
                            + ", "
                            + Arrays.toString(shape)
                            + " expected");
        }
        int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        byte[] data = in.readNBytes(count * Float.BYTES);
        if (data.length < count * Float.BYTES || in.read() >= 0) {
            throw new RefusedException(what + " has another length than its shape says");
        }
        float[] values = new float[count];
        ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        boolean variance = name.endsWith(".running_var");
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new RefusedException(what + " holds a value that is not a finite number");
            }
            if (variance && value < 0) {
                throw new RefusedException(what + ", a variance, is below 0");
            }
        }
        return values;
    }
}
