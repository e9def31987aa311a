package io.github.mnist4j.serve.internal.http;

import io.github.mnist4j.serve.internal.http.Route.Lane;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/** Jetty with our routes and limits. */
public final class HttpService implements AutoCloseable {
    /** Until a request's header, and after it its body, must be there. */
    private static final int READ_SECONDS = 10;

    /** How long requests that are under way are waited for at the end. */
    private static final int STOP_SECONDS = 5;

    /** An idle connection costs some kilobytes. */
    private static final int MOST_CONNECTIONS = 1024;

    private static final int MOST_HEADER_BYTES = 8192;
    private static final int BACKLOG = 256;
    private static final int JETTY_THREADS = 12;

    private final Server server;
    private final ServerConnector connector;
    private final Workers workers;
    private final ScheduledExecutorService clock;

    /**
     * What a service is started with.
     *
     * @param host name or address to listen at
     * @param port 0 for any that is free
     * @param threads that read small images, 1 or more
     * @param mostBytes of a request's body
     * @param allowedOrigin whose pages may read answers; {@code *} for all, null for none but ours
     * @param readSeconds until a header or body must be there
     */
    public record Settings(
            String host,
            int port,
            int threads,
            long mostBytes,
            @Nullable String allowedOrigin,
            int readSeconds) {
        public Settings(
                String host, int port, int threads, long mostBytes, @Nullable String allowed) {
            this(host, port, threads, mostBytes, allowed, READ_SECONDS);
        }
    }

    /**
     * Starts to listen.
     *
     * @throws IOException if the address cannot be listened at; the message says why
     */
    public HttpService(Settings settings, List<Route> routes, Traffic traffic) throws IOException {
        InetAddress address;
        try {
            address = InetAddress.getByName(settings.host());
        } catch (UnknownHostException e) {
            throw new IOException("the host " + settings.host() + " is not known", e);
        }
        workers = new Workers(settings.threads());
        // bodies may fill a quarter of the heap: what is made of them needs the rest
        var limits =
                new BodyReader.Limits(
                        settings.mostBytes(),
                        Runtime.getRuntime().maxMemory() / 4,
                        new AtomicLong(),
                        settings.readSeconds());
        var threads = new QueuedThreadPool(JETTY_THREADS, 2);
        threads.setName("serve-http");
        threads.setDaemon(true);
        server = new Server(threads);
        var http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(MOST_HEADER_BYTES);
        connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(settings.host());
        connector.setPort(settings.port());
        connector.setAcceptQueueSize(BACKLOG);
        connector.setIdleTimeout(TimeUnit.SECONDS.toMillis(settings.readSeconds()));
        var idle = new IdleConnections(settings.readSeconds());
        connector.addBean(idle);
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(MOST_CONNECTIONS, connector));
        server.setErrorHandler(errors());
        server.setStopTimeout(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
        server.setHandler(
                new GracefulHandler(
                        new Dispatcher(
                                routes,
                                workers,
                                traffic,
                                new HostCheck(settings.host(), address.isLoopbackAddress()),
                                limits,
                                settings.allowedOrigin())));
        traffic.gauge(
                "mnist_queue_length",
                "Requests that wait for a thread",
                lane -> workers.waiting(Lane.valueOf(lane.toUpperCase(Locale.ROOT))),
                "small",
                "images",
                "large",
                "files");
        clock =
                Executors.newSingleThreadScheduledExecutor(
                        work -> {
                            var thread = new Thread(work, "serve-clock");
                            thread.setDaemon(true);
                            return thread;
                        });
        var unused = clock.scheduleWithFixedDelay(idle::look, 1, 1, TimeUnit.SECONDS);
        start(settings);
    }

    private void start(Settings settings) throws IOException {
        try {
            server.start();
        } catch (Exception e) {
            close();
            throw new IOException(
                    "cannot listen at "
                            + settings.host()
                            + ", port "
                            + settings.port()
                            + ": "
                            + reason(e),
                    e);
        }
    }

    private static String reason(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null && !(cause instanceof BindException)) {
            cause = cause.getCause();
        }
        String text = String.valueOf(cause.getMessage());
        if (cause instanceof UnresolvedAddressException) {
            return "the host is not known";
        }
        return switch (text) {
            case "Address already in use" -> "something listens there already";
            case "Permission denied" -> "ports below 1024 are for root";
            case "Cannot assign requested address" -> "this machine does not have the address";
            default -> text;
        };
    }

    /**
     * What Jetty itself refuses, such as a header that is no HTTP: in our form, without an echo.
     */
    private static ErrorHandler errors() {
        return new ErrorHandler() {
            @Override
            public boolean handle(
                    org.eclipse.jetty.server.Request request,
                    org.eclipse.jetty.server.Response response,
                    org.eclipse.jetty.util.Callback callback) {
                int status = response.getStatus();
                Answer answer = new Problem(status, HttpStatus.getMessage(status)).answer();
                Dispatcher.secure(response.getHeaders());
                response.getHeaders().put("Content-Type", answer.type());
                response.write(true, BufferUtil.toBuffer(answer.body()), callback);
                return true;
            }
        };
    }

    /** The port that is listened at. */
    public int port() {
        return connector.getLocalPort();
    }

    /** Stops to listen, waits a few seconds for the requests that are under way, and ends. */
    @Override
    public void close() {
        clock.shutdownNow();
        try {
            server.stop();
        } catch (Exception e) {
            org.slf4j.LoggerFactory.getLogger(HttpService.class).warn("did not stop in order", e);
        }
        workers.close();
    }
}
