package io.github.mnist4j.lite.network;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Reads docs/lite-format.md. The file may come from a stranger: whatever it says is compared with
 * what there is before memory is taken for it.
 */
final class LiteFile {
    private static final int MAGIC = 'M' | ('4' << 8) | ('J' << 16) | ('L' << 24);
    private static final int VERSION = 1;

    /** Before the card: magic, version, layers, length. */
    private static final int START = 12;

    private static final int MOST_BYTES = 256 << 20;
    private static final int MOST_LAYERS = 64;
    private static final int MOST_CHANNELS = 1024;
    private static final int MOST_KERNEL = 11;
    private static final int MOST_WIDTH = 8192;
    private static final int MOST_TEXT = 20_000;
    private static final int MOST_TEXTS = 100;
    private static final int DIGITS = 10;

    private static final int CONVOLUTION = 1;
    private static final int POOLING = 2;
    private static final int DENSE = 3;

    private static final int FLOAT32 = 0;
    private static final int FLOAT16 = 1;
    private static final int INT8 = 2;

    /** Far below the largest float, so that a sum of a few stays finite. */
    private static final float LARGE = 1e30f;

    /** Why a file is not read: a sentence without its name, and nothing of its content. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;

        Refused(String why) {
            super(why);
        }
    }

    private final ByteBuffer in;
    private final LiteCard card;
    private final LiteLayers layers;

    /** No value between the layers is larger in magnitude. */
    private double bound;

    /** The largest weight of the layer that is being read, in magnitude. */
    private float largest;

    private LiteFile(byte[] content) throws Refused {
        in = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        in.limit(content.length - Integer.BYTES).position(6);
        int count = in.getShort() & 0xFFFF;
        check(count >= 1 && count <= MOST_LAYERS, "its number of layers is not 1 to 64");
        in.position(START);
        card = readCard();
        layers = readLayers(count);
        check(in.remaining() == 0, "it has more than its layers");
        check(layers.outputs() == card.labels().size(), "it has not as many outputs as labels");
    }

