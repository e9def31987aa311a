package io.github.mnist4j.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Networks drawn from DL4J's whole catalogue: each gives DL4J's results after several steps and by
 * every public method, or has stepped aside and gives them all the more.
 */
class DrawnNetworksTest {
    /** Of the largest value of an answer: rounding, of sums in another order. */
    private static final double ROUNDING = 5e-4;

    @BeforeAll
    static void needsOneDnn() {
        TestNetworks.assumeOneDnn();
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES) // for loaded machines; alone it takes seconds
    void aFewGiveDl4jsResults() {
        draw(1, 200);
    }

    @Test
    @Tag("long")
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void manyGiveDl4jsResults() {
        draw(1000, 4000);
    }

    private enum Outcome {
        REFUSED_BY_DL4J,
        FAILED_IN_DL4J,
        STEPPED_ASIDE,
        ACCELERATED
    }

    private static void draw(int first, int count) {
        Map<Outcome, Integer> outcomes = new LinkedHashMap<>();
        Map<String, Integer> reasons = new LinkedHashMap<>();
        List<String> failures = new ArrayList<>();
        int networks = 0;
        for (int seed = first; networks < count; seed++) {
            Outcome outcome;
            try {
                outcome = one(seed, reasons);
            } catch (AssertionError e) {
                failures.add(e.getMessage());
                outcome = Outcome.ACCELERATED;
            }
            outcomes.merge(outcome, 1, Integer::sum);
            networks += outcome == Outcome.REFUSED_BY_DL4J ? 0 : 1;
        }
        System.out.println("drawn: " + outcomes + " " + reasons);
        assertThat(failures.stream().limit(20)).isEmpty();
        // neither half of the property is vacuous
        assertThat(outcomes.get(Outcome.ACCELERATED)).as("%s", outcomes).isGreaterThan(count / 3);
        assertThat(outcomes.get(Outcome.STEPPED_ASIDE)).as("%s", outcomes).isGreaterThan(count / 6);
    }

    private static Outcome one(int seed, Map<String, Integer> reasons) {
        DrawnNetwork drawn;
        MultiLayerNetwork plain;
        try {
            drawn = new DrawnNetwork(seed, seed % 2 == 0 ? 0 : 0.3);
            plain = new MultiLayerNetwork(drawn.configuration);
            plain.init();
            plain.clone(); // DL4J 1.0.0-M2.1 cannot make AdaBelief's updater
        } catch (Exception e) {
            return Outcome.REFUSED_BY_DL4J;
        }
        var twins = new Twins(plain, ROUNDING);
        try {
            return compare(drawn, twins, reasons);
        } catch (Throwable e) {
            throw new AssertionError(
                    "network "
                            + seed
                            + ", "
                            + twins.fast.reasonNotAccelerated().orElse("accelerated")
                            + ": "
                            + e
                            + " of "
                            + layers(drawn),
                    e);
        }
    }

    private static String layers(DrawnNetwork drawn) {
        return drawn.configuration.getConfs().stream()
                .map(c -> c.getLayer().toString())
                .collect(Collectors.joining("\n  ", "\n  ", ""));
    }

    private static Outcome compare(DrawnNetwork drawn, Twins twins, Map<String, Integer> reasons) {
        INDArray x = drawn.features;
        INDArray y = drawn.labels;
        try {
            Nd4j.getRandom().setSeed(1);
            MultiLayerNetwork first = twins.plain.clone();
            first.output(x.dup());
            first.fit(x.dup(), y);
        } catch (Exception e) {
            Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
            if (twins.fast.isAccelerated()) {
                return Outcome.FAILED_IN_DL4J; // a fault of one of its operations
            }
            twins.fit(x, y); // fails in the same way
            return Outcome.FAILED_IN_DL4J;
        }
        twins.agree("output", net -> net.output(x.dup())); // finds out about the shape
        boolean accelerated = twins.fast.isAccelerated();
        boolean comparable = !accelerated || !drawn.dropsOut;
        for (int step = 0; step < 3; step++) {
            if (comparable) {
                twins.step(x, y, drawn.adaptive);
            } else {
                twins.fast.fit(x.dup(), y); // by masks of its own
                twins.plain.fit(x.dup(), y);
                twins.toPlain();
            }
        }
        assertThat(twins.fast.getIterationCount()).isEqualTo(twins.plain.getIterationCount());
        twins.agreeOnEverything(x, y, comparable);
        assertThat(twins.fast.isAccelerated()).isEqualTo(accelerated);
        if (!accelerated) {
            reasons.merge(
                    twins.fast
                            .reasonNotAccelerated()
                            .orElseThrow()
                            .replaceAll("layer \\d+", "layer"),
                    1,
                    Integer::sum);
            assertThat(twins.fast.passes()).isZero();
            return Outcome.STEPPED_ASIDE;
        }
        assertThat(twins.fast.passes()).isGreaterThan(6);
        return Outcome.ACCELERATED;
    }
}
