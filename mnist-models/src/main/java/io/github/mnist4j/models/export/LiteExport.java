package io.github.mnist4j.models.export;

import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.models.ModelCard;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.models.Provenance;
import io.github.mnist4j.models.Weights;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
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

/**
 * Networks of ours as files of mnist-lite, whose format docs/lite-format.md describes. Every
 * network of blocks that {@link io.github.mnist4j.models.Architecture} describes can be written;
 * strides, convolutions without padding and global pooling have no form there.
 */
public final class LiteExport {
    private static final int VERSION = 1;
    private static final int SIDE = 28;
    private static final int CONVOLUTION = 1;
    private static final int POOLING = 2;
    private static final int DENSE = 3;
    private static final int MOST_BYTES = 256 << 20;
    private static final int MOST_TEXT = 20_000;

    /** How a weight is written. */
    public enum Precision {
        FLOAT32(0),
        FLOAT16(1),
        /** With a scale for each output channel. */
        INT8(2);

        private final int number;

        Precision(int number) {
            this.number = number;
        }
    }

    /**
     * @param alpha of leakyrelu and elu
     */
    private record Act(int number, float alpha) {
        static final Act IDENTITY = new Act(0, 0);
    }

    /** A layer whose activation may still follow. */
    private record Pending(
            org.deeplearning4j.nn.api.Layer layer, int kernel, boolean dense, Act activation) {
        Pending with(Act next) {
            return new Pending(layer, kernel, dense, next);
        }
    }

    private final Precision precision;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final ByteBuffer buffer = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    private int count;
    private @Nullable Pending pending;

    private LiteExport(Precision precision) {
        this.precision = precision;
    }

    /**
     * Writes the network for inference, without dropout and with its batch norms folded. The file
     * appears whole or not at all.
     *
     * @throws IOException if it cannot be written or a parameter is not a finite number
     * @throws IllegalArgumentException if a layer has no form here, or the network does not tell
     *     digits apart; the message says why
     */
    public static void write(ModelFile model, Precision precision, Path file) throws IOException {
        Weights.check(model.network(), "cannot write " + file);
        AtomicFile.write(file, new LiteExport(precision).bytes(model));
    }

    private byte[] bytes(ModelFile model) {
        ModelCard card = model.card();
        List<String> labels = card.labels();
        if (!labels.equals(ModelCard.DIGITS) && !labels.equals(ModelCard.DIGITS_AND_NONE)) {
            throw new IllegalArgumentException(
                    "the model's labels are not those of digits: it cannot be written for"
                            + " mnist-lite");
        }
        card(card);
        double deviation = model.normalization().standardDeviation();
        putFloat((float) (1 / deviation));
        putFloat((float) (-model.normalization().mean() / deviation));
        layers(model.network(), labels.size());
        int length = 12 + body.size() + 4;
        ByteBuffer file = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        file.put("M4JL".getBytes(StandardCharsets.US_ASCII))
                .putShort((short) VERSION)
                .putShort((short) count)
                .putInt(length)
                .put(body.toByteArray());
        var crc = new CRC32();
        crc.update(file.array(), 0, length - 4);
        return file.putInt((int) crc.getValue()).array();
    }

    private void card(ModelCard card) {
        Provenance from = card.provenance();
        Double threshold = from.threshold();
        Double accuracy = from.testAccuracy();
        putDouble(threshold == null ? Double.NaN : threshold);
        putDouble(accuracy == null ? Double.NaN : accuracy);
        putText(card.model());
        putShort(card.labels().size());
        card.labels().forEach(this::putText);
        Map<String, String> more = new LinkedHashMap<>();
        entry(more, "dataset", from.dataset());
        entry(more, "trained", from.trained());
        entry(more, "version", from.version());
        entry(more, "license", from.license());
        putShort(more.size());
        more.forEach(
                (key, value) -> {
                    putText(key);
                    putText(value);
                });
    }

    private static void entry(Map<String, String> to, String key, @Nullable String value) {
        if (value != null) {
            to.put(key, value);
        }
    }

