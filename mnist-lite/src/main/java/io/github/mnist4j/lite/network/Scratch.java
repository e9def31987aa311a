package io.github.mnist4j.lite.network;

/** What one thread works on: the values between the layers, for some images at a time. */
final class Scratch {
    private final LiteLayers layers;
    final int images;

    /** What each convolution reads, and then the first dense layer. */
    private final Layout[] layouts;

    private final float[][] values;
    private final float[][] copies;
    private final float[][] sums;
    private final float[][] vectors = new float[2][];

    Scratch(LiteLayers layers, int images) {
        this.layers = layers;
        this.images = images;
        int count = layers.convolutions.length;
        layouts = new Layout[count + 1];
        values = new float[count + 1][];
        int mostCopies = 0;
        int mostSums = 0;
        int length = 0;
        for (int i = 0; i <= count; i++) {
            boolean last = i == count;
            int side = last ? layers.denseSide() : layers.convolutions[i].side;
            layouts[i] = new Layout(side, images, last ? 1 : layers.convolutions[i].kernel);
            values[i] = new float[layers.channels(i) * layouts[i].plane];
            if (!last) {
                length = Math.max(length, layers.convolutions[i].length(layouts[i]));
                mostCopies = Math.max(mostCopies, layers.convolutions[i].copies());
                mostSums = Math.max(mostSums, layers.convolutions[i].outputs);
            }
        }
        copies = new float[mostCopies][length];
        sums = new float[mostSums][length];
        int widest = 0;
        for (Dense dense : layers.dense) {
            widest = Math.max(widest, Math.max(dense.inputs, dense.outputs));
        }
        vectors[0] = new float[widest];
        vectors[1] = new float[widest];
    }

    /**
     * The answers to some images.
     *
     * @param pixels images of 28 * 28 values one after the other
     * @param first the first image
     * @param count how many, at most {@link #images}
     * @param answers gets the probabilities, where those of the first image belong
     */
    void run(float[] pixels, int first, int count, float[] answers) {
        load(pixels, first, count);
        for (int i = 0; i < layers.convolutions.length; i++) {
            layers.convolutions[i].run(
                    values[i], layouts[i], count, values[i + 1], layouts[i + 1], copies, sums);
        }
        int outputs = layers.outputs();
        for (int b = 0; b < count; b++) {
            flatten(b);
            float[] in = vectors[0];
            float[] out = vectors[1];
            for (Dense dense : layers.dense) {
                dense.run(in, out);
                float[] swap = in;
                in = out;
                out = swap;
            }
            softmax(in, outputs, answers, (first + b) * outputs);
        }
    }

    private void load(float[] pixels, int first, int count) {
        Layout to = layouts[0];
        for (int b = 0; b < count; b++) {
            int from = (first + b) * LiteLayers.AREA;
            for (int y = 0; y < LiteLayers.SIDE; y++) {
                int at = to.at(0, b, y);
                for (int x = 0; x < LiteLayers.SIDE; x++) {
                    values[0][at++] = pixels[from++] * layers.scale + layers.shift;
                }
            }
        }
    }

    private void flatten(int image) {
        Layout from = layouts[layouts.length - 1];
        float[] in = values[values.length - 1];
        int to = 0;
        int channels = layers.channels(layouts.length - 1);
        for (int c = 0; c < channels; c++) {
            for (int y = 0; y < from.side; y++) {
                System.arraycopy(in, from.at(c, image, y), vectors[0], to, from.side);
                to += from.side;
            }
        }
    }

    private static void softmax(float[] logits, int n, float[] to, int at) {
        float most = logits[0];
        for (int i = 1; i < n; i++) {
            most = Math.max(most, logits[i]);
        }
        double sum = 0;
        for (int i = 0; i < n; i++) {
            double e = Math.exp(logits[i] - most);
            to[at + i] = (float) e;
            sum += e;
        }
        for (int i = 0; i < n; i++) {
            to[at + i] = (float) (to[at + i] / sum);
        }
    }
}
