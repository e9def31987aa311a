package io.github.mnist4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Reads files in a process of its own, with little memory. */
final class SmallHeap {
    private SmallHeap() {}

    /**
     * A line for each file: how many seconds it took, and what was said.
     *
     * @param heap "-Xmx64m"
     * @param files images, or labels where the name says so
     */
    static List<String> read(String heap, List<Path> files) throws Exception {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(heap, "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(SmallHeap.class.getName());
        files.forEach(f -> command.add(f.toString()));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (var out = process.getInputStream()) {
            String said = new String(out.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).as(said).isZero();
            return said.lines().toList();
        }
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
                    PictureFile.Picture picture = PictureFile.read(Path.of(file));
                    said = file + " read with reduction " + picture.reduction();
                }
            } catch (IOException e) {
                said = e.getMessage();
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            System.out.printf(Locale.ROOT, "%.2f s: %s%n", seconds, said);
        }
    }
}
