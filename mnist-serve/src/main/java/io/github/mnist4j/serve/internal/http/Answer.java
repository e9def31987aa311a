package io.github.mnist4j.serve.internal.http;

import io.github.mnist4j.models.json.JsonFile;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a request gets.
 *
 * @param status of HTTP
 * @param type the media type; empty if there is no body
 * @param body empty for none
 * @param headers more of them
 * @param stream takes over where the answer is a stream of events and not the body; else null
 */
@SuppressWarnings("ArrayRecordComponent")
public record Answer(
        int status,
        String type,
        byte[] body,
        Map<String, String> headers,
        @Nullable Consumer<EventStream> stream) {

    /** A file's content. */
    public static Answer of(String type, byte[] body) {
        return new Answer(200, type, body, Map.of(), null);
    }

    public static Answer json(Object value) {
        return json(200, value);
    }

    public static Answer json(int status, Object value) {
        byte[] body = JsonFile.line(value).getBytes(StandardCharsets.UTF_8);
        return new Answer(status, "application/json", body, Map.of(), null);
    }

    /** Server-sent events; the stream is handed over when its header is out. */
    public static Answer events(Consumer<EventStream> stream) {
        return new Answer(
                200, "text/event-stream", new byte[0], Map.of("X-Accel-Buffering", "no"), stream);
    }

    public Answer withType(String type) {
        return new Answer(status, type, body, headers, stream);
    }

    public Answer with(Map<String, String> more) {
        var all = new HashMap<>(headers);
        all.putAll(more);
        return new Answer(status, type, body, all, stream);
    }
}
