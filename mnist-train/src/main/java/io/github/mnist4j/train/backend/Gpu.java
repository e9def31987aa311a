package io.github.mnist4j.train.backend;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * An NVIDIA GPU as its driver describes it.
 *
 * @param name as the driver gives it
 * @param major version of the compute capability: the 8 of 8.6
 * @param minor version of the compute capability: the 6 of 8.6
 * @param driver the driver's version
 */
public record Gpu(String name, int major, int minor, String driver) {

    /**
     * Asks the driver (through nvidia-smi), before any of ND4J is loaded; empty if there is no
     * driver.
     */
    public static Optional<List<Gpu>> find() {
        try {
            Process process =
                    new ProcessBuilder(
                                    "nvidia-smi",
                                    "--query-gpu=name,compute_cap,driver_version",
                                    "--format=csv,noheader")
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            String answer =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                return Optional.empty();
            }
            return Optional.of(parse(answer));
        } catch (IOException e) {
            return Optional.empty(); // no such program
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** nvidia-smi's lines "name, 8.6, 535.104.05"; lines of another form are passed over. */
    static List<Gpu> parse(String answer) {
        var gpus = new ArrayList<Gpu>();
        for (String line : answer.lines().toList()) {
            String[] parts = line.split("\\s*,\\s*");
            if (parts.length == 3 && parts[1].matches("\\d+\\.\\d+")) {
                String[] capability = parts[1].split("\\.");
                gpus.add(
                        new Gpu(
                                parts[0].strip(),
                                Integer.parseInt(capability[0]),
                                Integer.parseInt(capability[1]),
                                parts[2].strip()));
            }
        }
        return List.copyOf(gpus);
    }

    /**
     * Whether nd4j-cuda-11.6 1.0.0-M2.1 can run here. That build has binaries for compute
     * capability 3.7 to 8.6 and no PTX for newer GPUs; 8.9 runs the binaries for 8.6.
     */
    public boolean supported() {
        return (major > 3 || (major == 3 && minor >= 7)) && major < 9;
    }

    /** "NVIDIA A10 (compute capability 8.6, driver 535.104.05)". */
    @Override
    public String toString() {
        return name + " (compute capability " + major + "." + minor + ", driver " + driver + ")";
    }
}
