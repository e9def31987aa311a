package io.github.mnist4j.serve.internal.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request's body as it arrives, without a thread that waits: a slow client costs what it
 * has sent and nothing else. The bytes are counted, whatever the header says of them.
 */
final class BodyReader implements Invocable.Task {
    private final Request request;
    private final Limits limits;
    private final BiConsumer<byte @Nullable [], @Nullable Problem> then;
    private final ByteArrayOutputStream body;
    private volatile boolean ended;
    private long counted;
    private Scheduler.@Nullable Task deadline;

    /**
     * What is shared by all requests.
     *
     * @param mostBytes of one body
     * @param mostInMemory of all bodies that are in memory
     * @param inMemory bytes of bodies that are in memory
     * @param seconds until a body must be there
     */
    record Limits(long mostBytes, long mostInMemory, AtomicLong inMemory, int seconds) {
        /** A body that was read is done with. */
        void release(long bytes) {
            inMemory.addAndGet(-bytes);
        }
    }

    /**
     * @param then gets the body, which it must {@link Limits#release}, or the problem, once
     */
    BodyReader(
            Request request, Limits limits, BiConsumer<byte @Nullable [], @Nullable Problem> then) {
        this.request = request;
        this.limits = limits;
        this.then = then;
        // what the header says is a hint for the buffer only
        long said = Math.max(0, Math.min(request.getLength(), 1 << 16));
        body = new ByteArrayOutputStream((int) said);
    }

    void start() {
        if (request.getLength() > limits.mostBytes) {
            end(null, tooLong());
            return;
        }
        run();
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public void run() {
        while (!ended) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                if (deadline == null) {
                    deadline =
                            request.getComponents()
                                    .getScheduler()
                                    .schedule(
                                            () -> end(null, tooSlow()),
                                            limits.seconds,
                                            TimeUnit.SECONDS);
                }
                request.demand(this);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                boolean late = chunk.getFailure() instanceof TimeoutException;
                end(null, late ? tooSlow() : new Problem(400, "the request's body is cut off"));
                return;
            }
            boolean last = chunk.isLast();
            Problem problem = take(chunk.getByteBuffer());
            chunk.release();
            if (problem != null) {
                end(null, problem);
            } else if (last) {
                end(body.toByteArray(), null);
            }
        }
    }

    // the deadline may end it while bytes arrive: what is counted then would never be released
    private synchronized @Nullable Problem take(ByteBuffer bytes) {
        if (ended) {
            return null;
        }
        int length = bytes.remaining();
        if (counted + length > limits.mostBytes) {
            return tooLong();
        }
        counted += length;
        if (limits.inMemory.addAndGet(length) > limits.mostInMemory) {
            return new Problem(503, "too much is being uploaded at this moment; try again");
        }
        byte[] copy = new byte[length];
        bytes.get(copy);
        body.write(copy, 0, length);
        return null;
    }

    private Problem tooLong() {
        return new Problem(413, "the body is longer than " + limits.mostBytes + " bytes");
    }

    private Problem tooSlow() {
        return new Problem(408, "the body did not arrive within " + limits.seconds + " seconds");
    }

    private void end(byte @Nullable [] whole, @Nullable Problem problem) {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            if (problem != null) {
                limits.release(counted);
            }
        }
        if (deadline != null) {
            deadline.cancel();
        }
        then.accept(whole, problem);
    }
}
