package io.github.mnist4j.serve.internal.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.github.mnist4j.data.photo.ImageLoader;
import io.github.mnist4j.models.FeatureMaps;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.models.json.JsonFormatException;
import io.github.mnist4j.serve.internal.http.Answer;
import io.github.mnist4j.serve.internal.http.Call;
import io.github.mnist4j.serve.internal.http.Problem;
import io.github.mnist4j.serve.internal.http.Route;
import io.github.mnist4j.serve.internal.http.Route.Lane;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /v1}: one digit, a photo, the model. */
public final class DigitRoutes {
    /** Beyond this an image waits in the lane of the large ones; a drawing on a screen does not. */
    private static final long LARGE_PIXELS = 2_000_000;

    static final int LARGE_BYTES = 256 << 10;
    private static final int LARGE_JSON_BYTES = 16 << 10;

    /** Convolutions that are shown: the later ones show nothing that people recognize. */
    private static final int MOST_LAYERS = 4;

    private static final String OCTETS = "application/octet-stream";
    private static final String JSON = "application/json";

    private final Digits digits;

    private DigitRoutes(Digits digits) {
        this.digits = digits;
    }

    public static List<Route> of(Digits digits) {
        var routes = new DigitRoutes(digits);
        return List.of(
                Route.post("/v1/classify", DigitRoutes::lane, routes::classify),
                Route.post("/v1/read", DigitRoutes::lane, routes::read),
                Route.post("/v1/activations", call -> Lane.IMAGES, routes::activations),
                Route.get("/v1/model", Lane.AT_ONCE, call -> routes.model()));
    }

    private static Lane lane(Call call) {
        byte[] body = call.body();
        boolean isJson = call.type().equals(JSON);
        // a longer JSON is not parsed before its turn; 784 numbers are shorter
        if (body.length > (isJson ? LARGE_JSON_BYTES : LARGE_BYTES)) {
            return Lane.LARGE;
        }
        long pixels = ImageLoader.pixels(isJson ? imageIn(body) : body);
        if (pixels > LARGE_PIXELS) {
            return Lane.LARGE;
        }
        return pixels > Digits.AREA ? Lane.IMAGES : Lane.SMALL;
    }

    /** The file in base64 within a short JSON: a few kilobytes may be millions of pixels. */
    private static byte[] imageIn(byte[] json) {
        for (byte b : json) {
            if (b == '[') {
                return new byte[0]; // numbers, or what is refused
            }
        }
        try {
            byte[] image = json(json, OneDigit.class).image();
            return image == null ? new byte[0] : image;
        } catch (Problem e) {
            return new byte[0]; // the route says what is wrong
        }
    }

    /**
     * One digit as JSON.
     *
     * @param pixels 28 * 28 values, in rows or not, 0 (paper) to 255 (ink)
     * @param image a file in base64, instead
     */
    @SuppressWarnings("ArrayRecordComponent")
    record OneDigit(
            @JsonProperty @JsonDeserialize(using = FlatNumbers.class) float @Nullable [] pixels,
            @JsonProperty byte @Nullable [] image) {
        OneDigit {
            if ((pixels == null) == (image == null)) {
                throw new IllegalArgumentException("it must have \"pixels\" or \"image\"");
            }
        }
    }

    private Answer classify(Call call) throws Problem {
        String type = call.type();
        if (type.equals(JSON)) {
            OneDigit one = json(call.body(), OneDigit.class);
            return guess(
                    one.image() != null
                            ? digits.classifyImage(one.image())
                            : digits.classify(bytes(one.pixels())));
        }
        if (type.equals(OCTETS) && !ImageLoader.isImage(call.body())) {
            return guess(digits.classify(mnist(call.body())));
        }
        return guess(digits.classifyImage(image(call)));
    }

    /**
     * @throws Problem with status 415 if the request does not say that its body is an image
     */
    private static byte[] image(Call call) throws Problem {
        String type = call.type();
        if (!type.startsWith("image/") && !type.equals(OCTETS)) {
            throw new Problem(
                    415,
                    "the Content-Type must say what the body is: image/png or another image, "
                            + OCTETS
                            + " or, for one digit, "
                            + JSON);
        }
        return call.body();
    }

    private static byte[] mnist(byte[] body) throws Problem {
        if (body.length != Digits.AREA) {
            throw new Problem(
                    400,
                    body.length
                            + " bytes are neither an image file nor an image in MNIST's form,"
                            + " which has 784");
        }
        return body;
    }

