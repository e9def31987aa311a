package io.github.mnist4j.cli.console;

import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.StopReason;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.TrainingCallback;
import io.github.mnist4j.train.TrainingResult;
import io.github.mnist4j.train.backend.Backend;
import io.github.mnist4j.train.backend.Failure;
import io.github.mnist4j.train.evaluate.ClassificationMetrics;
import java.io.PrintStream;
import java.util.Locale;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;

/**
 * What a person sees of a run: network, data and recipe, a bar within each epoch, a line per epoch,
 * and how it ended.
 */
public final class ConsoleProgress implements TrainingCallback {
    private final PrintStream out;
    private final boolean terminal;
    private int epochs;
    private @Nullable EpochBar bar;

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
                "Data      %s from %s: %,d training, %,d validation and %,d test images%n",
                start.data().dataset(),
                Failure.printable(start.data().origin()),
                start.split().train().size(),
                start.split().validation().size(),
                start.data().test().size());
        out.print(RunHeader.summary(start.plan().model(), start.network()));
        out.println("Recipe    " + RunHeader.recipe(start.plan()) + "\n");
    }

    private void notice(String notice) {
        out.println("NOTICE    " + Failure.printable(notice));
    }

    private static String number(double value) {
        String text = String.format(Locale.ROOT, "%.6f", value);
        return text.replaceAll("0+$", "").replaceAll("\\.$", "");
    }

    @Override
    public void onEpochStart(int epoch, int batches) {
        if (terminal) {
            bar = new EpochBar(out, epoch, epochs, batches);
        }
    }

    @Override
    public void onStep(Step step) {
        if (bar != null) {
            bar.show(step);
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

    private void removeBar() {
        if (bar != null) {
            bar.close();
            bar = null;
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
        ClassificationMetrics test = result.test();
        EpochRecord best = result.bestEpoch();
        if (test == null || best == null) {
            return;
        }
        out.printf(
                Locale.ROOT,
                "%nTest accuracy %.2f %% (loss %.4f) on %,d images of %s, best epoch %d by validation%n",
                100 * test.accuracy(),
                test.loss(),
                result.data().test().size(),
                result.data().dataset(),
                best.epoch());
        var worst = test.worst(10);
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
