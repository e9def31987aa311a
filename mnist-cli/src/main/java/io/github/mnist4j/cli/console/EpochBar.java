package io.github.mnist4j.cli.console;

import io.github.mnist4j.train.TrainingCallback.Step;
import java.io.PrintStream;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar on a terminal that fills as an epoch goes on, with speed, loss and the time left. */
final class EpochBar implements AutoCloseable {
    private static final String UP_AND_CLEAR = "\u001b[1A\u001b[2K\r";

    private final PrintStream out;
    private final ProgressBar bar;
    private final long start = System.nanoTime();
    private int batchesBefore = -1;
    private long examplesBefore;

    EpochBar(PrintStream out, int epoch, int epochs, int batches) {
        this.out = out;
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

    void show(Step step) {
        if (batchesBefore < 0) {
            // a resumed epoch begins in its middle, and speed is that of this process
            batchesBefore = step.batch() - 1;
            examplesBefore = step.examples() - step.examples() / step.batch();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        double each = seconds / (step.batch() - batchesBefore);
        bar.setExtraMessage(
                String.format(
                        Locale.ROOT,
                        " %,.0f images/s, loss %.4f, %d s left",
                        (step.examples() - examplesBefore) / seconds,
                        step.meanLoss(),
                        Math.round(each * (bar.getMax() - step.batch()))));
        bar.stepTo(step.batch());
    }

    /** Removes the bar: the line that follows takes its place. */
    @Override
    public void close() {
        bar.pause();
        bar.close();
        out.print(UP_AND_CLEAR);
    }
}
