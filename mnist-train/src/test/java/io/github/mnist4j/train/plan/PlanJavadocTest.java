package io.github.mnist4j.train.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The Javadoc of {@link TrainingPlan}'s components is made from the table of settings; {@code
 * -Ddocs.update=true} writes it again, and spotless breaks its lines.
 */
class PlanJavadocTest {
    private static final Path SOURCE =
            Path.of("src/main/java/io/github/mnist4j/train/plan/TrainingPlan.java");
    private static final String BEGIN = " * @param ";
    private static final String END = " */\n@RecordBuilder\n";

    @Test
    void theComponentsAreDescribedAsTheTableDoes() throws IOException {
        String text = Files.readString(SOURCE).replace("\r\n", "\n");
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        assertThat(begin).isNotNegative().isLessThan(end);
        String made =
                PlanSetting.all().stream()
                        .filter(PlanSetting::isComponent)
                        .map(s -> BEGIN + s.component() + " " + s.javadoc() + "\n")
                        .collect(Collectors.joining());
        if (Boolean.getBoolean("docs.update")) {
            Files.writeString(SOURCE, text.substring(0, begin) + made + text.substring(end));
        } else {
            assertThat(words(text.substring(begin, end)))
                    .as("run this test with -Ddocs.update=true, then spotless")
                    .isEqualTo(words(made));
        }
    }

    /** Whatever the line breaks are. */
    private static String words(String javadoc) {
        return javadoc.replace("\n * ", "\n ").replaceAll("\\s+", " ").strip();
    }
}
