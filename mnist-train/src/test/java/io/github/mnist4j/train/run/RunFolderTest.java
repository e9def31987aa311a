package io.github.mnist4j.train.run;

import static io.github.mnist4j.train.ResumeTest.recorder;
import static io.github.mnist4j.train.ResumeTest.resume;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.models.ModelCard;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.models.Provenance;
import io.github.mnist4j.train.Checkpoint;
import io.github.mnist4j.train.ResumeTest;
import io.github.mnist4j.train.StopReason;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.TrainingCallback;
import io.github.mnist4j.train.TrainingState;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who works in a folder, and what is left in it. */
class RunFolderTest {
    private static DatasetLoader.Loaded data;

    @TempDir Path folder;

    private final TrainingPlan plan = ResumeTest.full("mlp").optEpochs(1).build();

    @BeforeAll
    static void generate() throws IOException {
        data = DatasetLoader.builder().optGeneratedSizes(300, 50).build().load(Dataset.GENERATED);
    }

    /** A run that is killed after its last checkpoint and before its report. */
    private Path unreported(TrainingPlan plan) throws IOException {
        Path run = folder.resolve("run");
        Trainer.run(plan, data, recorder(run));
        Files.delete(run.resolve("report.json"));
        return run;
    }

    /** As a process that is killed leaves the folder, but for the lock, which its death frees. */
    private void leaveBeforeTheFirstCheckpoint(Path run) {
        TrainingCallback killer =
                new TrainingCallback() {
                    @Override
                    public void onStep(Step step) throws IOException {
                        if (step.batch() == 3) {
                            throw new IOException("killed here");
                        }
                    }
                };
        assertThatThrownBy(() -> Trainer.run(plan, data, recorder(run), killer))
                .hasMessage("killed here");
    }

    @Test
    void oneAtATime() throws IOException {
        Path run = folder.resolve("run");
        try (RunFolder first = RunFolder.at(run)) {
            assertThatThrownBy(() -> RunFolder.at(run)).hasMessageContaining("in use by");
            assertThat(first.path()).isDirectory();
        }
        assertThat(run).doesNotExist();
        Trainer.run(plan, data, recorder(run));
        // the trainer has let go of it
        assertThatThrownBy(() -> RunFolder.at(run)).hasMessageContaining("holds a run already");
        Files.delete(run.resolve("report.json"));
        try (RunFolder resumed = RunFolder.resume(run)) {
            assertThatThrownBy(() -> RunFolder.resume(run)).hasMessageContaining("in use by");
            assertThatThrownBy(() -> RunFolder.at(run)).hasMessageContaining("in use by");
        }
        assertThat(resume(run, data).test()).isNotNull();
    }

    @Test
    void aRunThatWasKilledBeforeItsFirstCheckpointIsBegunAnew() throws IOException {
        Path run = folder.resolve("run");
        leaveBeforeTheFirstCheckpoint(run);
        Files.writeString(run.resolve(".last.zip.tmp123-1"), "half a checkpoint");
        assertThat(run.resolve("plan.json")).exists();
        assertThatThrownBy(() -> RunFolder.resume(run))
                .hasMessageContaining("before its first checkpoint")
                .hasMessageContaining("--out " + run);
        assertThat(Trainer.run(plan, data, recorder(run)).test()).isNotNull();
        assertThat(run.toFile().list()).noneMatch(name -> name.contains(".tmp"));
        assertThat(Files.readAllLines(run.resolve("metrics.jsonl"))).doesNotHaveDuplicates();
    }

    /** A search's trial, whose folder has neither a log nor samples. */
    @Test
    void aRunThatWasKilledBeforeItsFirstStepIsBegunAnew() {
        Path run = folder.resolve("run");
        TrainingCallback killer =
                new TrainingCallback() {
                    @Override
                    public void onStart(Trainer.Start start) throws IOException {
                        throw new IOException("killed here");
                    }
                };
        for (int attempt = 1; attempt <= 2; attempt++) {
            assertThatThrownBy(
                            () ->
                                    Trainer.run(
                                            plan, data, recorder(run).withoutCheckpoints(), killer))
                    .hasMessage("killed here");
            assertThat(run.toFile().list()).containsExactlyInAnyOrder("plan.json", "metrics.jsonl");
        }
    }

    @Test
    void aBadLineAmongTheFiguresDoesNotCostThoseAfterIt() throws IOException {
        Path run = unreported(plan);
        Path metrics = run.resolve("metrics.jsonl");
        List<String> good = Files.readAllLines(metrics);
        assertThat(good).hasSizeGreaterThan(1);
        var lines = new ArrayList<>(good);
        lines.add(1, "{\"epoch\": \u00e9 damaged");
        Files.write(metrics, lines, StandardCharsets.ISO_8859_1); // and so not UTF-8
        Files.writeString(metrics, "{\"epoch\":", StandardOpenOption.APPEND);
        RunFolder.resume(run).close();
        assertThat(Files.readAllLines(metrics, StandardCharsets.ISO_8859_1))
                .containsExactlyElementsOf(lines);
    }

