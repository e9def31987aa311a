package io.github.mnist4j.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Nd4jRuntimeTest {
    private static final String CPU = "org/nd4j/linalg/cpu/nativecpu/CpuBackend.class";

    @Test
    void isThereInTests() {
        assertThatCode(Nd4jRuntime::check).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "linux-x86_64, libnd4jcpu.so",
        "linux-arm64, libnd4jcpu.so",
        "macosx-x86_64, libnd4jcpu.dylib",
        "macosx-arm64, libnd4jcpu.dylib",
        "windows-x86_64, nd4jcpu.dll"
    })
    void namesWhatToAdd(String platform, String library) {
        String natives = "org/nd4j/linalg/cpu/nativecpu/bindings/" + platform + "/" + library;
        assertThat(Nd4jRuntime.missing(platform, Set.of(CPU, natives)::contains)).isEmpty();
        assertThat(Nd4jRuntime.missing(platform, Set.of()::contains))
                .hasValue(
                        "no ND4J backend is on the class path; add "
                                + "io.github.mnist4j:mnist-runtime, or mnist-runtime-"
                                + platform);
        assertThat(Nd4jRuntime.missing(platform, Set.of(CPU)::contains))
                .hasValueSatisfying(
                        s -> assertThat(s).contains("natives for " + platform + " are not on"));
    }

    @Test
    void namesThePlatformsThatAreThereInstead() {
        Set<String> path =
                Set.of(
                        CPU,
                        "org/nd4j/linalg/cpu/nativecpu/bindings/windows-x86_64/nd4jcpu.dll",
                        "org/nd4j/linalg/cpu/nativecpu/bindings/macosx-arm64/libnd4jcpu.dylib");
        assertThat(Nd4jRuntime.missing("linux-x86_64", path::contains))
                .hasValue(
                        "ND4J's natives for linux-x86_64 are not on the class path, only those for "
                                + "macosx-arm64, windows-x86_64; add io.github.mnist4j:mnist-runtime, "
                                + "or mnist-runtime-linux-x86_64");
    }

    @Test
    void saysWhereThereAreNone() {
        assertThat(Nd4jRuntime.missing("linux-ppc64le", Set.of(CPU)::contains))
                .hasValueSatisfying(
                        s ->
                                assertThat(s)
                                        .startsWith("ND4J has no natives for linux-ppc64le, only")
                                        .endsWith("mnist-lite needs none"));
    }

    @Test
    void leavesCudaToItsDriver() {
        assertThat(
                        Nd4jRuntime.missing(
                                "linux-x86_64",
                                Set.of("org/nd4j/linalg/jcublas/JCublasBackend.class")::contains))
                .isEmpty();
    }
}
