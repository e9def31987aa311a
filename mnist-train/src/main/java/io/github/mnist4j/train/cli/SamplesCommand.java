package io.github.mnist4j.train.cli;

import io.github.mnist4j.data.DataSource;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.train.Pictures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Draws a sheet of a data set's pictures. */
@Command(
        name = "samples",
        description = "Draw the first pictures of a data set as a sheet (PNG).",
        mixinStandardHelpOptions = true)
final class SamplesCommand implements Callable<Integer> {
    @Mixin private DataOptions data;

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "100",
            description = "Pictures. Default: ${DEFAULT-VALUE}")
    private int count;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            defaultValue = "samples.png",
            description = "Where to write. Default: ${DEFAULT-VALUE}")
    private Path out;

    @Override
    public Integer call() throws IOException {
        if (count < 1) {
            throw new IllegalArgumentException("count is " + count + ", 1 or more expected");
        }
        DataSource.Loaded loaded = data.load(Mnist.terminal());
        loaded.notice().ifPresent(notice -> System.err.println("NOTICE    " + notice));
        DigitSet digits = loaded.train().first(count);
        int columns = Math.min(digits.size(), 20);
        int rows = (digits.size() + columns - 1) / columns;
        var sheet =
                Pictures.grid(
                        digits,
                        rows,
                        columns,
                        i -> new Pictures.Caption(String.valueOf(digits.label(i)), true));
        Path temporary = out.resolveSibling(out.getFileName() + ".tmp");
        ImageIO.write(sheet, "png", temporary.toFile());
        Files.move(
                temporary,
                out,
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.ATOMIC_MOVE);
        System.out.println(out);
        return 0;
    }
}
