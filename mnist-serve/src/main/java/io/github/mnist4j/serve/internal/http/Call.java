package io.github.mnist4j.serve.internal.http;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request with its whole body. */
@SuppressWarnings("ArrayRecordComponent")
public final class Call {
    private final Map<String, String> parameters;
    private final Map<String, String> headers;
    private final byte[] body;

    /**
     * @param parameters what stands for the names in the route's path, decoded
     * @param headers names in lower case
     */
    public Call(Map<String, String> parameters, Map<String, String> headers, byte[] body) {
        this.parameters = parameters;
        this.headers = headers;
        this.body = body;
    }

    /** What stands for this name in the route's path, decoded. */
    public String parameter(String name) {
        return parameters.getOrDefault(name, "");
    }

    /**
     * @param name in lower case
     */
    public @Nullable String header(String name) {
        return headers.get(name);
    }

    public byte[] body() {
        return body;
    }

    /** The media type without parameters, in lower case; empty if the request names none. */
    public String type() {
        String type = headers.get("content-type");
        return type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    }
}
