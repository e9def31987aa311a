package io.github.mnist4j.serve.internal.http;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Something that can be asked for.
 *
 * @param method GET or POST
 * @param path as in OpenAPI: {@code /v1/runs/{name}}
 * @param lane who does the work, by the request
 * @param action the work
 * @param errors what a problem looks like
 */
public record Route(
        String method,
        String path,
        Function<Call, Lane> lane,
        Action action,
        Function<Problem, Answer> errors) {

    /** Who does the work. */
    public enum Lane {
        /** Jetty's own thread: for what is at hand and neither computes nor reads a file. */
        AT_ONCE,
        /** Images in MNIST's form, and small batches: a fraction of a millisecond each. */
        SMALL,
        /** Images on which digits must be found: drawings on the page, small photos. */
        IMAGES,
        /** Photos and large batches, one at a time, so that they starve nobody. */
        LARGE,
        /** What reads the folders of runs. */
        FILES
    }

    /** The work. */
    @FunctionalInterface
    public interface Action {
        Answer answer(Call call) throws Problem;
    }

    public static Route get(String path, Lane lane, Action action) {
        return new Route("GET", path, call -> lane, action, Problem::answer);
    }

    public static Route post(String path, Function<Call, Lane> lane, Action action) {
        return new Route("POST", path, lane, action, Problem::answer);
    }

    public Route withErrors(Function<Problem, Answer> errors) {
        return new Route(method, path, lane, action, errors);
    }

    /**
     * The parameters of a path, if it is of this route.
     *
     * @param segments of the path, decoded
     */
    Optional<Map<String, String>> match(List<String> segments) {
        String[] own = path.substring(1).split("/", -1);
        if (own.length != segments.size()) {
            return Optional.empty();
        }
        var parameters = new LinkedHashMap<String, String>();
        for (int i = 0; i < own.length; i++) {
            if (own[i].startsWith("{")) {
                parameters.put(own[i].substring(1, own[i].length() - 1), segments.get(i));
            } else if (!own[i].equals(segments.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(parameters);
    }
}
