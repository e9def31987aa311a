package io.github.mnist4j.serve.internal.http;

import java.util.LinkedHashMap;
import java.util.Map;
import org.eclipse.jetty.http.HttpStatus;

/** A request that gets no result, and why: problem details by RFC 9457. */
public final class Problem extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String detail;

    /**
     * @param status of HTTP, 400 or more
     * @param detail a sentence for the caller
     */
    public Problem(int status, String detail) {
        super(detail, null, false, false);
        this.status = status;
        this.detail = detail;
    }

    public int status() {
        return status;
    }

    public String detail() {
        return detail;
    }

    /** As JSON: type, title, status, detail. The type is the status alone, so "about:blank". */
    Answer answer() {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("type", "about:blank");
        tree.put("title", HttpStatus.getMessage(status));
        tree.put("status", status);
        tree.put("detail", detail);
        Answer answer = Answer.json(status, tree).withType("application/problem+json");
        return status == HttpStatus.SERVICE_UNAVAILABLE_503
                ? answer.with(Map.of("Retry-After", "1"))
                : answer;
    }
}
