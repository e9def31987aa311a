package io.github.mnist4j.train.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackendChoiceTest {
    private static final Gpu A10 = new Gpu("NVIDIA A10", 8, 6, "535.104.05");
    private static final Gpu H100 = new Gpu("NVIDIA H100 PCIe", 9, 0, "550.54.14");
    private static final Gpu K40 = new Gpu("Tesla K40c", 3, 5, "470.82.01");

    @ParameterizedTest(name = "compute capability {0}.{1} runs: {2}")
    @CsvSource({
        "3, 5, false", "3, 7, true", "5, 2, true", "6, 1, true", "7, 5, true", "8, 0, true",
        "8, 6, true", "8, 9, true", "9, 0, false", "10, 0, false", "12, 0, false", "2, 1, false"
    })
    void onlyCardsThatTheBuildHoldsCodeForAreUsed(int major, int minor, boolean runs) {
        assertThat(new Gpu("card", major, minor, "1").supported()).isEqualTo(runs);
    }

    @Test
    void readsWhatTheDriverSays() {
        assertThat(Gpu.parse("NVIDIA A10, 8.6, 535.104.05\nNVIDIA H100 PCIe, 9.0, 550.54.14\n"))
                .containsExactly(A10, H100);
        assertThat(Gpu.parse("No devices were found\n")).isEmpty();
        assertThat(Gpu.parse("")).isEmpty();
        assertThat(Gpu.parse("old driver, [Not Supported], 390.1")).isEmpty();
    }

    @Test
    void autoTakesACardThatCanRunAndElseTheCpu() {
        assertThat(BackendChoice.choose("auto", Optional.of(List.of(H100, A10))))
                .returns("cuda", BackendChoice::backend)
                .returns(true, BackendChoice::possible)
                .extracting(BackendChoice::reason)
                .asString()
                .contains("NVIDIA A10 (compute capability 8.6");
        for (var gpus : List.of(Optional.<List<Gpu>>empty(), Optional.of(List.<Gpu>of()))) {
            assertThat(BackendChoice.choose("auto", gpus))
                    .returns("cpu", BackendChoice::backend)
                    .returns(true, BackendChoice::possible);
        }
    }

    @Test
    void aDemandThatCannotBeMetSaysWhyAndWhatToDo() {
        assertThat(BackendChoice.choose("cuda", Optional.empty()))
                .returns(false, BackendChoice::possible)
                .extracting(BackendChoice::reason)
                .asString()
                .contains("no NVIDIA driver", "install");
        assertThat(BackendChoice.choose("cuda", Optional.of(List.of())).reason())
                .contains("finds no GPU");
        assertThat(BackendChoice.choose("cuda", Optional.of(List.of(H100))))
                .returns(false, BackendChoice::possible)
                .extracting(BackendChoice::reason)
                .asString()
                .contains("NVIDIA H100 PCIe (compute capability 9.0", "use the CPU");
        assertThat(BackendChoice.choose("cuda", Optional.of(List.of(K40))).possible()).isFalse();
    }

    @Test
    void theCpuNeedsNoReasonAndOtherNamesAreRefused() {
        assertThat(BackendChoice.choose("cpu", Optional.of(List.of(A10))))
                .returns("cpu", BackendChoice::backend)
                .returns(true, BackendChoice::possible);
        assertThatThrownBy(() -> BackendChoice.choose("tpu", Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unknown backend 'tpu'");
    }
}
