package io.github.mnist4j.serve.internal.run;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.models.json.JsonFormatException;
import io.github.mnist4j.serve.internal.http.EventStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tells one client what happens in one run or search: {@code step}, {@code epoch} and {@code
 * trial}, {@code reset} where the run has gone back, {@code done} at the end.
 */
final class RunWatcher {
    /** A stream on which nothing happens would be taken for a dead one. */
    private static final long SILENCE = 2_000_000_000;

    private final RunFolders folders;
    private final Path folder;
    private final EventStream stream;
    private final boolean search;
    private final GrowingFile log = new GrowingFile();
    private boolean historySent;
    private boolean ended;
    private long last = System.nanoTime();

    RunWatcher(RunFolders folders, Path folder, EventStream stream) {
        this.folders = folders;
        this.folder = folder;
        this.stream = stream;
        search = folders.isSearch(folder);
    }

    boolean isOver() {
        return stream.isClosed();
    }

    void close() {
        stream.close();
    }

    /** Sends what is new; to be called every now and then. */
    void look() {
        if (!stream.isReady()) {
            return;
        }
        if (ended) {
            stream.close(); // the client has taken the end
            return;
        }
        boolean over = folders.file(folder, search ? "best-plan.json" : "report.json").isPresent();
        var events = new StringBuilder();
        Optional<Path> file = folders.file(folder, search ? "trials.jsonl" : "metrics.jsonl");
        boolean more = false;
        try {
            if (file.isPresent()) {
                GrowingFile.News news = log.next(file.get());
                if (news.isAnother()) {
                    add(events, "reset", Map.of());
                }
                news.lines().forEach(line -> add(events, line));
                more = !news.lines().isEmpty();
            } else if (!search && !historySent) {
                // a run of an older version, or one whose log was deleted
                historySent = addHistory(events);
            }
        } catch (IOException e) {
            // it is being replaced at this moment
        }
        if (over && !more) {
            Map<String, Object> report = new LinkedHashMap<>();
            folders.json(folder, "report.json").ifPresent(r -> report.put("report", r));
            add(events, "done", report);
            ended = true;
        }
        if (events.length() == 0 && System.nanoTime() - last > SILENCE) {
            events.append(":\n\n");
        }
        if (events.length() > 0 && stream.send(events.toString())) {
            last = System.nanoTime();
        }
    }

    private void add(StringBuilder events, String line) {
        try {
            JsonNode values = JsonFile.parse(line, "the log", 1, JsonNode.class, true);
            if (search) {
                add(events, "trial", Trials.row(values));
            } else {
                add(events, values.has("batch") ? "step" : "epoch", values);
            }
        } catch (JsonFormatException e) {
            // somebody else's line; the others are still of use
        }
    }

    private static void add(StringBuilder events, String name, Object data) {
        events.append("event: ").append(name).append("\ndata: ");
        events.append(JsonFile.line(data)).append("\n\n");
    }

    private boolean addHistory(StringBuilder events) throws IOException {
        Optional<Path> csv = folders.file(folder, "history.csv");
        if (csv.isEmpty() || Files.size(csv.get()) > 1 << 20) {
            return false;
        }
        List<String> lines = Files.readAllLines(csv.get());
        String[] names = lines.isEmpty() ? new String[0] : lines.get(0).split(",");
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            String[] values = line.split(",");
            var epoch = new LinkedHashMap<String, Object>();
            for (int i = 0; i < Math.min(names.length, values.length); i++) {
                try {
                    epoch.put(camel(names[i]), Double.valueOf(values[i]));
                } catch (NumberFormatException e) {
                    epoch.put(camel(names[i]), null);
                }
            }
            add(events, "epoch", epoch);
        }
        return true;
    }

    /** {@code train_loss} as {@code trainLoss}. */
    private static String camel(String name) {
        var out = new StringBuilder();
        for (String word : name.split("_")) {
            out.append(
                    out.length() == 0 || word.isEmpty()
                            ? word
                            : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return out.toString();
    }
}
