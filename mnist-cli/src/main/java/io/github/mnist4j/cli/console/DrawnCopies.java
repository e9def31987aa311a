package io.github.mnist4j.cli.console;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the drawn copy of each image goes: page-read.png for page.jpg. Every image gets a file of
 * its own, and no copy overwrites an image.
 */
public final class DrawnCopies {
    private final @Nullable Path folder;
    private final Set<String> taken = new HashSet<>();
    private final Map<Path, Path> copies = new HashMap<>();

    /**
     * @param folder for the copies; null for that of each image
     */
    public DrawnCopies(List<Path> images, @Nullable Path folder) {
        this.folder = folder;
        images.forEach(image -> taken.add(key(image)));
    }

    /** The file for an image's copy, the same whenever it is asked for. */
    public Path of(Path image) {
        return copies.computeIfAbsent(image, this::unused);
    }

    private Path unused(Path image) {
        Path whole = image.toAbsolutePath();
        Path name = whole.getFileName();
        String stem = name == null ? "" : name.toString().replaceFirst("\\.[^.]*$", "");
        Path in = folder != null ? folder.toAbsolutePath() : whole.resolveSibling("");
        Path copy = in.resolve(stem + "-read.png");
        for (int n = 2; !taken.add(key(copy)); n++) {
            copy = in.resolve(stem + "-read-" + n + ".png");
        }
        return copy;
    }

    /** Some file systems take A.png and a.png for one. */
    private static String key(Path file) {
        return file.toAbsolutePath().normalize().toString().toLowerCase(Locale.ROOT);
    }
}
