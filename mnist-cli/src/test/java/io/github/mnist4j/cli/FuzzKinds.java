package io.github.mnist4j.cli;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.data.idx.IdxFile;
import io.github.mnist4j.data.photo.ImageLoader;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.data.source.DatasetLoader.Dataset;
import io.github.mnist4j.models.DigitClassifier;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.models.ModelCard;
import io.github.mnist4j.models.ModelFile;
import io.github.mnist4j.models.ProvenanceBuilder;
import io.github.mnist4j.models.export.PyTorchWeights;
import io.github.mnist4j.testkit.Refusal;
import io.github.mnist4j.train.Checkpoint;
import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.run.RunFolder;
import io.github.mnist4j.train.run.RunRecorder;
import io.github.mnist4j.tune.search.SearchConfig;
import io.github.mnist4j.tune.search.SearchSpace;
import io.github.mnist4j.tune.search.Trial;
import io.github.mnist4j.tune.search.TrialLog;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.learning.config.Nesterovs;

/** The kinds of files that may come from strangers: small whole ones, and who reads them. */
final class FuzzKinds {
    /** Reads a file by what a command would read it by. */
    @FunctionalInterface
    interface Reader {
        /**
         * @throws Exception if it is refused, or something is wrong with the reader
         */
        void read(Path file) throws Exception;
    }

    /** Makes a mutant. */
    @FunctionalInterface
    interface Mutation {
        byte[] of(Mutator mutator, byte[] seed, byte[] other) throws IOException;
    }

    /**
     * @param name as the command line has it
     * @param file what it is called in its folder
     * @param seeds whole files
     */
    record Kind(String name, String file, List<byte[]> seeds, Mutation mutation, Reader reader) {}

    private static final Mutation TEXT = (m, seed, other) -> m.mutate(seed, other, true);
    private static final Mutation BYTES = (m, seed, other) -> m.mutate(seed, other, false);

    /** 8 x 8 pixels: lossless, lossy, lossy with transparency. */
    private static final List<String> WEBP =
            List.of(
                    "UklGRjoAAABXRUJQVlA4TC0AAAAvB8ABALkKRPQ/dhHR/4DR2jb+/8iyLMuy/UezgFgwxf1xbDoikSApmmE58DcA",
                    "UklGRl4AAABXRUJQVlA4IFIAAADQAQCdASoIAAgAAoBCJbACdAD0jJ6a4AD++WWk9vKbYbfG9xB6VffmyMxPUp/5C3aet/7m/x/WwZh51H5yd/Frrd/3lJqVLL+8ur8nInw5gAAA",
                    "UklGRnoAAABXRUJQVlA4WAoAAAAQAAAABwAABwAAQUxQSAoAAAABB1DAiAhERP8DVlA4IEoAAADQAQCdASoIAAgAAsBMJbACdAD0kAIYIAD+9vzibm5vxhlaFAWzEW063T9dmn12/E36j4U0POn/ycij0f65lBKll/eXV+TkTpmAAA==");

