package io.github.mnist4j.serve.internal.http;

import io.github.mnist4j.data.io.IoErrors;
import io.github.mnist4j.serve.internal.http.Route.Lane;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.URIUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a request from its header to its answer: checks whom it is meant for, finds its route,
 * reads its body, lets the route's lane do the work, and answers in the house's form whatever
 * happens.
 */
final class Dispatcher extends Handler.Abstract.NonBlocking {
    /** A line for each request: who, what, how long; never what was in it. */
    private static final Logger ACCESS = LoggerFactory.getLogger("io.github.mnist4j.serve.access");

    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    /** In metrics, for requests that are of no route: a stranger's paths are no labels. */
    private static final String NO_ROUTE = "none";

    private static final int MOST_LOGGED = 200;

    private final List<Route> routes;
    private final Workers workers;
    private final Traffic traffic;
    private final HostCheck hosts;
    private final BodyReader.Limits limits;
    private final @Nullable String allowedOrigin;

    Dispatcher(
            List<Route> routes,
            Workers workers,
            Traffic traffic,
            HostCheck hosts,
            BodyReader.Limits limits,
            @Nullable String allowedOrigin) {
        this.routes = routes;
        this.workers = workers;
        this.traffic = traffic;
        this.hosts = hosts;
        this.limits = limits;
        this.allowedOrigin = allowedOrigin;
    }

