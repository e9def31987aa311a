package io.github.mnist4j.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.lite.DigitReader;
import io.github.mnist4j.lite.LiteClassifier;
import io.github.mnist4j.lite.Prediction;
import io.github.mnist4j.testkit.SharedData;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The lite reader. */
class LiteClassifierContractTest extends DigitReaderContract {
    @Override
    DigitReader open() {
        return LiteClassifier.pretrained();
    }

    @Test
    void answersAsMnistModelsDoesOnTenThousandImages() throws IOException {
        DigitSet test =
                DatasetLoader.builder()
                        .optFolder(SharedData.mnist())
                        .build()
                        .load(DatasetLoader.Dataset.MNIST)
                        .test();
        List<byte[]> images = IntStream.range(0, test.size()).mapToObj(test::pixels).toList();
        try (DigitClassifier models = DigitClassifier.pretrained();
                LiteClassifier lite = LiteClassifier.pretrained()) {
            List<Prediction> expected = models.classifyAllPixels(images);
            List<Prediction> actual = lite.classifyAllPixels(images);
            int right = 0;
            for (int i = 0; i < expected.size(); i++) {
                assertThat(actual.get(i).digit()).isEqualTo(expected.get(i).digit());
                assertThat(actual.get(i).probabilities())
                        .containsExactly(expected.get(i).probabilities(), within(1e-5f));
                assertThat(actual.get(i).isDigit())
                        .isCloseTo(expected.get(i).isDigit(), within(1e-5f));
                right += actual.get(i).digit() == test.label(i) ? 1 : 0;
            }
            assertThat(lite.threshold()).isEqualTo(models.threshold());
            // what both cards say
            assertThat(right / 1e4).isEqualTo(models.card().provenance().testAccuracy());
        }
    }
}
