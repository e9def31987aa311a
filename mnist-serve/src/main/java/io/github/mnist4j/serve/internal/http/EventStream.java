package io.github.mnist4j.serve.internal.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** A client's stream of server-sent events. Writes one thing at a time and never waits for it. */
public final class EventStream {
    private enum State {
        READY,
        WRITING,
        CLOSED
    }

    private final Response response;
    private final Callback whole;
    private final AtomicReference<State> state = new AtomicReference<>(State.READY);

    EventStream(Response response, Callback whole) {
        this.response = response;
        this.whole = whole;
    }

    /** Whether the client has taken what was sent before. */
    public boolean isReady() {
        return state.get() == State.READY;
    }

    /** Whether the client is gone or the stream was closed. */
    public boolean isClosed() {
        return state.get() == State.CLOSED;
    }

    /**
     * Sends text in the form of server-sent events. Only when {@link #isReady}.
     *
     * @return whether it was taken
     */
    public boolean send(String events) {
        if (!state.compareAndSet(State.READY, State.WRITING)) {
            return false;
        }
        response.write(
                false,
                ByteBuffer.wrap(events.getBytes(StandardCharsets.UTF_8)),
                Callback.from(() -> state.compareAndSet(State.WRITING, State.READY), this::failed));
        return true;
    }

    private void failed(Throwable e) {
        if (state.getAndSet(State.CLOSED) != State.CLOSED) {
            whole.failed(e);
        }
    }

    /** Ends the stream, after what was sent if the client takes it. */
    public void close() {
        if (state.getAndSet(State.CLOSED) == State.READY) {
            response.write(true, ByteBuffer.allocate(0), whole);
        } else {
            whole.failed(new java.io.IOException("the client does not read"));
        }
    }
}
