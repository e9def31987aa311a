package io.github.mnist4j.serve.internal.run;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.mnist4j.data.io.FileKind;
import io.github.mnist4j.serve.internal.http.Answer;
import io.github.mnist4j.serve.internal.http.Call;
import io.github.mnist4j.serve.internal.http.EventStream;
import io.github.mnist4j.serve.internal.http.Problem;
import io.github.mnist4j.serve.internal.http.Route;
import io.github.mnist4j.serve.internal.http.Route.Lane;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code /v1/runs}: what is being trained, and what was. */
public final class RunRoutes implements AutoCloseable {
    /** Clients that watch at a time. */
    private static final int MOST_WATCHERS = 32;

    private static final int PERIOD_MILLIS = 500;

    /** A run that has written nothing for so long is taken for one that was left. */
    private static final long ALIVE_MILLIS = 60_000;

    private static final int MOST_IMAGE_BYTES = 16 << 20;

    /** What a run's folder holds for people to look at. */
    private static final List<String> IMAGES =
            List.of("confusion.png", "mistakes.png", "samples.png", "history.png");

    private final RunFolders folders;
    private final Set<RunWatcher> watchers = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService clock;

    private RunRoutes(RunFolders folders) {
        this.folders = folders;
        clock =
                Executors.newSingleThreadScheduledExecutor(
                        work -> {
                            var thread = new Thread(work, "serve-runs");
                            thread.setDaemon(true);
                            return thread;
                        });
        var unused =
                clock.scheduleWithFixedDelay(
                        this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Shows the runs in a folder.
     *
     * @throws IOException if it is not one
     */
    public static RunRoutes in(Path folder) throws IOException {
        return new RunRoutes(new RunFolders(folder));
    }

    /**
     * @param runs null where none are shown
     */
    public static List<Route> of(@Nullable RunRoutes runs) {
        return List.of(
                Route.get(
                        "/v1/runs",
                        Lane.FILES,
                        call -> runs == null ? list(false, List.of()) : runs.list()),
                Route.get("/v1/runs/{name}", Lane.FILES, call -> shown(runs).run(call)),
                Route.get("/v1/runs/{name}/events", Lane.FILES, call -> shown(runs).events(call)),
                Route.get(
                        "/v1/runs/{name}/images/{image}",
                        Lane.FILES,
                        call -> shown(runs).image(call)));
    }

    private static RunRoutes shown(@Nullable RunRoutes runs) throws Problem {
        if (runs == null) {
            throw new Problem(404, "no folder of runs is shown; the option --runs names one");
        }
        return runs;
    }

    private static Answer list(boolean shown, List<Map<String, Object>> runs) {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("shown", shown);
        tree.put("runs", runs);
        return Answer.json(tree);
    }

    private Answer list() {
        try {
            return list(true, folders.all().stream().map(this::summary).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, Object> summary(Path folder) {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("name", folder.getFileName().toString());
        boolean search = folders.isSearch(folder);
        tree.put("kind", search ? "search" : "run");
        tree.put("state", search ? stateOfSearch(folder) : state(folder));
        if (!search) {
            folders.json(folder, "plan.json")
                    .ifPresent(
                            plan -> {
                                for (String name : List.of("model", "dataset", "epochs")) {
                                    tree.put(name, plan.path(name));
                                }
                            });
            folders.json(folder, "report.json")
                    .ifPresent(report -> tree.put("testAccuracy", report.path("testAccuracy")));
        }
        return tree;
    }

    private String state(Path folder) {
        if (folders.file(folder, "report.json").isPresent()) {
            return "done";
        }
        long written =
                Math.max(
                        folders.modified(folder, "metrics.jsonl"),
                        folders.modified(folder, "plan.json"));
        return isAlive(written) ? "running" : "stopped";
    }

    private String stateOfSearch(Path folder) {
        if (folders.file(folder, "best-plan.json").isPresent()) {
            return "done";
        }
        long written =
                Math.max(
                        folders.modified(folder, "trials.jsonl"),
                        folders.modified(folder, "search.json"));
        List<Path> trials = folders.foldersWith(folder, "trial-*", "metrics.jsonl");
        if (!trials.isEmpty()) {
            written = Math.max(written, folders.modified(trials.get(0), "metrics.jsonl"));
        }
        return isAlive(written) ? "running" : "stopped";
    }

    private static boolean isAlive(long written) {
        return System.currentTimeMillis() - written < ALIVE_MILLIS;
    }

    private Answer run(Call call) throws Problem {
        Path folder = folders.named(call.parameter("name"));
        Map<String, Object> tree = summary(folder);
        for (String name : List.of("plan", "search", "report")) {
            Optional<JsonNode> json = folders.json(folder, name + ".json");
            json.ifPresent(node -> tree.put(name, node));
        }
        var images = new ArrayList<String>();
        for (String image : IMAGES) {
            if (image(folder, image).isPresent()) {
                images.add(image);
            }
        }
        tree.put("images", images);
        return Answer.json(tree);
    }

    /** An image of a run; mistakes lie where {@code ./mnist evaluate} puts them. */
    private Optional<Path> image(Path folder, String name) {
        return folders.file(folder, name)
                .or(
                        () ->
                                folders.foldersWith(folder, "*-on-*", name).stream()
                                        .findFirst()
                                        .flatMap(evaluation -> folders.file(evaluation, name)));
    }

    private Answer image(Call call) throws Problem {
        Path folder = folders.named(call.parameter("name"));
        String name = call.parameter("image");
        Optional<Path> file = IMAGES.contains(name) ? image(folder, name) : Optional.empty();
        if (file.isEmpty()) {
            throw new Problem(
                    404, "there is no such image; a run has " + String.join(", ", IMAGES));
        }
        try (InputStream in = Files.newInputStream(file.get())) {
            byte[] content = in.readNBytes(MOST_IMAGE_BYTES + 1);
            if (FileKind.of(content) != FileKind.PNG || content.length > MOST_IMAGE_BYTES) {
                throw new Problem(404, "the file is not an image of ours");
            }
            return Answer.of("image/png", content);
        } catch (IOException e) {
            throw new Problem(404, "the image cannot be read at this moment");
        }
    }

    private Answer events(Call call) throws Problem {
        Path folder = folders.named(call.parameter("name"));
        if (watchers.size() >= MOST_WATCHERS) {
            throw new Problem(
                    503,
                    String.format(
                            Locale.ROOT, "%d clients watch already; try again", MOST_WATCHERS));
        }
        return Answer.events(stream -> watch(folder, stream));
    }

    private void watch(Path folder, EventStream stream) {
        watchers.add(new RunWatcher(folders, folder, stream));
        clock.execute(this::look);
    }

    private void look() {
        for (RunWatcher watcher : watchers) {
            try {
                watcher.look();
            } catch (RuntimeException e) {
                watcher.close(); // the client asks again
            }
        }
        watchers.removeIf(RunWatcher::isOver);
    }

    /** Ends the streams. */
    @Override
    public void close() {
        clock.shutdownNow();
        watchers.forEach(RunWatcher::close);
    }
}
