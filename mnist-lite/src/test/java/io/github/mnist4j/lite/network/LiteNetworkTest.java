package io.github.mnist4j.lite.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The forward pass against the definitions, and the files it comes from. */
class LiteNetworkTest {
    @TempDir Path folder;

    static LiteNetwork load(byte[] file) throws IOException {
        return LiteNetwork.load(new ByteArrayInputStream(file));
    }

    private static float[] images(int n) {
        var random = new Random(5);
        float[] images = new float[n * 784];
        for (int i = 0; i < images.length; i++) {
            images[i] = random.nextInt(4) == 0 ? random.nextFloat() : 0;
        }
        return images;
    }

    private static void assertAsDefined(WrittenNetwork written, int outputs) throws IOException {
        LiteNetwork network = load(written.bytes());
        assertThat(network.outputs()).isEqualTo(outputs);
        float[] images = images(7); // a group of four, then one of three
        float[] all = network.output(images);
        for (int i = 0; i < 7; i++) {
            double[] expected = written.expected(images, i);
            float[] one = network.output(Arrays.copyOfRange(images, 784 * i, 784 * (i + 1)));
            for (int c = 0; c < outputs; c++) {
                assertThat((double) one[c]).isCloseTo(expected[c], within(1e-5));
            }
            assertThat(one).isEqualTo(Arrays.copyOfRange(all, i * outputs, (i + 1) * outputs));
        }
        assertThat(network.output(images, 3)).isEqualTo(all);
    }

    /** Each activation in a convolution, one before pooling and a dense layer. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6})
    void computesEveryActivation(int activation) throws IOException {
        assertAsDefined(
                new WrittenNetwork(activation, 11)
                        .convolution(3, 3, activation, 0.1f, 0)
                        .convolution(3, 2, activation, -0.3f, 0)
                        .pooling()
                        .dense(9, activation, 1, 0)
                        .dense(11, 0, 0, 0),
                11);
    }

    /** Even ones too, and of different sizes behind each other. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 5, 7, 11})
    void computesEveryKernel(int kernel) throws IOException {
        assertAsDefined(
                new WrittenNetwork(kernel, 10)
                        .convolution(kernel, 5, 1, 0, 0)
                        .pooling()
                        .convolution(3, 2, 4, 0, 0)
                        .convolution(kernel, 3, 1, 0, 0)
                        .pooling()
                        .convolution(kernel, 2, 1, 0, 0)
                        .pooling()
                        .convolution(kernel, 2, 1, 0, 0)
                        .pooling()
                        .convolution(kernel, 4, 1, 0, 0)
                        .dense(10, 0, 0, 0),
                10);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void readsEveryTypeOfWeights(int type) throws IOException {
        assertAsDefined(
                new WrittenNetwork(type, 10)
                        .convolution(3, 6, 5, 0, type)
                        .pooling()
                        .dense(7, 5, 0, type)
                        .dense(10, 0, 0, type),
                10);
        assertAsDefined(
                new WrittenNetwork(type, 11).dense(33, 5, 0, type).dense(11, 0, 0, type), 11);
    }

    /** Too many values between its layers to put four images side by side. */
    @Test
    void computesAWideNetworkImageByImage() throws IOException {
        assertAsDefined(
                new WrittenNetwork(3, 10).convolution(1, 400, 1, 0, 0).pooling().dense(10, 0, 0, 0),
                10);
    }

    @Test
    void sayWhatTheFileSays() throws IOException {
        LiteCard card = load(new WrittenNetwork(1, 11).dense(11, 0, 0, 0).bytes()).card();
        assertThat(card.model()).isEqualTo("drawn");
        assertThat(card.threshold()).isEqualTo(0.75);
        assertThat(card.accuracy()).isNaN();
        assertThat(card.labels()).hasSize(11).endsWith("9", "none");
        assertThat(card.more()).containsEntry("license", "Apache-2.0");
    }

