package io.github.mnist4j.train.backend;

import io.github.mnist4j.data.io.IoErrors;
import java.io.File;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Explains why the native libraries of ND4J and oneDNN do not load. JavaCPP unpacks them from jars
 * into a folder and loads them from there; a failure surfaces as a linkage error, several causes
 * deep, or as a missing class.
 */
public final class NativeLibraries {
    private static final Pattern MISSING =
            Pattern.compile(
                    "(lib[\\w.+-]+\\.(?:so|dylib)[\\w.]*): (?:cannot open shared object file|image not found)");
    private static final Pattern VERSION = Pattern.compile("version `([\\w.]+)' not found");

    private NativeLibraries() {}

    /**
     * Why they do not load.
     *
     * @param cause what is wrong, without a full stop
     * @param fix what to do about it
     */
    public record Diagnosis(String cause, String fix) {
        @Override
        public String toString() {
            return "the native libraries do not load: " + cause + "; " + fix;
        }
    }

    /** All causes of an error, those that were suppressed too; the outermost first. */
    static List<Throwable> causes(Throwable e) {
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Throwable> open = new ArrayDeque<>();
        var all = new ArrayList<Throwable>();
        open.add(e);
        while (!open.isEmpty() && all.size() < 1000) {
            Throwable t = open.remove();
            if (!seen.add(t)) {
                continue;
            }
            all.add(t);
            if (t.getCause() != null) {
                open.add(t.getCause());
            }
            open.addAll(List.of(t.getSuppressed()));
        }
        return all;
    }

    /** Why the native libraries do not load; empty if the error is not about loading them. */
    public static Optional<Diagnosis> diagnose(Throwable e) {
        return isOfLinking(e)
                ? Optional.of(diagnose(e, NativeSurroundings.here()))
                : Optional.empty();
    }

    private static boolean isOfLinking(Throwable e) {
        for (Throwable t : causes(e)) {
            String text = String.valueOf(t.getMessage());
            if (t instanceof UnsatisfiedLinkError
                    || text.contains("UnsatisfiedLinkError")
                    || text.contains("No CPU/GPU backend")
                    || t.getClass().getSimpleName().equals("NoAvailableBackendException")
                    || (t instanceof NoClassDefFoundError
                            && (text.contains("org.nd4j.")
                                    || text.contains("org/nd4j/")
                                    || text.contains("org.bytedeco.")
                                    || text.contains("org/bytedeco/")))) {
                return true;
            }
        }
        return false;
    }

    /** As above, for a linkage error in the given surroundings. */
    public static Diagnosis diagnose(Throwable e, NativeSurroundings s) {
        if (!s.jar()) {
            return new Diagnosis(
                    "there are none for " + s.platform() + " on the class path",
                    "add org.nd4j:nd4j-native (or nd4j-cuda-11.6) 1.0.0-M2.1 with the classifier "
                            + s.platform()
                            + ", if there is one, or use a 64-bit Java on a 64-bit system");
        }
        // the deepest error of linking speaks of the file itself; the others, of the search for it
        String text = "";
        for (Throwable t : causes(e)) {
            String message = String.valueOf(t.getMessage());
            if ((t instanceof UnsatisfiedLinkError || message.contains("UnsatisfiedLinkError"))
                    && !message.contains("java.library.path")) {
                text = message;
            }
        }
        Optional<Diagnosis> own = ofTheLibrary(text, s);
        if (own.isPresent()) {
            return own.get();
        }
        Optional<Diagnosis> folder = ofTheFolder(s);
        if (folder.isPresent()) {
            return folder.get();
        }
        if (text.contains("failed to map segment")
                || text.contains("annot allocate memory")
                || IoErrors.isMachinesFault(e)) {
            return new Diagnosis(
                    "there is not enough memory for them"
                            + (s.limit() == Long.MAX_VALUE
                                    ? ""
                                    : ", the process may use "
                                            + (s.limit() >> 20)
                                            + " MiB (ulimit -v)"),
                    "raise the limit, or lower Java's heap: MNIST4J_JAVA_OPTS=-Xmx500m");
        }
        Matcher missing = MISSING.matcher(text);
        if (missing.find()) {
            return new Diagnosis(
                    "a library that they need is missing, " + missing.group(1),
                    install(missing.group(1)));
        }
        if (text.contains("file too short")
                || text.contains("invalid ELF header")
                || text.contains("truncated")) {
            return new Diagnosis(
                    "a file in " + s.folder() + " is damaged",
                    "delete that folder; it will be filled again");
        }
        return new Diagnosis(
                text.isEmpty() ? "the reason is not known" : reason(text),
                "delete "
                        + s.folder()
                        + ", into which they are unpacked, or choose another folder: "
                        + option());
    }

