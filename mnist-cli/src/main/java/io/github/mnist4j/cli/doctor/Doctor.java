package io.github.mnist4j.cli.doctor;

import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.onednn.OneDnn;
import io.github.mnist4j.train.backend.Backend;
import io.github.mnist4j.train.backend.Failure;
import io.github.mnist4j.train.backend.NativeLibraries;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Examines what training depends on, and says how to fix what is wrong. */
public final class Doctor {
    private Doctor() {}

    /** Examines this machine; takes a few seconds. */
    public static List<Finding> examine() {
        var findings = new ArrayList<>(Machine.real().findings());
        findings.addAll(libraries());
        String named = System.getenv("MNIST4J_DATA");
        findings.addAll(
                named == null || named.isBlank()
                        ? dataSets(DatasetLoader.userCache())
                        : List.of(named(Path.of(named))));
        return List.copyOf(findings);
    }

    private static List<Finding> libraries() {
        Map<String, String> facts;
        try {
            facts = Backend.facts();
        } catch (IllegalStateException e) {
            return List.of(
                    NativeLibraries.diagnose(e)
                            .map(d -> Finding.problem("ND4J", d.cause(), d.fix()))
                            .orElse(
                                    Finding.problem(
                                            "ND4J", "no backend loads", Failure.sentence(e))));
        } catch (OutOfMemoryError e) {
            return List.of(tooLittleMemory(e));
        }
        var findings = new ArrayList<Finding>();
        findings.add(
                Finding.ok(
                        "ND4J",
                        facts.get("nd4j")
                                + " from "
                                + nativeJar()
                                + ", BLAS "
                                + facts.get("blas")));
        OneDnn.Status status = OneDnn.status();
        findings.add(
                status.available()
                        ? Finding.ok("oneDNN", "on: " + status.detail())
                        : Finding.warning(
                                "oneDNN",
                                "off: " + status.detail(),
                                "training works with DL4J's own layers, many times slower; see docs/performance.md"));
        try {
            findings.add(speed());
        } catch (OutOfMemoryError e) {
            findings.add(tooLittleMemory(e));
        } catch (LinkageError | RuntimeException e) {
            findings.add(
                    Finding.problem(
                            "Speed", "the perceptron cannot be trained", Failure.sentence(e)));
        }
        return findings;
    }

    private static Finding tooLittleMemory(OutOfMemoryError e) {
        String[] parts = Failure.sentence(e).split("; ", 2);
        return Finding.problem("ND4J", parts[0], parts[parts.length - 1]);
    }

    /** The jar with the C++ side, which names its platform and instruction set. */
    private static String nativeJar() {
        URL url =
                Doctor.class
                        .getClassLoader()
                        .getResource(
                                "org/nd4j/linalg/cpu/nativecpu/bindings/"
                                        + org.bytedeco.javacpp.Loader.getPlatform()
                                        + "/libnd4jcpu.so");
        return url == null
                ? "its native jar"
                : url.getPath().replaceAll(".*/([^/]+\\.jar)!.*", "$1");
    }

    /** One second of the reference network's training. */
    private static Finding speed() {
        var network = new MultiLayerNetwork(MnistModels.mlp());
        network.init();
        MultiLayerNetwork fast = OneDnn.accelerate(network);
        INDArray x = Nd4j.zeros(64, 1, 28, 28);
        INDArray y = Nd4j.zeros(64, 10);
        y.getColumn(0).assign(1);
        int steps = 0;
        long start = System.nanoTime();
        for (long warm = start + 500_000_000L; System.nanoTime() < warm; ) {
            fast.fit(x, y);
        }
        start = System.nanoTime();
        while (System.nanoTime() - start < 1_000_000_000L) {
            fast.fit(x, y);
            steps++;
        }
        double perSecond = 64 * steps / ((System.nanoTime() - start) / 1e9);
        String text =
                String.format(Locale.ROOT, "the perceptron trains on %,.0f images/s", perSecond);
        return perSecond > 2000
                ? Finding.ok("Speed", text)
                : Finding.warning(
                        "Speed", text, "see oneDNN and Threads above; is something else running?");
    }

    /** What every command reads that names no other data. */
    public static Finding named(Path folder) {
        try {
            return data(DatasetLoader.Dataset.MNIST, folder, "MNIST4J_DATA: ");
        } catch (IOException e) {
            return Finding.problem(
                    "Data",
                    "MNIST4J_DATA: " + Failure.sentence(e),
                    "set MNIST4J_DATA to a folder with the four files, or unset it");
        }
    }

    private static Finding data(DatasetLoader.Dataset dataset, Path folder, String before)
            throws IOException {
        DatasetLoader.Loaded loaded =
                DatasetLoader.builder().optFolder(folder).build().load(dataset);
        return Finding.ok(
                "Data",
                before
                        + dataset
                        + " in "
                        + folder
                        + ", training set's digest "
                        + loaded.train().digest().substring(0, 12));
    }

    public static List<Finding> dataSets(Path cache) {
        var findings = new ArrayList<Finding>();
        for (DatasetLoader.Dataset dataset :
                List.of(DatasetLoader.Dataset.MNIST, DatasetLoader.Dataset.FASHION_MNIST)) {
            Path folder = cache.resolve(dataset.toString());
            if (!isComplete(folder)) {
                continue; // a training downloads what is missing
            }
            try {
                findings.add(data(dataset, folder, ""));
            } catch (IOException e) {
                findings.add(
                        Finding.problem(
                                "Data",
                                Failure.sentence(e),
                                "delete " + folder + "; it will be downloaded again"));
            }
        }
        if (findings.isEmpty()) {
            findings.add(
                    Finding.ok(
                            "Data",
                            "nothing in "
                                    + cache
                                    + " yet; the first training downloads MNIST there"));
        }
        return findings;
    }

    /** Four files of the data set's names, each packed or not. */
    private static boolean isComplete(Path folder) {
        String[] files = folder.toFile().list((f, name) -> name.matches(".+-ubyte(\\.gz)?"));
        return files != null && files.length >= 4;
    }
}
