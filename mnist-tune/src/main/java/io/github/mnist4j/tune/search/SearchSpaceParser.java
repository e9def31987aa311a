package io.github.mnist4j.tune.search;

import static io.github.mnist4j.tune.search.SearchSpace.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.github.mnist4j.data.io.IoErrors;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.train.backend.Failure;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.YAMLException;

/** Reads a {@link SearchSpace} from YAML or JSON that anybody may have written. */
final class SearchSpaceParser {
    private static final int MOST_BYTES = 1 << 20;
    private static final int MOST_VALUES = 1000;
    private static final int MOST_CHARACTERS = 200;
    private static final int DEPTH = 20;
    private static final YAMLFactory YAML = yaml();

    private SearchSpaceParser() {}

    private static YAMLFactory yaml() {
        var options = new LoaderOptions();
        options.setNestingDepthLimit(DEPTH);
        options.setCodePointLimit(MOST_BYTES);
        options.setMaxAliasesForCollections(1);
        return YAMLFactory.builder().loaderOptions(options).build();
    }

    /** A text is not a space; the message names the line and says why. */
    static final class BadLineException extends Exception {
        private static final long serialVersionUID = 1L;
        private final String sentence;

        private BadLineException(int line, String sentence, Throwable cause) {
            super("line " + Math.max(1, line) + ": " + sentence, cause);
            this.sentence = sentence;
        }

        /** The message without the line number. */
        String sentence() {
            return sentence;
        }
    }

    /** As {@link SearchSpace#read} says. */
    static SearchSpace read(Path file) throws IOException {
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            content = in.readNBytes(MOST_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw new IOException("no space at " + file, e);
        } catch (IOException e) {
            throw IoErrors.named("read", file, e);
        }
        if (content.length > MOST_BYTES) {
            throw new IOException(file + " is not a space: it is longer than 1 MiB");
        }
        try {
            return parse(JsonFile.text(content, file.toString()));
        } catch (BadLineException e) {
            throw new IOException(file + ", " + e.getMessage(), e);
        }
    }

    /**
     * Reads a space from a YAML or JSON text.
     *
     * @throws BadLineException if it is not a space
     */
    static SearchSpace parse(String text) throws BadLineException {
        var lines = new LinkedHashMap<String, Integer>();
        int line = 1;
        try (YAMLParser in = YAML.createParser(text)) {
            var values = new LinkedHashMap<String, SearchSpace.Values>();
            String model = "mlp";
            JsonToken first = in.nextToken();
            line = first == null ? 1 : line(in);
            check(first == JsonToken.START_OBJECT, "hyperparameters with their values expected");
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String name = in.currentName();
                line = line(in);
                JsonToken token = in.nextToken();
                check(lines.put(name, line) == null, JsonFile.printable(name) + " appears twice");
                if (name.equals("model")) {
                    model = word(in, "model");
                    TrainingPlan.builder(model);
                } else {
                    values.put(name, values(Hyperparameter.named(name), in, token));
                }
            }
            line = line(in);
            check(in.nextToken() == null, "there is more text after the hyperparameters");
            line = lines.getOrDefault("model", 1);
            var builder = SearchSpace.builder(model);
            for (var entry : values.entrySet()) {
                line = lines.getOrDefault(entry.getKey(), line);
                builder.add(entry.getKey(), entry.getValue());
            }
            line = 1;
            return builder.build();
        } catch (JsonProcessingException e) {
            int at = e.getLocation() == null ? line : e.getLocation().getLineNr();
            throw new BadLineException(at, "it is neither YAML nor JSON", e);
        } catch (YAMLException e) { // Jackson lets SnakeYAML's own exceptions through
            throw new BadLineException(line, "it is neither YAML nor JSON", e);
        } catch (IllegalArgumentException e) {
            throw new BadLineException(line, Failure.printable(String.valueOf(e.getMessage())), e);
        } catch (IOException e) {
            throw new IllegalStateException(e); // reading a String cannot fail
        }
    }

    private static int line(YAMLParser in) {
        return in.currentTokenLocation().getLineNr();
    }

    private static String word(YAMLParser in, String what) throws IOException {
        check(
                in.currentToken() != null
                        && in.currentToken().isScalarValue()
                        && in.currentToken() != JsonToken.VALUE_NULL
                        && !in.isCurrentAlias(),
                what + ": a word expected");
        String text = in.getText();
        check(
                text.length() <= MOST_CHARACTERS,
                what + ": a word of " + text.length() + " characters is too long");
        return text;
    }

    private static SearchSpace.Values values(Hyperparameter h, YAMLParser in, JsonToken token)
            throws IOException {
        if (token == JsonToken.START_ARRAY) {
            var choice = new ArrayList<>();
            while (in.nextToken() != JsonToken.END_ARRAY) {
                check(
                        choice.size() < MOST_VALUES,
                        h.name() + ": more than " + MOST_VALUES + " values");
                choice.add(scalar(h, in));
            }
            return new SearchSpace.Choice(choice);
        }
        if (token != JsonToken.START_OBJECT) {
            return new SearchSpace.Choice(List.of(scalar(h, in)));
        }
        var given = new LinkedHashMap<String, Object>();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String key = in.currentName();
            in.nextToken();
            Object value =
                    switch (key) {
                        case "from", "to" -> scalar(h, in);
                        case "scale" -> word(in, h.name() + ": scale");
                        default ->
                                throw new IllegalArgumentException(
                                        h.name()
                                                + ": unknown key "
                                                + JsonFile.printable(key)
                                                + ", from, to or scale expected");
                    };
            check(given.put(key, value) == null, h.name() + ": " + key + " appears twice");
        }
        if (!(given.get("from") instanceof Number least)
                || !(given.get("to") instanceof Number most)) {
            throw new IllegalArgumentException(h.name() + ": numbers from and to expected");
        }
        Object scale = given.getOrDefault("scale", "linear");
        check(
                scale.equals("log") || scale.equals("linear"),
                h.name()
                        + ": unknown scale "
                        + JsonFile.printable(scale.toString())
                        + ", log or linear expected");
        return new SearchSpace.Range(
                least.doubleValue(), most.doubleValue(), scale.equals("log"), h.isWhole());
    }

    private static Object scalar(Hyperparameter h, YAMLParser in) throws IOException {
        if (in.currentToken() == null
                || !in.currentToken().isScalarValue()
                || in.currentToken() == JsonToken.VALUE_NULL
                || in.isCurrentAlias()) {
            throw new IllegalArgumentException(
                    h.name()
                            + ": a value, a list of values or a range {from: .., to: ..} expected");
        }
        // parsed by us: to YAML 1.1, 1e-4 is a word
        String text = word(in, h.name());
        try {
            return h.kind().parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(h.name() + ": " + e.getMessage(), e);
        }
    }
}
