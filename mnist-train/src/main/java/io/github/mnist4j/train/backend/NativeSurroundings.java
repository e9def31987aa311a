package io.github.mnist4j.train.backend;

import io.github.mnist4j.data.io.IoErrors;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;

/**
 * What the native libraries find on this machine. {@link NativeLibraries} combines it with the
 * error to say why they do not load.
 *
 * @param platform as JavaCPP calls it: linux-x86_64
 * @param jar whether ND4J's libraries for that platform are on the class path
 * @param folder where they are unpacked
 * @param state of that folder
 * @param limit on the process's address space in bytes; {@link Long#MAX_VALUE} for none
 */
public record NativeSurroundings(
        String platform, boolean jar, Path folder, FolderState state, long limit) {
    /** ND4J's bindings; a platform's jar has its libraries below this name. */
    private static final String ND4J = "org/nd4j/linalg/cpu/nativecpu/bindings/";

    /** Unpacked they take some 450 MB; with less than this left, one of them was cut. */
    private static final long LEAST_SPACE = 50L << 20;

    /** The state of the folder where they are unpacked. */
    public enum FolderState {
        GOOD,
        MISSING,
        UNWRITABLE,
        NOEXEC,
        FULL
    }

    static NativeSurroundings here() {
        String platform = javacppsPlatform();
        Path folder = javacppsFolder();
        ClassLoader loader = NativeSurroundings.class.getClassLoader();
        boolean jar =
                Stream.of("libnd4jcpu.so", "libnd4jcpu.dylib", "nd4jcpu.dll")
                        .anyMatch(name -> loader.getResource(ND4J + platform + "/" + name) != null);
        return new NativeSurroundings(platform, jar, folder, state(folder), addressSpace());
    }

    private static String javacppsPlatform() {
        try {
            return Loader.getPlatform();
        } catch (LinkageError | RuntimeException e) {
            return "this platform";
        }
    }

    /** As JavaCPP chooses it. */
    private static Path javacppsFolder() {
        try {
            return Loader.getCacheDir().toPath();
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
}
