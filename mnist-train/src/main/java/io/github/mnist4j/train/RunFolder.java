package io.github.mnist4j.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.models.ModelFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes everything about a run into one folder: {@code plan.json}, {@code samples.png}, after
 * every epoch {@code history.csv}, {@code history.png}, {@code last.zip} and, for a better one,
 * {@code best.zip}; at the end {@code confusion.png} and {@code report.json}. Each file is written
 * under another name and then renamed, so one that is there is whole.
 */
public final class RunFolder implements TrainingCallback {
    private static final ObjectMapper JSON =
            new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final DateTimeFormatter NAME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

    private static final Logger LOG = LoggerFactory.getLogger(RunFolder.class);

    private final Path folder;
    private final List<EpochRecord> history = new ArrayList<>();
    private Trainer.Start start;
    private String trainDigest;

    private RunFolder(Path folder) {
        this.folder = folder;
    }

    /** A new folder of the name {@code <time>-<model>} below the given one. */
    public static RunFolder below(Path parent, String model) throws IOException {
        String name = LocalDateTime.now().format(NAME) + "-" + model;
        Path folder = parent.resolve(name);
        // two runs may begin in one second
        for (int i = 2; Files.exists(folder); i++) {
            folder = parent.resolve(name + "-" + i);
        }
        return at(folder);
    }

    /**
     * This folder, made if it is not there.
     *
     * @throws IOException if it holds a run already or cannot be written to; the message says which
     */
    public static RunFolder at(Path folder) throws IOException {
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, ".writable", null));
        } catch (FileAlreadyExistsException e) {
            throw new IOException("cannot write to " + folder + ": it is a file, not a folder", e);
        } catch (AccessDeniedException e) {
            throw new IOException("cannot write to " + folder + ": permission denied", e);
        } catch (IOException e) {
            throw new IOException("cannot write to " + folder + ": " + e.getMessage(), e);
        }
        if (Files.exists(folder.resolve("plan.json"))) {
            throw new IOException(folder + " holds a run already; name another folder with --out");
        }
        return new RunFolder(folder);
    }

    /** Where the files go. */
    public Path path() {
        return folder;
    }

    @Override
    public void onStart(Trainer.Start start) throws IOException {
        this.start = start;
        trainDigest = start.data().train().digest();
        write("plan.json", JSON.writeValueAsBytes(start.plan()));
        picture("samples.png", () -> samples(start.split().train()));
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
        return Pictures.grid(digits.subset(chosen), 10, 10, null);
    }

    @Override
    public void onEpochEnd(EpochRecord epoch, MultiLayerNetwork network, boolean best)
            throws IOException {
        history.add(epoch);
        write("history.csv", csv(history).getBytes(StandardCharsets.UTF_8));
        picture("history.png", () -> Charts.history(history));
        ModelFile.save(folder.resolve("last.zip"), network, Normalization.MNIST, card(epoch), true);
        if (best) {
            Path copy = folder.resolve("best.zip.tmp");
            Files.copy(folder.resolve("last.zip"), copy, StandardCopyOption.REPLACE_EXISTING);
            Files.move(
                    copy,
                    folder.resolve("best.zip"),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private ModelFile.Card card(EpochRecord epoch) {
        var provenance = new LinkedHashMap<String, Object>();
        provenance.put("plan", start.plan());
        provenance.put("dataset", start.data().dataset().toString());
        provenance.put("trainDigest", trainDigest);
        provenance.put("epoch", epoch);
        return ModelFile.Card.of(start.plan().model(), provenance);
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
        picture("confusion.png", () -> Charts.confusion(result.test().confusion()));
        write("report.json", JSON.writeValueAsBytes(report(result)));
    }

    private Map<String, Object> report(TrainingResult result) {
        var report = new LinkedHashMap<String, Object>();
        report.put("testAccuracy", result.test().accuracy());
        report.put("testLoss", result.test().loss());
        report.put("best", result.bestEpoch());
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
        report.put("version", version());
        return report;
    }

    static String version() {
        String version = RunFolder.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    /** A machine without fonts cannot draw text; that must not cost anybody a training. */
    private void picture(String name, Supplier<BufferedImage> drawing) throws IOException {
        var out = new ByteArrayOutputStream();
        try {
            ImageIO.write(drawing.get(), "png", out);
        } catch (RuntimeException | LinkageError | InternalError e) {
            LOG.warn("{} was not drawn: {}", name, e.toString());
            return;
        }
        write(name, out.toByteArray());
    }

    private void write(String name, byte[] content) throws IOException {
        Path temporary = folder.resolve(name + ".tmp");
        try {
            Files.write(temporary, content);
            Files.move(
                    temporary,
                    folder.resolve(name),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
