package io.github.mnist4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.mnist4j.data.augment.Augmentation;
import io.github.mnist4j.data.augment.DigitTransform;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.data.synthetic.DigitGenerator;
import io.github.mnist4j.testkit.SharedData;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.bytedeco.javacv.OpenCVFrameConverter;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Point2f;
import org.datavec.image.data.ImageWritable;
import org.datavec.image.transform.FlipImageTransform;
import org.datavec.image.transform.ImageTransform;
import org.datavec.image.transform.PipelineImageTransform;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

class DigitIteratorTest {
    private final DigitSet digits = new DigitGenerator(5).generate(103);

    private static List<DataSet> epoch(DigitIterator batches, int epoch) {
        batches.startEpoch(epoch);
        var all = new ArrayList<DataSet>();
        while (batches.hasNext()) {
            all.add(batches.next());
        }
        return all;
    }

    @Test
    void normalizesByteByByteAndKeepsTheOrderOfTheSet() {
        var batches = DigitIterator.builder(digits).setBatchSize(20).build();
        List<DataSet> all = epoch(batches, 0);
        assertThat(all).hasSize(6).hasSize(batches.batches());
        assertThat(all.get(5).numExamples()).isEqualTo(3);
        assertThat(all.get(0).getFeatures().shape()).containsExactly(20, 1, 28, 28);
        for (int i = 0; i < digits.size(); i++) {
            DataSet batch = all.get(i / 20);
            byte[] p = digits.pixels(i);
            for (int k = 0; k < 784; k += 5) {
                double expected = ((p[k] & 0xFF) / 255.0 - 0.1307) / 0.3081;
                assertThat(batch.getFeatures().getDouble(i % 20, 0, k / 28, k % 28))
                        .isCloseTo(expected, within(1e-6));
            }
            assertThat(batch.getLabels().sumNumber().intValue()).isEqualTo(batch.numExamples());
            assertThat(batch.getLabels().getDouble(i % 20, digits.label(i))).isEqualTo(1);
        }
        assertThatThrownBy(batches::next).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void everyEpochHasItsOwnOrderWhateverCameBefore() {
        var a = DigitIterator.builder(digits).setBatchSize(10).optShuffle(3).build();
        var b = DigitIterator.builder(digits).setBatchSize(10).optShuffle(3).build();
        List<DataSet> second = epoch(a, 1);
        b.next();
        b.next(); // in the middle of an epoch, with batches made ahead
        assertThat(epoch(b, 1)).isEqualTo(second);
        assertThat(epoch(b, 2)).isNotEqualTo(second);
        var other = DigitIterator.builder(digits).setBatchSize(10).optShuffle(4).build();
        assertThat(epoch(other, 1)).isNotEqualTo(second);
        a.startEpoch(0);
        a.reset();
        assertThat(a.next()).isEqualTo(second.get(0));
    }

    @Test
    void shuffledEpochsShowEveryImageOnce() {
        var batches = DigitIterator.builder(digits).setBatchSize(10).optShuffle(3).build();
        var seen = new HashSet<INDArray>();
        int count = 0;
        for (DataSet batch : epoch(batches, 0)) {
            for (int i = 0; i < batch.numExamples(); i++) {
                seen.add(batch.getFeatures().slice(i).dup());
                count++;
            }
        }
        assertThat(count).isEqualTo(103);
        assertThat(seen).hasSize(103);
    }

    @Test
    void variantsDependOnSeedEpochAndImageNotOnBatches() {
        var rotation = Augmentation.NONE.withRotation(10).transform();
        var small = DigitIterator.builder(digits).setBatchSize(7).optAugmentation(rotation).build();
        var large =
                DigitIterator.builder(digits).setBatchSize(103).optAugmentation(rotation).build();
        INDArray whole = epoch(large, 4).get(0).getFeatures();
        int at = 0;
        for (DataSet batch : epoch(small, 4)) {
            for (int i = 0; i < batch.numExamples(); i++) {
                assertThat(batch.getFeatures().slice(i)).isEqualTo(whole.slice(at++));
            }
        }
        assertThat(epoch(large, 5).get(0).getFeatures()).isNotEqualTo(whole);
    }

    @Test
    void takesAnyOfDataVecsTransforms() {
        ImageTransform flip = new PipelineImageTransform(new FlipImageTransform(1));
        var batches = DigitIterator.builder(digits).setBatchSize(103).optAugmentation(flip).build();
        var plain = DigitIterator.builder(digits).setBatchSize(103).build();
        INDArray flipped = batches.next().getFeatures();
        INDArray original = plain.next().getFeatures();
        for (int column = 0; column < 28; column++) {
            assertThat(flipped.getDouble(9, 0, 14, column))
                    .isEqualTo(original.getDouble(9, 0, 14, 27 - column));
        }
    }

    @Test
    void refusesAnAugmentationThatChangesTheSize() {
        var batches =
                DigitIterator.builder(digits)
                        .setBatchSize(5)
                        .optAugmentation(
                                new org.datavec.image.transform.ResizeImageTransform(14, 14))
                        .build();
        assertThatThrownBy(batches::next)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("14x14");
    }

    @Test
    void refusesSettingsThatMakeNoBatches() {
        assertThatThrownBy(() -> DigitIterator.builder(digits).build())
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DigitIterator.builder(digits).setBatchSize(-1).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
        assertThatThrownBy(() -> DigitIterator.builder(digits.first(0)).setBatchSize(1).build())
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void normalizationIsTheOneThatDl4jWouldRestore() {
        Normalization n = Normalization.of(digits);
        INDArray pixels =
                Nd4j.arange(0, 256)
                        .reshape(1, 256)
                        .castTo(org.nd4j.linalg.api.buffer.DataType.FLOAT);
        INDArray scaled = pixels.dup();
        n.toDl4j().transform(scaled);
        float[] table = n.table();
        for (int v = 0; v < 256; v++) {
            assertThat(scaled.getFloat(0, v)).isCloseTo(table[v], within(1e-5f));
        }
        Normalization back = Normalization.from(n.toDl4j());
        assertThat(back.mean()).isCloseTo(n.mean(), within(1e-12));
        assertThat(back.standardDeviation()).isCloseTo(n.standardDeviation(), within(1e-12));
    }

    @Test
    void meanAndDeviationOfAKnownSet() {
        DigitSet half = DigitSet.of(1, 2, new byte[] {0, (byte) 255}, new byte[] {1});
        assertThat(Normalization.of(half)).isEqualTo(new Normalization(0.5, 0.5));
        Normalization real = Normalization.of(real());
        // the figures of every tutorial, to their four digits
        assertThat(real.mean()).isCloseTo(0.1307, within(5e-5));
        assertThat(real.standardDeviation()).isCloseTo(0.3081, within(5e-5));
    }

    private static DigitSet real() {
        try {
            return DatasetLoader.builder()
                    .optFolder(SharedData.mnist())
                    .build()
                    .load(DatasetLoader.Dataset.MNIST)
                    .train();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The same rotation by OpenCV, which draws nothing of ours. */
    @Test
    void rotatesAsOpenCvDoes() {
        for (double draw : new double[] {0, 0.25, 0.5, 0.9}) {
            byte[] from = digits.pixels(17);
            byte[] ours = new byte[784];
            Augmentation.NONE.withRotation(30).transform().apply(from, ours, 28, 28, fixed(draw));
            var converter = new OpenCVFrameConverter.ToMat();
            ImageWritable image = DigitTransform.toWritable(from, 28, 28);
            Mat source = converter.convert(image.getFrame());
            Mat turned = new Mat();
            Mat matrix =
                    opencv_imgproc.getRotationMatrix2D(
                            new Point2f(13.5f, 13.5f), (2 * draw - 1) * 30, 1);
            opencv_imgproc.warpAffine(source, turned, matrix, source.size());
            byte[] theirs = DigitTransform.bytes(new ImageWritable(converter.convert(turned)));
            // OpenCV knows the addresses only: to the garbage collector these were done with before
            Reference.reachabilityFence(image);
            Reference.reachabilityFence(turned);
            for (int i = 0; i < 784; i++) {
                // OpenCV interpolates at 32 positions between pixels
                assertThat(ours[i] & 0xFF)
                        .as("draw %s, pixel %d", draw, i)
                        .isCloseTo(theirs[i] & 0xFF, within(9));
            }
        }
    }

    private static RandomGenerator fixed(double value) {
        return new RandomGenerator() {
            @Override
            public long nextLong() {
                return 0;
            }

            @Override
            public double nextDouble() {
                return value;
            }
        };
    }

    @Test
    void aTransformOfOursIsOneOfDataVecs() {
        byte[] from = digits.pixels(3);
        ImageTransform transform = Augmentation.NONE.withRotation(20).transform();
        ImageWritable turned =
                transform.transform(DigitTransform.toWritable(from, 28, 28), new Random(9));
        byte[] direct = new byte[784];
        Augmentation.NONE.withRotation(20).transform().apply(from, direct, 28, 28, new Random(9));
        assertThat(DigitTransform.bytes(turned)).isEqualTo(direct).isNotEqualTo(from);
        assertThat(transform.getCurrentImage()).isSameAs(turned);
        assertThat(
                        DigitTransform.bytes(
                                transform.transform(DigitTransform.toWritable(from, 28, 28), null)))
                .isEqualTo(from);
    }

    @Test
    void noRotationChangesNothing() {
        byte[] from = digits.pixels(3);
        byte[] to = new byte[784];
        Augmentation.NONE.withRotation(0).transform().apply(from, to, 28, 28, new Random(1));
        assertThat(to).isEqualTo(from);
    }
}
