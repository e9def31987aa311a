package io.github.mnist4j.train.run;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.io.FolderLock;
import io.github.mnist4j.data.io.IoErrors;
import io.github.mnist4j.models.ModelCard;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.models.ProvenanceBuilder;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.models.json.JsonFormatException;
import io.github.mnist4j.train.Checkpoint;
import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.TrainingCallback;
import io.github.mnist4j.train.TrainingResult;
import io.github.mnist4j.train.backend.Backend;
import io.github.mnist4j.train.chart.Charts;
import io.github.mnist4j.train.chart.DigitSheets;
import io.github.mnist4j.train.evaluate.ClassificationMetrics;
import java.awt.image.BufferedImage;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes everything about a run into one folder: {@code plan.json}, {@code samples.png}; as it goes
 * {@code metrics.jsonl}; after every epoch {@code history.csv}, {@code history.png}, {@code
 * last.zip}, from which it can be resumed, and, for a better one, {@code best.zip}; at the end
 * {@code confusion.png} and {@code report.json}. Each file but {@code metrics.jsonl}, which only
 * grows, is written under another name and then renamed, so one that is there is whole.
 *
 * <p>From here on until {@link #close}, which the {@link Trainer} calls when the run is over, no
 * other process and no other object can work in the folder.
 */
public final class RunFolder implements TrainingCallback, Closeable {
    private static final String METRICS = "metrics.jsonl";

    /** The command line's log of the run. */
    public static final String LOG_FILE = "train.log";

    /** Steps between two lines of metrics. */
    private static final int STEPS = 50;

    /** Part of the answers above the card's threshold that are right, on validation images. */
    private static final double TRUSTED = 0.998;

    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

    private static final Logger LOG = LoggerFactory.getLogger(RunFolder.class);

    /** What shows that a run of ours wrote a plan.json that is found. */
    private static final Set<String> SIGNS =
            Set.of(FolderLock.NAME, LOG_FILE, METRICS, "samples.png");

    private static final Set<String> OF_EPOCHS = Set.of("best.zip", "history.csv", "history.png");

    private final Path folder;
    private final FolderLock lock;

    /** Folders that were not there before this run, the innermost first. */
    private final List<Path> made;

    /** Whether there was a log before this run. */
    private final boolean logged;

    private boolean begun;
    private final List<EpochRecord> history = new ArrayList<>();
    private Trainer.Start start;
    private String trainDigest;
    private int every = 1;
    private int keep = 1;
    private int batches;

    private RunFolder(Path folder, FolderLock lock, List<Path> made) {
        this.folder = folder;
        this.lock = lock;
        this.made = made;
        logged = Files.exists(folder.resolve(LOG_FILE));
    }

    /**
     * Saves {@code last.zip} after every so many epochs (default 1; and always when the run ends)
     * and keeps so many of them, the newest (default 1; more go by the name {@code
     * epoch-0007.zip}).
     *
     * @throws IllegalArgumentException if either is not 1 or more
     */
    public RunFolder optCheckpoints(int every, int keep) {
        if (every < 1 || keep < 1) {
            throw new IllegalArgumentException(
                    "checkpoint every " + every + " epochs, keep " + keep + ": 1 or more expected");
        }
        this.every = every;
        this.keep = keep;
        return this;
    }

    /**
     * For one of many runs, which nobody will resume or watch: no {@code last.zip}, no {@code
     * samples.png}, and {@code history.png} only when the run ends.
     */
    public RunFolder optLean() {
        keep = 0;
        return this;
    }

    /**
     * The folder of a run that was left, to be given to {@link Trainer#resume}.
     *
     * @throws IOException if it holds no run that can be resumed; the message says why
     */
    public static RunFolder resume(Path folder) throws IOException {
        if (!Files.exists(folder.resolve("plan.json"))) {
            throw new IOException("no run in " + folder + ": it has no plan.json");
        }
        FolderLock.refuseLinks(folder);
        FolderLock lock = FolderLock.take(folder, "train");
        try {
            var run = new RunFolder(folder, lock, List.of());
            run.begun = true;
            run.findCheckpoint();
            return run;
        } catch (Throwable e) {
            lock.close();
            throw e;
        }
    }

    private void findCheckpoint() throws IOException {
        if (Files.exists(folder.resolve("report.json"))) {
            throw new IOException("the run in " + folder + " is done; there is nothing to resume");
        }
        if (!Files.exists(folder.resolve("last.zip"))) {
            throw new IOException(
                    "the run in "
                            + folder
                            + " ended before its first checkpoint; begin it anew"
                            + (mayBeCleared(folder)
                                    ? ", which --out " + folder + " does"
                                    : " in another folder"));
        }
        deleteHalfWritten();
        Checkpoint.State state = Checkpoint.load(folder.resolve("last.zip")).state();
        history.addAll(state.history());
        forgetStepsAfter(state);
    }

    /**
     * Whether all that is there is what a run leaves that was killed before its first checkpoint:
     * at most one epoch's model, and not one of the many that {@link #optLean} is for.
     */
    private static boolean mayBeCleared(Path folder) throws IOException {
        boolean ours = false;
        boolean lean =
                Files.notExists(folder.resolve("samples.png"))
                        && Files.notExists(folder.resolve(LOG_FILE));
        Set<String> ofEpochs =
                lean || epochs(folder.resolve("history.csv")) > 1 ? Set.of() : OF_EPOCHS;
        try (var files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (!SIGNS.contains(name)
                        && !ofEpochs.contains(name)
                        && !name.equals("plan.json")
                        && !isHalfWritten(name)) {
                    return false;
                }
                ours |= SIGNS.contains(name);
            }
        } catch (DirectoryIteratorException e) {
            throw IoErrors.named("read", folder, e.getCause());
        }
        return ours;
    }

    /** How many epochs a history.csv has; 0 if there is none. */
    private static long epochs(Path history) throws IOException {
        if (!Files.isRegularFile(history)) {
            return 0;
        }
        try (var lines = Files.lines(history, StandardCharsets.ISO_8859_1)) {
            return lines.skip(1).count();
        } catch (UncheckedIOException e) {
            throw IoErrors.named("read", history, e.getCause());
        }
    }

    private static boolean isHalfWritten(String name) {
        return name.matches("\\..*\\.tmp\\d.*|\\.writable.*");
    }

    /** A run that was ended before it came to anything is begun anew in its place. */
    private void clear() throws IOException {
        for (String name : OF_EPOCHS) {
            Files.deleteIfExists(folder.resolve(name));
        }
        for (String name : List.of("samples.png", METRICS, LOG_FILE, "plan.json")) {
            Files.deleteIfExists(folder.resolve(name));
        }
        deleteHalfWritten();
    }

    /** What a process that was killed while it wrote left under another name. */
    private void deleteHalfWritten() throws IOException {
        AtomicFile.deleteLeftovers(folder);
        try (var files = Files.newDirectoryStream(folder, ".writable*")) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }

    /** Lines of steps that the resumed run will take again. */
    private void forgetStepsAfter(Checkpoint.State state) throws IOException {
        Path file = folder.resolve(METRICS);
        if (!Files.exists(file)) {
            return;
        }
        var kept = new StringBuilder();
        // each byte a character: whatever a line holds goes back to the disk as it was
        List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            try {
                JsonNode values =
                        JsonFile.parse(line, file.toString(), i + 1, JsonNode.class, true);
                int epoch = values.path("epoch").asInt();
                boolean ofStep = values.has("batch");
                if (epoch < state.epoch()
                        || (epoch == state.epoch()
                                && ofStep
                                && values.path("batch").asInt() <= state.seen().batches())) {
                    kept.append(line).append('\n');
                }
            } catch (JsonFormatException e) {
                // the last is the line at which the process was killed; one before it is not ours
                // to delete
                if (i < lines.size() - 1) {
                    kept.append(line).append('\n');
                }
            }
        }
        write(METRICS, kept.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A new folder of the name {@code <time>-<model>} below the given one. */
    public static RunFolder below(Path parent, String model) throws IOException {
        return at(unused(parent, model));
    }

    /** {@code <time>-<what>} below the given folder, where there is nothing yet. */
    public static Path unused(Path parent, String what) {
        // a description such as mlp:dense=64 holds what a file's name should not
        String name = LocalDateTime.now().format(NAME) + "-" + what.replaceAll("[^\\w]+", "-");
        Path folder = parent.resolve(name);
        // two runs may begin in one second
        for (int i = 2; Files.exists(folder); i++) {
            folder = parent.resolve(name + "-" + i);
        }
        return folder;
    }

    /**
     * This folder, made if it is not there. What a run left in it that was killed before its first
     * checkpoint is deleted.
     *
     * @throws IOException if it holds a run already, another process works in it, or it cannot be
     *     written to; the message says which
     */
    public static RunFolder at(Path folder) throws IOException {
        var made = new ArrayList<Path>();
        for (Path f = folder.toAbsolutePath(); f != null && !Files.exists(f); f = f.getParent()) {
            made.add(f);
        }
        FolderLock lock = null;
        try {
            try {
                Files.createDirectories(folder);
                Files.delete(Files.createTempFile(folder, ".writable", null));
            } catch (FileAlreadyExistsException e) {
                throw new IOException(
                        "cannot write to " + folder + ": it is a file, not a folder", e);
            } catch (IOException e) {
                throw new IOException("cannot write to " + folder + ": " + IoErrors.reason(e), e);
            }
            // before there is a lock of ours, which is a sign of a run too; and again, when nobody
            // else can be at work any more
            boolean clear = mayBeCleared(folder);
            lock = FolderLock.take(folder, "train");
            clear &= mayBeCleared(folder);
            var run = new RunFolder(folder, lock, made);
            if (clear) {
                run.clear();
            } else if (Files.exists(folder.resolve("plan.json"))) {
                throw new IOException(
                        folder + " holds a run already; name another folder with --out");
            }
            return run;
        } catch (Throwable e) {
            if (lock != null) {
                lock.close();
            }
            unmake(made);
            throw e;
        }
    }

    /** Deletes folders, the innermost first, as far as they are empty. */
    private static void unmake(List<Path> folders) {
        for (Path f : folders) {
            if (!f.toFile().delete()) {
                return;
            }
        }
    }

    /**
     * Lets others work in the folder. Where the run failed before it began, whatever was made for
     * it is deleted. A second call does nothing.
     */
    @Override
    public void close() throws IOException {
        if (!begun && !logged) {
            folder.resolve(LOG_FILE).toFile().delete();
        }
        lock.close();
        if (!begun) {
            unmake(made);
        }
        begun = true; // once is enough
    }

    @Override
    public void onClose() throws IOException {
        close();
    }

    /** Where the files go. */
    public Path path() {
        return folder;
    }

    @Override
    public void onStart(Trainer.Start start) throws IOException {
        this.start = start;
        begun = true;
        trainDigest = start.data().train().digest();
        if (Files.exists(folder.resolve("plan.json"))) {
            return; // resumed
        }
        write("plan.json", start.plan().toJson().getBytes(StandardCharsets.UTF_8));
        if (keep > 0) {
            picture("samples.png", () -> samples(start.split().train()));
        }
    }

    /** Ten of each digit. */
    private static BufferedImage samples(DigitSet digits) {
        int[] chosen = new int[100];
        int[] count = new int[DigitSet.CLASSES];
        for (int i = 0; i < digits.size(); i++) {
            int label = digits.label(i);
            if (count[label] < 10) {
                chosen[10 * label + count[label]++] = i;
            }
        }
        return DigitSheets.grid(digits.subset(chosen), 10, 10, null);
    }

    @Override
    public void onEpochStart(int epoch, int batches) {
        this.batches = batches;
    }

    @Override
    public void onStep(Step step) throws IOException {
        if (step.batch() % STEPS == 0 || step.batch() == batches) {
            var line = new LinkedHashMap<String, Object>();
            line.put("epoch", step.epoch());
            line.put("batch", step.batch());
            line.put("iteration", step.iteration());
            line.put("loss", step.loss());
            line.put("learningRate", step.learningRate());
            append(line);
        }
    }

    private void append(Object line) throws IOException {
        Path file = folder.resolve(METRICS);
        try {
            Files.writeString(
                    file,
                    JsonFile.line(line) + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw IoErrors.named("write", file, e);
        }
    }

    @Override
    public void onEpochEnd(EpochRecord epoch, MultiLayerNetwork network, boolean best)
            throws IOException {
        history.add(epoch);
        append(epoch);
        write("history.csv", csv(history).getBytes(StandardCharsets.UTF_8));
        if (keep > 0) {
            picture("history.png", () -> Charts.history(history));
        }
        if (best) {
            ModelFile.save(
                    folder.resolve("best.zip"),
                    network,
                    start.plan().normalization(),
                    card(epoch),
                    false);
        }
    }

    /** After best.zip: whoever resumes from this one finds the best epoch that it knows of. */
    @Override
    public void onCheckpoint(Checkpoint checkpoint) throws IOException {
        int done = history.size();
        boolean goesOn = checkpoint.state().ended() == null;
        if (keep == 0) {
            if (!goesOn && done > 0) {
                picture("history.png", () -> Charts.history(history));
            }
            return;
        }
        if (goesOn && done % every != 0) {
            return;
        }
        EpochRecord last = done == 0 ? null : history.get(done - 1);
        checkpoint.save(folder.resolve("last.zip"), start.plan().normalization(), card(last));
        if (keep > 1 && done > 0) {
            AtomicFile.write(
                    folder.resolve(String.format(Locale.ROOT, "epoch-%04d.zip", done)),
                    out -> Files.copy(folder.resolve("last.zip"), out));
            try (var files = Files.newDirectoryStream(folder, "epoch-????.zip")) {
                var kept = new ArrayList<Path>();
                files.forEach(kept::add);
                kept.sort(null);
                for (Path old : kept.subList(0, Math.max(0, kept.size() - keep))) {
                    Files.delete(old);
                }
            }
        }
    }

    private ModelCard card(EpochRecord epoch) {
        var more = new LinkedHashMap<String, Object>();
        more.put("plan", start.plan());
        if (epoch != null) {
            more.put("epoch", epoch);
        }
        return ModelCard.of(
                start.plan().model(),
                ProvenanceBuilder.builder()
                        .optDataset(start.data().dataset().toString())
                        .optTrainDigest(trainDigest)
                        .optMore(more)
                        .build());
    }

    /** What a user of the model wants to know, and only the end of the run knows. */
    private ModelCard finalCard(TrainingResult result) {
        ModelCard card = card(result.bestEpoch());
        DigitSet validation = start.split().validation();
        double threshold =
                ClassificationMetrics.of(result.network(), validation, result.normalization())
                        .threshold(validation, TRUSTED);
        return card.withProvenance(
                ProvenanceBuilder.builder(card.provenance())
                        .optThreshold(threshold)
                        .optTestAccuracy(result.test().accuracy())
                        .optTestLoss(result.test().loss())
                        .optTestDigest(result.data().test().digest())
                        .optTrained(LocalDate.now().toString())
                        .optVersion(version())
                        .build());
    }

    static String csv(List<EpochRecord> history) {
        var text =
                new StringBuilder(
                        "epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate,seconds\n");
        for (EpochRecord e : history) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            "%d,%.8f,%.6f,%.8f,%.6f,%.8g,%.3f%n",
                            e.epoch(),
                            e.trainLoss(),
                            e.trainAccuracy(),
                            e.validationLoss(),
                            e.validationAccuracy(),
                            e.learningRate(),
                            e.seconds()));
        }
        return text.toString().replace(System.lineSeparator(), "\n");
    }

    @Override
    public void onEnd(TrainingResult result) throws IOException {
        if (result.test() == null) {
            return; // to be resumed
        }
        picture("confusion.png", () -> Charts.confusion(result.test().confusion()));
        ModelFile.save(
                folder.resolve("best.zip"),
                result.network(),
                result.normalization(),
                finalCard(result),
                false);
        write("report.json", JsonFile.bytes(report(result)));
    }

    /** What {@code report.json} holds. */
    public Map<String, Object> report(TrainingResult result) {
        var report = new LinkedHashMap<String, Object>();
        report.put("testAccuracy", result.test().accuracy());
        report.put("testLoss", result.test().loss());
        report.put("best", result.bestEpoch());
        report.put("reason", result.reason());
        report.put("advice", result.advice());
        report.put("worstConfusions", result.test().worst(10));
        report.put("dataset", result.data().dataset().toString());
        report.put("origin", result.data().origin());
        result.data().notice().ifPresent(notice -> report.put("notice", notice));
        report.put("trainDigest", trainDigest);
        report.put("testDigest", result.data().test().digest());
        report.put("seed", result.plan().seed());
        report.put("parameters", result.network().numParams());
        report.put("seconds", history.stream().mapToDouble(EpochRecord::seconds).sum());
        report.put("backend", Backend.facts());
        report.put("threads", Backend.threads());
        report.put("version", version());
        return report;
    }

    static String version() {
        String version = RunFolder.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    /** A machine without fonts cannot draw text; that must not cost anybody a training. */
    private void picture(String name, Supplier<BufferedImage> drawing) throws IOException {
        byte[] png;
        try {
            png = AtomicFile.png(drawing.get());
        } catch (RuntimeException | LinkageError | InternalError e) {
            LOG.warn("{} was not drawn: {}", name, e.toString());
            return;
        }
        write(name, png);
    }

    private void write(String name, byte[] content) throws IOException {
        AtomicFile.write(folder.resolve(name), content);
    }
}
