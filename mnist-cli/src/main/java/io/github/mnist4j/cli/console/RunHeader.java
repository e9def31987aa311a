package io.github.mnist4j.cli.console;

import io.github.mnist4j.train.plan.PlanSetting;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a run begins with, in text: its network and its recipe. */
public final class RunHeader {
    private RunHeader() {}

    /** What stands in every recipe, most of it in words of its own. */
    private static final Set<String> ALWAYS =
            Set.of(
                    "model",
                    "epochs",
                    "batch-size",
                    "optimizer",
                    "learning-rate",
                    "schedule",
                    "seed");

    /**
     * A plan in a line: how long, by which optimizer and schedule, how images are varied; and every
     * other setting that is not the usual one (the perceptron's) or not the model's own.
     */
    public static String recipe(TrainingPlan plan) {
        TrainingPlan usual = TrainingPlan.builder("mlp").build();
        TrainingPlan own = TrainingPlan.builder(plan.model()).build();
        var parts = new ArrayList<String>();
        parts.add(plan.epochs() + " epochs, batch " + plan.batchSize());
        parts.add(
                plan.optimizer()
                        + " "
                        + PlanSetting.number(plan.learningRate())
                        + " ("
                        + plan.schedule()
                        + ")");
        parts.add("augmentation " + plan.augment());
        for (PlanSetting<?> setting : PlanSetting.all()) {
            if (!ALWAYS.contains(setting.name())
                    && setting.group() != PlanSetting.Group.AUGMENTATION
                    && !(setting.isSame(plan, usual) && setting.isSame(plan, own))) {
                String value = setting.text(plan);
                parts.add(setting.label() + " " + (value == null ? "the network's own" : value));
            }
        }
        parts.add("seed " + plan.seed());
        return String.join("; ", parts);
    }

    /** The network's layers with their shapes and numbers of parameters. */
    static String summary(String name, MultiLayerNetwork network) {
        var text = new StringBuilder();
        text.append(
                String.format(
                        Locale.ROOT, "Network   %s, %,d parameters%n", name, network.numParams()));
        for (Layer layer : network.getLayers()) {
            var shapes = new StringBuilder();
            Map<String, INDArray> table = layer.paramTable();
            if (table != null) {
                table.forEach(
                        (key, value) ->
                                shapes.append(shapes.isEmpty() ? "" : "  ")
                                        .append(key)
                                        .append(' ')
                                        .append(Arrays.toString(value.shape()).replace(", ", "x")));
            }
            text.append(
                    String.format(
                            Locale.ROOT,
                            "  %2d  %-20s %,10d  %s%n",
                            layer.getIndex() + 1,
                            layer.conf().getLayer().getClass().getSimpleName(),
                            layer.numParams(),
                            shapes));
        }
        return text.toString();
    }
}
