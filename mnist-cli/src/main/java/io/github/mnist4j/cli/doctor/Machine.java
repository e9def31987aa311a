package io.github.mnist4j.cli.doctor;

import io.github.mnist4j.train.backend.BackendChoice;
import io.github.mnist4j.train.backend.Gpu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** What the doctor sees of a machine: the real one, or a test's. */
public record Machine(
        String os,
        String arch,
        int javaVersion,
        int processors,
        Set<String> cpuFlags,
        Function<String, String> environment,
        long heapBytes,
        Optional<List<Gpu>> gpus) {
    private static final long ENOUGH_HEAP = 700L << 20;

    /** Features of a processor that make training faster or slower. */
    private static final Set<String> TELLING_FLAGS =
            Set.of(
                    "sse4_1",
                    "avx",
                    "avx2",
                    "fma",
                    "avx512f",
                    "avx512_vnni",
                    "avx512_bf16",
                    "amx_bf16");

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

    /** Java, processor, threads, memory and graphics card. */
    public List<Finding> findings() {
        return List.of(
                java(), Finding.ok("System", os + " " + arch), cpu(), threads(), memory(), gpu());
    }

    private Finding java() {
        return javaVersion >= 17
                ? Finding.ok("Java", javaVersion + " (" + System.getProperty("java.vm.name") + ")")
                : Finding.problem("Java", "version " + javaVersion, "install a JDK 17 or newer");
    }

    private Finding cpu() {
        boolean x86 = arch.equals("amd64") || arch.equals("x86_64");
        if (!x86) {
            return Finding.ok("CPU", processors + " processors, " + arch);
        }
        if (cpuFlags.isEmpty()) {
            return Finding.ok("CPU", processors + " processors, features not known on this system");
        }
        Set<String> known = new TreeSet<>(cpuFlags);
        known.retainAll(TELLING_FLAGS);
        String text = processors + " processors with " + String.join(" ", known);
        return cpuFlags.contains("avx2")
                ? Finding.ok("CPU", text)
                : Finding.warning(
                        "CPU",
                        text + ", without AVX2",
                        "nothing to install: it works, several times slower than on a CPU made since 2013");
    }

    private Finding threads() {
        String omp = environment.apply("OMP_NUM_THREADS");
        if (omp == null || omp.isBlank()) {
            return Finding.ok("Threads", processors + " (OMP_NUM_THREADS is not set)");
        }
        try {
            int n = Integer.parseInt(omp.strip());
            if (n >= 1 && n <= processors) {
                return Finding.ok("Threads", n + " by OMP_NUM_THREADS");
            }
        } catch (NumberFormatException e) {
            // falls through
        }
        return Finding.warning(
                "Threads",
                "OMP_NUM_THREADS is " + omp + " on " + processors + " processors",
                "unset OMP_NUM_THREADS: threads beyond the processors wait for each other");
    }

    private Finding memory() {
        String text = (heapBytes >> 20) + " MiB for Java's heap";
        return heapBytes >= ENOUGH_HEAP
                ? Finding.ok("Memory", text)
                : Finding.warning("Memory", text, "run with MNIST4J_JAVA_OPTS=-Xmx2g");
    }

    private Finding gpu() {
        BackendChoice choice = BackendChoice.choose("auto", gpus);
        return Finding.ok(
                "GPU",
                choice.backend().equals("cuda")
                        ? choice.reason() + "; ./mnist --cuda uses it"
                        : "none that can be used: " + choice.reason());
    }
}
