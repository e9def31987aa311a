package io.github.mnist4j.tune;

import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.util.Locale;
import org.bytedeco.javacpp.Pointer;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.jspecify.annotations.Nullable;

/** What a plan's network takes of memory, before anything of it is made. */
final class TrialSize {
    private static final double GIB = 1L << 30;

    private TrialSize() {}

    /**
     * @param parallel trials at a time, which share the memory
     * @return why a trial of this plan cannot be run here; null if it can be tried
     */
    static @Nullable String problem(TrainingPlan plan, int parallel) {
        long physical = Pointer.totalPhysicalBytes();
        long most = Pointer.maxBytes() > 0 ? Math.min(Pointer.maxBytes(), physical) : physical;
        return problem(plan, parallel, most);
    }

    /**
     * @param there bytes of native memory
     */
    static @Nullable String problem(TrainingPlan plan, int parallel, long there) {
        long parameters = parameters(plan);
        // weights, gradients, the best epoch's, an average's; and what the optimizer remembers
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
        return there <= 0 || needed * parallel <= there
                ? null
                : String.format(
                        Locale.ROOT,
                        "its network has %,d parameters and takes %.1f GiB to train%s, there are %.1f GiB",
                        parameters,
                        needed / GIB,
                        parallel == 1 ? "" : ", " + parallel + " of them at a time",
                        there / GIB);
    }

    static long parameters(TrainingPlan plan) {
        MultiLayerConfiguration network =
                MnistModels.byName(plan.model(), MnistModels.Settings.DEFAULT);
        return network.getConfs().stream()
                .mapToLong(layer -> layer.getLayer().initializer().numParams(layer))
                .sum();
    }
}