    /** 8 x 8 pixels: deflate, PackBits, fax group 4. */
    private static final List<String> TIFF =
            List.of(
                    "SUkqAFQAAAB4nAFAAL//AA4iPFuBrJEHFShCYoezlw0bL0lojrmeFCI2T2+UwKQaKDxWdpt6qyEvQ118ooCyKDZJY4Ooh7guPFBqiWKOv9IkGGgACQAAAQMAAQAAAAgAAAABAQMAAQAAAAgAAAACAQMAAQAAAAgAAAADAQMAAQAAAAgAAAAGAQMAAQAAAAEAAAARAQQAAQAAAAgAAAAWAQMAAQAAAAgAAAAXAQQAAQAAAEsAAAAcAQMAAQAAAAEAAAAAAAAA",
                    "SUkqAFAAAAAHAA4iPFuBrJEHBxUoQmKHs5cHDRsvSWiOuZ4HFCI2T2+UwKQHGig8VnabeqsHIS9DXXyigLIHKDZJY4Ooh7gHLjxQaolijr8JAAABAwABAAAACAAAAAEBAwABAAAACAAAAAIBAwABAAAACAAAAAMBAwABAAAABYAAAAYBAwABAAAAAQAAABEBBAABAAAACAAAABYBAwABAAAACAAAABcBBAABAAAASAAAABwBAwABAAAAAQAAAAAAAAA=",
                    "SUkqABoAAAAEoQKlaUIJqwVL+EE+wT4AIAIJAAABAwABAAAACAAAAAEBAwABAAAACAAAAAIBAwABAAAAAQAAAAMBAwABAAAABAAAAAYBAwABAAAAAQAAABEBBAABAAAACAAAABYBAwABAAAACAAAABcBBAABAAAAEgAAABwBAwABAAAAAQAAAAAAAAA=");

    private FuzzKinds() {}

    /** All of them; seeds are made in the folder, which is left with them in it. */
    static Map<String, Kind> all(Path folder) throws IOException {
        DatasetLoader.Loaded data =
                DatasetLoader.builder().optGeneratedSizes(40, 10).build().load(Dataset.GENERATED);
        var kinds = new ArrayList<Kind>();
        kinds.add(model(folder));
        kinds.add(checkpoint(folder, data));
        kinds.add(image());
        kinds.add(idx(folder, "idx", BYTES));
        kinds.add(
                idx(
                        folder,
                        "idx.gz",
                        (m, seed, other) ->
                                seed.length % 2 == 0
                                        ? gzip(m.mutate(seed, other, false))
                                        : m.mutate(gzip(seed), other, false)));
        kinds.add(npz(folder));
        kinds.add(plan());
        kinds.add(space());
        kinds.add(search(folder));
        kinds.add(journal(folder));
        var byName = new LinkedHashMap<String, Kind>();
        kinds.forEach(k -> byName.put(k.name, k));
        return byName;
    }

    private static MultiLayerNetwork network(String model) {
        var settings =
                new MnistModels.Settings(
                        1, new Nesterovs(0.1, 0.9), 0.2, 0.1, 0, 1e-4, 0, 1); // all there is
        var network = new MultiLayerNetwork(MnistModels.byName(model, settings));
        network.init();
        return network;
    }

    private static Kind model(Path folder) throws IOException {
        var seeds = new ArrayList<byte[]>();
        for (String model :
                List.of(
                        "mlp:dense=4",
                        "mlp:dense=2,2:batchnorm=true:activation=leakyrelu",
                        "cnn:channels=1:convolutions=1:dense=")) {
            for (boolean updater : new boolean[] {false, true}) {
                Path file = folder.resolve("seed.zip");
                ModelFile.save(
                        file,
                        network(model),
                        Normalization.MNIST,
                        ModelCard.of(
                                model,
                                ProvenanceBuilder.builder()
                                        .optThreshold(0.7)
                                        .optMore(Map.of("seed", 1))
                                        .build()),
                        updater);
                seeds.add(Files.readAllBytes(file));
            }
        }
        byte[] blank = new byte[28 * 28];
        return new Kind(
                "model",
                "model.zip",
                seeds,
                (m, seed, other) -> m.mutateZip(seed, other, ".json"),
                file -> {
                    try (var classifier = DigitClassifier.load(file)) {
                        double confidence = classifier.classifyPixels(blank).confidence();
                        if (!(confidence >= 0 && confidence <= 1)) {
                            throw new AssertionError("a confidence of " + confidence);
                        }
                    }
                });
    }

