package io.github.mnist4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.mnist4j.testkit.Mount;
import io.github.mnist4j.train.backend.Failure;
import io.github.mnist4j.train.backend.NativeLibraries;
import io.github.mnist4j.train.backend.NativeSurroundings;
import io.github.mnist4j.train.backend.NativeSurroundings.FolderState;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What was thrown as what is said. */
class FailureTest {
    static List<Throwable> everyKind() {
        String null_ = null;
        return List.of(
                new NoSuchFileException("/a/b"),
                new AccessDeniedException("/a/b"),
                new FileNotFoundException("/a/b (Is a directory)"),
                new IOException("/a/b"),
                new IOException(null_),
                new IOException("Is a directory"),
                new MalformedInputException(1),
                new UncheckedIOException(new NoSuchFileException("/a/b")),
                new ExecutionException(new IOException("the disk is full")),
                new InvocationTargetException(new IllegalStateException("it cannot be done")),
                new CompletionException(new OutOfMemoryError("Java heap space")),
                new RuntimeException(
                        new RuntimeException(new OutOfMemoryError("GC overhead limit"))),
                new OutOfMemoryError("Physical memory usage is too high: physicalBytes (3G) > 2G"),
                new OutOfMemoryError("unable to create native thread: possibly out of memory"),
                new OutOfMemoryError(null_),
                new StackOverflowError(),
                new NullPointerException(),
                new ClassCastException("class java.lang.String cannot be cast to class [Lorg.a.B;"),
                new ArithmeticException("/ by zero"),
                new ArrayIndexOutOfBoundsException("Index 3 out of bounds for length 2"),
                new NumberFormatException("For input string: \"x\""),
                new IllegalArgumentException(null_),
                new AssertionError("oops"),
                new NoClassDefFoundError("org/bytedeco/javacpp/Loader"),
                new NoClassDefFoundError("Could not initialize class org.nd4j.linalg.factory.Nd4j"),
                new ExceptionInInitializerError(
                        new UnsatisfiedLinkError("no jnix in java.library.path: /lib")),
                new IOException("cannot read a\nb\u001b[31m\u202e.png: " + "x".repeat(100_000)),
                new IllegalStateException("bad \ud800 half of a character"));
    }

    @ParameterizedTest
    @MethodSource("everyKind")
    void oneLineOfWordsAndNoClass(Throwable e) {
        String said = Failure.sentence(e);
        assertThat(said.codePoints()).noneMatch(c -> Character.isISOControl(c) || c == 0x202e);
        assertThat(said)
                .hasSizeBetween(10, 700)
                .contains(" ")
                .doesNotContainPattern("(Exception|Error)\\b")
                .doesNotContainPattern("\\b(java|org|io)[./]\\w+[./]");
    }

    @Test
    void whatOurCodeSaidIsSaid() {
        var own = new IOException("cannot read a\nb: it is a folder");
        assertThat(Failure.sentence(new ExecutionException(own)))
                .isEqualTo("cannot read a\\nb: it is a folder");
        assertThat(Failure.sentence(new NoSuchFileException("/a/b")))
                .isEqualTo("cannot use /a/b: it does not exist");
        assertThat(Failure.sentence(new OutOfMemoryError("Java heap space")))
                .contains("Java's heap", "-Xmx2g");
    }

    @Test
    void onlyOurOwnRefusalOfAValueIsWrongUsage() {
        assertThat(Failure.isUsage(new IllegalArgumentException("epochs is 0, 1 expected")))
                .isTrue();
        Throwable foreign = null;
        try {
            Integer.parseInt("x");
        } catch (NumberFormatException e) {
            foreign = e;
        }
        assertThat(Failure.isUsage(foreign)).isFalse();
        assertThat(Failure.isUsage(new IOException("x y"))).isFalse();
    }

    private static NativeSurroundings with(FolderState state, long limit) {
        return new NativeSurroundings("linux-x86_64", true, Path.of("/cache"), state, limit);
    }