    /** What only the library's file can be at fault for. */
    private static Optional<Diagnosis> ofTheLibrary(String text, NativeSurroundings s) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.contains("musl")
                || (lower.contains("symbol not found") && lower.contains("relocating"))
                || lower.contains("ld-linux")) {
            return Optional.of(
                    new Diagnosis(
                            "they are made for systems with the C library glibc, and this one has musl",
                            "use a system such as Debian or Ubuntu, not Alpine"));
        }
        if (lower.contains("wrong elf class")
                || lower.contains("possible cause")
                || lower.contains("incompatible architecture")
                || lower.contains("not a valid win32 application")
                || lower.contains("exec format error")) {
            return Optional.of(
                    new Diagnosis(
                            "they are made for another processor than this Java, which runs as "
                                    + s.platform(),
                            "use a 64-bit Java made for this machine"));
        }
        Matcher version = VERSION.matcher(text);
        if (version.find()) {
            boolean ofC = version.group(1).startsWith("GLIBC_");
            return Optional.of(
                    new Diagnosis(
                            "this system's "
                                    + (ofC ? "C library" : "C++ library")
                                    + " is older than they need, "
                                    + version.group(1),
                            "use a newer system"));
        }
        return Optional.empty();
    }

    private static Optional<Diagnosis> ofTheFolder(NativeSurroundings s) {
        String unpacked = "the folder " + s.folder() + ", into which they are unpacked, ";
        return switch (s.state()) {
            case NOEXEC ->
                    Optional.of(
                            new Diagnosis(
                                    unpacked + "is mounted noexec: nothing in it may be run",
                                    "choose another folder: " + option()));
            case UNWRITABLE, MISSING ->
                    Optional.of(
                            new Diagnosis(
                                    unpacked + "cannot be written to",
                                    "choose another folder: " + option()));
            case FULL ->
                    Optional.of(
                            new Diagnosis(
                                    unpacked + "is on a disk that is full; they take 500 MB",
                                    "free space and delete that folder, or choose another folder: "
                                            + option()));
            case GOOD -> Optional.empty();
        };
    }

    private static String option() {
        return "MNIST4J_JAVA_OPTS=-Dorg.bytedeco.javacpp.cachedir=DIR";
    }

    private static String install(String library) {
        String[][] packages = {
            {"libgomp", "libgomp1", "libgomp"},
            {"libstdc++", "libstdc++6", "libstdc++"},
            {"libgcc_s", "libgcc-s1", "libgcc"},
            {"libgfortran", "libgfortran5", "libgfortran"},
            {"libOpenCL", "ocl-icd-libopencl1", "ocl-icd"},
        };
        for (String[] p : packages) {
            if (library.startsWith(p[0])) {
                return "install it: apt install " + p[1] + ", or dnf install " + p[2];
            }
        }
        return "install the package of your system that holds it";
    }

    /** The linker's words behind the file's name. */
    private static String reason(String text) {
        int at = text.lastIndexOf(File.separatorChar);
        return at < 0 ? text : text.substring(at + 1);
    }
}
