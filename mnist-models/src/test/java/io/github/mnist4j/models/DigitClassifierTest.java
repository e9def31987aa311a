package io.github.mnist4j.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.testkit.SharedData;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
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
        assertThat(classifier.card().model()).isEqualTo("cnn:channels=16,32,96:dense=96");
        assertThat(classifier.card().labels()).hasSize(11).endsWith("9", "none");
        Provenance provenance = classifier.card().provenance();
        assertThat(provenance.dataset()).isEqualTo("mnist");
        assertThat(provenance.trainDigest()).hasSize(64);
        assertThat(provenance.steps()).isEqualTo(30_000);
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
            right += classifier.classify(test.pixels(i)).digit() == test.label(i) ? 1 : 0;
        }
        assertThat(right).isGreaterThanOrEqualTo(9950);
        assertThat((double) right / test.size())
                .isEqualTo(classifier.card().provenance().testAccuracy());
    }

    @Test
    void everyFormOfInputGivesTheSameAnswer() {
        int right = 0;
        for (int i = 0; i < generated.size(); i++) {
            byte[] pixels = generated.pixels(i);
            float[] values = new float[784];
            float[] bytes = new float[784];
            for (int p = 0; p < 784; p++) {
                bytes[p] = pixels[p] & 0xFF;
                values[p] = bytes[p] / 255;
            }
            Prediction first = classifier.classify(pixels);
            INDArray array = Nd4j.create(bytes, new long[] {1, 784}, 'c');
            for (Prediction p :
                    List.of(
                            classifier.classify(values).get(0),
                            classifier.classify(array).get(0),
                            classifier.classify(array.reshape(1, 1, 28, 28)).get(0))) {
                assertThat(p.digit()).isEqualTo(first.digit());
                assertThat(p.probabilities())
                        .usingComparatorWithPrecision(1e-4f)
                        .containsExactly(first.probabilities());
            }
            assertThat(first.confidence()).isEqualTo(first.probabilities()[first.digit()]);
            right += first.digit() == generated.label(i) ? 1 : 0;
        }
        assertThat(right).isGreaterThan(270); // of 300 that nobody wrote
    }

    /** Of a batch oneDNN may multiply in another order: the last bits may differ, no more. */
    @Test
    void aBatchGivesTheAnswersOfItsImages() {
        List<byte[]> images = IntStream.range(0, 300).mapToObj(generated::pixels).toList();
        List<Prediction> together = classifier.classifyAll(images);
        assertThat(together).hasSize(300);
        for (int i = 0; i < 300; i++) {
            Prediction alone = classifier.classify(images.get(i));
            assertThat(together.get(i).digit()).isEqualTo(alone.digit());
            assertThat(together.get(i).isDigit()).isCloseTo(alone.isDigit(), within(1e-6f));
            assertThat(together.get(i).probabilities())
                    .usingComparatorWithPrecision(1e-6f)
                    .containsExactly(alone.probabilities());
        }
        assertThat(classifier.classifyAll(List.of())).isEmpty();
        assertThatThrownBy(() -> classifier.classifyAll(List.of(new byte[784], new byte[783])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("783 values");
    }

    @Test
    void imagesOfOneDigitAreClassified() throws IOException {
        int same = 0;
        for (int i = 0; i < 40; i++) {
            byte[] pixels = generated.pixels(i);
            var grey = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
            grey.getRaster().setDataElements(0, 0, 28, 28, pixels);
            Prediction expected = classifier.classify(pixels);
            assertThat(classifier.classify(grey).probabilities())
                    .isEqualTo(expected.probabilities());
            // the same as a large drawing in blue on white, from a file
            var drawing = new BufferedImage(300, 300, BufferedImage.TYPE_INT_RGB);
            for (int y = 0; y < 300; y++) {
                for (int x = 0; x < 300; x++) {
                    int ink =
                            x < 10 || y < 10 || x >= 290 || y >= 290
                                    ? 0
                                    : pixels[(y - 10) / 10 * 28 + (x - 10) / 10] & 0xFF;
                    drawing.setRGB(x, y, (255 - ink) << 16 | (255 - ink) << 8 | 255 - ink / 2);
                }
            }
            var png = new ByteArrayOutputStream();
            ImageIO.write(drawing, "png", png);
            int digit = classifier.classify(new ByteArrayInputStream(png.toByteArray())).digit();
            same += digit == expected.digit() ? 1 : 0;
        }
        assertThat(same).isGreaterThanOrEqualTo(36);
        assertThatThrownBy(
                        () ->
                                classifier.classify(
                                        new BufferedImage(50, 50, BufferedImage.TYPE_BYTE_GRAY)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no digit");
    }

    @Test
    void wrongInputIsRefused() {
        assertThatThrownBy(() -> classifier.classify(new byte[783]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("783 values");
        assertThatThrownBy(() -> classifier.classify(new float[785]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("785 values");
        float[] tooMuch = new float[784];
        tooMuch[5] = 255;
        assertThatThrownBy(() -> classifier.classify(tooMuch))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("255.0 at 5");
        assertThatThrownBy(() -> classifier.classify(Nd4j.zeros(2, 28, 28)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[2, 28, 28]");
        assertThatThrownBy(() -> classifier.read(new ByteArrayInputStream(new byte[] {1, 2, 3})))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not an image");
    }

    @Test
    void threadsShareOneInstance() throws Exception {
        var expected = new ArrayList<float[]>();
        for (int i = 0; i < 50; i++) {
            expected.add(classifier.classify(generated.pixels(i)).probabilities());
        }
        var pool = Executors.newFixedThreadPool(8);
        try {
            var tasks = new ArrayList<Callable<Void>>();
            for (int t = 0; t < 8; t++) {
                int offset = 7 * t;
                tasks.add(
                        () -> {
                            for (int i = 0; i < 200; i++) {
                                int k = (i + offset) % 50;
                                assertThat(classifier.classify(generated.pixels(k)).probabilities())
                                        .isEqualTo(expected.get(k));
                            }
                            return null;
                        });
            }
            for (Future<Void> done : pool.invokeAll(tasks)) {
                done.get();
            }
        } finally {
            pool.shutdownNow();
        }
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
            for (DigitClassifier.Reading r : classifier.read(photo.image())) {
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

    @Test
    void readsAnImageFile() throws IOException {
        ComposedPhoto photo = ComposedPhoto.of(generated, 7);
        var png = new ByteArrayOutputStream();
        ImageIO.write(photo.image(), "png", png);
        List<DigitClassifier.Reading> readings =
                classifier.read(new ByteArrayInputStream(png.toByteArray()));
        List<Integer> digits = readings.stream().map(r -> r.prediction().digit()).toList();
        List<Integer> drawn = photo.lines().stream().flatMap(List::stream).toList();
        assertThat(digits).hasSameSizeAs(drawn);
        long right =
                IntStream.range(0, drawn.size())
                        .filter(i -> digits.get(i).equals(drawn.get(i)))
                        .count();
        assertThat(right).isGreaterThanOrEqualTo(drawn.size() - 2);
        // the other ways to give the same image find the same at the same places
        for (List<DigitClassifier.Reading> other :
                List.of(classifier.read(png.toByteArray()), classifier.read(photo.image()))) {
            assertThat(other)
                    .usingRecursiveFieldByFieldElementComparator()
                    .containsExactlyElementsOf(readings);
        }
        for (DigitClassifier.Reading r : readings) {
            assertThat(r.pixels()).hasSize(784);
            assertThat(new Rectangle(photo.image().getWidth(), photo.image().getHeight()))
                    .matches(page -> page.contains(r.box()), "holds " + r.box());
            // what the network saw is what it answered to
            assertThat(classifier.classify(r.pixels()).digit()).isEqualTo(r.prediction().digit());
        }
    }
}