    /** Of ten outputs: certainty 0.5 means that half of it is "not a digit". */
    @Test
    void aNetworkOfTenOutputsIsUnsureWhetherThereIsADigit() throws IOException {
        LiteNetwork network = load(new WrittenNetwork(1, 10).dense(10, 0, 0, 0).bytes());
        float[] images = images(2);
        float[] ten = network.output(images);
        float[] eleven = network.recognize(images);
        assertThat(eleven).hasSize(22);
        for (int i = 0; i < 2; i++) {
            float best = 0;
            for (int c = 0; c < 10; c++) {
                best = Math.max(best, ten[10 * i + c]);
            }
            assertThat(eleven[11 * i + 10]).isEqualTo(1 - best);
            assertThat(eleven[11 * i + 3]).isEqualTo(ten[10 * i + 3] * best);
        }
    }

    @Test
    void refusesOtherLengths() throws IOException {
        LiteNetwork network = load(new WrittenNetwork(1, 10).dense(10, 0, 0, 0).bytes());
        assertThat(network.output(new float[0])).isEmpty();
        assertThat(network.output(new float[0], 4)).isEmpty();
        assertThatThrownBy(() -> network.output(new float[785]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("785 values, a multiple of 784 expected");
        assertThatThrownBy(() -> network.output(new float[784], 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threads is 0, 1 or more expected");
    }

    @Test
    void threadsShareOne() throws Exception {
        LiteNetwork network =
                load(
                        new WrittenNetwork(8, 11)
                                .convolution(3, 4, 1, 0, 0)
                                .pooling()
                                .dense(11, 0, 0, 0)
                                .bytes());
        float[] images = images(50);
        float[] expected = network.output(images);
        var pool = Executors.newFixedThreadPool(8);
        try {
            List<Callable<float[]>> calls = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int n = 1 + i % 50;
                calls.add(() -> network.output(Arrays.copyOf(images, 784 * n), 1 + n % 3));
            }
            int i = 0;
            for (Future<float[]> answer : pool.invokeAll(calls)) {
                int n = 1 + i++ % 50;
                assertThat(answer.get()).isEqualTo(Arrays.copyOf(expected, 11 * n));
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private static byte[] whole() {
        return new WrittenNetwork(2, 11)
                .convolution(3, 2, 1, 0, 2)
                .pooling()
                .dense(4, 2, 0.01f, 1)
                .dense(11, 0, 0, 0)
                .bytes();
    }

    private void assertRefused(byte[] file, String why) throws IOException {
        Path path = Files.write(folder.resolve("model.bin"), file);
        assertThatThrownBy(() -> LiteNetwork.load(path))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage(path + " is not a network of mnist-lite: " + why);
    }

    private static byte[] with(int at, int... bytes) {
        byte[] file = whole();
        for (int b : bytes) {
            file[at++] = (byte) b;
        }
        return file;
    }

    @Test
    void refusesWhatIsNotAFileOfItsKind() throws IOException {
        assertRefused(new byte[0], "it is shorter than a header");
        assertRefused(with(0, 'P', 'K'), "it does not begin with \"M4JL\"");
        assertRefused(with(4, 2), "it is of format 2, this program reads format 1");
        assertRefused(with(40, 1, 2, 3), "its checksum is wrong: it is damaged");
        assertRefused(Arrays.copyOf(whole(), 300), "its length is not what it states");
        assertRefused(
                Arrays.copyOf(whole(), whole().length + 1), "its length is not what it states");
        assertRefused(
                with(8, 0xFF, 0xFF, 0xFF, 0x7F),
                "the length it states is not one of a network, at most 256 MB");
        assertThatThrownBy(() -> LiteNetwork.load(folder))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("no network at " + folder + ": it is a folder");
        assertThatThrownBy(() -> LiteNetwork.load(folder.resolve("none")))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("no network at " + folder.resolve("none"));
    }

    private static WrittenNetwork drawn() {
        return new WrittenNetwork(2, 10);
    }

    @Test
    void refusesLayersThatDoNotFit() throws IOException {
        assertRefused(drawn().convolution(3, 2, 1, 0, 0).bytes(), "it has no dense layer");
        assertRefused(
                drawn().pooling().dense(10, 0, 0, 0).bytes(),
                "layer 0 is pooling where there cannot be one");
        assertRefused(
                drawn().convolution(3, 1, 1, 0, 0).pooling().pooling().dense(10, 0, 0, 0).bytes(),
                "layer 2 is pooling where there cannot be one");
        assertRefused(
                drawn().dense(10, 0, 0, 0).convolution(3, 1, 1, 0, 0).bytes(),
                "layer 1 is of an unknown kind, or in the wrong place");
        assertRefused(
                drawn().dense(10, 1, 0, 0).bytes(), "layer 0, the last one, has an activation");
        assertRefused(drawn().dense(9, 0, 0, 0).bytes(), "it has not as many outputs as labels");
        assertRefused(
                drawn().convolution(12, 1, 0, 0, 0).dense(10, 0, 0, 0).bytes(),
                "layer 0 has a kernel that is not 1 to 11 pixels wide");
        assertRefused(
                drawn().convolution(1, 1, 7, 0, 0).dense(10, 0, 0, 0).bytes(),
                "layer 0 has an unknown activation");
        assertRefused(
                drawn().convolution(1, 1, 2, Float.NaN, 0).dense(10, 0, 0, 0).bytes(),
                "layer 0: alpha is not a number, or far too large");
        var more = drawn().dense(10, 0, 0, 0);
        more.putByte(0);
        assertRefused(more.bytes(), "it has more than its layers");
    }

    /** It says that it has 8192 outputs of 784 weights each, and ends there. */
    @Test
    void takesNoMemoryForWhatIsNotThere() throws IOException {
        var cut = drawn();
        cut.putByte(3);
        cut.putShort(8192);
        cut.putByte(0);
        cut.putFloat(0);
        cut.putByte(0);
        byte[] file = cut.bytes();
        file[6] = 1; // layers
        assertRefused(
                WrittenNetwork.resealed(file), "it ends in the middle of a layer or of its card");
    }

    @Test
    void refusesWeightsThatAreNotNumbers() throws IOException {
        byte[] file = new WrittenNetwork(2, 10).dense(10, 0, 0, 0).bytes();
        ByteBuffer.wrap(file)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(file.length - 4 - 40 - 400, Float.NaN);
        assertRefused(
                WrittenNetwork.resealed(file),
                "layer 0 has a weight that is not a number, or far too large");
    }

    /** Finite weights whose answers are not. */
    @Test
    void refusesAnswersThatAreNotNumbers() throws IOException {
        byte[] file = new WrittenNetwork(2, 10).dense(10, 0, 0, 0).dense(10, 0, 0, 0).bytes();
        var floats = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 1; i <= 100; i++) {
            floats.putFloat(file.length - 4 - 40 - 4 * i, i % 3 == 0 ? 1e30f : -1e30f);
        }
        int before = file.length - 4 - 440 - 9 - 40; // the weights of the layer before
        for (int i = 1; i <= 7840; i++) {
            floats.putFloat(before - 4 * i, 1e10f);
        }
        assertRefused(WrittenNetwork.resealed(file), "its answers are not numbers");
    }

    /** With the right checksum, so that what is behind it is reached. */
    @Test
    void mutantsAreReadOrRefused() {
        byte[] whole = whole();
        var random = new Random(11);
        int read = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] file = whole.clone();
            int changes = 1 + random.nextInt(3);
            for (int c = 0; c < changes; c++) {
                // mostly where the numbers are that decide
                int at = random.nextInt(random.nextBoolean() ? 200 : file.length);
                file[at] = (byte) (random.nextBoolean() ? random.nextInt() : file[at] + 1);
            }
            if (random.nextInt(10) == 0) {
                file = Arrays.copyOf(file, 16 + random.nextInt(file.length));
                ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(8, file.length);
            }
            try {
                load(WrittenNetwork.resealed(file));
                read++;
            } catch (IOException e) {
                assertThat(e.getMessage())
                        .startsWith("the stream is not a network of mnist-lite: ");
                assertThat(e.getMessage()).doesNotContain("\n").hasSizeLessThan(200);
            }
        }
        assertThat(read).isBetween(1000, 19_000);
    }
}
