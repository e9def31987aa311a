package io.github.mnist4j.lite.network;

/** A network: convolutions, then dense layers, then softmax. */
final class LiteLayers {
    static final int SIDE = 28;
    static final int AREA = SIDE * SIDE;

    /** A layer's input is its ink times {@code scale} plus {@code shift}. */
    final float scale;

    final float shift;
    final Convolution[] convolutions;
    final Dense[] dense;

    LiteLayers(float scale, float shift, Convolution[] convolutions, Dense[] dense) {
        this.scale = scale;
        this.shift = shift;
        this.convolutions = convolutions;
        this.dense = dense;
    }

    /** The answers' length. */
    int outputs() {
        return dense[dense.length - 1].outputs;
    }

    /** Planes before convolution i, or before the first dense layer. */
    int channels(int i) {
        return i == 0 ? 1 : convolutions[i - 1].outputs;
    }

    /** Height and width of what the first dense layer reads. */
    int denseSide() {
        return convolutions.length == 0 ? SIDE : convolutions[convolutions.length - 1].outputSide();
    }
}