    private void layers(MultiLayerNetwork network, int outputs) {
        for (org.deeplearning4j.nn.api.Layer layer : network.getLayers()) {
            KnownLayer.of(network, layer); // before batch norms are folded
        }
        MultiLayerNetwork folded = BatchNormFolding.of(network);
        int channels = 1;
        int side = SIDE;
        int width = 0; // of the last dense layer
        int last = folded.getnLayers() - 1;
        for (org.deeplearning4j.nn.api.Layer layer : folded.getLayers()) {
            KnownLayer kind = KnownLayer.of(folded, layer);
            switch (kind) {
                case CONVOLUTION -> {
                    var conf = (ConvolutionLayer) layer.conf().getLayer();
                    check(isPlain(conf), layer, "it changes the size, or its kernel is no square");
                    check(layer.getParam("W").size(1) == channels, layer, "its inputs are odd");
                    flush();
                    channels = (int) layer.getParam("W").size(0);
                    pending =
                            new Pending(
                                    layer,
                                    conf.getKernelSize()[0],
                                    false,
                                    activation(conf.getActivationFn(), layer));
                }
                case POOLING -> {
                    check(
                            pending != null && !pending.dense && side > 1,
                            layer,
                            "it does not follow a convolution");
                    check(
                            isPlain((SubsamplingLayer) layer.conf().getLayer()),
                            layer,
                            "only maximum pooling of 2x2 pixels can be");
                    flush();
                    putByte(POOLING);
                    count++;
                    side /= 2;
                }
                case DENSE, OUTPUT -> {
                    long inputs = layer.getParam("W").size(0);
                    check(
                            inputs == (width > 0 ? width : (long) channels * side * side),
                            layer,
                            "it does not take images of 28x28 pixels");
                    flush();
                    width = (int) layer.getParam("W").size(1);
                    IActivation own = ((BaseLayer) layer.conf().getLayer()).getActivationFn();
                    boolean end = layer.getIndex() == last;
                    check(
                            end == (own instanceof ActivationSoftmax),
                            layer,
                            "softmax is at the end, and nowhere else");
                    pending =
                            new Pending(
                                    layer, 0, true, end ? Act.IDENTITY : activation(own, layer));
                }
                case ACTIVATION -> {
                    Pending before = pending;
                    if (before == null
                            || !before.activation.equals(Act.IDENTITY)
                            || layer.getIndex() == last) {
                        throw unknown(
                                layer,
                                "its activation does not follow a convolution or dense layer");
                    }
                    pending =
                            before.with(
                                    activation(
                                            ((ActivationLayer) layer.conf().getLayer())
                                                    .getActivationFn(),
                                            layer));
                }
                case GLOBAL_POOLING -> throw unknown(layer, "it has no form there");
                // folded or dropped, unless it stands at the beginning
                case BATCH_NORM, DROPOUT ->
                        throw unknown(layer, "it does not follow a convolution or dense layer");
            }
        }
        flush();
        if (width != outputs) {
            throw new IllegalArgumentException(
                    "the model has "
                            + width
                            + " outputs and "
                            + outputs
                            + " labels: it cannot be written for mnist-lite");
        }
    }

    private static IllegalArgumentException unknown(
            org.deeplearning4j.nn.api.Layer layer, String what) {
        return new IllegalArgumentException(
                Weights.kind(layer) + " cannot be written for mnist-lite: " + what);
    }

    private static void check(
            boolean condition, org.deeplearning4j.nn.api.Layer layer, String otherwise) {
        if (!condition) {
            throw unknown(layer, otherwise);
        }
    }

    private static boolean isPlain(ConvolutionLayer conf) {
        int[] kernel = conf.getKernelSize();
        boolean same =
                switch (conf.getConvolutionMode()) {
                    case Same -> true;
                    case Truncate, Strict ->
                            kernel[0] % 2 == 1 && areAll(conf.getPadding(), kernel[0] / 2);
                    default -> false;
                };
        return same
                && kernel[0] == kernel[1]
                && kernel[0] <= 11
                && areAll(conf.getStride(), 1)
                && areAll(conf.getDilation(), 1);
    }

    private static boolean isPlain(SubsamplingLayer conf) {
        return conf.getPoolingType() == PoolingType.MAX
                && areAll(conf.getKernelSize(), 2)
                && areAll(conf.getStride(), 2)
                && areAll(conf.getPadding(), 0)
                && areAll(conf.getDilation(), 1)
                && conf.getConvolutionMode() != ConvolutionMode.Same;
    }

    private static boolean areAll(int[] values, int wanted) {
        return Arrays.stream(values).allMatch(v -> v == wanted);
    }

