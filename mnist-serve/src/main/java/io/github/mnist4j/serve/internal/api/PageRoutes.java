package io.github.mnist4j.serve.internal.api;

import io.github.mnist4j.serve.internal.http.Answer;
import io.github.mnist4j.serve.internal.http.Route;
import io.github.mnist4j.serve.internal.http.Route.Lane;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The page, from the jar: a list of files, so no path of a stranger's names one. */
public final class PageRoutes {
    private static final String FOLDER = "/io/github/mnist4j/serve/page/";
    private static final Map<String, String> HEADERS = Map.of("Cache-Control", "no-cache");
    private static final String SCRIPT = "text/javascript; charset=utf-8";

    private PageRoutes() {}

    public static List<Route> all() {
        var routes = new ArrayList<Route>();
        add(routes, "/", "index.html", "text/html; charset=utf-8");
        add(routes, "/openapi.yaml", "openapi.yaml", "application/yaml");
        add(routes, "/style.css", "style.css", "text/css; charset=utf-8");
        add(routes, "/favicon.svg", "favicon.svg", "image/svg+xml");
        add(routes, "/favicon.ico", "favicon.svg", "image/svg+xml");
        for (String script :
                List.of("app", "draw", "strokes", "answer", "photo", "runs", "chart")) {
            add(routes, "/" + script + ".js", script + ".js", SCRIPT);
        }
        return routes;
    }

    private static void add(List<Route> routes, String path, String file, String type) {
        Answer answer = Answer.of(type, content(file)).with(HEADERS);
        routes.add(Route.get(path, Lane.AT_ONCE, call -> answer));
    }

    private static byte[] content(String file) {
        try (InputStream in = PageRoutes.class.getResourceAsStream(FOLDER + file)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + file);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