    /** A route with the values in its path. */
    private record Match(Route route, Map<String, String> parameters) {}

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        var exchange = new Exchange(request, response, callback);
        if (!hosts.accepts(request.getHttpURI().getHost())) {
            exchange.answer(
                    new Problem(
                                    421,
                                    "this server does not go by the name in the Host header;"
                                            + " ask it by its address, or say --host NAME")
                            .answer());
            return true;
        }
        List<String> segments = segments(request.getHttpURI().getCanonicalPath());
        var allowed = new TreeSet<String>();
        for (Route route : routes) {
            var parameters = route.match(segments);
            if (parameters.isEmpty()) {
                continue;
            }
            if (route.method().equals(request.getMethod())
                    || (route.method().equals("GET") && request.getMethod().equals("HEAD"))) {
                exchange.serve(new Match(route, parameters.get()));
                return true;
            }
            allowed.add(route.method());
        }
        exchange.answer(withoutRoute(request, allowed, errors(segments)));
        return true;
    }

    /** What problems look like to the routes beside this path. */
    private Function<Problem, Answer> errors(List<String> segments) {
        String top = "/" + (segments.isEmpty() ? "" : segments.get(0));
        return routes.stream()
                .filter(r -> r.path().equals(top) || r.path().startsWith(top + "/"))
                .findFirst()
                .map(Route::errors)
                .orElse(Problem::answer);
    }

    private Answer withoutRoute(
            Request request, Set<String> allowed, Function<Problem, Answer> errors) {
        if (allowed.isEmpty()) {
            return errors.apply(
                    new Problem(404, "there is nothing here; /openapi.yaml lists what there is"));
        }
        if (allowed.contains("GET")) {
            allowed.add("HEAD");
        }
        if (allowedOrigin != null) {
            allowed.add("OPTIONS");
        }
        Map<String, String> allow = Map.of("Allow", String.join(", ", allowed));
        if (allowedOrigin != null && request.getMethod().equals("OPTIONS")) {
            // a browser's question before a request from another origin
            return new Answer(204, "", new byte[0], allow, null)
                    .with(
                            Map.of(
                                    "Access-Control-Allow-Methods", String.join(", ", allowed),
                                    "Access-Control-Allow-Headers", "Content-Type",
                                    "Access-Control-Max-Age", "600"));
        }
        return errors.apply(new Problem(405, "this takes " + String.join(", ", allowed)))
                .with(allow);
    }

    private static List<String> segments(@Nullable String path) {
        var segments = new ArrayList<String>();
        if (path != null && path.startsWith("/")) {
            for (String segment : path.substring(1).split("/", -1)) {
                segments.add(URIUtil.decodePath(segment));
            }
        }
        return segments;
    }

    /** One request. Answers once, whoever is first: the worker, or the deadline of the body. */
    private final class Exchange {
        private final Request request;
        private final Response response;
        private final Callback callback;
        private final AtomicReference<@Nullable Answer> answered = new AtomicReference<>();
        private @Nullable Match match;

        Exchange(Request request, Response response, Callback callback) {
            this.request = request;
            this.response = response;
            this.callback = callback;
        }

        void serve(Match match) {
            this.match = match;
            new BodyReader(
                            request,
                            limits,
                            (body, problem) -> {
                                if (problem != null) {
                                    answer(match.route.errors().apply(problem));
                                } else if (body != null) {
                                    work(match, body);
                                }
                            })
                    .start();
        }

        private void work(Match match, byte[] body) {
            var call = new Call(match.parameters, headers(), body);
            Lane lane;
            try {
                lane = match.route.lane().apply(call);
            } catch (Throwable e) {
                limits.release(body.length);
                answer(failed(match.route, e));
                return;
            }
            try {
                workers.execute(
                        lane,
                        () -> {
                            Answer answer;
                            try {
                                answer = result(match.route, call);
                            } finally {
                                limits.release(body.length);
                            }
                            answer(answer);
                        });
            } catch (RejectedExecutionException e) {
                limits.release(body.length);
                answer(
                        match.route
                                .errors()
                                .apply(new Problem(503, "the queue is full; try again")));
            }
        }

        private Answer result(Route route, Call call) {
            try {
                return route.action().answer(call);
            } catch (Problem e) {
                return route.errors().apply(e);
            } catch (Throwable e) {
                return failed(route, e);
            }
        }

        private Answer failed(Route route, Throwable e) {
            traffic.error();
            LOG.error("{} {} failed", route.method(), route.path(), e);
            return route.errors()
                    .apply(
                            IoErrors.isMachinesFault(e)
                                    ? new Problem(503, "the memory at hand is used up")
                                    : new Problem(500, "the server made a mistake"));
        }

        private Map<String, String> headers() {
            var headers = new HashMap<String, String>();
            for (HttpField field : request.getHeaders()) {
                headers.putIfAbsent(field.getName().toLowerCase(Locale.ROOT), field.getValue());
            }
            return headers;
        }

        void answer(Answer answer) {
            if (!answered.compareAndSet(null, answer)) {
                return;
            }
            response.setStatus(answer.status());
            HttpFields.Mutable headers = response.getHeaders();
            secure(headers);
            if (allowedOrigin != null) {
                headers.add("Vary", "Origin");
                String origin = request.getHeaders().get("Origin");
                if (origin != null && (allowedOrigin.equals("*") || allowedOrigin.equals(origin))) {
                    headers.put("Access-Control-Allow-Origin", allowedOrigin);
                }
            }
            if (!answer.type().isEmpty()) {
                headers.put("Content-Type", answer.type());
            }
            answer.headers().forEach(headers::put);
            if (answer.status() == 408 || answer.status() == 413) {
                headers.put("Connection", "close"); // the rest of the body is not worth reading
            }
            Callback done = Callback.from(callback, this::finished);
            var stream = answer.stream();
            if (stream != null && !request.getMethod().equals("HEAD")) {
                stream(stream, done);
                return;
            }
            boolean head = request.getMethod().equals("HEAD");
            if (stream == null && answer.status() != 204) {
                headers.put("Content-Length", (long) answer.body().length);
            }
            response.write(
                    true, head ? ByteBuffer.allocate(0) : ByteBuffer.wrap(answer.body()), done);
        }

        private void stream(Consumer<EventStream> stream, Callback done) {
            response.write(
                    false,
                    ByteBuffer.wrap(": hello\n\n".getBytes(StandardCharsets.UTF_8)),
                    Callback.from(
                            () -> stream.accept(new EventStream(response, done)), done::failed));
        }

        private void finished() {
            long nanos = System.nanoTime() - request.getBeginNanoTime();
            Answer answer = answered.get();
            int status = answer == null ? 0 : answer.status();
            traffic.request(match == null ? NO_ROUTE : match.route.path(), status, nanos);
            if (ACCESS.isInfoEnabled()) {
                ACCESS.info(
                        "{} \"{} {}\" {} {} {} ms",
                        Request.getRemoteAddr(request),
                        logged(request.getMethod()),
                        logged(request.getHttpURI().getPath()),
                        status,
                        Response.getContentBytesWritten(response),
                        String.format(Locale.ROOT, "%.1f", nanos / 1e6));
            }
        }
    }

    /** A stranger's text on one line, without anything that a terminal would obey. */
    private static String logged(@Nullable String text) {
        if (text == null) {
            return "-";
        }
        String shown = text.replaceAll("[^!-~]|\"", "?");
        return shown.length() <= MOST_LOGGED ? shown : shown.substring(0, MOST_LOGGED) + "…";
    }

    /** On every answer. */
    static void secure(HttpFields.Mutable headers) {
        headers.put(
                "Content-Security-Policy",
                "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
                        + " object-src 'none'");
        headers.put("X-Content-Type-Options", "nosniff");
        headers.put("Referrer-Policy", "no-referrer");
        headers.put("Cross-Origin-Opener-Policy", "same-origin");
        headers.put("Cross-Origin-Resource-Policy", "same-origin");
        if (!headers.contains("Cache-Control")) {
            headers.put("Cache-Control", "no-store");
        }
    }
}