    private static Throwable linking(String text) {
        var search = new UnsatisfiedLinkError("no jniopenblas in java.library.path: /lib");
        search.initCause(new UnsatisfiedLinkError(text));
        return new ExceptionInInitializerError(
                new RuntimeException("ND4J is probably missing dependencies", search));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/c/libx.so: /c/libx.so: failed to map segment from shared object | NOEXEC | noexec | cachedir=DIR",
                "/c/libx.so: /c/libx.so: failed to map segment from shared object | GOOD | not enough memory | -Xmx500m",
                "/c/libx.so: libopenblas.so.0: cannot open shared object file: No such file or directory | FULL | disk that is full | cachedir=DIR",
                "/c/libx.so: libgomp.so.1: cannot open shared object file: No such file or directory | GOOD | libgomp.so.1 | apt install libgomp1",
                "/c/libx.so: libstdc++.so.6: cannot open shared object file: No such file or directory | GOOD | libstdc++.so.6 | apt install libstdc++6",
                "/c/libx.so: /lib/libc.so.6: version `GLIBC_2.27' not found (required by /c/libx.so) | GOOD | GLIBC_2.27 | newer system",
                "/c/libx.so: Error loading shared library ld-linux-x86-64.so.2: No such file | GOOD | musl | not Alpine",
                "/c/libx.so: /c/libx.so: wrong ELF class: ELFCLASS64 (Possible cause: architecture word width mismatch) | GOOD | another processor | 64-bit Java",
                "/c/libx.so: (Possible cause: can't load AMD64 .so on a AARCH64 platform) | GOOD | another processor | 64-bit Java",
                "/c/libx.so: /c/libx.so: file too short | GOOD | is damaged | delete that folder",
                "Could not create the cache | UNWRITABLE | cannot be written to | cachedir=DIR",
            })
    void theTrueCauseOfNativesThatDoNotLoad(
            String text, FolderState state, String cause, String fix) {
        var found = NativeLibraries.diagnose(linking(text), with(state, Long.MAX_VALUE));
        assertThat(found.cause()).contains(cause);
        assertThat(found.fix()).contains(fix);
        assertThat(NativeLibraries.diagnose(linking(text))).isPresent();
    }

    @Test
    void aPlatformWithoutLibrariesIsNamed() {
        var s = new NativeSurroundings("linux-x86", false, Path.of("/c"), FolderState.GOOD, 1);
        assertThat(NativeLibraries.diagnose(linking("x"), s).cause()).contains("linux-x86");
        assertThat(
                        NativeLibraries.diagnose(
                                        linking("failed to map segment"),
                                        with(FolderState.GOOD, 3L << 30))
                                .cause())
                .contains("3072 MiB (ulimit -v)");
        assertThat(NativeLibraries.diagnose(new IOException("x"))).isEmpty();
    }

    @Test
    void theFolderIsTriedOut(@TempDir Path folder) throws Exception {
        assertThat(NativeSurroundings.state(folder)).isEqualTo(FolderState.GOOD);
        assertThat(folder).isEmptyDirectory();
        assertThat(NativeSurroundings.state(folder.resolve("none"))).isEqualTo(FolderState.MISSING);
        assertThat(NativeSurroundings.state(Files.createFile(folder.resolve("file"))))
                .isEqualTo(FolderState.UNWRITABLE);
        Path noexec = Files.createDirectory(folder.resolve("noexec"));
        try (var mount = Mount.of(noexec, "size=60m,noexec")) {
            assumeTrue(mount != null, "only root can mount");
            assertThat(NativeSurroundings.state(noexec)).isEqualTo(FolderState.NOEXEC);
        }
        try (var mount = Mount.of(noexec, "size=1m")) {
            assertThat(NativeSurroundings.state(noexec)).isEqualTo(FolderState.FULL);
        }
    }
}
