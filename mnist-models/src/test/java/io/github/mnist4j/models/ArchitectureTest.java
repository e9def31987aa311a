package io.github.mnist4j.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.onednn.OneDnn;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ArchitectureTest {
    private static MultiLayerNetwork network(String description) {
        var net =
                new MultiLayerNetwork(
                        MnistModels.byName(description, MnistModels.Settings.DEFAULT));
        net.init();
        return net;
    }

    /** Counted by hand: inputs x outputs + outputs; a batch norm has 4 a channel. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mlp | 535818",
                "mlp:dense= | 7850", // 784 x 10 + 10
                "mlp:dense=32 | 25450", // 784 x 32 + 32, 32 x 10 + 10
                "mlp:dense=32:batchnorm=true | 25578", // and 4 x 32
                "cnn | 1679082",
                "cnn-small | 469098",
                "cnn:dense=128 | 469098",
                // 5 x 5 x 4 + 4, 5 x 5 x 4 x 8 + 8; 7 x 7 x 8 x 10 + 10
                "cnn:channels=4,8:convolutions=1:kernel=5:dense=:batchnorm=false | 4842",
                // 28 > 14 > 7 > 3 > 1: four blocks leave one pixel of 2 channels
                "cnn:channels=2,2,2,2:convolutions=1:dense=:batchnorm=false | 164",
                // 25 x 16, 9 x 16 x 32, 9 x 32 x 48, 4 a channel; 7 x 7 x 48 x 10 + 10
                "cnn:layers=conv5s2-16,conv3s2-32,conv3-48 | 42746",
                // 4 + 4, 9 x 4 x 4 + 4, 4 x 16 + 16, 16 x 10 + 10
                "cnn:layers=conv1s2-4,pool,conv3v-4,poolsame,gap,dense-16:batchnorm=false | 406"
            })
    void hasTheLayersThatAreDescribed(String description, long parameters) {
        MultiLayerNetwork net = network(description);
        assertThat(net.numParams()).isEqualTo(parameters);
        assertThat(net.output(Nd4j.rand(2, 1, 28, 28)).shape()).containsExactly(2, 10);
    }

    @ParameterizedTest
    @FieldSource("io.github.mnist4j.models.Architecture#ACTIVATIONS")
    void oneDnnComputesEveryActivation(String activation) {
        MultiLayerNetwork own = network("mlp:dense=16,8:batchnorm=true:activation=" + activation);
        INDArray images = Nd4j.rand(3, 1, 28, 28);
        INDArray expected = own.output(images);
        assertThat(OneDnn.accelerate(own).output(images).equalsWithEps(expected, 1e-5)).isTrue();
    }

    @Test
    void oneDnnComputesLayersOneByOne() {
        MultiLayerNetwork own =
                network(
                        "cnn:layers=conv5s2-6,conv3-8,pool,conv3v-10,poolsame,conv1-12,gap,dense-9");
        INDArray images = Nd4j.rand(3, 1, 28, 28);
        MultiLayerNetwork fast = OneDnn.accelerate(own.clone());
        assertThat(fast).isNotExactlyInstanceOf(MultiLayerNetwork.class);
        assertThat(fast.output(images).equalsWithEps(own.output(images), 1e-5)).isTrue();
    }

    @Test
    void isWrittenAsItIsRead() {
        for (String description :
                List.of(
                        "mlp",
                        "mlp:dense=64,64:activation=tanh:batchnorm=true",
                        "mlp:dense=",
                        "cnn:channels=8:convolutions=1:kernel=5",
                        "cnn:layers=conv5s2-16,conv3v-8,pool,poolsame,gap,dense-12:activation=elu")) {
            assertThat(Architecture.parse(description)).hasToString(description);
        }
        // what does not differ is not said
        assertThat(Architecture.parse("mlp:activation=relu:dense=512,256")).hasToString("mlp");
        assertThat(Architecture.parse("cnn").withDense(Arrays.asList(7, 9)))
                .hasToString("cnn:dense=7,9");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mpl | unknown model 'mpl', one of mlp, cnn, cnn-small expected",
                "mlp:dense | 'dense' in model 'mlp:dense', key=value expected",
                "mlp:width=3 | unknown key 'width'",
                "mlp:dense=3,x | dense is 'x', a whole number expected",
                "mlp:dense=0 | dense is 0, 1 to 8192 expected",
                "mlp:activation=gelu | unknown activation 'gelu', one of relu, leakyrelu",
                "mlp:batchnorm=yes | batchnorm is 'yes', true or false expected",
                "mlp:channels=3 | convolutions in a cnn and none in an mlp",
                "cnn:channels= | convolutions in a cnn and none in an mlp",
                "cnn:channels=1,1,1,1,1 | 5 blocks of convolutions, at most 4 expected",
                "cnn:kernel=12 | kernel is 12, 1 to 11 expected",
                "mlp:layers=dense-3 | convolutions in a cnn and none in an mlp",
                "cnn:layers= | layer '', one like conv3-32",
                "cnn:layers=conv3 | layer 'conv3', one like conv3-32",
                "cnn:layers=conv3-0 | channels is 0, 1 to 1024 expected",
                "cnn:layers=conv3s5-2 | stride is 5, 1 to 4 expected",
                "cnn:layers=conv4-2 | kernel is 4, odd or without padding expected",
                "cnn:layers=gap,conv3-2 | conv3-2 on a vector, a larger image expected",
                "cnn:layers=gap,gap | gap on a vector, an image expected",
                "cnn:layers=dense-2,pool | pool on a vector, a larger image expected",
                "cnn:layers=pool,pool,pool,conv5v-2 | conv5v-2 on an image of 3x3, a larger image",
                "cnn:layers=pool,pool,pool,pool,pool | pool on an image of 1x1, a larger image",
                "cnn:layers=dense-99999 | layer 'dense-99999', one like conv3-32",
                "cnn:layers=conv3-2:kernel=5 | 'kernel' beside layers in model",
                "cnn:layers=conv3-2:dense=5 | 'dense' beside layers in model"
            })
    void saysWhatIsWrong(String description, String message) {
        assertThatThrownBy(() -> Architecture.parse(description))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Property
    void anythingThatIsDescribedIsReadBack(
            @ForAll @Size(max = 4) List<@IntRange(min = 1, max = 1024) Integer> channels,
            @ForAll @IntRange(min = 1, max = 4) int convolutions,
            @ForAll @IntRange(min = 1, max = 11) int kernel,
            @ForAll @Size(max = 8) List<@IntRange(min = 1, max = 8192) Integer> dense,
            @ForAll boolean batchNorm) {
        Architecture a =
                Architecture.parse(channels.isEmpty() ? "mlp" : "cnn")
                        .withChannels(channels)
                        .withConvolutions(convolutions)
                        .withKernel(kernel)
                        .withDense(dense)
                        .withActivation("tanh")
                        .withBatchNorm(batchNorm);
        assertThat(Architecture.parse(a.toString())).isEqualTo(a);
    }

    @Property
    void anyOtherTextIsAnError(
            @ForAll @Chars({'m', 'l', 'p', ':', '=', ',', '1', ' '}) String text) {
        try {
            assertThat(Architecture.parse(text).toString()).startsWith("mlp");
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageContaining("expected");
        }
    }
}
