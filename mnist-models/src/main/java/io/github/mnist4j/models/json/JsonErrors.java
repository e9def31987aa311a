package io.github.mnist4j.models.json;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Jackson's errors in our own words. */
final class JsonErrors {
    private static final int MOST_SENTENCE = 400;

    private static final Pattern TWICE =
            Pattern.compile("Duplicate (?:field|Object property) ['\"](.*)['\"].*", Pattern.DOTALL);
    private static final Pattern MISSING =
            Pattern.compile("Missing required creator property '(\\w+)'.*", Pattern.DOTALL);
    private static final Pattern CLASS_NAME = Pattern.compile("\\b[a-z]\\w*(\\.\\w+)+\\.[A-Z]\\w*");

    private JsonErrors() {}

    /**
     * What is wrong with a text, in one sentence.
     *
     * @param text to find misspelled names
     * @param mapper that refused it
     */
    static String sentence(JsonProcessingException e, String text, ObjectMapper mapper) {
        return unknown(e, text, mapper).orElse("") + sentence(e);
    }

    /** A missing name is usually a misspelled one; Jackson reports only the missing one. */
    private static Optional<String> unknown(
            JsonProcessingException e, String text, ObjectMapper mapper) {
        if (!(e instanceof MismatchedInputException mismatch)
                || !MISSING.matcher(String.valueOf(e.getOriginalMessage())).matches()
                || mismatch.getPath().isEmpty()) {
            return Optional.empty();
        }
        var path = mismatch.getPath();
        // the last step is the missing name itself
        Object of = path.get(path.size() - 1).getFrom();
        Class<?> type = of instanceof Class<?> c ? c : of.getClass();
        if (!type.isRecord()) {
            return Optional.empty();
        }
        var known =
                Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).toList();
        JsonNode node;
        try {
            node = mapper.readTree(text);
        } catch (JsonProcessingException again) {
            return Optional.empty();
        }
        for (var step : path.subList(0, path.size() - 1)) {
            node =
                    step.getFieldName() == null
                            ? node.path(step.getIndex())
                            : node.path(step.getFieldName());
        }
        for (var names = node.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)) {
                return Optional.of("unknown name " + JsonFile.printable(name) + ", and ");
            }
        }
        return Optional.empty();
    }

    /** Names no class, and quotes whatever comes from the file. */
    private static String sentence(JsonProcessingException e) {
        String path = e instanceof JsonMappingException mapping ? path(mapping) : "";
        String at = path.isEmpty() ? "the value" : JsonFile.printable(path);
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof InputCoercionException) {
                return at + " is out of range";
            }
            if (cause instanceof JsonProcessingException inner) {
                return sentence(inner);
            }
            if (cause instanceof NullPointerException) {
                return (path.isEmpty() ? "a value" : at) + " is null or holds a null";
            }
            return own(cause, path.isEmpty() ? "a value is not allowed" : at + " is not allowed");
        }
        if (e instanceof UnrecognizedPropertyException unknown) {
            return "unknown name "
                    + JsonFile.printable(path.isEmpty() ? unknown.getPropertyName() : path);
        }
        if (e instanceof InputCoercionException) {
            return at + " is out of range";
        }
        if (e instanceof StreamConstraintsException) {
            return "it nests deeper than "
                    + JsonFile.MOST_DEPTH
                    + " levels, or has a name, number or text that is far too long";
        }
        if (e instanceof JsonEOFException) {
            return "it is cut off: it ends in the middle of a value";
        }
        String message = String.valueOf(e.getOriginalMessage());
        if (e instanceof JsonParseException) {
            Matcher twice = TWICE.matcher(message);
            return twice.matches()
                    ? "the name " + JsonFile.printable(twice.group(1)) + " appears twice"
                    : "it is not JSON at column "
                            + (e.getLocation() == null ? 1 : e.getLocation().getColumnNr());
        }
        Matcher missing = MISSING.matcher(message);
        if (missing.matches()) {
            return (path.isEmpty() ? JsonFile.printable(missing.group(1)) : at) + " is missing";
        }
        if (e instanceof InvalidFormatException format) {
            return at
                    + " is "
                    + (format.getValue() instanceof String text
                            ? JsonFile.printable(text)
                            : JsonFile.printable(String.valueOf(format.getValue()))
                                    .replace("\"", ""))
                    + ", "
                    + expected(format.getTargetType())
                    + " expected";
        }
        if (e instanceof MismatchedInputException mismatch) {
            return at
                    + " is of the wrong kind, "
                    + expected(mismatch.getTargetType())
                    + " expected";
        }
        return at + " cannot be read";
    }

    /**
     * The message of an exception that our own code threw, on one line.
     *
     * @param otherwise if there is none, or it is not ours
     */
    static String own(Throwable e, String otherwise) {
        String message = e.getMessage();
        if (!(e instanceof IllegalArgumentException)
                || e instanceof NumberFormatException
                || message == null
                || CLASS_NAME.matcher(message).find()) {
            return otherwise;
        }
        return JsonFile.escaped(message, MOST_SENTENCE, false);
    }

    private static String expected(Class<?> type) {
        if (type == null) {
            return "another";
        }
        if (type.isEnum()) {
            return "one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(String::valueOf)
                            .collect(Collectors.joining(", "));
        }
        if (type == double.class || type == Double.class || type == float.class) {
            return "a finite number";
        }
        if ((type.isPrimitive() && type != boolean.class) || Number.class.isAssignableFrom(type)) {
            return "a whole number";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type == String.class) {
            return "a text";
        }
        return type.isArray() || Iterable.class.isAssignableFrom(type) ? "a list" : "an object";
    }

    private static String path(JsonMappingException e) {
        var path = new StringBuilder();
        for (var reference : e.getPath()) {
            if (reference.getFieldName() == null) {
                path.append('[').append(reference.getIndex()).append(']');
            } else {
                path.append(path.length() == 0 ? "" : ".").append(reference.getFieldName());
            }
        }
        return path.toString();
    }
}
