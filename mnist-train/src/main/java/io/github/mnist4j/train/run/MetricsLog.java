package io.github.mnist4j.train.run;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.mnist4j.data.io.AppendedFile;
import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.models.json.JsonFormatException;
import io.github.mnist4j.train.Checkpoint;
import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.TrainingCallback.Step;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;

/** {@code metrics.jsonl}: a JSON line per 50 steps and per epoch, appended at once. */
final class MetricsLog {
    static final String NAME = "metrics.jsonl";

    /** Steps between two lines. */
    private static final int STEPS = 50;

    private final Path file;

    MetricsLog(Path folder) {
        file = folder.resolve(NAME);
    }

    /** For a new run: the file is there, and empty. What was there before is replaced. */
    void begin() throws IOException {
        AtomicFile.write(file, new byte[0]);
    }

    /**
     * @param batches of an epoch: its last step has a line too
     */
    void step(Step step, int batches) throws IOException {
        if (step.batch() % STEPS == 0 || step.batch() == batches) {
            var line = new LinkedHashMap<String, Object>();
            line.put("epoch", step.epoch());
            line.put("batch", step.batch());
            line.put("iteration", step.iteration());
            line.put("loss", step.loss());
            line.put("learningRate", step.learningRate());
            append(line);
        }
    }

    void epoch(EpochRecord epoch) throws IOException {
        append(epoch);
    }

    private void append(Object line) throws IOException {
        AppendedFile.append(file, JsonFile.line(line) + "\n", false);
    }

    /** Deletes the lines of steps and epochs that a run resumed from here will write again. */
    void deleteAfter(Checkpoint.State state) throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        var kept = new StringBuilder();
        // one character per byte: whatever a line holds goes back to the disk unchanged
        List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        for (int i = 0; i < lines.size(); i++) {
            if (isToKeep(state, lines.get(i), i == lines.size() - 1)) {
                kept.append(lines.get(i)).append('\n');
            }
        }
        AtomicFile.write(file, kept.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private static boolean isToKeep(Checkpoint.State state, String line, boolean last) {
        try {
            JsonNode values = JsonFile.parse(line, NAME, 1, JsonNode.class, true);
            int epoch = values.path("epoch").asInt();
            return epoch < state.epoch()
                    || (epoch == state.epoch()
                            && values.has("batch")
                            && values.path("batch").asInt() <= state.seen().batches());
        } catch (JsonFormatException e) {
            // the last is cut off where the process was killed; any other is not ours to delete
            return !last;
        }
    }
}
