package io.github.mnist4j.tune;

import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.util.Locale;
import org.bytedeco.javacpp.Pointer;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.jspecify.annotations.Nullable;

/** How much memory a plan's network takes, estimated before any of it is allocated. */
final class TrialSize {
    private static final double GIB = 1L << 30;

    private TrialSize() {}

    /**
     * @param parallel how many trials share the memory
     * @return why this machine cannot train the plan; null if it can
     */
    static @Nullable String problem(TrainingPlan plan, int parallel) {
        long physical = Pointer.totalPhysicalBytes();
        long most = Pointer.maxBytes() > 0 ? Math.min(Pointer.maxBytes(), physical) : physical;
        return problem(plan, parallel, most);
    }

    /**
     * @param available bytes of native memory; 0 or less if unknown
     */
    static @Nullable String problem(TrainingPlan plan, int parallel, long available) {
        long parameters = parameters(plan);
        // weights, gradients, the best epoch's weights, an average, and the optimizer's state
        int copies =
                3
                        + (plan.average().equals("none") ? 0 : 1)
                        + switch (plan.optimizer()) {
                            case "sgd" -> 0;
                            case "nesterov", "rmsprop" -> 1;
                            case "amsgrad" -> 3;
                            default -> 2;
                        };
        double needed = (double) parameters * Float.BYTES * copies;
        return available <= 0 || needed * parallel <= available
                ? null
                : String.format(
                        Locale.ROOT,
                        "its network has %,d parameters and takes %.1f GiB to train%s; %.1f GiB are available",
                        parameters,
                        needed / GIB,
                        parallel == 1 ? "" : ", " + parallel + " of them at a time",
                        available / GIB);
    }

    static long parameters(TrainingPlan plan) {
        MultiLayerConfiguration network =
                MnistModels.byName(plan.model(), MnistModels.Settings.DEFAULT);
        return network.getConfs().stream()
                .mapToLong(layer -> layer.getLayer().initializer().numParams(layer))
                .sum();
    }
}
