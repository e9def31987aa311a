package io.github.mnist4j.serve.internal.http;

import io.github.mnist4j.serve.internal.http.Route.Lane;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads that work, a bounded queue before each group of them. */
final class Workers implements AutoCloseable {
    /** Of small requests, which are done at a rate of thousands in a second. */
    private static final int SMALL_QUEUE = 256;

    /** Of drawings, which take tens of milliseconds; a page full of scribbles takes more. */
    private static final int IMAGES_QUEUE = 64;

    /** Of photos, which may take seconds and megabytes each. */
    private static final int LARGE_QUEUE = 8;

    private static final int FILES_QUEUE = 64;

    private final Map<Lane, ThreadPoolExecutor> pools = new EnumMap<>(Lane.class);

    /**
     * @param threads of the lanes of small requests and of images, each
     */
    Workers(int threads) {
        pools.put(Lane.SMALL, pool("small", threads, SMALL_QUEUE));
        pools.put(Lane.IMAGES, pool("images", threads, IMAGES_QUEUE));
        pools.put(Lane.LARGE, pool("large", 1, LARGE_QUEUE));
        pools.put(Lane.FILES, pool("files", 1, FILES_QUEUE));
    }

    private static ThreadPoolExecutor pool(String name, int threads, int queue) {
        var count = new AtomicInteger();
        return new ThreadPoolExecutor(
                threads,
                threads,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(queue),
                work -> {
                    var thread = new Thread(work, "serve-" + name + "-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /**
     * @throws RejectedExecutionException if the queue is full
     */
    void execute(Lane lane, Runnable work) {
        ThreadPoolExecutor pool = pools.get(lane);
        if (pool == null) {
            work.run();
        } else {
            pool.execute(work);
        }
    }

    /** How many requests wait. */
    int waiting(Lane lane) {
        ThreadPoolExecutor pool = pools.get(lane);
        return pool == null ? 0 : pool.getQueue().size();
    }

    @Override
    public void close() {
        pools.values().forEach(ThreadPoolExecutor::shutdown);
    }
}
