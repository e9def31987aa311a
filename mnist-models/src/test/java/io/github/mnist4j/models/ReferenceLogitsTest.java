package io.github.mnist4j.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.mnist4j.onednn.OneDnn;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Ours against PyTorch's: src/test/python/reference_logits.py made the expected numbers. */
class ReferenceLogitsTest {
    private static final Map<String, String> DL4J_TO_PYTORCH =
            Map.of(
                    "W",
                    "weight",
                    "b",
                    "bias",
                    "gamma",
                    "weight",
                    "beta",
                    "bias",
                    "mean",
                    "running_mean",
                    "var",
                    "running_var");

    private static float value(long i, int salt, double scale) {
        long hash = (i * 2654435761L + salt * 40503L) & 0xFFFFFFFFL;
        return (float) ((2 * (hash / 4294967296.0) - 1) * scale);
    }

    static float[] values(int count, int salt, double centre, double scale) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (centre + value(i, salt, scale));
        }
        return values;
    }

    private static MultiLayerNetwork withTheScriptsWeights(String name) {
        var net = new MultiLayerNetwork(MnistModels.byName(name, MnistModels.Settings.DEFAULT));
        net.init();
        int salt = 0;
        for (int l = 0; l < net.getnLayers(); l++) {
            Map<String, INDArray> table = net.getLayer(l).paramTable();
            boolean norm = net.getLayer(l).conf().getLayer() instanceof BatchNormalization;
            for (String key : norm ? List.of("gamma", "beta", "mean", "var") : List.of("W", "b")) {
                INDArray to = table == null ? null : table.get(key);
                if (to == null) {
                    continue;
                }
                salt++;
                boolean weight = DL4J_TO_PYTORCH.get(key).equals("weight");
                if (norm) {
                    boolean aroundOne = weight || key.equals("var");
                    to.assign(
                            Nd4j.create(
                                    values((int) to.length(), salt, aroundOne ? 1 : 0, 0.3),
                                    to.shape(),
                                    'c'));
                } else if (!weight) {
                    to.assign(
                            Nd4j.create(values((int) to.length(), salt, 0, 0.1), to.shape(), 'c'));
                } else {
                    boolean dense = to.rank() == 2;
                    long out = dense ? to.size(1) : to.size(0);
                    float[] v =
                            values(
                                    (int) to.length(),
                                    salt,
                                    0,
                                    2 / Math.sqrt((double) to.length() / out));
                    // PyTorch's dense weights are [out, in], DL4J's [in, out]
                    to.assign(
                            dense
                                    ? Nd4j.create(v, new long[] {out, to.size(0)}, 'c').transpose()
                                    : Nd4j.create(v, to.shape(), 'c'));
                }
            }
        }
        return net;
    }

    static JsonNode reference(String name) throws Exception {
        try (var in = ReferenceLogitsTest.class.getResourceAsStream("/reference-logits.json")) {
            return new ObjectMapper().readTree(in).get(name);
        }
    }

    @ParameterizedTest
    @CsvSource({"mlp,false", "mlp,true", "cnn,false", "cnn,true"})
    void logitsAreThoseOfPyTorch(String name, boolean accelerated) throws Exception {
        MultiLayerNetwork net = withTheScriptsWeights(name);
        if (accelerated) {
            net = OneDnn.accelerate(net);
        }
        INDArray x = Nd4j.create(values(4 * 784, 99, 0, 1.5), new long[] {4, 1, 28, 28}, 'c');
        INDArray probabilities = net.output(x);
        JsonNode logits = reference(name).get("logits");
        List<INDArray> activations = net.feedForward(x);
        INDArray beforeOutput = activations.get(activations.size() - 2);
        INDArray ours =
                beforeOutput
                        .mmul(net.getOutputLayer().getParam("W"))
                        .addRowVector(net.getOutputLayer().getParam("b"));
        for (int i = 0; i < 4; i++) {
            double sum = 0;
            for (int c = 0; c < 10; c++) {
                sum += Math.exp(logits.get(i).get(c).asDouble());
                assertThat(ours.getDouble(i, c))
                        .isCloseTo(logits.get(i).get(c).asDouble(), within(1e-4));
            }
            for (int c = 0; c < 10; c++) {
                assertThat(probabilities.getDouble(i, c))
                        .isCloseTo(Math.exp(logits.get(i).get(c).asDouble()) / sum, within(1e-5));
            }
        }
        assertThat(net.output(x.reshape('c', 4, 784))).isEqualTo(probabilities);
    }

    @Test
    void haveTheReferenceNetworksNumberOfParameters() throws Exception {
        var mlp = new MultiLayerNetwork(MnistModels.mlp());
        mlp.init();
        assertThat(mlp.numParams())
                .isEqualTo(535_818)
                .isEqualTo(reference("mlp").get("parameters").asLong());
        var cnn = new MultiLayerNetwork(MnistModels.cnn());
        cnn.init();
        // DL4J counts the running mean and variance of 32 + 32 + 64 + 64 + 512 channels
        assertThat(cnn.numParams())
                .isEqualTo(1_679_082)
                .isEqualTo(reference("cnn").get("parameters").asLong() + 1408);
    }

    @Test
    void refusesAnUnknownName() {
        assertThatThrownBy(() -> MnistModels.byName("resnet", MnistModels.Settings.DEFAULT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("resnet")
                .hasMessageContaining("mlp, cnn");
    }
}
