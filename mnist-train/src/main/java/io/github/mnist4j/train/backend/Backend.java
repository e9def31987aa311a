package io.github.mnist4j.train.backend;

import io.github.mnist4j.onednn.MissingRuntimeException;
import io.github.mnist4j.onednn.Nd4jRuntime;
import io.github.mnist4j.onednn.OneDnn;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/** What this process computes on. */
public final class Backend {
    private Backend() {}

    /**
     * One line: backend, threads, BLAS and oneDNN.
     *
     * @throws IllegalStateException if no ND4J backend loads; the message says why, and how to fix
     *     it
     */
    public static String describe() {
        Map<String, String> facts = facts();
        return facts.get("backend")
                + ", "
                + facts.get("threads")
                + ("1".equals(facts.get("threads")) ? " thread, " : " threads, ")
                + facts.get("blas")
                + ", "
                + facts.get("onednn");
    }

    /**
     * Loads ND4J, so that whatever is wrong with it is said in one sentence, before anything else
     * of it is used.
     *
     * @throws IllegalStateException as {@link #describe}
     */
    public static void check() {
        facts();
    }

    /** The same by name: backend, threads, blas, onednn, nd4j, java, os. */
    public static Map<String, String> facts() {
        Properties environment;
        String nd4j;
        // first of all: CUDA's backend fails on a machine without a card with many lines and no
        // reason
        if (onClassPath("org/nd4j/linalg/jcublas/JCublasBackend.class")
                && !onClassPath("org/nd4j/linalg/cpu/nativecpu/CpuBackend.class")) {
            BackendChoice choice = BackendChoice.choose("cuda", Gpu.find());
            if (!choice.possible()) {
                throw new IllegalStateException(choice.reason());
            }
        }
        try {
            Nd4jRuntime.check();
            environment = Nd4j.getExecutioner().getEnvironmentInformation();
            nd4j = Nd4j.getBackend().getClass().getSimpleName();
        } catch (LinkageError | RuntimeException e) {
            if (e instanceof MissingRuntimeException && e.getCause() == null) {
                throw e; // it names the dependency
            }
            throw new IllegalStateException(
                    "no ND4J backend loads: "
                            + NativeLibraries.diagnose(e)
                                    .map(Object::toString)
                                    .orElseGet(() -> Failure.sentence(e)),
                    e);
        }
        var facts = new LinkedHashMap<String, String>();
        facts.put(
                "backend",
                "CPU".equalsIgnoreCase(environment.getProperty("backend")) ? "CPU" : "CUDA");
        facts.put("threads", String.valueOf(environment.get("omp.threads")));
        facts.put("blas", String.valueOf(environment.get("blas.vendor")));
        OneDnn.Status status = OneDnn.status();
        facts.put(
                "onednn",
                status.available() ? status.detail() : "without oneDNN: " + status.detail());
        facts.put("nd4j", nd4j);
        facts.put(
                "java",
                System.getProperty("java.vm.name") + " " + System.getProperty("java.version"));
        facts.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        return facts;
    }

    /**
     * How many threads compute. Results with different numbers of threads differ in the last bits.
     *
     * @param openMp threads of ND4J's own loops and of oneDNN, 1 or more
     * @param blas threads of matrix products, 1 or more
     */
    public record Threads(int openMp, int blas) {
        public Threads {
            if (openMp < 1 || blas < 1) {
                throw new IllegalArgumentException(
                        "threads are " + openMp + " and " + blas + ", 1 or more expected");
            }
        }

        /** "2 threads", or "2 threads (4 in BLAS)". */
        @Override
        public String toString() {
            return openMp
                    + (openMp == 1 ? " thread" : " threads")
                    + (blas == openMp ? "" : " (" + blas + " in BLAS)");
        }
    }

    /** The threads of this process. */
    public static Threads threads() {
        return new Threads(
                Math.max(1, NativeOpsHolder.getInstance().getDeviceNativeOps().ompGetMaxThreads()),
                Math.max(1, Nd4j.factory().blas().getMaxThreads()));
    }

    private static boolean onClassPath(String resource) {
        return Backend.class.getClassLoader().getResource(resource) != null;
    }
}
