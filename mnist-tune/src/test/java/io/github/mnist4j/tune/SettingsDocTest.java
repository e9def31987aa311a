package io.github.mnist4j.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.mnist4j.train.plan.PlanSetting;
import io.github.mnist4j.train.plan.PlanSetting.Search;
import io.github.mnist4j.tune.search.Hyperparameter;
import io.github.mnist4j.tune.search.SearchSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The documentation's tables of settings are made from the table of settings; {@code
 * -Ddocs.update=true} writes them again.
 */
class SettingsDocTest {
    private static final Path DOCS = Path.of("..", "docs");
    private static final String BEGIN =
            "<!-- Made from the table of settings: mvn test -pl mnist-tune -am -Dtest=SettingsDocTest"
                    + " -Dsurefire.failIfNoSpecifiedTests=false -Ddocs.update=true -->\n";
    private static final String END = "<!-- End of what is made. -->\n";

    @Test
    void trainingListsEverySetting() throws IOException {
        var text = new StringBuilder();
        for (PlanSetting.Group group : PlanSetting.Group.values()) {
            text.append("| ").append(group.title());
            text.append(" | values | default | |\n| --- | --- | --- | --- |\n");
            for (PlanSetting<?> setting : PlanSetting.all()) {
                if (setting.group() == group) {
                    text.append(
                            row(
                                    option(setting),
                                    setting.values(),
                                    setting.defaults(),
                                    setting.sentence()));
                }
            }
            text.append('\n');
        }
        check("training.md", text.toString());
    }

    private static String option(PlanSetting<?> setting) {
        return setting.kind() == PlanSetting.Kind.BOOLEAN
                ? "`--" + setting.name() + "`, `--no-" + setting.name() + "`"
                : "`--" + setting.name() + " " + setting.param() + "`";
    }

    @Test
    void tuningListsEveryHyperparameter() throws IOException {
        var text =
                new StringBuilder(
                        "| hyperparameter | values | range | |\n| --- | --- | --- | --- |\n");
        for (Hyperparameter h : Hyperparameter.all()) {
            String range =
                    switch (h.search()) {
                        case LINEAR -> "linear";
                        case LOG -> "log";
                        default -> "";
                    };
            text.append(
                    row(
                            "`" + h.name() + "`",
                            h.values(),
                            range,
                            h.sentence() + (h.onlyConvolutions() ? " (of a cnn)" : "")));
        }
        check("tuning.md", text.append('\n').toString());
    }

    private static String row(String... cells) {
        return "| " + String.join(" | ", cells) + " |\n";
    }

    private static void check(String name, String table) throws IOException {
        Path file = DOCS.resolve(name);
        String text = Files.readString(file).replace("\r\n", "\n");
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        assertThat(begin).as("the marks in %s", name).isNotNegative().isLessThan(end);
        String current = text.substring(0, begin) + BEGIN + "\n" + table + text.substring(end);
        if (Boolean.getBoolean("docs.update")) {
            Files.writeString(file, current);
        } else {
            assertThat(text)
                    .as("%s is stale; run this test with -Ddocs.update=true", name)
                    .isEqualTo(current);
        }
    }

    /** The built-in spaces follow the scales that the table recommends. */
    @Test
    void theNamedSpacesTakeTheScalesOfTheTable() {
        assertThat(SearchSpace.NAMES)
                .allSatisfy(
                        name ->
                                SearchSpace.named(name)
                                        .parameters()
                                        .forEach(
                                                (option, values) -> {
                                                    if (values instanceof SearchSpace.Range r) {
                                                        assertThat(r.log())
                                                                .as("%s of %s", option, name)
                                                                .isEqualTo(
                                                                        Hyperparameter.named(option)
                                                                                        .search()
                                                                                == Search.LOG);
                                                    }
                                                }));
    }

    /** Every value that a list in the table names is one that training takes. */
    @Test
    void valuesAreTaken() {
        for (Hyperparameter h : Hyperparameter.all()) {
            if (h.search() == Search.LIST && !List.of("schedule", "average").contains(h.name())) {
                Object[] values = Stream.of(h.values().split(", | or ")).toArray();
                assertThat(SearchSpace.builder("cnn").choice(h.name(), values).build().searched())
                        .containsExactly(h.name());
            }
        }
    }

    /** Both ends of the ranges of layers are taken, and nothing beyond. */
    @Test
    void rangesOfLayersAreKept() {
        for (Hyperparameter h : Hyperparameter.LAYERS) {
            if (h.kind() != PlanSetting.Kind.INTEGER) {
                continue;
            }
            String[] ends = h.values().split(" to ");
            int least = Integer.parseInt(ends[0]);
            int most = Integer.parseInt(ends[1]);
            String model = h.name().equals("channels") ? "cnn:channels=8" : "cnn";
            SearchSpace.builder(model).range(h.name(), least, most).build();
            for (int[] beyond : new int[][] {{least - 1, most}, {least, most + 1}}) {
                assertThatThrownBy(
                                () ->
                                        SearchSpace.builder(model)
                                                .range(h.name(), beyond[0], beyond[1]))
                        .as(h.name())
                        .isInstanceOf(IllegalArgumentException.class);
            }
        }
    }
}
