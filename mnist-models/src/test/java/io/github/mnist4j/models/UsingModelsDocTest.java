package io.github.mnist4j.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** The statements in docs/using-models.md compile against the classes as they are. */
class UsingModelsDocTest {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```java\n(try \\(.*?)^```");

    private static List<String> blocks() throws IOException {
        var blocks = new ArrayList<String>();
        Matcher m = BLOCK.matcher(Files.readString(Path.of("../docs/using-models.md")));
        while (m.find()) {
            blocks.add(m.group(1));
        }
        return blocks;
    }

    @Test
    void everyBlockOfStatementsCompiles() throws IOException {
        List<String> blocks = blocks();
        assertThat(blocks).isNotEmpty();
        for (String block : blocks) {
            String source =
                    "import io.github.mnist4j.lite.*; import io.github.mnist4j.models.*;"
                            + "import java.nio.file.Path; import java.util.List;"
                            + "class Block { void run(byte[] pixels) throws Exception {"
                            + block
                            + "}}";
            var file =
                    new SimpleJavaFileObject(
                            URI.create("string:///Block.java"), JavaFileObject.Kind.SOURCE) {
                        @Override
                        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                            return source;
                        }
                    };
            var problems = new DiagnosticCollector<JavaFileObject>();
            boolean compiles =
                    ToolProvider.getSystemJavaCompiler()
                            .getTask(
                                    null,
                                    null,
                                    problems,
                                    List.of(
                                            "-proc:none",
                                            "-d",
                                            Files.createTempDirectory("block").toString(),
                                            "-cp",
                                            System.getProperty("java.class.path")),
                                    null,
                                    List.of(file))
                            .call();
            assertThat(compiles).as(block + problems.getDiagnostics()).isTrue();
        }
    }
}
