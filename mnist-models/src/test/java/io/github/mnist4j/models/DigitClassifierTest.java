package io.github.mnist4j.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.lite.Prediction;
import io.github.mnist4j.lite.Reading;
import io.github.mnist4j.testkit.SharedData;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The network in the jar, on real digits where there are some, else on generated ones. */
class DigitClassifierTest {
    private static DigitClassifier classifier;
    private static DigitSet generated;

    @BeforeAll
    static void load() throws IOException {
        classifier = DigitClassifier.pretrained();
        generated =
                DatasetLoader.builder()
                        .optGeneratedSizes(10, 300)
                        .build()
                        .load(DatasetLoader.Dataset.GENERATED)
                        .test();
    }

    @AfterAll
    static void close() {
        classifier.close();
    }

    static DigitSet mnist() throws IOException {
        return DatasetLoader.builder()
                .optFolder(SharedData.mnist())
                .build()
                .load(DatasetLoader.Dataset.MNIST)
                .test();
    }

    @Test
    void isSmallAndSaysWhereItComesFrom() throws IOException {
        try (var in = DigitClassifier.class.getResourceAsStream("pretrained.zip")) {
            assertThat(in.readAllBytes().length).isLessThan(2_000_000);
        }
        assertThat(classifier.card().model()).isEqualTo("cnn:channels=8,16,48:dense=96");
        assertThat(classifier.card().labels()).hasSize(11).endsWith("9", "none");
        Provenance provenance = classifier.card().provenance();
        assertThat(provenance.dataset()).isEqualTo("mnist");
        assertThat(provenance.trainDigest()).hasSize(64);
        assertThat(provenance.steps()).isEqualTo(25_000);
        assertThat(provenance.trained()).startsWith("202");
        assertThat(provenance.license()).isEqualTo("Apache-2.0");
        assertThat(provenance.more()).containsKeys("plan", "reliability");
        assertThat(classifier.threshold()).isBetween(0.5, 0.999);
    }

    @Test
    void reads995OutOf1000OfMnistsTestSet() throws IOException {
        DigitSet test = mnist();
        int right = 0;
        for (int i = 0; i < test.size(); i++) {
            right += classifier.classifyPixels(test.pixels(i)).digit() == test.label(i) ? 1 : 0;
        }
        assertThat(right).isGreaterThanOrEqualTo(9950);
        assertThat((double) right / test.size())
                .isEqualTo(classifier.card().provenance().testAccuracy());
    }

