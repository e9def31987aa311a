package io.github.mnist4j.serve.internal.run;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.serve.internal.http.Problem;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The folders below one, and files in them. Nothing outside of it is read: a name is a name and not
 * a path, and where a link leads is looked at before it is followed.
 */
final class RunFolders {
    /** The newest that are listed. */
    private static final int MOST = 500;

    private static final long MOST_JSON_BYTES = 8 << 20;

    private final Path root;

    /**
     * @throws IOException if it is not a folder
     */
    RunFolders(Path root) throws IOException {
        if (!Files.isDirectory(root)) {
            throw new IOException(
                    root + (Files.exists(root) ? " is not a folder" : ": there is no such folder"));
        }
        this.root = root.toRealPath();
    }

    /** Every run and search, the newest first. */
    List<Path> all() throws IOException {
        var all = new ArrayList<Path>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
            for (Path entry : entries) {
                if (isInside(entry)
                        && Files.isDirectory(entry)
                        && (isRun(entry) || isSearch(entry))) {
                    all.add(entry);
                }
            }
        }
        // names begin with the time
        all.sort(Comparator.comparing((Path p) -> p.getFileName().toString()).reversed());
        return all.subList(0, Math.min(MOST, all.size()));
    }

    /** The run or search of this name. */
    Path named(String name) throws Problem {
        try {
            Path folder = root.resolve(name);
            boolean plain =
                    !name.isEmpty()
                            && !name.equals(".")
                            && !name.equals("..")
                            && root.equals(folder.getParent())
                            && name.equals(String.valueOf(folder.getFileName()));
            if (plain
                    && isInside(folder)
                    && Files.isDirectory(folder)
                    && (isRun(folder) || isSearch(folder))) {
                return folder;
            }
        } catch (InvalidPathException e) {
            // then there is none
        }
        throw new Problem(404, "there is no run of this name");
    }

    boolean isRun(Path folder) {
        return file(folder, "plan.json").isPresent();
    }

    boolean isSearch(Path folder) {
        return file(folder, "search.json").isPresent();
    }

    /** Whether it lies below the root, wherever links lead. */
    private boolean isInside(Path path) {
        try {
            return path.toRealPath().startsWith(root);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * A file of a run.
     *
     * @param name one that we know, not one from a request
     * @return where it really is; empty if it is not there, not a file, or outside
     */
    Optional<Path> file(Path folder, String name) {
        try {
            Path real = folder.resolve(name).toRealPath();
            return real.startsWith(root) && Files.isRegularFile(real)
                    ? Optional.of(real)
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** A JSON file of a run; empty if it is not there or bad. */
    Optional<JsonNode> json(Path folder, String name) {
        return file(folder, name)
                .flatMap(
                        file -> {
                            try {
                                return Optional.of(
                                        JsonFile.read(file, JsonNode.class, MOST_JSON_BYTES, true));
                            } catch (IOException e) {
                                return Optional.empty();
                            }
                        });
    }

    /** When it was last written to, in milliseconds; 0 if it is not there. */
    long modified(Path folder, String name) {
        return file(folder, name)
                .map(
                        file -> {
                            try {
                                return Files.getLastModifiedTime(file).toMillis();
                            } catch (IOException e) {
                                return 0L;
                            }
                        })
                .orElse(0L);
    }

    /** Folders in a run that hold this file, the one with the newest first. */
    List<Path> foldersWith(Path folder, String glob, String name) {
        var all = new ArrayList<Path>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, glob)) {
            for (Path entry : entries) {
                if (file(entry, name).isPresent()) {
                    all.add(entry);
                }
            }
        } catch (IOException e) {
            return List.of();
        }
        all.sort(Comparator.comparingLong((Path f) -> modified(f, name)).reversed());
        return all;
    }
}
