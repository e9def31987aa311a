package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.mnist4j.cli.console.ConsoleProgress;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.TrainingCallback;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A run as it is seen on a terminal, and in a file. */
class ConsoleProgressTest {
    /** Goes up to the bar's line, and clears it. */
    private static final String REMOVED = "\u001b[1A\u001b[2K\r";

    private static String shown(boolean terminal, TrainingCallback... more) throws IOException {
        var out = new ByteArrayOutputStream();
        var data =
                DatasetLoader.builder().optGeneratedSizes(200, 20).build().load(Dataset.GENERATED);
        TrainingPlan plan =
                TrainingPlan.builder("mlp:dense=8").optEpochs(2).optValidation(40).build();
        var callbacks = new TrainingCallback[1 + more.length];
        callbacks[0] =
                new ConsoleProgress(new PrintStream(out, true, StandardCharsets.UTF_8), terminal);
        System.arraycopy(more, 0, callbacks, 1, more.length);
        try {
            Trainer.run(plan, data, callbacks);
        } catch (IllegalStateException e) {
            out.writeBytes(("error: " + e.getMessage()).getBytes(StandardCharsets.UTF_8));
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void onATerminalABarFillsAndTheEpochsLineTakesItsPlace() throws IOException {
        String text = shown(true);
        for (int epoch = 1; epoch <= 2; epoch++) {
            // 160 images in batches of 64 are three
            assertThat(text)
                    .containsPattern(
                            "epoch  %d/2 .*100%%.*3/3.* images/s, loss \\d\\.\\d{4}, 0 s left"
                                    .formatted(epoch))
                    .containsPattern(
                            Pattern.quote(REMOVED)
                                    + "epoch  %d/2  train loss \\d".formatted(epoch));
        }
        assertThat(text.split(Pattern.quote(REMOVED), -1)).hasSize(3); // once for each bar
    }

    @Test
    void inAFileThereAreLinesOnly() throws IOException {
        String text = shown(false);
        assertThat(text).doesNotContain("\u001b").doesNotContain("\r").doesNotContain("images/s");
        assertThat(text.lines().filter(l -> l.startsWith("epoch "))).hasSize(2);
        assertThat(text)
                .contains(
                        "Data      generated from ",
                        ": 160 training, 40 validation and 20 test images")
                .contains("Network   mlp:dense=8, 6,370 parameters") // 784 * 8 + 8 + 8 * 10 + 10
                .contains("   1  DenseLayer                6,280  W [784x8]")
                .contains("Recipe    2 epochs, batch 64; adam 0.001 (constant)")
                .containsPattern("Test accuracy \\d+\\.\\d\\d % .* on 20 images of generated");
    }

    @Test
    void aRunThatFailsLeavesNoBarForTheErrorToRunInto() throws IOException {
        String text =
                shown(
                        true,
                        new TrainingCallback() {
                            @Override
                            public void onStep(Step step) {
                                throw new IllegalStateException("the disk is full");
                            }
                        });
        assertThat(text).endsWith(REMOVED + "error: the disk is full");
    }
}
