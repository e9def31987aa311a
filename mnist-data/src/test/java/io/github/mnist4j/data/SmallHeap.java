package io.github.mnist4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.mnist4j.data.idx.IdxFile;
import io.github.mnist4j.data.photo.ImageLoader;
import io.github.mnist4j.data.photo.LoadedImage;
import io.github.mnist4j.testkit.JavaProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Reads files in a process of its own, with little memory. */
public final class SmallHeap {
    private SmallHeap() {}

    /**
     * A line for each file: how many seconds it took, and what was said.
     *
     * @param heap "-Xmx64m"
     * @param files images, or labels where the name says so
     */
    public static List<String> read(String heap, List<Path> files) throws Exception {
        JavaProcess.Ended ended =
                JavaProcess.of(
                                SmallHeap.class,
                                files.stream().map(Path::toString).toArray(String[]::new))
                        .jvm(heap, "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
                        .run();
        assertThat(ended.exit()).as(ended.err()).isZero();
        return ended.out().lines().toList();
    }

    /** What the process runs. */
    public static void main(String[] files) {
        for (String file : files) {
            long start = System.nanoTime();
            String said;
            try {
                if (file.contains("labels")) {
                    said = file + " read, " + IdxFile.readLabels(Path.of(file)).length + " labels";
                } else {
                    LoadedImage loaded = ImageLoader.read(Path.of(file));
                    said = file + " read with reduction " + loaded.reduction();
                }
            } catch (IOException e) {
                said = e.getMessage();
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.printf(Locale.ROOT, "%.2f s: %s%n", seconds, said);
        }
    }
}