    private static Kind checkpoint(Path folder, DatasetLoader.Loaded data) throws IOException {
        var seeds = new ArrayList<byte[]>();
        for (String averaging : List.of("none", "ema:0.9")) {
            Path run = folder.resolve("run-" + averaging.length());
            var plan =
                    TrainingPlan.builder("mlp:dense=2")
                            .optEpochs(2)
                            .optValidation(10)
                            .optAverage(averaging)
                            .optSchedule("plateau:1:0.5")
                            .build();
            Trainer.fit(plan, data, new RunRecorder(RunFolder.at(run)));
            seeds.add(Files.readAllBytes(run.resolve("last.zip")));
        }
        return new Kind(
                "checkpoint",
                "last.zip",
                seeds,
                (m, seed, other) -> m.mutateZip(seed, other, ".json"),
                Checkpoint::load);
    }

    private static Kind image() throws IOException {
        var seeds = new ArrayList<byte[]>();
        for (int type :
                List.of(
                        BufferedImage.TYPE_INT_RGB,
                        BufferedImage.TYPE_BYTE_GRAY,
                        BufferedImage.TYPE_BYTE_INDEXED,
                        BufferedImage.TYPE_BYTE_BINARY,
                        BufferedImage.TYPE_4BYTE_ABGR,
                        BufferedImage.TYPE_USHORT_GRAY)) {
            var image = new BufferedImage(8, 8, type);
            var pen = image.createGraphics();
            pen.setColor(Color.ORANGE);
            pen.fillOval(1, 1, 6, 5);
            pen.dispose();
            for (String format : List.of("png", "jpg", "bmp", "gif", "tif")) {
                var out = new ByteArrayOutputStream();
                if (ImageIO.write(image, format, out)) {
                    seeds.add(out.toByteArray());
                }
            }
        }
        for (String file : TIFF) {
            seeds.add(Base64.getDecoder().decode(file));
        }
        for (String file : WEBP) { // twice as likely as the others
            seeds.add(Base64.getDecoder().decode(file));
            seeds.add(Base64.getDecoder().decode(file));
        }
        return new Kind(
                "image",
                "image",
                seeds,
                BYTES,
                file -> ImageLoader.read(Files.readAllBytes(file), file.toString()));
    }

