package io.github.mnist4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.mnist4j.data.augment.Augmentation;
import io.github.mnist4j.data.idx.IdxFile;
import io.github.mnist4j.data.io.FileKind;
import io.github.mnist4j.data.io.Heap;
import io.github.mnist4j.data.photo.ImageLoader;
import io.github.mnist4j.data.photo.ImageMutantsTest;
import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.data.synthetic.DigitGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Numbers, dates and letters do not depend on the language of the machine: files that one machine
 * writes are read on another, and programs read what is printed.
 */
class LocaleRuleTest {
    @TempDir Path folder;

    private final Locale before = Locale.getDefault();

    @AfterEach
    void reset() {
        Locale.setDefault(before);
    }

    /** Calls that take the machine's language unless a Locale comes first. */
    private static final Pattern FORMATS =
            Pattern.compile(
                    "(?:\\bString\\s*\\.\\s*format|\\.\\s*printf|\\bout\\s*\\.\\s*format"
                            + "|\\berr\\s*\\.\\s*format|\\bnew\\s+(?:java\\.util\\.)?Formatter)"
                            + "\\s*\\(\\s*+(?!(?:java\\.util\\.)?Locale\\b)");

    /** Calls that always take it, or take it where a Locale could stand last. */
    private static final Pattern OTHERS =
            Pattern.compile(
                    "\\.\\s*formatted\\s*\\("
                            + "|\\.\\s*to(?:Lower|Upper)Case\\s*\\(\\s*\\)"
                            + "|\\bnew\\s+(?:java\\.text\\.)?(?:DecimalFormat|SimpleDateFormat|MessageFormat)\\s*\\([^,()]*\\)"
                            + "|\\bMessageFormat\\s*\\.\\s*format\\s*\\("
                            + "|\\b(?:NumberFormat|DateFormat)\\s*\\.\\s*get\\w*Instance\\s*\\(\\s*\\)"
                            + "|\\bDateTimeFormatter\\s*\\.\\s*ofPattern\\s*\\([^,()]*\\)"
                            + "|\\bDateTimeFormatter\\s*\\.\\s*ofLocalized\\w*\\s*\\(");

    /** Comments, and what stands in quotes: text blocks, strings, characters. */
    private static final Pattern NOT_CODE =
            Pattern.compile(
                    "(?s)/\\*.*?\\*/|//[^\\n]*"
                            + "|\"\"\".*?\"\"\"|\"(?:[^\"\\\\\\n]|\\\\.)*\"|'(?:[^'\\\\\\n]|\\\\.)*'");

    private static List<String> hits(String name, String source) {
        // blanks of the same length keep the lines' numbers; quotes stay as one argument
        Matcher skipped = NOT_CODE.matcher(source);
        String code =
                skipped.replaceAll(
                        m -> {
                            String lines = m.group().replaceAll("[^\\n]", "");
                            return (m.group().startsWith("/") ? " " : "\"\"") + lines;
                        });
        var hits = new ArrayList<String>();
        for (Pattern pattern : List.of(FORMATS, OTHERS)) {
            for (Matcher m = pattern.matcher(code); m.find(); ) {
                long line = code.substring(0, m.start()).lines().count();
                hits.add(name + ":" + Math.max(1, line) + ": " + m.group().replaceAll("\\s+", ""));
            }
        }
        return hits;
    }

