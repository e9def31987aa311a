package io.github.mnist4j.serve.internal.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.github.mnist4j.serve.internal.http.Answer;
import io.github.mnist4j.serve.internal.http.Call;
import io.github.mnist4j.serve.internal.http.Problem;
import io.github.mnist4j.serve.internal.http.Route;
import io.github.mnist4j.serve.internal.http.Route.Lane;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v2}: the Open Inference Protocol (KServe's version 2), with the extension by which
 * tensors travel as bytes behind the JSON, which Triton's clients use unless told otherwise.
 */
public final class InferenceRoutes {
    static final String MODEL = "mnist";
    private static final String VERSION = "1";
    private static final int MOST_BATCH = 1024;
    private static final int CLASSES = 10;

    /** How long the JSON is before binary data. */
    private static final String JSON_LENGTH = "inference-header-content-length";

    private static final List<String> OUTPUTS = List.of("probabilities", "digit", "is_digit");

    private final Digits digits;

    private InferenceRoutes(Digits digits) {
        this.digits = digits;
    }

    public static List<Route> of(Digits digits) {
        var routes = new InferenceRoutes(digits);
        var all = new ArrayList<Route>();
        all.add(Route.get("/v2", Lane.AT_ONCE, call -> server()));
        all.add(
                Route.get(
                        "/v2/health/live",
                        Lane.AT_ONCE,
                        call -> Answer.json(Map.of("live", true))));
        all.add(
                Route.get(
                        "/v2/health/ready",
                        Lane.AT_ONCE,
                        call -> Answer.json(Map.of("ready", true))));
        for (String model :
                List.of("/v2/models/{model}", "/v2/models/{model}/versions/{version}")) {
            all.add(Route.get(model, Lane.AT_ONCE, routes::model));
            all.add(Route.get(model + "/ready", Lane.AT_ONCE, routes::ready));
            all.add(Route.post(model + "/infer", InferenceRoutes::lane, routes::infer));
        }
        return all.stream().map(r -> r.withErrors(InferenceRoutes::error)).toList();
    }

    /** As the protocol says it. */
    private static Answer error(Problem problem) {
        Answer answer = Answer.json(problem.status(), Map.of("error", problem.detail()));
        return problem.status() == 503 ? answer.with(Map.of("Retry-After", "1")) : answer;
    }

    private static Lane lane(Call call) {
        return call.body().length > DigitRoutes.LARGE_BYTES ? Lane.LARGE : Lane.SMALL;
    }

    private static Answer server() {
        var tree = new LinkedHashMap<String, Object>();
        String version = InferenceRoutes.class.getPackage().getImplementationVersion();
        tree.put("name", "mnist4j");
        tree.put("version", version == null ? "(not packaged)" : version);
        tree.put("extensions", List.of("binary_tensor_data"));
        return Answer.json(tree);
    }

    private static void check(Call call) throws Problem {
        String version = call.parameter("version");
        if (!call.parameter("model").equals(MODEL)
                || !(version.isEmpty() || version.equals(VERSION))) {
            throw new Problem(404, "there is one model here: " + MODEL + ", version " + VERSION);
        }
    }

    private Answer ready(Call call) throws Problem {
        check(call);
        var tree = new LinkedHashMap<String, Object>();
        tree.put("name", MODEL);
        tree.put("ready", true);
        return Answer.json(tree);
    }

    private Answer model(Call call) throws Problem {
        check(call);
        var tree = new LinkedHashMap<String, Object>();
        tree.put("name", MODEL);
        tree.put("versions", List.of(VERSION));
        tree.put("platform", "mnist4j");
        tree.put("inputs", List.of(tensor("images", "FP32", List.of(-1, Digits.AREA))));
        tree.put(
                "outputs",
                List.of(
                        tensor("probabilities", "FP32", List.of(-1, CLASSES)),
                        tensor("digit", "INT64", List.of(-1)),
                        tensor("is_digit", "FP32", List.of(-1))));
        return Answer.json(tree);
    }

    private static Map<String, Object> tensor(String name, String datatype, List<Integer> shape) {
        var tree = new LinkedHashMap<String, Object>();
        tree.put("name", name);
        tree.put("datatype", datatype);
        tree.put("shape", shape);
        return tree;
    }

    /**
     * A request.
     *
     * @param outputs the wanted ones; null for all
     */
    record Inference(
            @JsonProperty @Nullable String id,
            @JsonProperty @Nullable Map<String, Object> parameters,
            List<Input> inputs,
            @JsonProperty @Nullable List<Output> outputs) {
        Inference {
            checkThere("inputs", inputs);
            if (outputs != null) {
                checkThere("outputs", outputs);
            }
        }
    }

    /** JSON may say null where a record needs a value. */
    private static void checkThere(String name, @Nullable Object value) {
        if (value == null
                || (value instanceof List<?> list && list.stream().anyMatch(v -> v == null))) {
            throw new IllegalArgumentException("\"" + name + "\" must not be or hold null");
        }
    }

    /**
     * A tensor that is given.
     *
     * @param data null if it stands behind the JSON
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Input(
            String name,
            List<Long> shape,
            String datatype,
            @JsonProperty @Nullable Map<String, Object> parameters,
            @JsonProperty @JsonDeserialize(using = FlatNumbers.class) float @Nullable [] data) {
        Input {
            checkThere("name", name);
            checkThere("shape", shape);
            checkThere("datatype", datatype);
        }
    }

    /** A tensor that is wanted. */
    record Output(String name, @JsonProperty @Nullable Map<String, Object> parameters) {
        Output {
            checkThere("name", name);
        }
    }

    private Answer infer(Call call) throws Problem {
        check(call);
        byte[] body = call.body();
        int length = jsonLength(call);
        Inference wanted = DigitRoutes.json(Arrays.copyOf(body, length), Inference.class);
        if (wanted.inputs().size() != 1) {
            throw new Problem(
                    400, wanted.inputs().size() + " inputs, one named \"images\" expected");
        }
        checkOutputs(wanted.outputs());
        Input input = wanted.inputs().get(0);
        int images = images(input);
        float[] values = values(input, images, ByteBuffer.wrap(body, length, body.length - length));
        return answer(wanted, digits.classifyAll(values));
    }

    /** Each once: thousands of times the same would make an answer that no heap holds. */
    private static void checkOutputs(@Nullable List<Output> outputs) throws Problem {
        var seen = new HashSet<String>();
        for (Output output : outputs == null ? List.<Output>of() : outputs) {
            if (!OUTPUTS.contains(output.name()) || !seen.add(output.name())) {
                throw new Problem(
                        400,
                        "the outputs are " + String.join(", ", OUTPUTS) + ", each once at most");
            }
        }
    }

    private static int jsonLength(Call call) throws Problem {
        String said = call.header(JSON_LENGTH);
        if (said == null) {
            return call.body().length;
        }
        if (!said.matches("\\d{1,9}") || Integer.parseInt(said) > call.body().length) {
            throw new Problem(400, "Inference-Header-Content-Length is not a length of the body");
        }
        return Integer.parseInt(said);
    }

    /** How many images the shape says. */
    private static int images(Input input) throws Problem {
        List<Long> shape = input.shape();
        boolean known =
                shape.size() >= 2
                        && shape.get(0) >= 1
                        && List.of(
                                        List.of(784L),
                                        List.of(28L, 28L),
                                        List.of(1L, 28L, 28L),
                                        List.of(28L, 28L, 1L))
                                .contains(shape.subList(1, shape.size()));
        if (!input.name().equals("images") || !known) {
            throw new Problem(
                    400,
                    "an input named \"images\" of shape [n, 784], [n, 28, 28] or [n, 1, 28, 28]"
                            + " expected");
        }
        if (shape.get(0) > MOST_BATCH) {
            throw new Problem(
                    400, "a batch of " + shape.get(0) + ", at most " + MOST_BATCH + " allowed");
        }
        return (int) (long) shape.get(0);
    }

    /** The pixels, 0 to 1. */
    private static float[] values(Input input, int images, ByteBuffer behind) throws Problem {
        boolean bytes = input.datatype().equals("UINT8");
        if (!bytes && !input.datatype().equals("FP32")) {
            throw new Problem(400, "the datatype must be UINT8 (0 to 255) or FP32 (0 to 1)");
        }
        int expected = images * Digits.AREA;
        float[] values = input.data() != null ? input.data() : binary(input, bytes, behind);
        if (values.length != expected) {
            throw new Problem(
                    400, "the data has " + values.length + " values, its shape says " + expected);
        }
        float most = bytes ? 255 : 1;
        for (int i = 0; i < values.length; i++) {
            if (!(values[i] >= 0 && values[i] <= most) || (bytes && values[i] % 1 != 0)) {
                throw new Problem(
                        400,
                        "value "
                                + i
                                + " is "
                                + values[i]
                                + ", "
                                + (bytes ? "an integer from 0 (paper) to 255" : "0 (paper) to 1")
                                + " (ink) expected");
            }
            values[i] /= most;
        }
        return values;
    }

    private static float[] binary(Input input, boolean bytes, ByteBuffer behind) throws Problem {
        Object size =
                input.parameters() == null ? null : input.parameters().get("binary_data_size");
        int width = bytes ? 1 : Float.BYTES;
        if (!(size instanceof Integer length)
                || length != behind.remaining()
                || length % width != 0) {
            throw new Problem(
                    400,
                    "the input has neither \"data\" nor as many bytes behind the JSON as"
                            + " \"binary_data_size\" says");
        }
        float[] values = new float[length / width];
        behind.order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < values.length; i++) {
            values[i] = bytes ? behind.get() & 0xFF : behind.getFloat();
        }
        return values;
    }

    private static Answer answer(Inference wanted, List<Digits.Guess> guesses) {
        boolean allBinary = isTrue(wanted.parameters(), "binary_data_output");
        List<Output> outputs =
                wanted.outputs() == null || wanted.outputs().isEmpty()
                        ? OUTPUTS.stream().map(name -> new Output(name, null)).toList()
                        : wanted.outputs();
        var behind = new ByteArrayOutputStream();
        var tensors = new ArrayList<Map<String, Object>>();
        for (Output output : outputs) {
            Object own =
                    output.parameters() == null ? null : output.parameters().get("binary_data");
            boolean binary = own == null ? allBinary : Boolean.TRUE.equals(own);
            tensors.add(output(output.name(), guesses, binary ? behind : null));
        }
        var tree = new LinkedHashMap<String, Object>();
        tree.put("model_name", MODEL);
        tree.put("model_version", VERSION);
        if (wanted.id() != null) {
            tree.put("id", wanted.id());
        }
        tree.put("outputs", tensors);
        Answer json = Answer.json(tree);
        if (behind.size() == 0) {
            return json;
        }
        byte[] body = Arrays.copyOf(json.body(), json.body().length + behind.size());
        System.arraycopy(behind.toByteArray(), 0, body, json.body().length, behind.size());
        return Answer.of("application/octet-stream", body)
                .with(
                        Map.of(
                                "Inference-Header-Content-Length",
                                Integer.toString(json.body().length)));
    }

    private static boolean isTrue(@Nullable Map<String, Object> parameters, String name) {
        return parameters != null && Boolean.TRUE.equals(parameters.get(name));
    }

    /**
     * @param behind where the values go; null to put them into the tensor
     */
    private static Map<String, Object> output(
            String name, List<Digits.Guess> guesses, @Nullable ByteArrayOutputStream behind) {
        int n = guesses.size();
        List<Integer> shape = name.equals("probabilities") ? List.of(n, CLASSES) : List.of(n);
        Map<String, Object> tensor = tensor(name, name.equals("digit") ? "INT64" : "FP32", shape);
        var data = new ArrayList<Number>();
        for (Digits.Guess guess : guesses) {
            switch (name) {
                case "probabilities" -> {
                    for (float p : guess.probabilities()) {
                        data.add(p);
                    }
                }
                case "digit" -> data.add((long) guess.digit());
                case "is_digit" -> data.add(guess.isDigit());
                default -> throw new AssertionError(name); // checked before
            }
        }
        if (behind == null) {
            tensor.put("data", data);
            return tensor;
        }
        var bytes = ByteBuffer.allocate(Long.BYTES * data.size()).order(ByteOrder.LITTLE_ENDIAN);
        for (Number value : data) {
            if (value instanceof Long whole) {
                bytes.putLong(whole);
            } else {
                bytes.putFloat(value.floatValue());
            }
        }
        behind.write(bytes.array(), 0, bytes.position());
        tensor.put("parameters", Map.of("binary_data_size", bytes.position()));
        return tensor;
    }
}
