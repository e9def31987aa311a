package io.github.mnist4j.train.backend;

import java.util.List;
import java.util.Optional;

/**
 * Chooses the ND4J backend before any of ND4J is loaded: one that cannot run fails late and without
 * a clear message.
 *
 * @param backend cpu or cuda
 * @param reason one sentence for the user
 * @param possible false if CUDA was requested and is not available
 */
public record BackendChoice(String backend, String reason, boolean possible) {

    /**
     * @param request cpu, cuda, or auto: CUDA where it can run, else the CPU
     * @param gpus as {@link Gpu#find} gives them
     * @throws IllegalArgumentException for any other request
     */
    public static BackendChoice choose(String request, Optional<List<Gpu>> gpus) {
        switch (request) {
            case "cpu":
                return new BackendChoice("cpu", "the CPU was requested", true);
            case "auto":
            case "cuda":
                break;
            default:
                throw new IllegalArgumentException(
                        "unknown backend '" + request + "', one of auto, cpu, cuda expected");
        }
        Optional<String> obstacle = obstacle(gpus);
        if (obstacle.isEmpty()) {
            Gpu gpu = gpus.orElseThrow().stream().filter(Gpu::supported).findFirst().orElseThrow();
            return new BackendChoice("cuda", "found " + gpu, true);
        }
        return new BackendChoice("cpu", obstacle.get(), request.equals("auto"));
    }

    private static Optional<String> obstacle(Optional<List<Gpu>> gpus) {
        if (gpus.isEmpty()) {
            return Optional.of(
                    "no NVIDIA driver found (nvidia-smi does not answer): install one for CUDA 11.6, 510 or newer");
        }
        if (gpus.get().isEmpty()) {
            return Optional.of("the NVIDIA driver finds no GPU");
        }
        if (gpus.get().stream().noneMatch(Gpu::supported)) {
            return Optional.of(
                    gpus.get().get(0)
                            + " is not supported: nd4j-cuda-11.6 is built for compute capability 3.7 to "
                            + "8.x, and there is no newer build; use the CPU");
        }
        return Optional.empty();
    }

    /**
     * For the launcher, which fetches the CUDA backend if it can be used: takes the request as an
     * argument, prints the backend to standard output and the reason to standard error. Exit code
     * 0; 1 if CUDA was requested and is not available; 2 for an unknown request.
     */
    public static void main(String[] args) {
        try {
            BackendChoice choice = choose(args.length > 0 ? args[0] : "auto", Gpu.find());
            System.err.println(
                    choice.possible
                            ? "Backend   " + choice.backend + ": " + choice.reason
                            : "error: " + choice.reason);
            System.out.println(choice.backend);
            System.exit(choice.possible ? 0 : 1);
        } catch (IllegalArgumentException e) {
            System.err.println("error: " + e.getMessage());
            System.exit(2);
        }
    }
}
