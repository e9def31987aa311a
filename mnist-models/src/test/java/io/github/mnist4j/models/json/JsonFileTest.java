package io.github.mnist4j.models.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonFileTest {
    enum Colour {
        RED,
        GREEN
    }

    record Inner(int depth, double share) {
        Inner {
            if (depth > 9) {
                throw new IllegalArgumentException("depth is " + depth + ", 0 to 9 expected");
            }
        }
    }

    record Thing(
            String name,
            int count,
            double rate,
            boolean on,
            List<Inner> inner,
            Colour colour,
            @JsonProperty Long more) {
        Thing {
            inner = List.copyOf(inner);
            if (name.startsWith("bad")) {
                throw new IllegalArgumentException("the name is '" + name + "'");
            }
        }
    }

    private static final String GOOD =
            """
            {
             "name": "a",
             "count": 3,
             "rate": 0.5,
             "on": true,
             "inner": [{"depth": 1, "share": 2}],
             "colour": "RED"
            }""";

    @TempDir Path folder;

    private static Thing read(String text) throws JsonFormatException {
        return JsonFile.parse(text, "thing.json", 1, Thing.class, false);
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        Thing thing = read(GOOD);
        assertThat(thing)
                .isEqualTo(
                        new Thing("a", 3, 0.5, true, List.of(new Inner(1, 2)), Colour.RED, null));
        Path file = folder.resolve("thing.json");
        JsonFile.write(file, thing);
        assertThat(JsonFile.read(file, Thing.class)).isEqualTo(thing);
        assertThat(JsonFile.line(thing)).doesNotContain("\n");
        assertThat(read(JsonFile.line(thing))).isEqualTo(thing);
        Files.writeString(file, "\uFEFF" + GOOD);
        assertThat(JsonFile.read(file, Thing.class)).isEqualTo(thing);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"count\": 3|\"count\": 3.0|thing.json, line 3: \"count\" is 3.0, a whole number expected",
                "\"count\": 3|\"count\": \"3\"|thing.json, line 3: \"count\" is of the wrong kind, a whole number expected",
                "\"count\": 3|\"count\": 3000000000|thing.json, line 3: \"count\" is out of range",
                "\"count\": 3|\"count\": null|thing.json, line 3: \"count\" is of the wrong kind, a whole number expected",
                "\"count\": 3|\"count\": [3]|thing.json, line 3: \"count\" is of the wrong kind, a whole number expected",
                "\"count\": 3|\"count\": 3, \"count\": 4|thing.json, line 3: the name \"count\" appears twice",
                "\"count\": 3|\"Count\": 3|thing.json, line 8: unknown name \"Count\", and \"count\" is missing",
                "\"count\": 3,||thing.json, line 8: \"count\" is missing",
                "\"count\": 3|\"count\": 03|thing.json, line 3: it is not JSON at column 12",
                "\"count\": 3|\"count\": NaN|thing.json, line 3: it is not JSON at column 14",
                "0.5|\"NaN\"|thing.json, line 4: \"rate\" is of the wrong kind, a finite number expected",
                "0.5|\"0.5\"|thing.json, line 4: \"rate\" is of the wrong kind, a finite number expected",
                "0.5|1e999|thing.json, line 4: a number is out of range",
                "0.5|null|thing.json, line 4: \"rate\" is of the wrong kind, a finite number expected",
                "true|1|thing.json, line 5: \"on\" is 1, true or false expected",
                "true|\"true\"|thing.json, line 5: \"on\" is of the wrong kind, true or false expected",
                "\"a\"|7|thing.json, line 2: \"name\" is 7, a text expected",
                "\"a\"|\"bad\\u001b[31m\"|thing.json, line 8: the name is 'bad\\u001b[31m'",
                "\"a\"|null|thing.json, line 8: a value is null or holds a null",
                "\"depth\": 1|\"depth\": 10|thing.json, line 6: depth is 10, 0 to 9 expected",
                "\"depth\": 1|\"dep\": 1|thing.json, line 6: unknown name \"dep\", and \"inner[0].depth\" is missing",
                "\"depth\": 1|\"depth\": 1, \"d\": 2|thing.json, line 6: unknown name \"inner[0].d\"",
                "[{|[null,{|thing.json, line 8: a value is null or holds a null",
                "\"RED\"|\"BLUE\"|thing.json, line 7: \"colour\" is \"BLUE\", one of RED, GREEN expected",
                "\"RED\"|1|thing.json, line 7: \"colour\" is 1, one of RED, GREEN expected",
                "\"RED\"|\"\"|thing.json, line 7: \"colour\" is \"\", one of RED, GREEN expected",
            })
    void whatIsWrongIsSaidInASentence(String what, String instead, String sentence) {
        String text = GOOD.replace(what, instead == null ? "" : instead);
        assertThat(text).isNotEqualTo(GOOD);
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(JsonFormatException.class)
                .hasMessage(sentence);
    }

    @Test
    void whatIsNotOneJsonValueIsRefused() throws IOException {
        assertRefused("", "line 1: it is empty, JSON expected");
        assertRefused(" null ", "line 1: it is null");
        assertRefused(GOOD + "\n{}", "line 9: there is text after the end of the JSON value");
        assertRefused("7 8", "line 1: there is text after the end of the JSON value");
        assertRefused(GOOD + "x", "line 8: it is not JSON at column 2");
        assertRefused("7", "line 1: the value is of the wrong kind, an object expected");
        assertRefused(GOOD.substring(0, 37), "line 4: it is cut off");
        assertRefused("[".repeat(100_000), "nests deeper than 100 levels");
        assertRefused("{\"name\": " + "9".repeat(100_000) + "}", "far too long");
        Path file = folder.resolve("f.json");
        Files.write(file, new byte[] {'{', '"', (byte) 0xE4, '"', '}'});
        assertThatThrownBy(() -> JsonFile.read(file, JsonNode.class))
                .hasMessage(file + " cannot be read: it is not UTF-8 text");
        Files.writeString(file, " ".repeat(2000));
        assertThatThrownBy(() -> JsonFile.read(file, JsonNode.class, 1000, false))
                .hasMessage(file + " cannot be read: it is longer than 1000 bytes");
        assertThatThrownBy(() -> JsonFile.read(folder, JsonNode.class))
                .hasMessageContaining("is a folder");
        assertThatThrownBy(() -> JsonFile.read(folder.resolve("none"), JsonNode.class))
                .isInstanceOf(FileNotFoundException.class)
                .hasMessageContaining("there is no file");
        assertThatThrownBy(() -> JsonFile.parse("{\"a\":1e999}", "f", 5, Map.class, true))
                .hasMessage("f, line 5: a number is out of range");
    }

    private static void assertRefused(String text, String why) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(JsonFormatException.class)
                .hasMessageContaining(why);
    }

    @Test
    void notANumberIsReadWhereItIsAllowed() throws IOException {
        var inner = new Inner(1, Double.NaN);
        String line = JsonFile.line(inner);
        assertThat(JsonFile.parse(line, "f", 1, Inner.class, true)).isEqualTo(inner);
        assertThatThrownBy(() -> JsonFile.parse(line, "f", 1, Inner.class, false))
                .hasMessageContaining("a finite number expected");
    }

    @Test
    void aTextIsShownQuotedAndShort() {
        assertThat(JsonFile.printable("a\"b\\\n\u202e" + "x".repeat(100)))
                .isEqualTo("\"a\\\"b\\\\\\u000a\\u202e" + "x".repeat(54) + "…\"");
        assertThat(JsonFile.printable("été 数 😀")).isEqualTo("\"été 数 😀\"");
    }

    @Property(tries = 500)
    void noTextEscapesItsQuotationMarks(@ForAll String text, @ForAll int at) {
        int cut = Math.floorMod(at, GOOD.length());
        String broken = GOOD.substring(0, cut) + text + GOOD.substring(cut);
        try {
            read(broken);
        } catch (JsonFormatException e) {
            assertThat(e.getMessage())
                    .doesNotContain("fasterxml", "java.", "mnist4j")
                    .hasSizeLessThan(600);
            assertThat(e.getMessage().chars()).noneMatch(Character::isISOControl);
        }
        assertThat(JsonFile.printable(text).getBytes(StandardCharsets.UTF_8).length)
                .isLessThan(62 * 10);
    }
}
