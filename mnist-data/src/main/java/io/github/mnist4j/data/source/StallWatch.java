package io.github.mnist4j.data.source;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection on which next to nothing arrives. The socket's timeout alone does not: a byte
 * now and then keeps it from running out.
 */
final class StallWatch implements AutoCloseable {
    /** A server that sends less than this is as good as one that sends nothing. */
    private static final long BYTES_A_SECOND = 1000;

    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(
                    task -> {
                        var thread = new Thread(task, "mnist4j-download-watch");
                        thread.setDaemon(true);
                        return thread;
                    });
    private final long least;
    private long bytes;
    private boolean closed;

    /**
     * @param stalled how long the connection may be as good as silent
     */
    StallWatch(HttpURLConnection connection, Duration stalled) {
        least = leastBytes(stalled);
        long period = stalled.toMillis();
        // nobody asks for the result: close() ends it
        Future<?> unused =
                clock.scheduleAtFixedRate(
                        () -> check(connection), period, period, TimeUnit.MILLISECONDS);
    }

    /** What must arrive in so long a time. */
    static long leastBytes(Duration time) {
        return BYTES_A_SECOND * time.toMillis() / 1000;
    }

    private void check(HttpURLConnection connection) {
        synchronized (this) {
            if (bytes >= least) {
                bytes = 0;
                return;
            }
            closed = true;
        }
        connection.disconnect();
    }

    synchronized void received(int n) {
        bytes += n;
    }

    /**
     * What an exception means: a {@link SocketTimeoutException} if it was the watch that closed the
     * connection, else the exception itself.
     */
    synchronized IOException explain(IOException e) {
        if (!closed) {
            return e;
        }
        var timeout = new SocketTimeoutException("stalled");
        timeout.initCause(e);
        return timeout;
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
