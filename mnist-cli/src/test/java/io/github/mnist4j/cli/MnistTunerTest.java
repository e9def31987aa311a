package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.mnist4j.data.io.FolderLock;
import io.github.mnist4j.testkit.SharedData;
import io.github.mnist4j.tune.search.SearchConfig;
import io.github.mnist4j.tune.search.SearchSpace;
import io.github.mnist4j.tune.search.TrialLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MnistTunerTest {
    @TempDir static Path data;
    @TempDir Path folder;

    /** Far fewer than are held back from MNIST. */
    @BeforeAll
    static void generate() throws IOException {
        SmallData.write(data, "", 600, 20);
    }

    @Test
    void searchesASpaceFromAFileAndHandsTheWinnerOn() throws IOException {
        Path space =
                Files.writeString(
                        folder.resolve("space.yaml"),
                        "model: mlp\nwidth: [4, 8]\nlearning-rate: {from: 1e-3, to: 1e-1, scale: log}\n");
        Path search = folder.resolve("search");
        Said said =
                Said.mnist(
                        "tune",
                        "--space",
                        space.toString(),
                        "--search",
                        "grid",
                        "--grid-steps",
                        "2",
                        "--epochs",
                        "1",
                        "--score",
                        "loss",
                        "--no-early-ending",
                        "--time",
                        "1h30m",
                        "--seed",
                        "3",
                        "--dataset",
                        "mnist",
                        "--data",
                        data.toString(),
                        "--json",
                        "--out",
                        search.toString());
        assertThat(said.exit()).as(said.err()).isZero();
        JsonNode winner = new ObjectMapper().readTree(said.out());
        assertThat(winner.path("trials").asInt()).isEqualTo(4);
        assertThat(winner.path("values").path("width").asInt()).isIn(4, 8);
        // a table: its head, a line a trial with trial, score, best, epochs, time left, values
        assertThat(said.err())
                .contains("time left")
                .containsPattern("\\n +4/4 +\\d\\.\\d{4} +\\d\\.\\d{4} +1 +0 s +width \\d");
        for (String file :
                new String[] {
                    "search.json",
                    "trials.jsonl",
                    "best-plan.json",
                    "result.json",
                    "report.html",
                    "tune.log"
                }) {
            assertThat(search.resolve(file)).isNotEmptyFile();
        }
        assertThat(TrialLog.search(search).base().validation()).isEqualTo(100); // a sixth
        Said trained =
                Said.mnist(
                        "train",
                        "--plan",
                        search.resolve("best-plan.json").toString(),
                        "--quiet",
                        "--out",
                        folder.resolve("run").toString());
        assertThat(trained.exit()).as(trained.err()).isZero();
        // resumed when it is done: the same winner, and nothing is run
        Said again = Said.mnist("tune", "--resume", search.toString(), "--json");
        assertThat(again.exit()).as(again.err()).isZero();
        assertThat(new ObjectMapper().readTree(again.out())).isEqualTo(winner);
        assertThat(again.err()).doesNotContain("4/4");
        Said refused = Said.mnist("tune", "--resume", search.toString(), "--trials", "9");
        assertThat(refused.exit()).isEqualTo(Mnist.USAGE);
        assertThat(refused.err())
                .isEqualToNormalizingNewlines(
                        "error: --trials cannot be changed when a search is resumed\n");
        Said twice =
                Said.mnist(
                        "tune",
                        "--data",
                        data.toString(),
                        "--out",
                        search.toString(),
                        "--trials",
                        "1");
        assertThat(twice.exit()).isEqualTo(Mnist.FAILED);
        assertThat(twice.err()).contains("already holds a search").hasLineCount(1);
    }

    @Test
    void showsASpaceToMakeOnesOwnOf() throws IOException {
        Said said = Said.mnist("tune", "--show-space", "cnn");
        assertThat(said.exit()).isZero();
        Path own = Files.writeString(folder.resolve("own.yaml"), said.out());
        assertThat(SearchSpace.read(own)).isEqualTo(SearchSpace.named("cnn"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--space rnn | 2 | unknown space 'rnn', a file or one of mlp, cnn expected",
                "--space none.yaml | 1 | no space at none.yaml",
                "--trials 0 | 2 | trials is 0, 1 or more expected",
                "--time soon | 2 | 'soon' is not a time such as 90s, 30m or 1h30m",
                "--search simulated | 2 | 'simulated' is not one of random, grid, genetic, tpe",
                "--search genetic --parallel 2 | 2 | parallel is 2, 1 expected",
                "--score f1 | 2 | 'f1' is not one of accuracy, loss",
                "--epochs 0 | 2 | epochs is 0, 1 or more expected",
                "--resume nowhere | 1 | no search in nowhere",
                "--show-space rnn | 2 | unknown space 'rnn'",
                "--validation 9 | 2 | '9' is neither a number of images, 10 or more, nor a share between 0 and 1",
                "--validation 1.5 | 2 | '1.5' is neither a number of images",
                "--parallel 9999 | 2 | parallel is 9999, 1 to 256 expected",
                "--search grid --grid-steps 1000 | 2 | the grid has up to",
                "--skip-bad-trials | 2 | --skip-bad-trials goes with --resume"
            })
    void saysWhatIsWrong(String arguments, int exit, String message) {
        Said said = Said.mnist(("tune " + arguments).split(" "));
        assertThat(said.exit()).isEqualTo(exit);
        assertThat(said.err().lines().findFirst().orElse(""))
                .startsWith("error: ")
                .contains(message);
        assertThat(said.out()).isEmpty();
        assertThat(Path.of("nowhere")).doesNotExist();
    }

    private static Said tune(Path out, String... more) {
        var arguments = new ArrayList<>(List.of("tune", "--dataset", "mnist", "--data"));
        arguments.addAll(List.of(data.toString(), "--out", out.toString()));
        arguments.addAll(List.of(more));
        return Said.mnist(arguments.toArray(new String[0]));
    }

    @Test
    void aBadLineIsSkippedWhereThatWasAskedFor() throws IOException {
        Path out = folder.resolve("search");
        assertThat(tune(out, "--trials=2", "--epochs=1", "--validation=40").exit()).isZero();
        Path log = out.resolve("trials.jsonl");
        List<String> good = Files.readAllLines(log);
        Files.write(log, List.of("{}", good.get(1)));
        Said refused = Said.mnist("tune", "--resume", out.toString());
        assertThat(refused.exit()).isEqualTo(Mnist.FAILED);
        assertThat(refused.err()).startsWith("error: " + log + ", line 1: ").hasLineCount(1);
        Said resumed = Said.mnist("tune", "--resume", out.toString(), "--skip-bad-trials");
        assertThat(resumed.exit()).as(resumed.err()).isZero();
        assertThat(Files.readAllLines(log)).hasSize(2).contains(good.get(1));
        assertThat(Files.readAllLines(out.resolve("trials.jsonl.bad")))
                .containsExactly("{}", good.get(1));
    }

    @Test
    void heldBackAreAsManyAsWereAskedFor() throws IOException {
        for (String[] held : new String[][] {{"40", "40"}, {"0.2", "120"}}) {
            Path out = folder.resolve("held-" + held[1]);
            Said said = tune(out, "--trials", "1", "--epochs", "1", "--validation", held[0]);
            assertThat(said.exit()).as(said.err()).isZero();
            assertThat(TrialLog.search(out).base().validation())
                    .isEqualTo(Integer.parseInt(held[1]));
        }
        Path out = folder.resolve("none");
        Said said = tune(out, "--validation", "600");
        assertThat(said.exit()).isEqualTo(Mnist.USAGE);
        assertThat(said.err())
                .isEqualToNormalizingNewlines(
                        "error: --validation (images to hold back) is 600, at most 590 expected for the 600"
                                + " training images\n");
        assertThat(out).doesNotExist();
    }

    @Test
    void aSpaceThatIsNoneIsAnErrorOfItsFile() throws IOException {
        Path space = Files.writeString(folder.resolve("empty.yaml"), "");
        Said said = Said.mnist("tune", "--space", space.toString());
        assertThat(said.exit()).isEqualTo(Mnist.FAILED);
        assertThat(said.err())
                .isEqualToNormalizingNewlines(
                        "error: "
                                + space
                                + ", line 1: hyperparameters with their values expected\n");
        Path huge = SharedData.hostile().resolve("space-huge.yaml");
        said = Said.mnist("tune", "--space", huge.toString());
        assertThat(said.exit()).isEqualTo(Mnist.FAILED);
        assertThat(said.err())
                .isEqualToNormalizingNewlines(
                        "error: "
                                + huge
                                + ", line 2: layers: layers is 2147483646, 0 to 8 expected\n");
    }

    @Test
    void oneSearchAtATimeInAFolder() throws IOException {
        Path out = folder.resolve("search");
        var search = SearchConfig.builder(SearchSpace.named("mlp")).build();
        try (TrialLog held = TrialLog.begin(out, search)) {
            assertThat(held.trials()).isEmpty();
            Said said = Said.mnist("tune", "--resume", out.toString());
            assertThat(said.exit()).isEqualTo(Mnist.FAILED);
            assertThat(said.err())
                    .isEqualToNormalizingNewlines("error: " + out + " is in use by this process\n");
        }
        // a lock alone, of a search that was killed before it began, is nothing to resume
        Files.delete(out.resolve("search.json"));
        Files.createFile(out.resolve(FolderLock.NAME));
        Said said = Said.mnist("tune", "--resume", out.toString());
        assertThat(said.exit()).isEqualTo(Mnist.FAILED);
        assertThat(said.err()).contains("no search in " + out).hasLineCount(1);
        TrialLog.begin(out, search).close();
    }

    @Test
    void writesNothingWhereAFileIs() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "mine");
        Said said = Said.mnist("tune", "--data", data.toString(), "--out", file.toString());
        assertThat(said.exit()).isEqualTo(Mnist.FAILED);
        assertThat(said.err()).contains("it is a file, not a folder").hasLineCount(1);
        assertThat(file).hasContent("mine");
    }
}
