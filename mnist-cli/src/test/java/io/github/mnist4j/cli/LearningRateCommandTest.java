package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** {@code lr-find}: the range test. */
class LearningRateCommandTest extends CommandFixture {
    @Test
    void theRunThatARateIsFoundForIsThatOfTheOptions() throws IOException {
        var curves = new HashSet<String>();
        for (String option :
                List.of(
                        "--seed=1",
                        "--seed=2",
                        "--model=mlp:dense=8",
                        "--optimizer=sgd",
                        "--batch-size=32",
                        "--augment=affine")) {
            String out = folder.resolve("curve.png").toString();
            assertThat(
                            mnist(
                                    "lr-find",
                                    "--data=" + data,
                                    "--validation=50",
                                    "--steps=12",
                                    option,
                                    "--out",
                                    out))
                    .as(err)
                    .isZero();
            assertThat(curves.add(Files.readString(folder.resolve("curve.csv"))))
                    .as(option)
                    .isTrue();
        }
    }

    @Test
    void lrFindDrawsTheCurve() throws IOException {
        Path curve = folder.resolve("curve.png");
        assertThat(
                        mnist(
                                "lr-find",
                                "--data",
                                data.toString(),
                                "--dataset",
                                "mnist",
                                "--validation",
                                "50",
                                "--steps",
                                "60",
                                "--from",
                                "1e-4",
                                "--to",
                                "1e-2",
                                "--out",
                                curve.toString()))
                .isZero();
        List<Double> rates =
                Files.readAllLines(folder.resolve("curve.csv")).stream()
                        .skip(1)
                        .map(line -> Double.valueOf(line.split(",")[0]))
                        .toList();
        // 60 steps that rise by the same factor, from the first rate to the last
        assertThat(rates).hasSize(60);
        assertThat(rates.get(0)).isCloseTo(1e-4, withinPercentage(0.01));
        assertThat(rates.get(30) / rates.get(29))
                .isCloseTo(Math.pow(100, 1 / 59.0), withinPercentage(0.01));
        assertThat(rates.get(59)).isCloseTo(1e-2, withinPercentage(0.01));
        double found = Double.parseDouble(out.strip());
        assertThat(rates).anyMatch(rate -> Math.abs(rate / found - 1) < 0.05);
        assertThat(ImageIO.read(curve.toFile()).getWidth()).isGreaterThan(200);
        assertThat(Files.readAllLines(folder.resolve("curve.csv")))
                .hasSizeBetween(10, 61)
                .first()
                .isEqualTo("learning_rate,loss");
        assertThat(mnist("lr-find", "--data", data.toString(), "--from", "1", "--to", "0.1"))
                .isEqualTo(2);
        assertOneLineError("must rise");
        assertThat(mnist("lr-find", "--out", folder.toString())).isEqualTo(1);
        assertOneLineError(folder + ": it is a folder");
    }
}
