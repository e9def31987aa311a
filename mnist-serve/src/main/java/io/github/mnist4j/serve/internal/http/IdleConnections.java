package io.github.mnist4j.serve.internal.http;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;

/**
 * Closes connections on which no request arrives in time. Jetty's idle timeout begins anew with
 * every byte, so a client could hold a connection with a header of one byte a second.
 */
final class IdleConnections implements Connection.Listener {
    private final long most;
    private final Map<Connection, Watched> open = new ConcurrentHashMap<>();

    /** What a connection had done when it last did something. */
    private record Watched(long requests, long since) {}

    /**
     * @param seconds that a connection may be open without a request
     */
    IdleConnections(int seconds) {
        most = seconds * 1_000_000_000L;
    }

    @Override
    public void onOpened(Connection connection) {
        open.put(connection, new Watched(0, System.nanoTime()));
    }

    @Override
    public void onClosed(Connection connection) {
        open.remove(connection);
    }

    /** To be called about every second. */
    void look() {
        long now = System.nanoTime();
        open.forEach(
                (connection, before) -> {
                    long done = connection.getMessagesOut();
                    boolean working = connection.getMessagesIn() > done;
                    if (working || done > before.requests) {
                        open.replace(connection, before, new Watched(done, now));
                    } else if (now - before.since > most) {
                        connection.getEndPoint().close();
                    }
                });
    }
}
