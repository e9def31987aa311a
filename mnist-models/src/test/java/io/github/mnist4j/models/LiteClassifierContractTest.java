package io.github.mnist4j.models;

import io.github.mnist4j.lite.DigitReader;
import io.github.mnist4j.lite.LiteClassifier;
import io.github.mnist4j.lite.finder.Recognizer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;

/** The lite reader, whose network is mnist-models'. */
class LiteClassifierContractTest extends DigitReaderContract {
    private DigitClassifier network;

    @Override
    DigitReader open() {
        network = DigitClassifier.pretrained();
        return LiteClassifier.builder(this::recognize)
                .optThreshold(network.threshold())
                .optCard(network.card().model())
                .build();
    }

    private float[] recognize(float[] images) {
        List<float[]> each =
                IntStream.range(0, images.length / 784)
                        .mapToObj(i -> Arrays.copyOfRange(images, 784 * i, 784 * (i + 1)))
                        .toList();
        float[] answers = new float[each.size() * Recognizer.CLASSES];
        int at = 0;
        for (var p : network.classifyAllFloats(each)) {
            float none = 1 - p.isDigit();
            for (float probability : p.probabilities()) {
                answers[at++] = Math.max(0, probability - none / 10);
            }
            answers[at++] = none;
        }
        return answers;
    }

    @AfterAll
    void closeNetwork() {
        network.close();
    }
}