    @Test
    void classifiesNd4jsArrays() {
        for (int i = 0; i < 50; i++) {
            byte[] pixels = generated.pixels(i);
            float[] values = new float[784];
            for (int p = 0; p < 784; p++) {
                values[p] = (pixels[p] & 0xFF) / 255f;
            }
            INDArray array = Nd4j.create(values, new long[] {1, 784}, 'c');
            Prediction expected = classifier.classifyPixels(values);
            assertThat(classifier.classifyArray(array)).containsExactly(expected);
            assertThat(classifier.classifyArray(array.reshape(1, 1, 28, 28)))
                    .containsExactly(expected);
            assertThat(classifier.classifyArray(array.castTo(DataType.DOUBLE)))
                    .containsExactly(expected);
        }
        assertThat(classifier.classifyArray(Nd4j.zeros(3, 784))).hasSize(3);
        assertThatThrownBy(() -> classifier.classifyArray(Nd4j.zeros(2, 28, 28)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[2, 28, 28]");
        // pixels of 0 to 255 are noticed, not misread
        assertThatThrownBy(() -> classifier.classifyArray(Nd4j.zeros(1, 784).addi(255)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("255.0 at 0");
        assertThatThrownBy(() -> classifier.classifyArray(null)).hasMessage("batch");
    }

    /** The network in the jar is built from its name; its configuration must say the same. */
    @Test
    void theShortWayIsTheLongWay() throws IOException {
        byte[] content;
        try (var in = DigitClassifier.class.getResourceAsStream("pretrained.zip")) {
            content = in.readAllBytes();
        }
        ModelFile.Own own = ModelFile.readOwn(content);
        assertThat(own).as("built from its name").isNotNull();
        ModelFile all = ModelFile.loadAll(content, "pretrained.zip").model();
        assertThat(own.normalization()).isEqualTo(all.normalization());
        assertThat(own.network().params()).isEqualTo(all.network().params());
        assertThat(own.network().getnLayers()).isEqualTo(all.network().getnLayers());
        INDArray x = Nd4j.rand(20, 1, 28, 28);
        assertThat(own.network().output(x)).isEqualTo(all.network().output(x));
        try (var classifier = DigitClassifier.load(new ByteArrayInputStream(content))) {
            assertThat(classifier.card()).isEqualTo(DigitClassifierTest.classifier.card());
            for (int i = 0; i < 50; i++) {
                assertThat(classifier.classifyPixels(generated.pixels(i)))
                        .isEqualTo(
                                DigitClassifierTest.classifier.classifyPixels(generated.pixels(i)));
            }
        }
    }

    @Test
    void theBuilderTakesModelAndThreads() throws IOException {
        List<byte[]> images = IntStream.range(0, 200).mapToObj(generated::pixels).toList();
        List<Prediction> expected = classifier.classifyAllPixels(images);
        try (var in = DigitClassifier.class.getResourceAsStream("pretrained.zip");
                var three = DigitClassifier.builder().optModel(in).optThreads(3).build()) {
            List<Prediction> given = three.classifyAllPixels(images);
            for (int i = 0; i < images.size(); i++) {
                assertThat(given.get(i).probabilities())
                        .usingComparatorWithPrecision(1e-6f)
                        .containsExactly(expected.get(i).probabilities());
            }
        }
        var builder = DigitClassifier.builder();
        assertThatThrownBy(() -> builder.optThreads(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("threads 0");
        assertThatThrownBy(() -> builder.optModel((Path) null)).hasMessage("model");
        assertThatThrownBy(() -> builder.optModel(Path.of("absent.zip")).build())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no model file at absent.zip");
    }

    /** Photos that a seed makes of MNIST's test digits; the seeds were not chosen. */
    @Test
    void readsNinetyEightPercentOfDigitsOnPhotos() throws IOException {
        DigitSet test = mnist();
        int right = 0;
        int all = 0;
        for (long seed = 1; seed <= 60; seed++) {
            ComposedPhoto photo = ComposedPhoto.of(test, seed);
            var lines = new ArrayList<List<Integer>>();
            for (Reading r : classifier.readImage(photo.image())) {
                while (lines.size() <= r.line()) {
                    lines.add(new ArrayList<>());
                }
                lines.get(r.line()).add(r.prediction().digit());
            }
            right += photo.rightIn(lines);
            all += photo.lines().stream().mapToInt(List::size).sum();
        }
        System.out.println("digits on composed photos: " + right + " of " + all + " right");
        assertThat((double) right / all).isGreaterThanOrEqualTo(0.98);
    }

    /** Touching digits, open fours, boxes and letters; see {@link ComposedPhoto#hard}. */
    @Test
    void readsHardPhotosToo() throws IOException {
        DigitSet test = mnist();
        int right = 0;
        int all = 0;
        int read = 0;
        for (long seed = 1; seed <= 40; seed++) {
            ComposedPhoto photo = ComposedPhoto.hard(test, seed);
            List<Integer> digits =
                    classifier.readImage(photo.image()).stream()
                            .map(r -> r.prediction().digit())
                            .toList();
            right += photo.commonWith(digits);
            read += digits.size();
            all += photo.lines().stream().mapToInt(List::size).sum();
        }
        System.out.printf(
                Locale.ROOT,
                "digits on hard photos: %d of %d right, %d other readings%n",
                right,
                all,
                read - right);
        assertThat((double) right / all).isGreaterThanOrEqualTo(0.75);
        assertThat((double) (read - right) / all).isLessThanOrEqualTo(0.1);
    }
}
