package io.github.mnist4j.serve;

import io.github.mnist4j.models.DigitClassifier;
import io.github.mnist4j.serve.internal.api.DigitRoutes;
import io.github.mnist4j.serve.internal.api.Digits;
import io.github.mnist4j.serve.internal.api.InferenceRoutes;
import io.github.mnist4j.serve.internal.api.PageRoutes;
import io.github.mnist4j.serve.internal.http.HttpService;
import io.github.mnist4j.serve.internal.http.Route;
import io.github.mnist4j.serve.internal.http.Route.Lane;
import io.github.mnist4j.serve.internal.http.Traffic;
import io.github.mnist4j.serve.internal.run.RunRoutes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads digits over HTTP and serves a page to draw them on.
 *
 * <pre>{@code
 * try (DigitClassifier classifier = DigitClassifier.pretrained();
 *         DigitServer server = DigitServer.builder(classifier).optPort(0).start()) {
 *     System.out.println(server.address());
 *     ...
 * }
 * }</pre>
 *
 * <p>What can be asked for is in {@code /openapi.yaml} of a running server.
 */
public final class DigitServer implements AutoCloseable {
    /** How long a request's body may be unless said otherwise: 10 MB. */
    public static final long MOST_BYTES = 10_000_000;

    private final HttpService service;
    private final @Nullable RunRoutes runs;
    private final String host;

    private DigitServer(HttpService service, @Nullable RunRoutes runs, String host) {
        this.service = service;
        this.runs = runs;
        this.host = host;
    }

    /**
     * @param classifier that answers; the server does not close it
     */
    public static Builder builder(DigitClassifier classifier) {
        return new Builder(classifier);
    }

    /** Settings of a server. */
    public static final class Builder {
        private final DigitClassifier classifier;
        private String host = "127.0.0.1";
        private int port = 8080;
        private @Nullable Path folder;
        private int threads = Runtime.getRuntime().availableProcessors();
        private long maxUpload = MOST_BYTES;
        private @Nullable String allowedOrigin;
        private int readSeconds = 10;

        private Builder(DigitClassifier classifier) {
            this.classifier = classifier;
        }

        /**
         * The name or address to listen at (default 127.0.0.1, which only this machine can reach;
         * 0.0.0.0 for all addresses of the machine). Nobody is asked for a password.
         */
        public Builder optHost(String host) {
            this.host = host;
            return this;
        }

        /**
         * The port (default 8080); 0 for any that is free.
         *
         * @throws IllegalArgumentException if it is not from 0 to 65535
         */
        public Builder optPort(int port) {
            check(port >= 0 && port <= 65535, "port", port, "0 to 65535");
            this.port = port;
            return this;
        }

        /** A folder of runs and searches to show (default: none). It is only read. */
        public Builder optRuns(Path folder) {
            this.folder = folder;
            return this;
        }

        /**
         * How many small images are read at a time (default: one for each processor). Photos are
         * read one at a time besides.
         *
         * @throws IllegalArgumentException if it is not from 1 to 1024
         */
        public Builder optThreads(int threads) {
            check(threads >= 1 && threads <= 1024, "threads", threads, "1 to 1024");
            this.threads = threads;
            return this;
        }

        /**
         * How many bytes a request's body may have (default {@value DigitServer#MOST_BYTES}).
         *
         * @throws IllegalArgumentException if it is not from 1 to 1,000,000,000
         */
        public Builder optMaxUpload(long bytes) {
            check(bytes >= 1 && bytes <= 1_000_000_000, "max upload", bytes, "1 to 1000000000");
            maxUpload = bytes;
            return this;
        }

        /**
         * Whose pages, besides our own, may read the answers, such as {@code
         * https://digits.example}; {@code *} for all (default: none).
         *
         * @throws IllegalArgumentException if it is neither an origin nor {@code *}
         */
        public Builder optAllowOrigin(String origin) {
            if (!origin.equals("*") && !origin.matches("https?://[A-Za-z0-9.\\[\\]:-]+")) {
                throw new IllegalArgumentException(
                        "an origin such as https://digits.example, or *, expected");
            }
            allowedOrigin = origin;
            return this;
        }

        /** For tests, which do not want to wait. */
        Builder readSeconds(int seconds) {
            readSeconds = seconds;
            return this;
        }

        private static void check(boolean condition, String name, long value, String range) {
            if (!condition) {
                throw new IllegalArgumentException(
                        name + " is " + value + ", " + range + " expected");
            }
        }

        /**
         * Starts to listen.
         *
         * @throws IOException if the address cannot be listened at, or the folder of runs is not
         *     there; the message says why
         */
        public DigitServer start() throws IOException {
            RunRoutes runs = folder == null ? null : RunRoutes.in(folder);
            var traffic = new Traffic();
            try {
                var settings =
                        new HttpService.Settings(
                                host, port, threads, maxUpload, allowedOrigin, readSeconds);
                var service =
                        new HttpService(
                                settings,
                                routes(new Digits(classifier, traffic), runs, traffic),
                                traffic);
                return new DigitServer(service, runs, host);
            } catch (Throwable e) {
                if (runs != null) {
                    runs.close();
                }
                throw e;
            }
        }
    }

    /** Everything that can be asked for. */
    static List<Route> routes(Digits digits, @Nullable RunRoutes runs, Traffic traffic) {
        var routes = new ArrayList<Route>();
        routes.addAll(DigitRoutes.of(digits));
        routes.addAll(InferenceRoutes.of(digits));
        routes.addAll(RunRoutes.of(runs));
        routes.add(Route.get("/metrics", Lane.AT_ONCE, call -> traffic.answer()));
        routes.addAll(PageRoutes.all());
        return List.copyOf(routes);
    }

    /** The port that is listened at. */
    public int port() {
        return service.port();
    }

    /** Where the page is: {@code http://127.0.0.1:8080/}. */
    public URI address() {
        String name = host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
        return URI.create("http://" + name + ":" + port() + "/");
    }

    /** Whether other machines can reach it. */
    public boolean isOpen() {
        try {
            return !InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return true;
        }
    }

    /** Stops to listen; requests that are under way get five seconds. */
    @Override
    public void close() {
        if (runs != null) {
            runs.close(); // streams of events do not end by themselves
        }
        service.close();
    }
}