    /** Between the first epoch's best.zip and its last.zip. */
    @Test
    void aRunThatWasKilledInItsFirstCheckpointIsBegunAnew() throws IOException {
        Path run = unreported(plan);
        Files.delete(run.resolve("last.zip"));
        Files.delete(run.resolve("confusion.png"));
        assertThatThrownBy(() -> RunFolder.resume(run)).hasMessageContaining("--out " + run);
        assertThat(Trainer.run(plan, data, recorder(run)).test()).isNotNull();
    }

    @Test
    void whatIsNotOursOrHoldsAModelIsNotDeleted() throws IOException {
        Path run = folder.resolve("run");
        leaveBeforeTheFirstCheckpoint(run);
        for (String name : new String[] {"epoch-0001.zip", "notes.txt", "history.csv"}) {
            Path mine = Files.writeString(run.resolve(name), "epoch\n1\n2\n");
            assertThatThrownBy(() -> RunFolder.at(run)).hasMessageContaining("holds a run already");
            assertThatThrownBy(() -> RunFolder.resume(run))
                    .hasMessageContaining("start it again in another folder");
            Files.delete(mine);
        }
        // one of a search's trials
        Path trial = folder.resolve("trial");
        Trainer.fit(plan, data, recorder(trial).withoutCheckpoints());
        assertThat(trial.resolve("last.zip")).doesNotExist();
        assertThatThrownBy(() -> RunFolder.at(trial)).hasMessageContaining("holds a run already");
        assertThat(trial.resolve("best.zip")).exists();
        Files.writeString(folder.resolve("search.json"), "{}");
        assertThatThrownBy(() -> RunFolder.resume(trial))
                .hasMessage(
                        trial
                                + " is a trial of a search; go on with mnist tune --resume "
                                + folder);
        // a plan that somebody put there
        Path other = Files.createDirectory(folder.resolve("other"));
        Files.writeString(other.resolve("plan.json"), plan.toJson());
        Files.createFile(other.resolve(".lock")); // of whoever looked into the folder
        assertThatThrownBy(() -> RunFolder.at(other)).hasMessageContaining("holds a run already");
        assertThat(other.resolve("plan.json")).exists();
    }

    @Test
    void aStartThatFailsLeavesNothing() throws IOException {
        Path run = folder.resolve("a").resolve("run");
        TrainingPlan large = plan.toBuilder().optValidation(299).build();
        assertThatThrownBy(() -> Trainer.run(large, data, recorder(run)))
                .hasMessageContaining("--validation");
        assertThat(folder).isEmptyDirectory();
    }

    /** What a stranger's last.zip says of itself. */
    @Test
    void aCheckpointThatDoesNotFitIsRefusedWithASentence() throws IOException {
        Path run = unreported(plan.toBuilder().optEpochs(2).build());
        Path last = run.resolve("last.zip");
        Checkpoint good = Checkpoint.load(last);
        var card = ModelFile.load(last).card();

        new Checkpoint(
                        TrainingState.begin(ResumeTest.full("cnn-small").build()),
                        good.state(),
                        null)
                .save(last, Normalization.MNIST, ModelCard.of("cnn-small", Provenance.UNKNOWN));
        assertThatThrownBy(() -> Checkpoint.load(last)).hasMessageContaining("do not fit");

        String plan = Files.readString(run.resolve("plan.json"));
        good.save(last, Normalization.MNIST, card);
        Files.writeString(
                run.resolve("plan.json"), plan.replaceFirst("\"epochs\" : 2", "\"epochs\" : 1"));
        assertThatThrownBy(() -> resume(run, data))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is not from the run")
                .hasMessageContaining("epoch 3 of 1");
        Files.writeString(
                run.resolve("plan.json"),
                plan.replaceFirst("\"model\" : \"mlp\"", "\"model\" : \"mlp:dense=8\""));
        assertThatThrownBy(() -> resume(run, data))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a different number of weights");

        Checkpoint.State s = good.state();
        assertThatThrownBy(
                        () ->
                                new Checkpoint.State(
                                        7,
                                        s.seen(),
                                        s.history(),
                                        s.best(),
                                        s.stopping(),
                                        s.rate(),
                                        s.averaged(),
                                        s.ended(),
                                        s.threads()))
                .hasMessageContaining("the history has 2 epochs, 6 expected");
    }

