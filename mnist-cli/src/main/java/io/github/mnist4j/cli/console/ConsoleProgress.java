package io.github.mnist4j.cli.console;

import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.StopReason;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.TrainingCallback;
import io.github.mnist4j.train.TrainingResult;
import io.github.mnist4j.train.backend.Backend;
import io.github.mnist4j.train.backend.Failure;
import io.github.mnist4j.train.plan.PlanSetting;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a person sees of a run: what is trained on what, a bar within each epoch, a line for each,
 * and how it ended.
 */
public final class ConsoleProgress implements TrainingCallback {
    private final PrintStream out;
    private final boolean terminal;
    private int epochs;
    private long epochStart;
    private int firstBatch;
    private long firstExamples;
    private ProgressBar bar;

    /**
     * @param out for people: usually standard error
     * @param terminal whether lines can be overwritten there; a file or a pipe gets plain lines and
     *     no bar
     */
    public ConsoleProgress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    @Override
    public void onStart(Trainer.Start start) {
        epochs = start.plan().epochs();
        start.data().notice().ifPresent(this::notice);
        out.println("Backend   " + Backend.describe());
        out.printf(
                Locale.ROOT,
                "Data      %s from %s: %,d to learn from, %,d to validate, %,d to test%n",
                start.data().dataset(),
                Failure.printable(start.data().origin()),
                start.split().train().size(),
                start.split().validation().size(),
                start.data().test().size());
        out.print(summary(start.plan().model(), start.network()));
        out.println("Recipe    " + recipe(start.plan()) + "\n");
    }

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

    private void notice(String notice) {
        out.println("NOTICE    " + Failure.printable(notice));
    }

    private static String number(double value) {
        String text = String.format(Locale.ROOT, "%.6f", value);
        return text.replaceAll("0+$", "").replaceAll("\\.$", "");
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
                                        .append(
                                                java.util.Arrays.toString(value.shape())
                                                        .replace(", ", "x")));
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

    @Override
    public void onEpochStart(int epoch, int batches) {
        epochStart = System.nanoTime();
        firstBatch = -1;
        if (terminal) {
            bar =
                    new ProgressBarBuilder()
                            .setTaskName(String.format(Locale.ROOT, "epoch %2d/%d", epoch, epochs))
                            .setInitialMax(batches)
                            .setStyle(ProgressBarStyle.ASCII)
                            .setUpdateIntervalMillis(200)
                            .setConsumer(new ConsoleProgressBarConsumer(out))
                            .hideEta()
                            .build();
        }
    }

    @Override
    public void onStep(Step step) {
        if (firstBatch < 0) {
            firstBatch = step.batch() - 1;
            firstExamples = step.examples() - step.examples() / step.batch();
        }
        if (bar != null) {
            double seconds = (System.nanoTime() - epochStart) / 1e9;
            double each = seconds / (step.batch() - firstBatch);
            long left = Math.round(each * (bar.getMax() - step.batch()));
            bar.setExtraMessage(
                    String.format(
                            Locale.ROOT,
                            " %,.0f images/s, loss %.4f, %d s left",
                            (step.examples() - firstExamples) / seconds,
                            step.meanLoss(),
                            left));
            bar.stepTo(step.batch());
        }
    }

    @Override
    public void onEpochEnd(EpochRecord e, MultiLayerNetwork network, boolean best) {
        removeBar();
        out.printf(
                Locale.ROOT,
                "epoch %2d/%d  train loss %.4f accuracy %6.2f %%  validation loss %.4f accuracy %6.2f %%%s  lr %s  %.1f s%n",
                e.epoch(),
                epochs,
                e.trainLoss(),
                100 * e.trainAccuracy(),
                e.validationLoss(),
                100 * e.validationAccuracy(),
                best ? " *" : "  ",
                number(e.learningRate()),
                e.seconds());
    }

    /** The line that follows takes the bar's place. */
    private void removeBar() {
        if (bar != null) {
            bar.pause();
            bar.close();
            bar = null;
            out.print("\u001b[1A\u001b[2K\r");
        }
    }

    /** A run that failed leaves no bar behind for the error to run into. */
    @Override
    public void onClose() {
        removeBar();
    }

    @Override
    public void onEnd(TrainingResult result) {
        removeBar();
        // a run that diverged has failed: its error says so
        if (result.reason() != StopReason.EPOCHS && result.reason() != StopReason.DIVERGED) {
            out.println("\nEnded     " + result.reason().sentence());
        }
        for (String line : result.advice()) {
            out.println("Advice    " + line);
        }
        if (result.test() == null) {
            return;
        }
        out.printf(
                Locale.ROOT,
                "%nTest accuracy %.2f %% (loss %.4f) on %,d images of %s, best epoch %d by validation%n",
                100 * result.test().accuracy(),
                result.test().loss(),
                result.data().test().size(),
                result.data().dataset(),
                result.bestEpoch().epoch());
        var worst = result.test().worst(10);
        if (!worst.isEmpty()) {
            out.print("Worst confusions (true > predicted): ");
            for (int i = 0; i < worst.size(); i++) {
                var c = worst.get(i);
                out.printf(
                        Locale.ROOT,
                        "%s%d > %d %dx",
                        i == 0 ? "" : ", ",
                        c.actual(),
                        c.predicted(),
                        c.count());
            }
            out.println();
        }
        result.data().notice().ifPresent(this::notice);
    }
}
