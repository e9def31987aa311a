package io.github.mnist4j.tune.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.testkit.Refusal;
import io.github.mnist4j.testkit.SharedData;
import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrialLogTest {
    private static final SearchSpace SPACE =
            SearchSpace.builder("mlp")
                    .range("layers", 1, 3)
                    .range("width", 8, 64)
                    .logRange("learning-rate", 1e-4, 1e-1)
                    .choice("activation", "relu", "tanh", "sigmoid")
                    .build();

    @TempDir Path folder;
    private Path file;
    private final List<Trial> trials = new ArrayList<>();

    @BeforeEach
    void write() throws IOException {
        try (TrialLog log = TrialLog.begin(folder, search(1))) {
            for (int i = 1; i <= 5; i++) {
                Trial trial = trial(log.search(), i, i == 4);
                trials.add(trial);
                log.add(trial);
            }
            assertThat(log.trials()).isEqualTo(trials);
        }
        file = folder.resolve("trials.jsonl");
    }

    private static SearchConfig search(long seed) {
        var base = TrainingPlan.builder("mlp").optDataset(Dataset.MNIST).optEpochs(2).build();
        return SearchConfig.builder(SPACE).optBase(base).optTrials(9).optSeed(seed).build();
    }

    private static Trial trial(SearchConfig search, int number, boolean failed) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("layers", 2);
        values.put("width", 7 + number);
        values.put("learning-rate", number * 1e-3);
        values.put("activation", "tanh");
        return new Trial(
                number,
                values,
                search.plan(values),
                failed ? List.of() : Epochs.of(0.5, 1.5, 0.6, 1.25),
                failed ? Trial.Outcome.FAILED : Trial.Outcome.DONE,
                failed ? "the learning rate is too high" : null,
                number,
                number + 0.5);
    }

    private List<Trial> read(boolean skip) throws IOException {
        try (TrialLog log = TrialLog.resume(folder, skip)) {
            return log.trials();
        }
    }

    private List<String> lines() throws IOException {
        return new ArrayList<>(Files.readAllLines(file));
    }

    @Test
    void aLineThatAKilledProcessLeftIsCutOff() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        int last = lines().get(4).getBytes(StandardCharsets.UTF_8).length + 1;
        for (int cut = 2; cut < last; cut += 7) {
            Files.write(file, java.util.Arrays.copyOf(whole, whole.length - cut));
            assertThat(read(false)).isEqualTo(trials.subList(0, 4));
            assertThat(Files.size(file)).isEqualTo(whole.length - last);
        }
        // zeros, which a machine that lost its power leaves
        Files.write(file, java.util.Arrays.copyOf(whole, whole.length + 500));
        assertThat(read(false)).isEqualTo(trials);
        assertThat(file).hasBinaryContent(whole);
        // all but the line feed
        Files.write(file, java.util.Arrays.copyOf(whole, whole.length - 1));
        assertThat(read(false)).isEqualTo(trials);
        assertThat(file).hasBinaryContent(whole);
        Files.write(file, new byte[0]);
        assertThat(read(false)).isEmpty();
    }

    /** On 48a02ce the lines from the third on were gone from the disk. */
    @Test
    void aBadLineInTheMiddleKeepsTheFile() throws IOException {
        var lines = lines();
        lines.set(2, lines.get(2).substring(0, 100));
        Files.write(file, lines);
        byte[] before = Files.readAllBytes(file);
        assertThatThrownBy(() -> read(false))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        file
                                + ", line 3: it is cut off: it ends in the middle of a value; --skip-bad-trials runs its"
                                + " trial again");
        assertThat(file).hasBinaryContent(before);
        assertThat(folder.resolve("trials.jsonl.bad")).doesNotExist();
        var others = new ArrayList<>(trials);
        others.remove(2);
        assertThat(read(true)).isEqualTo(others);
        assertThat(folder.resolve("trials.jsonl.bad")).hasBinaryContent(before);
        assertThat(read(false)).isEqualTo(others);
        // and once more: neither copy is lost
        lines = lines();
        lines.set(0, "");
        lines.set(1, "x");
        Files.write(file, lines);
        assertThatThrownBy(() -> read(false))
                .hasMessageContaining("trials.jsonl, line 1: it is empty")
                .hasMessageContaining("1 more line is bad")
                .hasMessageContaining("runs their trials again");
        assertThat(read(true)).isEqualTo(others.subList(2, 4));
        assertThat(folder.resolve("trials.jsonl.bad")).hasBinaryContent(before);
        assertThat(folder.resolve("trials.jsonl.bad2")).exists();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "number\":2, | number\":0, | number is 0, 1 to 9 expected",
                "number\":2, | number\":10, | number is 10, 1 to 9 expected",
                "number\":2, | number\":1, | trial 1 appears twice",
                "number\":2, | number\":2.5, | \"number\" is 2.5, a whole number expected",
                "number\":2, | number\":null, | \"number\" is of the wrong kind, a whole number expected",
                "number\":2, | numbr\":2, | unknown name \"numbr\"",
                "Accuracy\":0.5 | Accuracy\":1.5 | a validation accuracy is 1.5, 0 to 1 expected",
                "Accuracy\":0.5 | Accuracy\":-0.5 | a validation accuracy is -0.5, 0 to 1 expected",
                "Accuracy\":0.5 | Accuracy\":null | \"history[0].validationAccuracy\" is of the wrong kind",
                "Accuracy\":0.5 | Accuracy\":\"NaN\" | a validation accuracy is NaN, 0 to 1 expected",
                "\"epoch\":2 | \"epoch\":1 | history lacks epoch 2",
                "\"history\":[ | \"history\":[null, | history has 3 epochs, 1 to 2 expected",
                "\"history\":[ | \"history\":[{}, | \"history[0].epoch\" is missing",
                "\"history\":[ | \"history\":[],\"h\":[ | unknown name \"h\"",
                "\"history\": | \"history\":null,\"h\": | unknown name \"h\"",
                "\"history\": | \"history\":{},\"h\": | \"history\" is of the wrong kind, a list expected",
                "Loss\":1.5 | Loss\":1e999 | a number is out of range",
                "Loss\":1.5 | Loss\":\"NaN\" | a validation loss is NaN, 0 or more expected",
                "Loss\":1.5 | Loss\":-1.5 | a validation loss is -1.5, 0 or more expected",
                "\"DONE\" | null | outcome is null",
                "\"DONE\" | \"WELL\" | \"outcome\" is \"WELL\", one of DONE, ENDED_EARLY, FAILED expected",
                "\"DONE\" | \"FAILED\" | a failed trial needs a failure",
                "failure\":null | failure\":\"x\" | a trial that did not fail has a failure",
                "began\":2.0 | began\":-2.0 | it began at -2.0 s and ended at 2.5 s",
                "ended\":2.5 | ended\":1.5 | it began at 2.0 s and ended at 1.5 s",
                "layers\":2 | layers\":4 | layers is \"4\", which the space does not hold",
                "layers\":2 | layers\":2.0 | layers is \"2.0\", which the space does not hold",
                "layers\":2 | layers\":null | layers is \"null\", which the space does not hold",
                "layers\":2 | layers\":[2] | layers is \"[2]\", which the space does not hold",
                "layers\":2 | layers\":3 | its plan is not that of its values",
                "layers\":2 | depth\":2 | it has values for",
                "activation\":\"tanh | activation\":\"elu | activation is \"elu\", which the space does not hold",
                "batchSize\":64 | batchSize\":32 | its plan is not that of its values",
                "batchSize\":64 | batchSize\":0 | batch size is 0, 1 or more expected",
                "batchSize\":64 | batchSize\":1e10 | \"batchSize\" is \"1.0E10\", a whole number expected",
                "dataset\":\"mnist | dataset\":\"@class | one of"
            })
    void aValueOutOfRangeIsRefused(String from, String to, String sentence) throws IOException {
        var lines = lines();
        String bad = lines.get(1).replace(from.strip(), to.strip());
        assertThat(bad).isNotEqualTo(lines.get(1));
        lines.set(1, bad);
        Files.write(file, lines);
        byte[] before = Files.readAllBytes(file);
        assertThatThrownBy(() -> read(false))
                .hasMessageStartingWith(file + ", line 2: ")
                .hasMessageContaining(sentence)
                .hasMessageContaining(TrialLog.SKIP)
                .satisfies(e -> assertThat(Refusal.wrong(e, file)).isNull());
        assertThat(file).hasBinaryContent(before);
        assertThat(read(true)).extracting(Trial::number).containsExactly(1, 3, 4, 5);
    }

    /** Lines of before a history was kept have validation metrics only, in two lists. */
    @Test
    void linesOfOldLogsAreRead() throws IOException {
        var lines = lines();
        for (int i = 0; i < 5; i++) {
            lines.set(
                    i,
                    lines.get(i)
                            .replaceAll(
                                    "\"history\":\\[.*\\],\"outcome\"",
                                    i == 3
                                            ? "\"accuracies\":[0.1],\"losses\":[\"NaN\"],\"outcome\""
                                            : "\"accuracies\":[0.5,0.6],\"losses\":[1.5,1.25],\"outcome\""));
        }
        Files.write(file, lines);
        List<Trial> old = read(false);
        assertThat(old)
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("history")
                .isEqualTo(trials);
        assertThat(old.get(0).history())
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields(
                        "trainLoss", "trainAccuracy", "learningRate", "seconds")
                .isEqualTo(trials.get(0).history());
        assertThat(old.get(3).history().get(0).validationLoss()).isNaN();
        for (String[] bad :
                new String[][] {
                    {"[0.5,", "[", "as many accuracies as losses expected"},
                    {"[0.5,", "[null,", "an accuracy or a loss is null"},
                    {"[0.5,0.6]", "null", "as many accuracies as losses expected"},
                    {"[0.5,", "[1.5,", "a validation accuracy is 1.5, 0 to 1 expected"}
                }) {
            var changed = new ArrayList<>(lines);
            changed.set(1, lines.get(1).replace(bad[0], bad[1]));
            Files.write(file, changed);
            assertThatThrownBy(() -> read(false))
                    .hasMessageStartingWith(file + ", line 2: " + bad[2]);
        }
    }

    @Test
    void textThatIsNoTextAndLinesWithoutEndAreRefused() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        byte[] bad = whole.clone();
        bad[20] = (byte) 0xff;
        Files.write(file, bad);
        assertThatThrownBy(() -> read(false))
                .hasMessageContaining("trials.jsonl, line 1: it is not UTF-8 text");
        var lines = lines(whole);
        lines.set(1, "[".repeat(3 << 20));
        Files.write(file, lines);
        assertThatThrownBy(() -> read(false))
                .hasMessageContaining("trials.jsonl, line 2: it is longer than 1 MiB");
        assertThat(read(true)).hasSize(4);
    }

    private static List<String> lines(byte[] text) {
        return new ArrayList<>(new String(text, StandardCharsets.UTF_8).lines().toList());
    }

    /** No option could fix this. */
    @Test
    void theJournalOfAnotherSpaceIsNamedAsSuch() throws IOException {
        var other = SearchSpace.builder("mlp").choice("width", 4, 8).build();
        JsonFile.write(
                folder.resolve("search.json"),
                SearchConfig.builder(other).optBase(search(1).base()).optTrials(9).build());
        for (boolean skip : new boolean[] {false, true}) {
            assertThatThrownBy(() -> read(skip))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith(
                            file + ", line 1: it belongs to another search than search.json: ")
                    .hasMessageNotContaining("--skip");
        }
        assertThat(lines()).hasSize(5);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ClassCastException-1",
                "NullPointerException-1",
                "NullPointerException-2",
                "NullPointerException-3"
            })
    void journalsThatBroke48a02ce(String name) throws IOException {
        Path hostile = SharedData.hostile().resolve("journal-" + name + ".jsonl");
        var base = TrainingPlan.builder("mlp").optDataset(Dataset.MNIST).optEpochs(1).build();
        JsonFile.write(
                folder.resolve("search.json"),
                SearchConfig.builder(SPACE).optBase(base).optTrials(9).build());
        Files.write(file, Files.readAllBytes(hostile));
        assertThatThrownBy(() -> read(false))
                .hasMessageMatching("\\S+trials.jsonl, line \\d: .*" + TrialLog.SKIP + ".*")
                .satisfies(e -> assertThat(Refusal.wrong(e, file)).isNull());
        assertThat(file).hasBinaryContent(Files.readAllBytes(hostile));
        assertThat(read(true)).hasSize(lines(Files.readAllBytes(hostile)).size() - 1);
    }

    @Test
    void aSearchThatIsNoneIsRefused() throws IOException {
        Path search = folder.resolve("search.json");
        String whole = Files.readString(search);
        for (String[] change :
                new String[][] {
                    {"\"trials\" : 9", "\"trials\" : 0", "trials is 0, 1 or more expected"},
                    {"\"trials\" : 9", "\"trials\" : 1e30", "\"trials\""},
                    {"\"RANDOM\"", "\"@class\"", "one of RANDOM, GRID, GENETIC, TPE expected"},
                    {"\"from\" : 1,", "\"from\" : -1,", "layers is -1, 0 to 8 expected"},
                    {
                        "\"model\" : \"mlp\",",
                        "\"model\" : \"java.lang.Runtime\",",
                        "\"space\" is not allowed"
                    },
                    {"\"base\" :", "\"bas\" :", "unknown name \"bas\""}
                }) {
            assertThat(whole).contains(change[0]);
            Files.writeString(search, whole.replace(change[0], change[1]));
            assertThatThrownBy(() -> read(true))
                    .as(change[1])
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith(search + ", line ")
                    .hasMessageContaining(change[2])
                    .satisfies(e -> assertThat(Refusal.wrong(e, search)).isNull());
        }
    }

    /** Everything at the ends of its range. */
    @Test
    void valuesAtTheEndsAreRead() throws IOException {
        var values = new LinkedHashMap<String, Object>();
        values.put("layers", 3);
        values.put("width", 64);
        values.put("learning-rate", 1e-1);
        values.put("activation", "sigmoid");
        Trial last = trial(9, values, 9, 9, Epochs.of(0, 0, 1, 0));
        values.put("layers", 1);
        values.put("width", 8);
        values.put("learning-rate", 1e-4);
        Trial first = trial(6, values, 0, 0, Epochs.of(1, 0));
        try (TrialLog log = TrialLog.resume(folder, false)) {
            log.add(last);
            log.add(first);
            assertThat(log.trial(9)).contains(last);
            assertThat(log.trial(7)).isEmpty();
        }
        assertThat(read(false).subList(5, 7)).containsExactly(last, first);
    }

    private static Trial trial(
            int number,
            Map<String, Object> values,
            double began,
            double ended,
            List<EpochRecord> history) {
        return new Trial(
                number,
                new LinkedHashMap<>(values),
                search(1).plan(values),
                history,
                Trial.Outcome.DONE,
                null,
                began,
                ended);
    }

    @Test
    void aNewSearchDoesNotFollowALink() throws IOException {
        Path stranger = Files.createDirectory(folder.resolve("stranger"));
        Path link = stranger.resolve("trials.jsonl");
        Files.createSymbolicLink(link, file);
        String before = Files.readString(file);
        assertThatThrownBy(() -> TrialLog.begin(stranger, search(1)))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot write " + link + ": it is a link; delete it");
        assertThat(stranger.resolve("search.json")).doesNotExist();
        assertThat(file).hasContent(before);
    }

    @Test
    void aFolderThatCannotTakeASearchIsRefused() throws IOException {
        assertThatThrownBy(() -> TrialLog.begin(folder, search(1)))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        folder
                                + " already holds a search; continue with --resume, or name another folder");
        assertThatThrownBy(() -> TrialLog.begin(file, search(1)))
                .isInstanceOf(IOException.class)
                .hasMessage("cannot write to " + file + ": it is a file, not a folder");
        Path none = folder.resolve("none");
        assertThatThrownBy(() -> TrialLog.search(none))
                .isInstanceOf(IOException.class)
                .hasMessage("no search in " + none + ": it has no search.json");
        assertThatThrownBy(() -> TrialLog.resume(none, false))
                .hasMessage("no search in " + none + ": it has no search.json");
        assertThat(none).doesNotExist();
    }

    @Test
    void anOpenLogKeepsOthersOut() throws IOException {
        TrialLog log = TrialLog.resume(folder, false);
        assertThatThrownBy(() -> read(false))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is in use");
        log.close();
        assertThat(read(false)).hasSize(5);
    }

    @Test
    void leftoversOfAKilledProcessAreDeletedAndLinksRefused() throws IOException {
        Path leftover = Files.writeString(folder.resolve(".search.json.tmp1"), "half");
        assertThat(read(false)).hasSize(5);
        assertThat(leftover).doesNotExist();
        Path link;
        try {
            link = Files.createSymbolicLink(folder.resolve("trial-006"), file);
        } catch (IOException | UnsupportedOperationException e) {
            return; // this file system has no links
        }
        assertThatThrownBy(() -> read(false)).hasMessageStartingWith(link + " is a link");
    }

    @Test
    void everyOldFileIsKept() throws IOException {
        Files.write(file, List.of("x", "y", "z"));
        assertThatThrownBy(() -> read(false))
                .hasMessageEndingWith(
                        "2 more lines are bad; --skip-bad-trials runs their trials again");
        for (String copy : List.of("trials.jsonl.bad", "trials.jsonl.bad2", "trials.jsonl.bad3")) {
            Files.writeString(file, copy + "\n");
            assertThat(read(true)).isEmpty();
            assertThat(folder.resolve(copy)).hasContent(copy);
            assertThat(file).isEmptyFile();
        }
    }
}
