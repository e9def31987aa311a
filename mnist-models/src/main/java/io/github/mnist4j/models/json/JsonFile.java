package io.github.mnist4j.models.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.type.LogicalType;
import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.io.IoErrors;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes all JSON of the project, strictly, because a file may come from anybody. It
 * refuses an unknown, missing or duplicate name, a value of the wrong type, text after the end, a
 * number that is not finite, and nesting deeper than {@value #MOST_DEPTH} levels; the error says
 * the line and what is wrong. The text never chooses a class.
 *
 * <p>A record needs every component, unless it is annotated {@link JsonProperty} (then it is null
 * if it is missing) or takes what is left ({@code JsonAnySetter}). What a record's constructor
 * refuses by an {@link IllegalArgumentException} is refused with its message.
 */
public final class JsonFile {
    /** The longest text that is read by default: 64 MiB. */
    public static final long MOST_BYTES = 64L << 20;

    /** The deepest nesting of lists and objects. */
    public static final int MOST_DEPTH = 100;

    private static final int MOST_QUOTED = 60;

    private static final JsonFactory FACTORY =
            new JsonFactoryBuilder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(MOST_DEPTH)
                                    .maxNumberLength(400)
                                    .maxNameLength(10_000)
                                    .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    // so that no message quotes the text
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .build();

    private static final ObjectMapper STRICT = mapper(false);
    private static final ObjectMapper WITH_NAN = mapper(true);

    private JsonFile() {}

    private static ObjectMapper mapper(boolean nan) {
        var module = new SimpleModule();
        module.addDeserializer(double.class, new Real(double.class, nan));
        module.addDeserializer(Double.class, new Real(Double.class, nan));
        var builder =
                JsonMapper.builder(FACTORY)
                        .addModule(module)
                        .annotationIntrospector(new EverythingRequired())
                        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                        .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                        .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
                        .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                        .enable(SerializationFeature.INDENT_OUTPUT)
                        .withCoercionConfig(
                                LogicalType.Textual,
                                c ->
                                        Arrays.stream(CoercionInputShape.values())
                                                .filter(s -> s != CoercionInputShape.EmptyString)
                                                .forEach(
                                                        s -> c.setCoercion(s, CoercionAction.Fail)))
                        .withCoercionConfig(
                                LogicalType.Enum,
                                c ->
                                        c.setCoercion(
                                                CoercionInputShape.EmptyString,
                                                CoercionAction.Fail));
        return builder.build();
    }

    /** A component without an annotation is required. */
    private static final class EverythingRequired extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1L;

        @Override
        public Boolean hasRequiredMarker(AnnotatedMember member) {
            Boolean said = super.hasRequiredMarker(member);
            return said != null ? said : !Boolean.TRUE.equals(hasAnySetter(member));
        }
    }

    /** A number, never a text: Jackson would take "NaN" for one. */
    private static final class Real extends StdScalarDeserializer<Double> {
        private static final long serialVersionUID = 1L;
        private final boolean primitive;
        private final boolean nan;

        Real(Class<?> type, boolean nan) {
            super(type);
            primitive = type.isPrimitive();
            this.nan = nan;
        }

        @Override
        public Double deserialize(JsonParser parser, DeserializationContext context)
                throws IOException {
            if (parser.currentToken().isNumeric()) {
                return parser.getDoubleValue();
            }
            if (nan && parser.currentToken() == JsonToken.VALUE_STRING) {
                switch (parser.getText()) {
                    case "NaN":
                        return Double.NaN;
                    case "Infinity":
                        return Double.POSITIVE_INFINITY;
                    case "-Infinity":
                        return Double.NEGATIVE_INFINITY;
                    default:
                        break;
                }
            }
            return (Double) context.handleUnexpectedToken(handledType(), parser);
        }

        @Override
        public @Nullable Double getNullValue(DeserializationContext context)
                throws JsonMappingException {
            if (primitive) {
                context.reportInputMismatch(this, "null");
            }
            return null;
        }
    }

    /**
     * Reads a file.
     *
     * @throws JsonFormatException if it is not such a JSON text
     * @throws IOException if it is not there or cannot be read
     */
    public static <T> T read(Path file, Class<T> type) throws IOException {
        return read(file, type, MOST_BYTES, false);
    }

    /**
     * Reads a file.
     *
     * @param mostBytes a longer one is refused
     * @param nan whether a number may be {@code "NaN"}, {@code "Infinity"} or {@code "-Infinity"},
     *     as {@link #bytes} writes them
     * @throws JsonFormatException if it is not such a JSON text
     * @throws IOException if it is not there or cannot be read
     */
    public static <T> T read(Path file, Class<T> type, long mostBytes, boolean nan)
            throws IOException {
        return parse(text(file, mostBytes), file.toString(), 1, type, nan);
    }

    /**
     * A file's text, which must be UTF-8.
     *
     * @param mostBytes a longer file is refused; at most {@link Integer#MAX_VALUE} - 16
     */
    public static String text(Path file, long mostBytes) throws IOException {
        if (Files.notExists(file)) {
            throw new FileNotFoundException("there is no file " + file);
        }
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a folder, a JSON file expected");
        }
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            // not Files.size: a pipe has none, and a file may grow
            content = in.readNBytes((int) mostBytes + 1);
        } catch (IOException e) {
            throw IoErrors.named("read", file, e);
        }
        if (content.length > mostBytes) {
            throw new JsonFormatException(
                    file.toString(), 0, "it is longer than " + size(mostBytes), null);
        }
        return text(content, file.toString());
    }

    /**
     * A file's content as text, which must be UTF-8.
     *
     * @param name for messages
     */
    public static String text(byte[] content, String name) throws JsonFormatException {
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
            // some editors put a byte order mark first
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new JsonFormatException(name, 0, "it is not UTF-8 text", e);
        }
    }

    /**
     * Reads a file's content.
     *
     * @param name for messages
     * @throws JsonFormatException if it is not such a JSON text
     */
    public static <T> T read(byte[] content, String name, Class<T> type)
            throws JsonFormatException {
        if (content.length > MOST_BYTES) {
            throw new JsonFormatException(name, 0, "it is longer than " + size(MOST_BYTES), null);
        }
        return parse(text(content, name), name, 1, type, false);
    }

    /**
     * Reads a text, or one line of it.
     *
     * @param name the file's, for messages
     * @param line the number of the text's first line in its file, 1 or more
     * @param nan as in {@link #read(Path, Class, long, boolean)}
     * @throws JsonFormatException if it is not such a JSON text
     */
    public static <T> T parse(String text, String name, int line, Class<T> type, boolean nan)
            throws JsonFormatException {
        try {
            checkSyntax(text, name, line);
            return (nan ? WITH_NAN : STRICT).readValue(text, type);
        } catch (JsonFormatException e) {
            throw e;
        } catch (JsonProcessingException e) {
            int at = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
            throw new JsonFormatException(
                    name, line - 1 + at, JsonErrors.sentence(e, text, STRICT), e);
        } catch (IOException e) {
            throw new AssertionError(e); // a string needs no input
        }
    }

    /**
     * Parses the whole text before anything is built from it, so that later only names and types of
     * values can be wrong.
     */
    private static void checkSyntax(String text, String name, int line) throws IOException {
        try (JsonParser parser = FACTORY.createParser(text)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new JsonFormatException(name, line, "it is empty, JSON expected", null);
            }
            if (first == JsonToken.VALUE_NULL) {
                throw new JsonFormatException(name, line, "it is null", null);
            }
            int depth = 0;
            boolean ended = false;
            for (JsonToken token = first; token != null; token = parser.nextToken()) {
                int at = line - 1 + parser.currentTokenLocation().getLineNr();
                if (ended) {
                    throw new JsonFormatException(
                            name, at, "there is text after the end of the JSON value", null);
                }
                if (token == JsonToken.VALUE_NUMBER_FLOAT
                        && !Double.isFinite(parser.getDoubleValue())) {
                    throw new JsonFormatException(name, at, "a number is out of range", null);
                }
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                ended = depth == 0;
            }
        }
    }

    /**
     * A text from a file or a user, fit for a message: quoted, on one line, without control
     * characters, at most about 60 characters.
     */
    public static String printable(@Nullable String text) {
        return text == null ? "null" : '"' + escaped(text, MOST_QUOTED, true) + '"';
    }

    static String escaped(String text, int most, boolean quoted) {
        var out = new StringBuilder();
        int shown = 0;
        for (int at = 0; at < text.length(); shown++) {
            if (shown == most) {
                return out.append('…').toString();
            }
            int c = text.codePointAt(at);
            at += Character.charCount(c);
            if (quoted && (c == '"' || c == '\\')) {
                out.append('\\').append((char) c);
            } else if (isShown(c)) {
                out.appendCodePoint(c);
            } else {
                out.append(String.format(Locale.ROOT, c < 0x10000 ? "\\u%04x" : "\\u{%x}", c));
            }
        }
        return out.toString();
    }

    private static boolean isShown(int c) {
        switch (Character.getType(c)) {
            case Character.CONTROL:
            case Character.FORMAT: // for example one that reverses the direction of writing
            case Character.SURROGATE:
            case Character.PRIVATE_USE:
            case Character.UNASSIGNED:
            case Character.LINE_SEPARATOR:
            case Character.PARAGRAPH_SEPARATOR:
                return false;
            default:
                return true;
        }
    }

    public static String size(long bytes) {
        return bytes >= 1 << 30 && bytes % (1 << 30) == 0
                ? (bytes >> 30) + " GiB"
                : bytes >= 1 << 20 ? (bytes >> 20) + " MiB" : bytes + " bytes";
    }

    /** A value as a file's content: {@link #indented} in UTF-8. */
    public static byte[] bytes(Object value) {
        return indented(value).getBytes(StandardCharsets.UTF_8);
    }

    /** A value on several lines, without a line feed at the end. */
    public static String indented(Object value) {
        return written(value, STRICT.writer());
    }

    /** A value on one line, without a line feed. */
    public static String line(Object value) {
        return written(value, STRICT.writer().without(SerializationFeature.INDENT_OUTPUT));
    }

    private static String written(Object value, ObjectWriter writer) {
        try {
            return writer.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("it cannot be written as JSON", e);
        }
    }

    /** Writes a value to a file, whole or not at all. */
    public static void write(Path file, Object value) throws IOException {
        AtomicFile.write(file, bytes(value));
    }
}
