package io.github.mnist4j.cli.console;

import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.models.MnistModels;
import io.github.mnist4j.onednn.OneDnn;
import io.github.mnist4j.train.backend.Backend;
import io.github.mnist4j.train.backend.BackendChoice;
import io.github.mnist4j.train.backend.Failure;
import io.github.mnist4j.train.backend.Gpu;
import io.github.mnist4j.train.backend.NativeLibraries;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Looks at everything that training depends on, and names the mend for what is wrong. */
public final class Doctor {
    private Doctor() {}

    /** How good a finding is. */
    public enum Health {
        OK,
        /** Training works, but not as well as it could. */
        WARNING,
        /** Training does not work. */
        PROBLEM
    }

    /**
     * One thing that was looked at.
     *
     * @param subject what
     * @param health how good
     * @param finding what was found
     * @param mend what to do about it; empty if nothing need be done
     */
    public record Finding(String subject, Health health, String finding, String mend) {
        static Finding ok(String subject, String finding) {
            return new Finding(subject, Health.OK, finding, "");
        }
    }

    /** What the doctor sees of the machine: the real one, or a test's. */
    public record Machine(
            String os,
            String arch,
            int javaVersion,
            int processors,
            Set<String> cpuFlags,
            Function<String, String> environment,
            long heapBytes,
            Optional<List<Gpu>> gpus) {

        static Machine real() {
            return new Machine(
                    System.getProperty("os.name"),
                    System.getProperty("os.arch"),
                    Runtime.version().feature(),
                    Runtime.getRuntime().availableProcessors(),
                    cpuFlagsOfThisMachine(),
                    System::getenv,
                    Runtime.getRuntime().maxMemory(),
                    Gpu.find());
        }

        private static Set<String> cpuFlagsOfThisMachine() {
            try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
                return lines.filter(l -> l.startsWith("flags") || l.startsWith("Features"))
                        .findFirst()
                        .map(l -> Set.of(l.substring(l.indexOf(':') + 1).strip().split("\\s+")))
                        .orElse(Set.of());
            } catch (IOException | RuntimeException e) {
                return Set.of(); // not Linux
            }
        }
    }

    /** Examines this machine; takes a few seconds. */
    public static List<Finding> examine() {
        Machine machine = Machine.real();
        var findings = new ArrayList<>(machine(machine));
        findings.addAll(libraries());
        findings.addAll(dataSets(DatasetLoader.userCache()));
        return List.copyOf(findings);
    }

    public static List<Finding> machine(Machine m) {
        var findings = new ArrayList<Finding>();
        findings.add(
                m.javaVersion >= 17
                        ? Finding.ok(
                                "Java",
                                m.javaVersion + " (" + System.getProperty("java.vm.name") + ")")
                        : new Finding(
                                "Java",
                                Health.PROBLEM,
                                "version " + m.javaVersion,
                                "install a JDK 17 or newer"));
        findings.add(Finding.ok("System", m.os + " " + m.arch));
        findings.add(cpu(m));
        findings.add(threads(m));
        findings.add(
                m.heapBytes >= 700L << 20
                        ? Finding.ok("Memory", (m.heapBytes >> 20) + " MiB for Java's heap")
                        : new Finding(
                                "Memory",
                                Health.WARNING,
                                (m.heapBytes >> 20) + " MiB for Java's heap",
                                "run with MNIST4J_JAVA_OPTS=-Xmx2g"));
        BackendChoice choice = BackendChoice.choose("auto", m.gpus);
        findings.add(
                Finding.ok(
                        "GPU",
                        choice.backend().equals("cuda")
                                ? choice.reason() + "; ./mnist --cuda uses it"
                                : "none that can be used: " + choice.reason()));
        return findings;
    }

    private static Finding cpu(Machine m) {
        boolean x86 = m.arch.equals("amd64") || m.arch.equals("x86_64");
        if (!x86) {
            return Finding.ok("CPU", m.processors + " processors, " + m.arch);
        }
        if (m.cpuFlags.isEmpty()) {
            return Finding.ok(
                    "CPU", m.processors + " processors, features not known on this system");
        }
        Set<String> known = new TreeSet<>(m.cpuFlags);
        known.retainAll(
                Set.of(
                        "sse4_1",
                        "avx",
                        "avx2",
                        "fma",
                        "avx512f",
                        "avx512_vnni",
                        "avx512_bf16",
                        "amx_bf16"));
        String text = m.processors + " processors with " + String.join(" ", known);
        return m.cpuFlags.contains("avx2")
                ? Finding.ok("CPU", text)
                : new Finding(
                        "CPU",
                        Health.WARNING,
                        text + ", without AVX2",
                        "nothing to install: it works, several times slower than on a CPU made since 2013");
    }

    private static Finding threads(Machine m) {
        String omp = m.environment.apply("OMP_NUM_THREADS");
        if (omp == null || omp.isBlank()) {
            return Finding.ok("Threads", m.processors + " (OMP_NUM_THREADS is not set)");
        }
        try {
            int n = Integer.parseInt(omp.strip());
            if (n >= 1 && n <= m.processors) {
                return Finding.ok("Threads", n + " by OMP_NUM_THREADS");
            }
        } catch (NumberFormatException e) {
            // falls through
        }
        return new Finding(
                "Threads",
                Health.WARNING,
                "OMP_NUM_THREADS is " + omp + " on " + m.processors + " processors",
                "unset OMP_NUM_THREADS: threads beyond the processors wait for each other");
    }

    private static List<Finding> libraries() {
        var findings = new ArrayList<Finding>();
        Map<String, String> facts;
        try {
            facts = Backend.facts();
        } catch (IllegalStateException e) {
            findings.add(
                    NativeLibraries.diagnose(e)
                            .map(d -> new Finding("ND4J", Health.PROBLEM, d.cause(), d.fix()))
                            .orElse(
                                    new Finding(
                                            "ND4J",
                                            Health.PROBLEM,
                                            "no backend loads",
                                            Failure.sentence(e))));
            return findings;
        } catch (OutOfMemoryError e) {
            findings.add(tooLittleMemory(e));
            return findings;
        }
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
                        : new Finding(
                                "oneDNN",
                                Health.WARNING,
                                "off: " + status.detail(),
                                "training works with DL4J's own layers, many times slower; see docs/performance.md"));
        try {
            findings.add(speed());
        } catch (OutOfMemoryError e) {
            findings.add(tooLittleMemory(e));
        } catch (LinkageError | RuntimeException e) {
            findings.add(
                    new Finding(
                            "Speed",
                            Health.PROBLEM,
                            "the perceptron cannot be trained",
                            Failure.sentence(e)));
        }
        return findings;
    }

    private static Finding tooLittleMemory(OutOfMemoryError e) {
        String[] parts = Failure.sentence(e).split("; ", 2);
        return new Finding("ND4J", Health.PROBLEM, parts[0], parts[parts.length - 1]);
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
                String.format(Locale.ROOT, "the perceptron learns from %,.0f images/s", perSecond);
        return perSecond > 2000
                ? Finding.ok("Speed", text)
                : new Finding(
                        "Speed",
                        Health.WARNING,
                        text,
                        "see oneDNN and Threads above; is something else running?");
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
                DatasetLoader.Loaded loaded =
                        DatasetLoader.builder().optFolder(folder).build().load(dataset);
                findings.add(
                        Finding.ok(
                                "Data",
                                dataset
                                        + " in "
                                        + folder
                                        + ", training set's digest "
                                        + loaded.train().digest().substring(0, 12)));
            } catch (IOException e) {
                findings.add(
                        new Finding(
                                "Data",
                                Health.PROBLEM,
                                e.getMessage(),
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
