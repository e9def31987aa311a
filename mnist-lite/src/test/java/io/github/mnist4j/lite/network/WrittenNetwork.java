package io.github.mnist4j.lite.network;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;

/**
 * A drawn network twice: as the bytes of docs/lite-format.md, and computed by the definitions, in
 * double precision and one value at a time.
 */
final class WrittenNetwork {
    private final Random random;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final List<Step> steps = new ArrayList<>();
    private int count;
    private int channels = 1;
    private int side = 28;
    private int width;

    /** A layer: from [channels][side][side], or [width][1][1], to the next. */
    @FunctionalInterface
    interface Step {
        double[][][] of(double[][][] in);
    }

    WrittenNetwork(long seed, int labels) {
        random = new Random(seed);
        putDouble(0.75);
        putDouble(Double.NaN);
        putText("drawn");
        putShort(labels);
        for (int i = 0; i < labels; i++) {
            putText(i < 10 ? String.valueOf(i) : "none");
        }
        putShort(1);
        putText("license");
        putText("Apache-2.0");
        putFloat(2);
        putFloat(-0.25f);
        steps.add(in -> map(in, v -> v * 2 - 0.25));
    }

    static ByteBuffer little(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    void putByte(int value) {
        body.write(value);
    }

    void putShort(int value) {
        body.write(value);
        body.write(value >> 8);
    }

    void putFloat(float value) {
        body.writeBytes(little(4).putFloat(value).array());
    }

    private void putDouble(double value) {
        body.writeBytes(little(8).putDouble(value).array());
    }

    private void putText(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        putShort(bytes.length);
        body.writeBytes(bytes);
    }

    /** The whole file. */
    byte[] bytes() {
        return sealed(1, count, body.toByteArray());
    }

    static byte[] sealed(int version, int layers, byte[] body) {
        ByteBuffer file = little(12 + body.length + 4);
        file.put("M4JL".getBytes(StandardCharsets.US_ASCII));
        file.putShort((short) version).putShort((short) layers).putInt(file.capacity()).put(body);
        return resealed(file.array());
    }

    /** With the checksum that belongs to it. */
    static byte[] resealed(byte[] file) {
        var crc = new CRC32();
        crc.update(file, 0, file.length - 4);
        ByteBuffer.wrap(file)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(file.length - 4, (int) crc.getValue());
        return file;
    }

    /** Weights as the file has them: what is read back, whatever the type. */
    private double[] weights(int n, int outputs, int type, double size, boolean rows) {
        double[] weights = new double[n];
        putByte(type);
        float[] scales = new float[outputs];
        if (type == 2) {
            for (int o = 0; o < outputs; o++) {
                scales[o] = (float) (size * (0.5 + random.nextDouble()) / 127);
                putFloat(scales[o]);
            }
        }
        for (int i = 0; i < n; i++) {
            double w = size * (2 * random.nextDouble() - 1);
            switch (type) {
                case 0 -> {
                    putFloat((float) w);
                    weights[i] = (float) w;
                }
                case 1 -> {
                    // an exponent, a sign, and ten bits: written from the definition of binary16
                    int exponent = random.nextInt(16);
                    int fraction = random.nextInt(1024);
                    int sign = random.nextInt(2);
                    putShort(sign << 15 | exponent << 10 | fraction);
                    weights[i] =
                            (sign == 0 ? 1 : -1)
                                    * (exponent == 0
                                            ? fraction / 1024.0 * Math.pow(2, -14)
                                            : (1 + fraction / 1024.0) * Math.pow(2, exponent - 15));
                }
                default -> {
                    int q = random.nextInt(256) - 128;
                    putByte(q);
                    weights[i] = (double) q * scales[rows ? i % outputs : i / (n / outputs)];
                }
            }
        }
        return weights;
    }

    private double[] biases(int n) {
        double[] biases = new double[n];
        for (int i = 0; i < n; i++) {
            float b = random.nextFloat() - 0.5f;
            putFloat(b);
            biases[i] = b;
        }
        return biases;
    }

    WrittenNetwork convolution(int kernel, int outputs, int activation, float alpha, int type) {
        count++;
        putByte(1);
        putByte(kernel);
        putShort(outputs);
        putByte(activation);
        putFloat(alpha);
        int inputs = channels;
        int n = inputs * outputs * kernel * kernel;
        double[] w = weights(n, outputs, type, 1 / Math.sqrt(inputs * kernel * kernel), false);
        double[] b = biases(outputs);
        channels = outputs;
        steps.add(
                in -> {
                    int s = in[0].length;
                    double[][][] out = new double[outputs][s][s];
                    for (int o = 0; o < outputs; o++) {
                        for (int y = 0; y < s; y++) {
                            for (int x = 0; x < s; x++) {
                                double sum = b[o];
                                for (int c = 0; c < inputs; c++) {
                                    for (int i = 0; i < kernel; i++) {
                                        for (int j = 0; j < kernel; j++) {
                                            int yy = y + i - (kernel - 1) / 2;
                                            int xx = x + j - (kernel - 1) / 2;
                                            if (yy >= 0 && yy < s && xx >= 0 && xx < s) {
                                                sum +=
                                                        in[c][yy][xx]
                                                                * w[
                                                                        ((o * inputs + c) * kernel
                                                                                                + i)
                                                                                        * kernel
                                                                                + j];
                                            }
                                        }
                                    }
                                }
                                out[o][y][x] = activate(activation, alpha, sum);
                            }
                        }
                    }
                    return out;
                });
        return this;
    }

    WrittenNetwork pooling() {
        count++;
        putByte(2);
        side /= 2;
        steps.add(
                in -> {
                    int s = in[0].length / 2;
                    double[][][] out = new double[in.length][s][s];
                    for (int c = 0; c < in.length; c++) {
                        for (int y = 0; y < s; y++) {
                            for (int x = 0; x < s; x++) {
                                out[c][y][x] =
                                        Math.max(
                                                Math.max(
                                                        in[c][2 * y][2 * x],
                                                        in[c][2 * y][2 * x + 1]),
                                                Math.max(
                                                        in[c][2 * y + 1][2 * x],
                                                        in[c][2 * y + 1][2 * x + 1]));
                            }
                        }
                    }
                    return out;
                });
        return this;
    }

    WrittenNetwork dense(int outputs, int activation, float alpha, int type) {
        count++;
        putByte(3);
        putShort(outputs);
        putByte(activation);
        putFloat(alpha);
        int inputs = width == 0 ? channels * side * side : width;
        double[] w = weights(inputs * outputs, outputs, type, 1 / Math.sqrt(inputs), true);
        double[] b = biases(outputs);
        width = outputs;
        steps.add(
                in -> {
                    double[][][] out = new double[outputs][1][1];
                    int s = in[0].length;
                    for (int o = 0; o < outputs; o++) {
                        double sum = b[o];
                        for (int i = 0; i < inputs; i++) {
                            sum += in[i / (s * s)][i / s % s][i % s] * w[i * outputs + o];
                        }
                        out[o][0][0] = activate(activation, alpha, sum);
                    }
                    return out;
                });
        return this;
    }

    private static double activate(int kind, float alpha, double x) {
        return switch (kind) {
            case 0 -> x;
            case 1 -> x > 0 ? x : 0;
            case 2 -> x > 0 ? x : alpha * x;
            case 3 -> x > 0 ? x : alpha * (Math.exp(x) - 1);
            case 4 -> x / (1 + Math.exp(-x));
            case 5 -> Math.tanh(x);
            case 6 -> 1 / (1 + Math.exp(-x));
            default -> throw new IllegalArgumentException();
        };
    }

    private static double[][][] map(double[][][] in, java.util.function.DoubleUnaryOperator f) {
        double[][][] out = new double[in.length][in[0].length][in[0][0].length];
        for (int c = 0; c < in.length; c++) {
            for (int y = 0; y < in[c].length; y++) {
                for (int x = 0; x < in[c][y].length; x++) {
                    out[c][y][x] = f.applyAsDouble(in[c][y][x]);
                }
            }
        }
        return out;
    }

    /** The probabilities of an image. */
    double[] expected(float[] images, int image) {
        double[][][] x = new double[1][28][28];
        for (int i = 0; i < 784; i++) {
            x[0][i / 28][i % 28] = images[784 * image + i];
        }
        for (Step step : steps) {
            x = step.of(x);
        }
        double[] p = new double[x.length];
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            p[i] = Math.exp(x[i][0][0]);
            sum += p[i];
        }
        for (int i = 0; i < p.length; i++) {
            p[i] /= sum;
        }
        return p;
    }
}