    /** Without a reason to have ended it would train for ever. */
    @Test
    void aRunBehindItsLastEpochIsOver() throws IOException {
        Path run = unreported(plan);
        Path last = run.resolve("last.zip");
        Checkpoint whole = Checkpoint.load(last);
        ModelCard card = ModelFile.load(last).card();
        Checkpoint.State s = whole.state();
        for (StopReason none : new StopReason[] {null, StopReason.REQUESTED}) {
            new Checkpoint(
                            whole.network(),
                            new Checkpoint.State(
                                    s.epoch(),
                                    s.seen(),
                                    s.history(),
                                    s.best(),
                                    s.stopping(),
                                    s.rate(),
                                    s.averaged(),
                                    none,
                                    s.threads()),
                            whole.average())
                    .save(last, plan.normalization(), card);
            assertThatThrownBy(() -> resume(run, data))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("it is in epoch 2 of 1");
        }
    }

    @Test
    void aCheckpointHasTheOptimizersState() throws IOException {
        Path run = folder.resolve("run");
        Trainer.run(plan, data, recorder(run));
        Path last = run.resolve("last.zip");
        ModelFile.Contents whole = ModelFile.loadAll(last);
        ModelFile.save(
                last,
                whole.model().network(),
                whole.model().normalization(),
                whole.model().card(),
                false,
                Map.of(
                        ModelFile.TRAINING,
                        whole.training().getBytes(StandardCharsets.UTF_8),
                        ModelFile.AVERAGE,
                        new byte[Math.toIntExact(4 * whole.average().length())]));
        assertThatThrownBy(() -> Checkpoint.load(last))
                .isInstanceOf(IOException.class)
                .hasMessage(last + " is not a checkpoint: it has no state of the optimizer");
    }

    /** A number in training.json that no run can have written. */
    @Test
    void everyFieldOfACheckpointHasItsRange() throws IOException {
        Path run = folder.resolve("run");
        Trainer.run(plan, data, recorder(run));
        Path last = run.resolve("last.zip");
        ModelFile.Contents whole = ModelFile.loadAll(last);
        String good = whole.training();
        for (String[] change :
                new String[][] {
                    {"\"epoch\" : 2", "\"epoch\" : -2"},
                    {"\"epoch\" : 2", "\"epoch\" : 99999999999"},
                    {"\"epoch\" : 2", "\"epoch\" : null"},
                    {"\"waited\" : \\d+", "\"waited\" : -1"},
                    {"\"validationLoss\" : [^,]+", "\"validationLoss\" : \"NaN\""},
                    {"\"validationAccuracy\" : [^,]+", "\"validationAccuracy\" : 7"},
                    {"\"averaged\" : \\d+", "\"averaged\" : 0"},
                    {"\"reduction\" : [^,]+", "\"reduction\" : 1e300"},
                    {"\"ended\" : \"\\w+\"", "\"ended\" : \"DIVERGED\""},
                    {"\"openMp\" : \\d+", "\"openMp\" : 0"},
                    {"(?s)\"best\" : \\{.*?\\}", "\"best\" : null"},
                    {"(?s).*", "[]"},
                    {"(?s).*", ""},
                }) {
            String bad = good.replaceFirst(change[0], change[1]);
            assertThat(bad).as(change[0]).isNotEqualTo(good);
            ModelFile.save(
                    last,
                    whole.model().network(),
                    whole.model().normalization(),
                    whole.model().card(),
                    true,
                    Map.of(
                            ModelFile.TRAINING,
                            bad.getBytes(StandardCharsets.UTF_8),
                            ModelFile.AVERAGE,
                            new byte[Math.toIntExact(4 * whole.average().length())]));
            assertThatThrownBy(() -> Checkpoint.load(last))
                    .as(change[1])
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith(last.toString())
                    .hasMessageNotContaining("Exception")
                    .hasMessageNotContaining("mnist4j.");
        }
    }

    @Test
    void aStrangersRunWithALinkInItIsNotResumed(@TempDir Path stranger) throws IOException {
        Path precious = Files.writeString(stranger.resolve("precious"), "mine");
        Path run = Files.createDirectory(stranger.resolve("run"));
        Files.writeString(run.resolve("plan.json"), "{}");
        Files.createSymbolicLink(run.resolve("history.csv"), precious);
        assertThatThrownBy(() -> RunFolder.resume(run))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(run.resolve("history.csv") + " is a link");
        assertThat(precious).hasContent("mine");
    }

    @Test
    void aNewRunReplacesLinksInAStrangersFolder(@TempDir Path stranger) throws IOException {
        Path precious = Files.writeString(stranger.resolve("precious"), "mine");
        Path run = Files.createDirectory(stranger.resolve("run"));
        for (String name : new String[] {"metrics.jsonl", "history.csv", "best.zip"}) {
            Files.createSymbolicLink(run.resolve(name), precious);
        }
        Trainer.run(plan, data, recorder(run));
        assertThat(precious).hasContent("mine");
        assertThat(run.resolve("metrics.jsonl")).isRegularFile();
        assertThat(Files.isSymbolicLink(run.resolve("metrics.jsonl"))).isFalse();
    }
}