    @Test
    void everyCallThatFormatsNamesItsLocale() throws IOException {
        Path project = Path.of("").toAbsolutePath().getParent();
        assumeTrue(Files.exists(project.resolve("pom.xml")), "the project's sources are not here");
        var hits = new ArrayList<String>();
        int files = 0;
        try (Stream<Path> modules = Files.list(project)) {
            for (Path module : modules.sorted().toList()) {
                Path sources = module.resolve("src/main/java");
                if (!Files.isDirectory(sources)) {
                    continue;
                }
                try (Stream<Path> all = Files.walk(sources)) {
                    for (Path file : all.filter(f -> f.toString().endsWith(".java")).toList()) {
                        files++;
                        hits.addAll(
                                hits(project.relativize(file).toString(), Files.readString(file)));
                    }
                }
            }
        }
        assertThat(files).isGreaterThan(50);
        assertThat(hits).as("calls whose Locale is the machine's").isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "String.format(\"%d\", 1) | 1",
                "String.format(    Locale.ROOT, \"%d\", 1) | 0",
                "String.format(java.util.Locale.ROOT, \"%d\", 1) | 0",
                "System.out.printf(\"%d\", 1) | 1",
                "out.printf(Locale.ROOT, \"%d\", 1) | 0",
                "\"%d\".formatted(1) | 1",
                "s.toLowerCase() + s.toUpperCase() | 2",
                "s.toLowerCase(Locale.ROOT) | 0",
                "new DecimalFormat(\"0.0\") | 1",
                "new DecimalFormat(\"0.0\", symbols) | 0",
                "DateTimeFormatter.ofPattern(\"HH:mm\") | 1",
                "DateTimeFormatter.ofPattern(\"HH:mm\", Locale.ROOT) | 0",
                "// s.toLowerCase() | 0",
                "/* s.toLowerCase() */ \"s.toLowerCase()\" | 0",
            })
    void theRuleFindsWhatItShould(String code, int hits) {
        assertThat(hits("A.java", code)).hasSize(hits);
    }

    @Test
    void theRuleNamesTheLine() {
        assertThat(hits("A.java", "a\n/* b\n */ c\n  s.toLowerCase()"))
                .containsExactly("A.java:4: .toLowerCase()");
    }

    /** Digits that are not 0 to 9, commas for points, an i without a dot. */
    @ParameterizedTest
    @ValueSource(
            strings = {"hi-IN-u-nu-deva", "ar-EG-u-nu-arab", "tr-TR", "de-DE", "th-TH-u-nu-thai"})
    void messagesAndFilesAreTheSameInAllLanguages(String language) throws IOException {
        Locale.setDefault(Locale.ROOT);
        List<String> expected = said();
        Locale.setDefault(Locale.forLanguageTag(language));
        assertThat(String.format("%.1f", 1.5) + "I".toLowerCase()).isNotEqualTo("1.5i");
        assertThat(said()).isEqualTo(expected);
        assertThat(String.join("", expected)).matches("\\p{ASCII}*");
    }

    private interface Call {
        void run() throws Exception;
    }

    /** Messages of every class here that formats one, and what is read back. */
    private List<String> said() throws IOException {
        var said = new ArrayList<String>();
        Path labels =
                Files.write(folder.resolve("labels"), new byte[] {0, 0, 8, 1, 0, 0, 0, 1, 12});
        Path page = Files.writeString(folder.resolve("page"), "<HTML><TITLE>LOGIN</TITLE>");
        byte[] image = ImageMutantsTest.images().get("color.png");
        DigitSet digits = new DigitGenerator(5).generate(30);
        List<Call> calls =
                List.of(
                        () -> IdxFile.readImages(labels),
                        () -> IdxFile.readLabels(labels),
                        () -> IdxFile.readLabels(page),
                        () -> ImageLoader.read(image, "a.png", 1234),
                        () -> ImageLoader.read(page),
                        () -> new Augmentation(1234.5, 0, 0, 0, 0, 0, 0),
                        () -> Split.stratified(digits, 1234, 1),
                        () -> new Normalization(1234.5, 1),
                        () -> DigitIterator.builder(digits).setBatchSize(-1234).build(),
                        () -> DatasetLoader.Dataset.of("MINIST"),
                        () -> DatasetLoader.addresses("x", List.of("ftp://host/1234")),
                        () -> DigitSet.of(2, 2, new byte[1234], new byte[1]));
        for (Call call : calls) {
            try {
                call.run();
                said.add("nothing");
            } catch (Exception e) {
                said.add(e.getMessage().replace(folder.toString(), "FOLDER"));
            }
        }
        said.add(DatasetLoader.Dataset.of("fashion-mnist").toString());
        said.add(DatasetLoader.addresses("x", List.of("HTTPS://HOST/1234")).toString());
        said.add(Heap.megabytes(12_345_678_901L));
        said.add(FileKind.of(page).toString());
        said.add(digits.digest());
        return said;
    }
}
