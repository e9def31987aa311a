package io.github.mnist4j.cli;

import io.github.mnist4j.train.TrainingCallback;
import java.util.concurrent.CountDownLatch;

/**
 * Ctrl-C: the JVM begins to shut down, but waits until the step that is under way is done and the
 * run is saved. Its exit code is then 130.
 */
final class Interrupt implements TrainingCallback, AutoCloseable {
    private final CountDownLatch saved = new CountDownLatch(1);
    private final Thread hook =
            new Thread(
                    () -> {
                        requested = true;
                        try {
                            saved.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    },
                    "interrupt");
    private volatile boolean requested;

    /** From here on Ctrl-C is waited for. */
    Interrupt() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    @Override
    public boolean stopRequested() {
        return requested;
    }

    /** Everything is saved, or failed: there is nothing to wait for. */
    @Override
    public void close() {
        saved.countDown();
        if (!requested) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // shutting down this very moment; the hook will not wait
            }
        }
    }
}
