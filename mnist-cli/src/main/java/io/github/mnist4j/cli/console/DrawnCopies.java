package io.github.mnist4j.cli.console;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Where the drawn copy of each image goes: page-read.png for page.jpg. Every image gets a file of
 * its own, which is none of the images.
 */
public final class DrawnCopies {
    private DrawnCopies() {}

    /**
     * @param folder for the copies; null for that of each image
     */
    public static Map<Path, Path> of(List<Path> images, Path folder) {
        var taken = new HashSet<String>();
        images.forEach(image -> taken.add(key(image)));
        var copies = new LinkedHashMap<Path, Path>();
        for (Path image : images) {
            copies.computeIfAbsent(
                    image,
                    i -> {
                        Path whole = i.toAbsolutePath();
                        Path name = whole.getFileName();
                        String stem =
                                name == null ? "" : name.toString().replaceFirst("\\.[^.]*$", "");
                        Path in =
                                folder != null ? folder.toAbsolutePath() : whole.resolveSibling("");
                        Path copy = in.resolve(stem + "-read.png");
                        for (int n = 2; !taken.add(key(copy)); n++) {
                            copy = in.resolve(stem + "-read-" + n + ".png");
                        }
                        return copy;
                    });
        }
        return copies;
    }

    /** Some file systems take A.png and a.png for one. */
    private static String key(Path file) {
        return file.toAbsolutePath().normalize().toString().toLowerCase(Locale.ROOT);
    }
}