    /**
     * @param in read to its end
     * @throws Refused if it is not such a file
     * @throws IOException if it cannot be read
     */
    static LiteFile read(InputStream in) throws IOException {
        byte[] start = in.readNBytes(START);
        check(start.length == START, "it is shorter than a header");
        ByteBuffer header = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN);
        check(header.getInt() == MAGIC, "it does not begin with \"M4JL\"");
        int version = header.getShort() & 0xFFFF;
        check(
                version == VERSION,
                "it is of format " + version + ", this program reads format " + VERSION);
        int length = header.getInt(8);
        check(
                length >= START + Integer.BYTES && length <= MOST_BYTES,
                "the length it states is not one of a network, at most 256 MB");
        // takes no more memory than there are bytes
        byte[] rest = in.readNBytes(length - START);
        check(rest.length == length - START && in.read() < 0, "its length is not what it states");
        byte[] content = new byte[length];
        System.arraycopy(start, 0, content, 0, START);
        System.arraycopy(rest, 0, content, START, rest.length);
        var crc = new CRC32();
        crc.update(content, 0, length - Integer.BYTES);
        int stated =
                ByteBuffer.wrap(content)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .getInt(length - Integer.BYTES);
        check((int) crc.getValue() == stated, "its checksum is wrong: it is damaged");
        return new LiteFile(content);
    }

    LiteCard card() {
        return card;
    }

    LiteLayers layers() {
        return layers;
    }

    /** Whether no image can lead to a value that is not a finite number. */
    boolean isBounded() {
        return bound <= LARGE;
    }

    private static void check(boolean condition, String otherwise) throws Refused {
        if (!condition) {
            throw new Refused(otherwise);
        }
    }

    private void need(long bytes) throws Refused {
        check(bytes <= in.remaining(), "it ends in the middle of a layer or of its card");
    }

    private int readByte() throws Refused {
        need(1);
        return in.get() & 0xFF;
    }

    private int readShort() throws Refused {
        need(2);
        return in.getShort() & 0xFFFF;
    }

    private float readFloat(String what) throws Refused {
        need(Float.BYTES);
        float value = in.getFloat();
        check(Math.abs(value) <= LARGE, what + " is not a number, or far too large");
        return value;
    }

    private LiteCard readCard() throws Refused {
        double threshold = readShare("threshold");
        double accuracy = readShare("accuracy");
        String model = readText();
        int count = readShort();
        check(count == DIGITS || count == DIGITS + 1, "its labels are not 10 or 11");
        List<String> labels = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String label = readText();
            check(
                    label.equals(i < DIGITS ? String.valueOf(i) : "none"),
                    "its labels are not the digits 0 to 9 and perhaps \"none\"");
            labels.add(label);
        }
        int pairs = readShort();
        check(pairs <= MOST_TEXTS, "its card has more than 100 entries");
        var more = new LinkedHashMap<String, String>();
        for (int i = 0; i < pairs; i++) {
            String key = readText();
            check(more.put(key, readText()) == null, "its card has an entry twice");
        }
        return new LiteCard(model, labels, threshold, accuracy, more);
    }

    private double readShare(String what) throws Refused {
        need(Double.BYTES);
        double value = in.getDouble();
        check(
                Double.isNaN(value) || (value >= 0 && value <= 1),
                "its " + what + " is not a number from 0 to 1");
        return value;
    }

    private String readText() throws Refused {
        int length = readShort();
        check(length <= MOST_TEXT, "a text of its card is too long");
        need(length);
        String text = new String(in.array(), in.position(), length, StandardCharsets.UTF_8);
        in.position(in.position() + length);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            check(
                    !Character.isISOControl(c) && c != '\uFFFD',
                    "a text of its card is not plain text in UTF-8");
        }
        return text;
    }

    private LiteLayers readLayers(int count) throws Refused {
        float scale = readFloat("its normalization");
        float shift = readFloat("its normalization");
        bound = (double) Math.abs(scale) + Math.abs(shift);
        List<Convolution> convolutions = new ArrayList<>();
        List<Dense> dense = new ArrayList<>();
        int channels = 1;
        int side = LiteLayers.SIDE;
        int width = 0; // of the last dense layer
        for (int i = 0; i < count; i++) {
            String layer = "layer " + i;
            int kind = readByte();
            if (kind == CONVOLUTION && width == 0) {
                int kernel = readByte();
                check(
                        kernel >= 1 && kernel <= MOST_KERNEL,
                        layer + " has a kernel that is not 1 to 11 pixels wide");
                channels = readConvolution(layer, channels, kernel, side, convolutions);
            } else if (kind == POOLING && width == 0) {
                int last = convolutions.size() - 1;
                check(
                        last >= 0 && side > 1 && !convolutions.get(last).isPooled(),
                        layer + " is pooling where there cannot be one");
                convolutions.set(last, convolutions.get(last).pooled());
                side /= 2;
            } else {
                check(kind == DENSE, layer + " is of an unknown kind, or in the wrong place");
                int inputs = width == 0 ? channels * side * side : width;
                width = readDense(layer, inputs, i == count - 1, dense);
            }
        }
        check(width > 0, "it has no dense layer");
        return new LiteLayers(
                scale,
                shift,
                convolutions.toArray(new Convolution[0]),
                dense.toArray(new Dense[0]));
    }

    private int readConvolution(
            String layer, int inputs, int kernel, int side, List<Convolution> to) throws Refused {
        int outputs = readOutputs(layer, MOST_CHANNELS);
        int activation = readActivation(layer);
        float alpha = readFloat(layer + ": alpha");
        int fan = inputs * kernel * kernel;
        Weights weights = weights(layer, (long) fan * outputs, outputs);
        float[] values = new float[fan * outputs];
        for (int o = 0; o < outputs; o++) {
            weights.read(values, o * fan, fan, o, 0);
        }
        float[] biases = readBiases(layer, fan, outputs);
        bound = Activation.bound(activation, alpha, bound);
        to.add(
                new Convolution(
                        inputs, outputs, kernel, side, false, activation, alpha, values, biases));
        return outputs;
    }

    private int readDense(String layer, int inputs, boolean last, List<Dense> to) throws Refused {
        int outputs = readOutputs(layer, MOST_WIDTH);
        int activation = readActivation(layer);
        check(
                !last || activation == Activation.IDENTITY,
                layer + ", the last one, has an activation");
        float alpha = readFloat(layer + ": alpha");
        Weights weights = weights(layer, (long) inputs * outputs, outputs);
        float[][] rows = new float[inputs][outputs];
        for (int i = 0; i < inputs; i++) {
            weights.read(rows[i], 0, outputs, 0, 1);
        }
        float[] biases = readBiases(layer, inputs, outputs);
        bound = Activation.bound(activation, alpha, bound);
        to.add(new Dense(rows, biases, activation, alpha));
        return outputs;
    }

    private int readOutputs(String layer, int most) throws Refused {
        int outputs = readShort();
        check(
                outputs >= 1 && outputs <= most,
                layer + " has a number of outputs that is not 1 to " + most);
        return outputs;
    }

    private int readActivation(String layer) throws Refused {
        int activation = readByte();
        check(activation <= Activation.LAST, layer + " has an unknown activation");
        return activation;
    }

    private float[] readBiases(String layer, int fan, int outputs) throws Refused {
        check(largest <= LARGE, layer + " has a weight that is not a number, or far too large");
        need((long) outputs * Float.BYTES);
        float[] biases = new float[outputs];
        float most = 0;
        for (int o = 0; o < outputs; o++) {
            biases[o] = readFloat(layer + ": a bias");
            most = Math.max(most, Math.abs(biases[o]));
        }
        bound = fan * (double) largest * bound + most;
        return biases;
    }

    private Weights weights(String layer, long count, int outputs) throws Refused {
        int type = readByte();
        check(type <= INT8, layer + " has weights of an unknown type");
        float[] scales = null;
        if (type == INT8) {
            need(count + (long) outputs * Float.BYTES);
            scales = new float[outputs];
            for (int o = 0; o < outputs; o++) {
                scales[o] = readFloat(layer + ": a scale");
            }
        }
        need(count * (type == FLOAT32 ? 4 : type == FLOAT16 ? 2 : 1));
        largest = 0;
        return new Weights(type, scales);
    }

    /** The weights of a layer, from where the file stands. */
    private final class Weights {
        private final int type;
        private final float @Nullable [] scales;

        Weights(int type, float @Nullable [] scales) {
            this.type = type;
            this.scales = scales;
        }

        /**
         * Reads n of them.
         *
         * @param scale the first one's scale
         * @param step from one weight's scale to the next one's
         */
        void read(float[] to, int at, int n, int scale, int step) {
            byte[] bytes = in.array();
            int from = in.position();
            float most = largest;
            for (int i = 0; i < n; i++) {
                float value;
                if (scales != null) {
                    value = bytes[from + i] * scales[scale + i * step];
                } else if (type == FLOAT16) {
                    value = half(in.getShort(from + 2 * i));
                } else {
                    value = in.getFloat(from + 4 * i);
                }
                to[at + i] = value;
                most = Math.max(most, Math.abs(value)); // not a number stays so
            }
            largest = most;
            in.position(from + n * (type == FLOAT32 ? 4 : type == FLOAT16 ? 2 : 1));
        }
    }

    /** IEEE 754's binary16. */
    static float half(short bits) {
        int exponent = (bits >> 10) & 0x1F;
        int fraction = bits & 0x3FF;
        int sign = (bits & 0x8000) << 16;
        if (exponent == 0) {
            float value = fraction * 0x1p-24f;
            return sign == 0 ? value : -value;
        }
        int wide = exponent == 31 ? 0xFF : exponent + 127 - 15;
        return Float.intBitsToFloat(sign | (wide << 23) | (fraction << 13));
    }
}
