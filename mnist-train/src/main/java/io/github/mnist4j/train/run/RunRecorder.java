package io.github.mnist4j.train.run;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.models.ModelCard;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.train.Checkpoint;
import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.TrainingCallback;
import io.github.mnist4j.train.TrainingResult;
import io.github.mnist4j.train.chart.Charts;
import io.github.mnist4j.train.chart.DigitSheets;
import io.github.mnist4j.train.evaluate.ClassificationMetrics;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a run into its folder. At the start: {@code plan.json} and {@code samples.png}. As it
 * goes: {@code metrics.jsonl}. After every epoch: {@code history.csv}, {@code history.png}, {@code
 * last.zip}, from which the run can be resumed, and {@code best.zip} if the epoch is the best so
 * far. At the end: {@code confusion.png} and {@code report.json}. Every file but {@code
 * metrics.jsonl}, which only grows, is written under another name and then renamed, so a file that
 * is there is whole.
 */
public final class RunRecorder implements TrainingCallback {
    private static final Logger LOG = LoggerFactory.getLogger(RunRecorder.class);

    private final RunFolder folder;
    private final MetricsLog metrics;
    private @Nullable CheckpointRetention checkpoints = new CheckpointRetention(1, 1);

    @SuppressWarnings("NullAway.Init") // the trainer calls onStart first
    private Trainer.Start start;

    @SuppressWarnings("NullAway.Init") // as start
    private ModelCards cards;

    private int batches;

    /**
     * @param folder the recorder closes it when the run is over
     */
    public RunRecorder(RunFolder folder) {
        this.folder = folder;
        metrics = new MetricsLog(folder.path());
    }

    /**
     * Saves {@code last.zip} once per {@code every} epochs (default 1) and when the run ends, and
     * keeps the newest {@code keep} checkpoints (default 1; with more, copies are named {@code
     * epoch-0007.zip}).
     *
     * @throws IllegalArgumentException if either is not 1 or more
     */
    public RunRecorder optCheckpoints(int every, int keep) {
        checkpoints = new CheckpointRetention(every, keep);
        return this;
    }

    /**
     * For runs that nobody resumes or watches, such as trials of a search: no {@code last.zip}, no
     * {@code samples.png}, and {@code history.png} only when the run ends.
     */
    public RunRecorder withoutCheckpoints() {
        checkpoints = null;
        return this;
    }

    @Override
    public void onStart(Trainer.Start start) throws IOException {
        this.start = start;
        cards = new ModelCards(start);
        folder.begin();
        if (folder.saved().isPresent()) {
            return; // what follows is there
        }
        metrics.begin(); // before plan.json: it shows that a run of ours wrote that
        write("plan.json", start.plan().toJson().getBytes(StandardCharsets.UTF_8));
        if (checkpoints != null) {
            draw("samples.png", () -> samples(start.split().train()));
        }
    }

    /** Ten of each digit. */
    private static BufferedImage samples(DigitSet digits) {
        int[] chosen = new int[100];
        int[] count = new int[DigitSet.CLASSES];
        for (int i = 0; i < digits.size(); i++) {
            int label = digits.label(i);
            if (count[label] < 10) {
                chosen[10 * label + count[label]++] = i;
            }
        }
        return DigitSheets.grid(digits.subset(chosen), 10, 10, null);
    }

    @Override
    public void onEpochStart(int epoch, int batches) {
        this.batches = batches;
    }

    @Override
    public void onStep(Step step) throws IOException {
        metrics.step(step, batches);
    }

    @Override
    public void onEpochEnd(EpochRecord epoch, MultiLayerNetwork network, boolean best)
            throws IOException {
        metrics.epoch(epoch);
        write("history.csv", HistoryCsv.of(start.history()).getBytes(StandardCharsets.UTF_8));
        if (checkpoints != null) {
            drawHistory();
        }
        if (best) {
            saveBest(network, cards.after(epoch));
        }
    }

    /** After best.zip, so that a run resumed from here finds its best epoch. */
    @Override
    public void onCheckpoint(Checkpoint checkpoint) throws IOException {
        List<EpochRecord> history = start.history();
        EpochRecord last = history.isEmpty() ? null : history.get(history.size() - 1);
        if (checkpoints == null) {
            if (checkpoint.state().ended() != null && last != null) {
                drawHistory();
            }
        } else if (checkpoints.wants(checkpoint.state())) {
            checkpoints.save(
                    checkpoint, folder.path(), start.plan().normalization(), cards.after(last));
        }
    }

    @Override
    public void onEnd(TrainingResult result) throws IOException {
        ClassificationMetrics test = result.test();
        if (test == null) {
            return; // to be resumed
        }
        draw("confusion.png", () -> Charts.confusion(test.confusion()));
        saveBest(result.network(), cards.of(result));
        JsonFile.write(
                folder.path().resolve("report.json"), RunReport.of(result, cards.trainDigest()));
    }

    @Override
    public void onClose() throws IOException {
        folder.close();
    }

    private void saveBest(MultiLayerNetwork network, ModelCard card) throws IOException {
        ModelFile.save(
                folder.path().resolve("best.zip"),
                network,
                start.plan().normalization(),
                card,
                false);
    }

    private void drawHistory() throws IOException {
        draw("history.png", () -> Charts.history(start.history()));
    }

    /** A machine without fonts cannot draw text; that must not cost anybody a training. */
    private void draw(String name, Supplier<BufferedImage> drawing) throws IOException {
        byte[] png;
        try {
            png = AtomicFile.png(drawing.get());
        } catch (RuntimeException | LinkageError | InternalError e) {
            LOG.warn("{} was not drawn: {}", name, e.toString());
            return;
        }
        write(name, png);
    }

    private void write(String name, byte[] content) throws IOException {
        AtomicFile.write(folder.path().resolve(name), content);
    }
}
