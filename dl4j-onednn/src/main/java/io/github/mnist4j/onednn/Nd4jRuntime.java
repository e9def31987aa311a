package io.github.mnist4j.onednn;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.deeplearning4j.util.CrashReportingUtil;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What ND4J computes on. The libraries depend on its API alone; the program that runs adds {@code
 * mnist-runtime}. Without it ND4J fails in a static initializer: with an {@code Error} that names
 * nothing, and at every later call with another one.
 */
public final class Nd4jRuntime {
    private static final String CUDA = "org/nd4j/linalg/jcublas/JCublasBackend.class";
    private static final String CPU = "org/nd4j/linalg/cpu/nativecpu/CpuBackend.class";
    private static final String NATIVES = "org/nd4j/linalg/cpu/nativecpu/bindings/";

    /** For which there are natives. */
    private static final List<String> PLATFORMS =
            List.of(
                    "linux-x86_64",
                    "linux-arm64",
                    "macosx-x86_64",
                    "macosx-arm64",
                    "windows-x86_64");

    private Nd4jRuntime() {}

    /**
     * Loads ND4J at the first call.
     *
     * @throws MissingRuntimeException if it cannot compute in this process
     */
    public static void check() {
        if (State.FAILURE != null) {
            // a new one: its stack trace is the caller's
            throw new MissingRuntimeException(State.FAILURE.message(), State.FAILURE.cause());
        }
    }

    private record Failure(String message, @Nullable Throwable cause) {}

    /** The first failure is kept: ND4J's second one does not say why. */
    private static final class State {
        static final @Nullable Failure FAILURE = load();

        private static @Nullable Failure load() {
            ClassLoader loader = Nd4jRuntime.class.getClassLoader();
            Optional<String> missing =
                    missing(Loader.getPlatform(), name -> loader.getResource(name) != null);
            if (missing.isPresent()) {
                return new Failure(missing.get(), null);
            }
            try {
                Nd4j.getExecutioner();
            } catch (LinkageError | RuntimeException e) {
                return new Failure("ND4J does not load: " + deepest(e), e);
            }
            if (loader.getResource("oshi/SystemInfo.class") == null) {
                // DL4J's report about a lack of memory needs oshi, and its absence would hide the
                // OutOfMemoryError
                CrashReportingUtil.crashDumpsEnabled(false);
            }
            return null;
        }
    }

    /**
     * What is not on the class path, and what to add; empty if all is there.
     *
     * @param platform as JavaCPP calls it: linux-x86_64
     * @param onClassPath whether a resource of this name is
     */
    static Optional<String> missing(String platform, Predicate<String> onClassPath) {
        if (onClassPath.test(CUDA)) {
            return Optional.empty();
        }
        if (!PLATFORMS.contains(platform)) {
            return Optional.of(
                    "ND4J has no natives for "
                            + platform
                            + ", only for "
                            + String.join(", ", PLATFORMS)
                            + "; mnist-lite needs none");
        }
        String add = "; add io.github.mnist4j:mnist-runtime, or mnist-runtime-" + platform;
        if (!onClassPath.test(CPU)) {
            return Optional.of("no ND4J backend is on the class path" + add);
        }
        if (isThere(platform, onClassPath)) {
            return Optional.empty();
        }
        List<String> others = PLATFORMS.stream().filter(p -> isThere(p, onClassPath)).toList();
        return Optional.of(
                "ND4J's natives for "
                        + platform
                        + " are not on the class path"
                        + (others.isEmpty() ? "" : ", only those for " + String.join(", ", others))
                        + add);
    }

    private static boolean isThere(String platform, Predicate<String> onClassPath) {
        return Stream.of("libnd4jcpu.so", "libnd4jcpu.dylib", "nd4jcpu.dll")
                .anyMatch(name -> onClassPath.test(NATIVES + platform + "/" + name));
    }

    private static String deepest(Throwable e) {
        Throwable cause = e;
        for (int depth = 0; depth < 100 && cause.getCause() != null; depth++) {
            cause = cause.getCause();
        }
        String message = cause.getMessage();
        return message == null || message.isBlank()
                ? cause.getClass().getSimpleName()
                : message.lines().findFirst().orElse(message);
    }
}
