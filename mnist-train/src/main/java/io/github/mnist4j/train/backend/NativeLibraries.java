package io.github.mnist4j.train.backend;

import io.github.mnist4j.data.io.IoErrors;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
import java.util.stream.Stream;

/**
 * Why the C++ side of ND4J and oneDNN does not load. JavaCPP unpacks it from jars into a folder and
 * loads it from there; what goes wrong on the way comes out as an error of linking, several causes
 * deep, or as a class that is missing.
 */
public final class NativeLibraries {
    /** ND4J's, by which a platform's jar is told to be there. */
    private static final String ND4J = "org/nd4j/linalg/cpu/nativecpu/bindings/";

    /** Unpacked they take some 450 MB; with less than this left, one of them was cut. */
    private static final long LEAST_SPACE = 50L << 20;

    private static final Pattern MISSING =
            Pattern.compile(
                    "(lib[\\w.+-]+\\.(?:so|dylib)[\\w.]*): (?:cannot open shared object file|image not found)");
    private static final Pattern VERSION = Pattern.compile("version `([\\w.]+)' not found");

    private NativeLibraries() {}

    /**
     * What keeps them from loading.
     *
     * @param cause without a full stop at its end
     * @param fix what to do about it
     */
    public record Diagnosis(String cause, String fix) {
        @Override
        public String toString() {
            return "the native libraries do not load: " + cause + "; " + fix;
        }
    }

    /** The folder into which they are unpacked, as it is found. */
    public enum FolderState {
        GOOD,
        MISSING,
        UNWRITABLE,
        NOEXEC,
        FULL
    }

    /**
     * What is known beside the error.
     *
     * @param platform as JavaCPP calls it: linux-x86_64
     * @param jar whether ND4J's libraries for that platform are on the class path
     * @param folder into which they are unpacked
     * @param state how that is
     * @param limit on the process's address space in bytes; {@link Long#MAX_VALUE} for none
     */
    public record Surroundings(
            String platform, boolean jar, Path folder, FolderState state, long limit) {}

    private static Surroundings here() {
        String platform = platform();
        Path folder = folder();
        ClassLoader loader = NativeLibraries.class.getClassLoader();
        boolean jar =
                Stream.of("libnd4jcpu.so", "libnd4jcpu.dylib", "nd4jcpu.dll")
                        .anyMatch(name -> loader.getResource(ND4J + platform + "/" + name) != null);
        return new Surroundings(platform, jar, folder, state(folder), addressSpace());
    }

    private static String platform() {
        try {
            return org.bytedeco.javacpp.Loader.getPlatform();
        } catch (LinkageError | RuntimeException e) {
            return "this platform";
        }
    }

    /** As JavaCPP chooses it. */
    private static Path folder() {
        try {
            return org.bytedeco.javacpp.Loader.getCacheDir().toPath();
        } catch (IOException | LinkageError | RuntimeException e) {
            String told = System.getProperty("org.bytedeco.javacpp.cachedir");
            return told != null
                    ? Path.of(told)
                    : Path.of(System.getProperty("user.home"), ".javacpp", "cache");
        }
    }

    /** Tries it out: writes a file there, and asks whether it could be run. */
    public static FolderState state(Path folder) {
        if (!Files.isDirectory(folder)) {
            return Files.exists(folder) ? FolderState.UNWRITABLE : FolderState.MISSING;
        }
        boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
        Path probe = null;
        try {
            probe =
                    posix
                            ? Files.createTempFile(
                                    folder,
                                    "probe",
                                    null,
                                    PosixFilePermissions.asFileAttribute(
                                            PosixFilePermissions.fromString("rwx------")))
                            : Files.createTempFile(folder, "probe", null);
            if (posix && !Files.isExecutable(probe)) {
                return FolderState.NOEXEC;
            }
            FileStore store = Files.getFileStore(folder);
            return store.getUsableSpace() < LEAST_SPACE ? FolderState.FULL : FolderState.GOOD;
        } catch (IOException | SecurityException e) {
            return IoErrors.isMachinesFault(e) && !isReadOnly(e)
                    ? FolderState.FULL
                    : FolderState.UNWRITABLE;
        } finally {
            if (probe != null) {
                probe.toFile().delete();
            }
        }
    }

    private static boolean isReadOnly(Exception e) {
        return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("read-only");
    }

    /** What {@code ulimit -v} says. */
    private static long addressSpace() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
                if (line.startsWith("Max address space")) {
                    String soft = line.substring(17).strip().split("\\s+")[0];
                    return soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft);
                }
            }
        } catch (IOException | RuntimeException e) {
            // not Linux
        }
        return Long.MAX_VALUE;
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

    /** What keeps the native libraries from loading; empty if this error is of another kind. */
    public static Optional<Diagnosis> diagnose(Throwable e) {
        return isOfLinking(e) ? Optional.of(diagnose(e, here())) : Optional.empty();
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

    /** As above, an error of linking in surroundings that a test makes up. */
    public static Diagnosis diagnose(Throwable e, Surroundings s) {
        if (!s.jar) {
            return new Diagnosis(
                    "there are none for " + s.platform + " on the class path",
                    "add org.nd4j:nd4j-native (or nd4j-cuda-11.6) 1.0.0-M2.1 with the classifier "
                            + s.platform
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
                            + (s.limit == Long.MAX_VALUE
                                    ? ""
                                    : ", the process may use "
                                            + (s.limit >> 20)
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
                    "a file in " + s.folder + " is damaged",
                    "delete that folder; it will be filled again");
        }
        return new Diagnosis(
                text.isEmpty() ? "the reason is not known" : reason(text),
                "delete "
                        + s.folder
                        + ", into which they are unpacked, or choose another folder: "
                        + option());
    }

    /** What only the library's file can be at fault for. */
    private static Optional<Diagnosis> ofTheLibrary(String text, Surroundings s) {
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
                                    + s.platform,
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

    private static Optional<Diagnosis> ofTheFolder(Surroundings s) {
        String unpacked = "the folder " + s.folder + ", into which they are unpacked, ";
        return switch (s.state) {
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