    private static Kind idx(Path folder, String name, Mutation mutation) throws IOException {
        byte[] pixels = new byte[3 * 64];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (7 * i);
        }
        var digits = DigitSet.of(8, 8, pixels, new byte[] {0, 5, 9});
        Path images = folder.resolve("seed-images");
        Path labels = folder.resolve("seed-labels");
        IdxFile.writeImages(images, digits);
        IdxFile.writeLabels(labels, digits);
        return new Kind(
                name,
                name.equals("idx") ? "some-idx3-ubyte" : "some-idx3-ubyte.gz",
                List.of(Files.readAllBytes(images), Files.readAllBytes(labels)),
                mutation,
                file -> {
                    try {
                        IdxFile.readImages(file);
                    } catch (Exception | Error e) {
                        if (Refusal.wrong(e, file) != null) {
                            throw e;
                        }
                        IdxFile.readLabels(file);
                    }
                });
    }

    private static byte[] gzip(byte[] content) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var packed = new GZIPOutputStream(out)) {
            packed.write(content);
        }
        return out.toByteArray();
    }

    private static Kind npz(Path folder) throws IOException {
        MultiLayerNetwork network = network("cnn:channels=1:convolutions=1:kernel=3:dense=2");
        Path file = folder.resolve("seed.npz");
        PyTorchWeights.write(network, file);
        return new Kind(
                "npz",
                "weights.npz",
                List.of(Files.readAllBytes(file)),
                (m, seed, other) -> m.mutateZip(seed, other),
                mutant -> PyTorchWeights.read(mutant, network));
    }

    private static Kind plan() {
        var seeds = new ArrayList<byte[]>();
        for (String model : List.of("mlp", "cnn-small", "cnn:channels=4,8:kernel=5")) {
            seeds.add(
                    TrainingPlan.builder(model).build().toJson().getBytes(StandardCharsets.UTF_8));
        }
        return new Kind("plan", "plan.json", seeds, TEXT, TrainingPlan::read);
    }

    private static Kind space() {
        var seeds = new ArrayList<byte[]>();
        for (String name : SearchSpace.NAMES) {
            seeds.add(SearchSpace.text(name).getBytes(StandardCharsets.UTF_8));
        }
        seeds.add(
                "{\"model\": \"mlp\", \"width\": [4, 8], \"dropout\": {\"from\": 0, \"to\": 0.5}, \"optimizer\": \"sgd\"}"
                        .getBytes(StandardCharsets.UTF_8));
        return new Kind("space", "space.yaml", seeds, TEXT, SearchSpace::read);
    }

    private static SearchConfig asked(SearchSpace space) {
        var base = TrainingPlan.builder("mlp").optEpochs(2).optValidation(20).build();
        return SearchConfig.builder(space).optBase(base).optTrials(9).build();
    }

    private static Kind search(Path folder) throws IOException {
        var seeds = new ArrayList<byte[]>();
        for (String name : SearchSpace.NAMES) {
            Path at = folder.resolve("search-" + name);
            TrialLog.begin(at, asked(SearchSpace.named(name))).close();
            seeds.add(Files.readAllBytes(at.resolve("search.json")));
        }
        return new Kind(
                "search", "search.json", seeds, TEXT, file -> TrialLog.search(file.getParent()));
    }

    /** Its search.json is whole: it lies in the folder of the kind from the beginning. */
    private static Kind journal(Path folder) throws IOException {
        Path at = folder.resolve("journal");
        var space =
                SearchSpace.builder("mlp")
                        .range("width", 4, 8)
                        .logRange("learning-rate", 1e-4, 1e-2)
                        .choice("activation", "relu", "tanh")
                        .build();
        SearchConfig search = asked(space);
        TrialLog journal = TrialLog.begin(at, search);
        for (int i = 1; i <= 6; i++) {
            Map<String, Object> values = new LinkedHashMap<>();
            values.put("width", 3 + Math.min(i, 5));
            values.put("learning-rate", i * 1e-3);
            values.put("activation", i % 2 == 0 ? "relu" : "tanh");
            boolean failed = i == 3;
            boolean early = i == 5;
            var accuracies =
                    failed ? List.<Double>of() : early ? List.of(0.2) : List.of(0.5, i * 0.1);
            var history = new ArrayList<EpochRecord>();
            for (double a : accuracies) {
                history.add(new EpochRecord(history.size() + 1, 0.5, 0.5, 2 - a, a, 1e-3, 1));
            }
            journal.add(
                    new Trial(
                            i,
                            values,
                            search.plan(values),
                            history,
                            failed
                                    ? Trial.Outcome.FAILED
                                    : early ? Trial.Outcome.ENDED_EARLY : Trial.Outcome.DONE,
                            failed ? "the learning rate is too high" : null,
                            i,
                            i + 0.5));
        }
        journal.close();
        byte[] asked = Files.readAllBytes(at.resolve("search.json"));
        return new Kind(
                "journal",
                "trials.jsonl",
                List.of(Files.readAllBytes(at.resolve("trials.jsonl"))),
                TEXT,
                file -> {
                    Path whole = file.resolveSibling("search.json");
                    if (!Files.exists(whole)) {
                        Files.write(whole, asked);
                    }
                    try {
                        TrialLog.resume(file.getParent(), false).close();
                    } catch (IOException e) {
                        if (Files.size(file) % 8 == 0 // it takes thrice as long
                                && Refusal.wrong(e, file) == null
                                && e.getMessage().contains(TrialLog.SKIP)) {
                            TrialLog.resume(file.getParent(), true).close();
                            TrialLog.resume(file.getParent(), false).close(); // mended
                            Files.delete(file.resolveSibling("trials.jsonl.bad"));
                        }
                        throw e;
                    }
                });
    }
}
