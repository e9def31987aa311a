package io.github.mnist4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.mnist4j.cli.doctor.Doctor;
import io.github.mnist4j.cli.doctor.Finding;
import io.github.mnist4j.cli.doctor.Finding.Health;
import io.github.mnist4j.cli.doctor.Machine;
import io.github.mnist4j.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
    private static List<Finding> examined(
            int java, String arch, Set<String> flags, Map<String, String> environment, long heap) {
        return new Machine("Linux", arch, java, 4, flags, environment::get, heap, Optional.empty())
                .findings();
    }

    private static Finding of(String subject, List<Finding> findings) {
        return findings.stream().filter(f -> f.subject().equals(subject)).findFirst().orElseThrow();
    }

    @Test
    void aGoodMachineHasNothingToFix() {
        var findings = examined(21, "amd64", Set.of("avx", "avx2", "avx512f"), Map.of(), 4L << 30);
        assertThat(findings).allSatisfy(f -> assertThat(f.health()).isEqualTo(Health.OK));
        assertThat(of("CPU", findings).finding()).isEqualTo("4 processors with avx avx2 avx512f");
        assertThat(of("GPU", findings).finding()).contains("no NVIDIA driver");
    }

    @Test
    void everyProblemComesWithItsFix() {
        var findings =
                examined(
                        11,
                        "amd64",
                        Set.of("sse4_1", "avx"),
                        Map.of("OMP_NUM_THREADS", "16"),
                        256 << 20);
        assertThat(of("Java", findings).health()).isEqualTo(Health.PROBLEM);
        assertThat(of("CPU", findings)).matches(f -> f.finding().contains("without AVX2"));
        assertThat(of("Threads", findings).finding()).contains("16", "4 processors");
        assertThat(of("Memory", findings).fix()).contains("-Xmx2g");
        assertThat(findings)
                .filteredOn(f -> f.health() != Health.OK)
                .hasSize(4)
                .allSatisfy(f -> assertThat(f.fix()).isNotBlank());
    }

    @Test
    void otherArchitecturesAreFine() {
        var findings = examined(17, "aarch64", Set.of(), Map.of(), 2L << 30);
        assertThat(of("CPU", findings))
                .returns(Health.OK, Finding::health)
                .returns("4 processors, aarch64", Finding::finding);
    }

    @Test
    void threadsThatAreNotANumberAreNamed() {
        var findings =
                examined(17, "aarch64", Set.of(), Map.of("OMP_NUM_THREADS", "all"), 2L << 30);
        assertThat(of("Threads", findings))
                .returns(Health.WARNING, Finding::health)
                .matches(f -> f.finding().contains("OMP_NUM_THREADS is all"));
    }

    @Test
    void damagedDataInTheCacheIsAProblem(@TempDir Path cache) throws IOException {
        assertThat(Doctor.dataSets(cache)).singleElement().returns(Health.OK, Finding::health);
        Path folder = Files.createDirectories(cache.resolve("mnist"));
        Files.createFile(folder.resolve(".lock")); // a download that was broken off
        assertThat(Doctor.dataSets(cache)).singleElement().returns(Health.OK, Finding::health);
        for (String name :
                List.of(
                        "train-images-idx3-ubyte",
                        "train-labels-idx1-ubyte",
                        "t10k-images-idx3-ubyte",
                        "t10k-labels-idx1-ubyte")) {
            Files.write(folder.resolve(name), new byte[] {1, 2, 3});
        }
        assertThat(Doctor.dataSets(cache))
                .singleElement()
                .returns(Health.PROBLEM, Finding::health)
                .matches(f -> f.fix().contains("delete " + folder));
    }

    @Test
    void theFolderInTheEnvironmentIsLookedAt(@TempDir Path folder) {
        assertThat(Doctor.named(folder))
                .returns(Health.PROBLEM, Finding::health)
                .matches(f -> f.finding().startsWith("MNIST4J_DATA: "))
                .matches(f -> f.finding().contains(folder.toString()));
        assertThat(Doctor.named(SharedData.mnist()))
                .returns(Health.OK, Finding::health)
                .matches(f -> f.finding().contains("digest 8b4a56238c77"));
    }

    @Test
    void theCommandSaysTheSameToPeopleAndPrograms() throws Exception {
        Said said = Said.mnist("doctor", "--json");
        var findings = new ObjectMapper().readTree(said.out());
        assertThat(findings.findValuesAsText("subject"))
                .contains("Java", "System", "CPU", "Threads", "Memory", "GPU", "ND4J", "Speed");
        boolean problem = findings.findValuesAsText("health").contains("PROBLEM");
        assertThat(said.exit()).isEqualTo(problem ? 1 : 0);
        assertThat(findings.findValuesAsText("finding")).anyMatch(f -> f.contains("images/s"));
    }
}
