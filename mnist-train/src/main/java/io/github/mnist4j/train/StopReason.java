package io.github.mnist4j.train;

/** Why a run ended. */
public enum StopReason {
    EPOCHS("all epochs done"),
    PATIENCE("no gain on the validation images for as many epochs as patience allows"),
    TARGET("target accuracy reached on the validation images"),
    TIME("time is up"),
    DIVERGED(
            "the loss or a weight is no longer a number: the learning rate is too high, try a tenth of it"),
    REQUESTED("asked to stop");

    private final String sentence;

    StopReason(String sentence) {
        this.sentence = sentence;
    }

    /** Whether the run came to its end and is tested: it neither diverged nor can be resumed. */
    boolean isFinal() {
        return this != DIVERGED && this != REQUESTED;
    }

    /** The reason in words, for the user. */
    public String sentence() {
        return sentence;
    }
}