    private static Act activation(IActivation activation, org.deeplearning4j.nn.api.Layer layer) {
        if (activation instanceof ActivationIdentity) {
            return Act.IDENTITY;
        } else if (activation instanceof ActivationReLU) {
            return new Act(1, 0);
        } else if (activation instanceof ActivationLReLU leaky) {
            return new Act(2, (float) leaky.getAlpha());
        } else if (activation instanceof ActivationELU elu) {
            return new Act(3, (float) elu.getAlpha());
        } else if (activation instanceof ActivationSwish) {
            return new Act(4, 0);
        } else if (activation instanceof ActivationTanH) {
            return new Act(5, 0);
        } else if (activation instanceof ActivationSigmoid) {
            return new Act(6, 0);
        }
        throw unknown(layer, "its activation is " + activation);
    }

    /** Writes the layer whose activation is known now. */
    private void flush() {
        Pending p = pending;
        if (p == null) {
            return;
        }
        pending = null;
        count++;
        INDArray weights = p.layer.getParam("W");
        float[] values = weights.dup('c').data().asFloat();
        INDArray bias = p.layer.getParam("b");
        float[] biases =
                bias == null
                        ? new float[(int) weights.size(p.dense ? 1 : 0)]
                        : bias.dup('c').data().asFloat();
        if ((long) values.length * 4 + body.size() > MOST_BYTES - MOST_TEXT) {
            throw new IllegalArgumentException(
                    "the model has more parameters than the 256 MB of mnist-lite's files hold");
        }
        if (p.dense) {
            putByte(DENSE);
        } else {
            putByte(CONVOLUTION);
            putByte(p.kernel);
        }
        putShort(biases.length);
        putByte(p.activation.number);
        putFloat(p.activation.alpha);
        putByte(precision.number);
        // an output's weights lie together in a convolution, a dense layer's have all outputs in a
        // row
        int together = p.dense ? 1 : values.length / biases.length;
        switch (precision) {
            case FLOAT32 -> {
                for (float v : values) {
                    putFloat(v);
                }
            }
            case FLOAT16 -> {
                for (float v : values) {
                    putShort(half(v));
                }
            }
            case INT8 -> {
                float[] scales = new float[biases.length];
                for (int i = 0; i < values.length; i++) {
                    int o = i / together % scales.length;
                    scales[o] = Math.max(scales[o], Math.abs(values[i]) / 127);
                }
                for (float scale : scales) {
                    putFloat(scale);
                }
                for (int i = 0; i < values.length; i++) {
                    float scale = scales[i / together % scales.length];
                    putByte(scale == 0 ? 0 : Math.round(values[i] / scale));
                }
            }
        }
        for (float b : biases) {
            putFloat(b);
        }
    }

    /**
     * IEEE 754's binary16 that is nearest, the even one of two; the largest for what is beyond it.
     */
    static int half(float value) {
        int bits = Float.floatToIntBits(value);
        int sign = (bits >>> 16) & 0x8000;
        float magnitude = Math.min(Math.abs(value), 65504f);
        if (magnitude < 0x1p-14f) {
            return sign | (int) Math.rint(magnitude * 0x1p24);
        }
        int wide = Float.floatToIntBits(magnitude);
        int rounded = wide + 0xFFF + ((wide >>> 13) & 1);
        return sign | Math.min(0x7BFF, (rounded >>> 13) - ((127 - 15) << 10));
    }

    private void putByte(int value) {
        body.write(value);
    }

    private void putShort(int value) {
        body.write(value);
        body.write(value >> 8);
    }

    private void putFloat(float value) {
        body.write(buffer.putFloat(0, value).array(), 0, Float.BYTES);
    }

    private void putDouble(double value) {
        body.write(buffer.putDouble(0, value).array(), 0, Double.BYTES);
    }

    private static boolean isPlain(int c) {
        return !Character.isISOControl(c) && (c < 0xD800 || c >= 0xE000) && c != 0xFFFD;
    }

    /** What is not plain text becomes a space; what is too long is cut. */
    private void putText(String text) {
        StringBuilder plain = new StringBuilder();
        text.codePoints()
                .limit(MOST_TEXT / 4)
                .map(c -> isPlain(c) ? c : ' ')
                .forEach(plain::appendCodePoint);
        byte[] bytes = plain.toString().getBytes(StandardCharsets.UTF_8);
        putShort(bytes.length);
        body.write(bytes, 0, bytes.length);
    }
}
