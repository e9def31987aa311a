package io.github.mnist4j.train.run;

import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.models.ModelCard;
import io.github.mnist4j.train.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;

/**
 * Which checkpoints are saved, and how many are kept.
 *
 * @param every epochs between two of them, 1 or more
 * @param keep the newest: 1 is {@code last.zip} alone; more are copied to {@code epoch-0007.zip}
 */
record CheckpointRetention(int every, int keep) {
    CheckpointRetention {
        if (every < 1 || keep < 1) {
            throw new IllegalArgumentException(
                    "checkpoint every " + every + " epochs, keep " + keep + ": 1 or more expected");
        }
    }

    /** Whether this one is to be saved; the one at which a run ends always is. */
    boolean wants(Checkpoint.State state) {
        return state.ended() != null || state.history().size() % every == 0;
    }

    void save(Checkpoint checkpoint, Path folder, Normalization normalization, ModelCard card)
            throws IOException {
        Path last = folder.resolve("last.zip");
        checkpoint.save(last, normalization, card);
        int epochs = checkpoint.state().history().size();
        if (keep > 1 && epochs > 0) {
            AtomicFile.write(
                    folder.resolve(String.format(Locale.ROOT, "epoch-%04d.zip", epochs)),
                    out -> Files.copy(last, out));
            deleteOld(folder);
        }
    }

    private void deleteOld(Path folder) throws IOException {
        try (var files = Files.newDirectoryStream(folder, "epoch-????.zip")) {
            var kept = new ArrayList<Path>();
            files.forEach(kept::add);
            kept.sort(null);
            for (Path old : kept.subList(0, Math.max(0, kept.size() - keep))) {
                Files.delete(old);
            }
        }
    }
}
