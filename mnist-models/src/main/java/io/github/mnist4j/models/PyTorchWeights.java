package io.github.mnist4j.models;

import io.github.mnist4j.data.AtomicFile;
import io.github.mnist4j.data.Normalization;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Parameters as a NumPy archive (.npz) under the names that they have in a PyTorch {@code
 * nn.Sequential} of the same layers, so that both sides load each other's:
 *
 * <pre>{@code
 * model.load_state_dict({k: torch.tensor(v) for k, v in np.load("weights.npz").items()}, strict=False)
 * np.savez("weights.npz", **{k: v.numpy() for k, v in model.state_dict().items()})
 * }</pre>
 *
 * <p>The format is NumPy's, version 1.0 (numpy.lib.format); arrays are little-endian 32-bit floats,
 * row by row.
 */
public final class PyTorchWeights {
    private static final Pattern HEADER =
            Pattern.compile(
                    "\\{'descr': *'([^']*)', *'fortran_order': *(True|False), *'shape': *\\(([0-9, ]*)\\),? *\\}\\s*");

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
            Layer conf = layer.conf().getLayer();
            boolean dense = conf instanceof DenseLayer || conf instanceof BaseOutputLayer;
            if (dense && !flat) {
                module++; // nn.Flatten
                flat = true;
            }
            String prefix = module + ".";
            if (dense || conf instanceof ConvolutionLayer && !(conf instanceof SubsamplingLayer)) {
                parameters.put(prefix + "weight", new Parameter(layer.getParam("W"), dense));
                parameters.put(prefix + "bias", new Parameter(layer.getParam("b"), false));
                var activation =
                        ((org.deeplearning4j.nn.conf.layers.BaseLayer) conf).getActivationFn();
                boolean own =
                        !(activation instanceof ActivationIdentity
                                || activation instanceof ActivationSoftmax);
                module += own ? 2 : 1;
            } else if (conf instanceof BatchNormalization norm) {
                if (norm.isUseLogStd()) {
                    throw new IllegalArgumentException(
                            "a batch norm that keeps the logarithm of its deviation has no counterpart in PyTorch");
                }
                parameters.put(prefix + "weight", new Parameter(layer.getParam("gamma"), false));
                parameters.put(prefix + "bias", new Parameter(layer.getParam("beta"), false));
                parameters.put(
                        prefix + "running_mean", new Parameter(layer.getParam("mean"), false));
                parameters.put(prefix + "running_var", new Parameter(layer.getParam("var"), false));
                module++;
            } else if (conf instanceof SubsamplingLayer
                    || conf instanceof DropoutLayer
                    || conf instanceof ActivationLayer) {
                module++;
            } else {
                throw new IllegalArgumentException(
                        "no counterpart in PyTorch is known for layer "
                                + conf.getClass().getSimpleName());
            }
        }
        return parameters;
    }

    /**
     * Writes every parameter. The file appears whole or not at all.
     *
     * @throws IllegalArgumentException if the network has a layer that is not known here
     */
    public static void write(MultiLayerNetwork network, Path file) throws IOException {
        Map<String, Parameter> parameters = parameters(network);
        var archive = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(archive)) {
            for (var entry : parameters.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey() + ".npy"));
                zip.write(npy(entry.getValue().shape(), entry.getValue().values()));
                zip.closeEntry();
            }
        }
        AtomicFile.write(file, archive.toByteArray());
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
     *     not, or one of another shape or type; the message names it
     */
    public static void read(Path file, MultiLayerNetwork network) throws IOException {
        Map<String, Parameter> parameters = parameters(network);
        var values = new LinkedHashMap<String, float[]>();
        if (!Files.isRegularFile(file)) {
            throw new IOException("no file " + file);
        }
        try (var zip = new ZipFile(file.toFile())) {
            var missing = new TreeSet<>(parameters.keySet());
            for (ZipEntry entry : Collections.list(zip.entries())) {
                String name = entry.getName().replaceFirst("\\.npy$", "");
                if (name.endsWith(".num_batches_tracked")) {
                    continue;
                }
                Parameter parameter = parameters.get(name);
                if (parameter == null) {
                    throw new IOException(
                            file + " has a parameter " + name + ", the network has none");
                }
                missing.remove(name);
                try (InputStream in = zip.getInputStream(entry)) {
                    values.put(name, array(in, parameter.shape(), file + ": " + name));
                }
            }
            if (!missing.isEmpty()) {
                throw new IOException(file + " has no " + missing.first());
            }
        } catch (ZipException e) {
            throw new IOException(file + " is no NumPy archive: " + e.getMessage(), e);
        }
        values.forEach((name, v) -> parameters.get(name).set(v));
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
                ModelFile.Card.of(
                        name, Map.of("origin", "PyTorch weights from " + file.getFileName())));
    }

    /** Never reads more than the wanted shape takes, whatever the entry holds. */
    private static float[] array(InputStream in, long[] shape, String what) throws IOException {
        byte[] start = in.readNBytes(10);
        if (start.length < 10
                || !new String(start, 0, 6, StandardCharsets.ISO_8859_1).equals("\u0093NUMPY")
                || start[6] != 1) {
            throw new IOException(what + " is no NumPy array of version 1");
        }
        int length = (start[8] & 0xFF) | (start[9] & 0xFF) << 8;
        Matcher header =
                HEADER.matcher(new String(in.readNBytes(length), StandardCharsets.ISO_8859_1));
        if (!header.matches()) {
            throw new IOException(what + " has a damaged header");
        }
        if (!header.group(1).equals("<f4") || header.group(2).equals("True")) {
            throw new IOException(
                    what
                            + " is of type "
                            + header.group(1)
                            + (header.group(2).equals("True") ? " in Fortran's order" : "")
                            + ", <f4 row by row expected");
        }
        String[] found =
                Arrays.stream(header.group(3).split(","))
                        .map(String::strip)
                        .filter(d -> !d.isEmpty())
                        .toArray(String[]::new);
        if (!Arrays.toString(found).equals(Arrays.toString(shape))) {
            throw new IOException(
                    what
                            + " has shape "
                            + Arrays.toString(found)
                            + ", "
                            + Arrays.toString(shape)
                            + " expected");
        }
        int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        byte[] data = in.readNBytes(count * Float.BYTES);
        if (data.length < count * Float.BYTES || in.read() >= 0) {
            throw new IOException(what + " has another length than its shape says");
        }
        float[] values = new float[count];
        ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }
}