    private static byte[] bytes(float @Nullable [] values) throws Problem {
        int length = values == null ? 0 : values.length;
        if (values == null || length != Digits.AREA) {
            throw new Problem(400, "\"pixels\" has " + length + " values, 784 expected");
        }
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            if (!(values[i] >= 0 && values[i] <= 255)) {
                throw new Problem(
                        400,
                        "pixel " + i + " is " + values[i] + ", 0 (paper) to 255 (ink) expected");
            }
            bytes[i] = (byte) Math.round(values[i]);
        }
        return bytes;
    }

    static <T> T json(byte[] body, Class<T> type) throws Problem {
        try {
            return JsonFile.read(body, "the request", type);
        } catch (JsonFormatException e) {
            throw new Problem(400, e.getMessage());
        }
    }

    private static Answer guess(Digits.Guess guess) {
        return Answer.json(tree(guess));
    }

    private static Map<String, Object> tree(Digits.Guess guess) {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("digit", guess.digit());
        tree.put("confidence", guess.confidence());
        tree.put("unsure", guess.unsure());
        tree.put("isDigit", guess.isDigit());
        tree.put("probabilities", guess.probabilities());
        return tree;
    }

    private Answer read(Call call) throws Problem {
        Digits.Page page = digits.read(image(call));
        var lines = new ArrayList<Map<String, Object>>();
        var texts = new ArrayList<String>();
        int line = -1;
        List<Map<String, Object>> inLine = new ArrayList<>();
        var text = new StringBuilder();
        for (Digits.Found found : page.digits()) {
            if (found.line() != line && !inLine.isEmpty()) {
                endLine(lines, texts, inLine, text);
                inLine = new ArrayList<>();
                text.setLength(0);
            }
            line = found.line();
            inLine.add(tree(found));
            text.append(found.guess().unsure() ? "?" : found.guess().digit());
        }
        if (!inLine.isEmpty()) {
            endLine(lines, texts, inLine, text);
        }
        var tree = new LinkedHashMap<String, Object>();
        tree.put("width", page.width());
        tree.put("height", page.height());
        tree.put("text", String.join("\n", texts));
        tree.put("lines", lines);
        return Answer.json(tree);
    }

    private static void endLine(
            List<Map<String, Object>> lines,
            List<String> texts,
            List<Map<String, Object>> digits,
            StringBuilder text) {
        var line = new LinkedHashMap<String, Object>();
        line.put("text", text.toString());
        line.put("digits", digits);
        lines.add(line);
        texts.add(text.toString());
    }

    private static Map<String, Object> tree(Digits.Found found) {
        var box = new LinkedHashMap<String, Object>();
        box.put("x", found.x());
        box.put("y", found.y());
        box.put("width", found.width());
        box.put("height", found.height());
        Map<String, Object> tree = tree(found.guess());
        tree.put("box", box);
        tree.put("pixels", found.pixels()); // bytes are base64 in JSON
        return tree;
    }

    private Answer activations(Call call) throws Problem {
        if (!call.type().equals(OCTETS)) {
            throw new Problem(415, "784 bytes as " + OCTETS + " expected");
        }
        List<FeatureMaps> all = digits.featureMaps(mnist(call.body()));
        var layers = new ArrayList<Map<String, Object>>();
        for (FeatureMaps maps : all.subList(0, Math.min(MOST_LAYERS, all.size()))) {
            var layer = new LinkedHashMap<String, Object>();
            layer.put("layer", maps.layer());
            layer.put("channels", maps.channels());
            layer.put("height", maps.height());
            layer.put("width", maps.width());
            layer.put("pixels", gray(maps.values()));
            layers.add(layer);
        }
        return Answer.json(Map.of("layers", layers));
    }

    /** From 0 (what is least, at most nothing) to 255 (what is most in the layer). */
    private static byte[] gray(float[] values) {
        float least = 0;
        float most = 0;
        for (float v : values) {
            least = Math.min(least, v);
            most = Math.max(most, v);
        }
        float scale = most > least ? 255 / (most - least) : 0;
        byte[] gray = new byte[values.length];
        for (int i = 0; i < gray.length; i++) {
            gray[i] = (byte) Math.round((values[i] - least) * scale);
        }
        return gray;
    }

    private Answer model() {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("threshold", digits.threshold());
        tree.put("card", digits.card());
        return Answer.json(tree);
    }
}
