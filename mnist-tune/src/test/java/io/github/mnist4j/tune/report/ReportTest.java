package io.github.mnist4j.tune.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlan.Monitor;
import io.github.mnist4j.tune.search.Epochs;
import io.github.mnist4j.tune.search.SearchConfig;
import io.github.mnist4j.tune.search.SearchResult;
import io.github.mnist4j.tune.search.SearchSpace;
import io.github.mnist4j.tune.search.Trial;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class ReportTest {
    private static final SearchSpace SPACE =
            SearchSpace.builder("mlp")
                    .logRange("learning-rate", 1e-4, 1e-2)
                    .range("dropout", 0, 0.5)
                    .range("layers", 1, 3)
                    .choice("activation", "relu", "tanh")
                    .build();

    /** A trial as a search leaves it, with made-up figures. */
    private static Trial trial(
            int number, double rate, double dropout, String activation, double... accuracies) {
        var outcome =
                accuracies.length == 0
                        ? Trial.Outcome.FAILED
                        : accuracies.length < 3 ? Trial.Outcome.ENDED_EARLY : Trial.Outcome.DONE;
        return new Trial(
                number,
                Map.of(
                        "learning-rate", rate,
                        "dropout", dropout,
                        "layers", 1 + number % 3,
                        "activation", activation),
                TrainingPlan.builder("mlp").build(),
                Epochs.of(
                        DoubleStream.of(accuracies)
                                .flatMap(a -> DoubleStream.of(a, 1 - a))
                                .toArray()),
                outcome,
                outcome == Trial.Outcome.FAILED ? "no <memory> & \"more\"" : null,
                10.0 * (number - 1),
                10.0 * number);
    }

    private static SearchResult result(List<Trial> trials) {
        var search =
                SearchConfig.builder(SPACE)
                        .optBase(TrainingPlan.builder("mlp").optEpochs(3).build())
                        .build();
        var ranked = new ArrayList<>(trials);
        ranked.sort(Trial.ranking(Monitor.ACCURACY));
        return new SearchResult(
                search,
                Path.of("folder"),
                ranked,
                new SearchResult.Winner(ranked.get(0).number(), 0.9123, 0.3));
    }

    private static Document parsed(SearchResult result) throws Exception {
        String page = Report.of(result).replace("<!DOCTYPE html>", "");
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(page)));
    }

    @Test
    void showsEveryTrialInEveryChartAndNeedsNothingElse() throws Exception {
        SearchResult result =
                result(
                        List.of(
                                trial(1, 1e-3, 0.1, "relu", 0.5, 0.7, 0.9),
                                trial(2, 1e-4, 0.5, "tanh", 0.4),
                                trial(3, 1e-2, 0.3, "tanh", 0.6, 0.8, 0.95),
                                trial(4, 2e-3, 0.0, "relu")));
        Document page = parsed(result);
        // two ended trials, one ended early: over time and against four hyperparameters
        assertThat(page.getElementsByTagName("circle").getLength()).isEqualTo(3 * (1 + 4));
        assertThat(page.getElementsByTagName("polyline").getLength()).isEqualTo(3);
        var tables = page.getElementsByTagName("table");
        assertThat(tables.getLength()).isEqualTo(2);
        String ranking = tables.item(0).getTextContent();
        assertThat(ranking.indexOf("95.00 %")).isLessThan(ranking.indexOf("90.00 %"));
        assertThat(ranking).contains("1, ended");
        assertThat(tables.item(1).getTextContent()).contains("no <memory> & \"more\"");
        String text = page.getDocumentElement().getTextContent();
        assertThat(text)
                .contains("Best is trial 3")
                .contains("accuracy 91.23 %")
                .contains("The median rule ended 1 trial early and saved 2 epochs, about 20 s")
                .contains("Unknown: there are too few trials");
        assertThat(Report.of(result))
                .doesNotContain("{{")
                .doesNotContain("http")
                .doesNotContain("src=");
        for (String tag : List.of("script", "link", "img")) {
            assertThat(page.getElementsByTagName(tag).getLength()).as(tag).isZero();
        }
    }

    @Test
    void positionsAreTheFigures() {
        ChartAxis log = ChartAxis.of(new SearchSpace.Range(1e-4, 1e-2, true, false));
        assertThat(log.position().apply(1e-3)).isCloseTo(0.5, within(1e-9));
        assertThat(log.ticks())
                .extracting(ChartAxis.Tick::label)
                .containsExactly("1e-4", "0.001", "0.01");
        ChartAxis whole = ChartAxis.of(new SearchSpace.Range(1, 3, false, true));
        assertThat(whole.position().apply(2)).isEqualTo(0.5);
        assertThat(whole.ticks()).extracting(ChartAxis.Tick::label).containsExactly("1", "2", "3");
        ChartAxis words = ChartAxis.of(new SearchSpace.Choice(List.of("a", "b", "c")));
        assertThat(words.position().apply("b")).isEqualTo(0.5);
        ChartAxis linear = ChartAxis.linear(0, 10);
        assertThat(linear.position().apply(12)).isEqualTo(1);
        assertThat(linear.ticks()).extracting(ChartAxis.Tick::label).contains("0", "10");
    }

    @Test
    void findsTheHyperparametersThatMatter() {
        var random = new Random(1);
        var trials = new ArrayList<Trial>();
        for (int i = 1; i <= 60; i++) {
            double exponent = -4 + 2 * random.nextDouble();
            double dropout = random.nextDouble() / 2;
            String activation = random.nextBoolean() ? "relu" : "tanh";
            // the learning rate decides, the activation a little, dropout and layers nothing
            double accuracy =
                    0.9 - 0.05 * Math.abs(exponent + 3) + (activation.equals("relu") ? 0.01 : 0);
            trials.add(trial(i, Math.pow(10, exponent), dropout, activation, 0, 0, accuracy));
        }
        Importance importance = Importance.of(result(trials)).orElseThrow();
        assertThat(importance.explained()).isBetween(0.5, 1.0);
        assertThat(importance.byName().keySet())
                .startsWith("learning-rate", "activation")
                .hasSize(4);
        assertThat(importance.byName().get("learning-rate")).isGreaterThan(0.6);
        assertThat(importance.byName().get("dropout")).isLessThan(0.1);
        assertThat(importance.byName().values().stream().mapToDouble(d -> d).sum())
                .isCloseTo(1, within(1e-9));
        assertThat(Report.of(result(trials))).contains("Permutation importance");
    }

    @Test
    void doesNotTellImportancesFromNothing() {
        var random = new Random(2);
        var trials = new ArrayList<Trial>();
        for (int i = 1; i <= 40; i++) {
            trials.add(
                    trial(
                            i,
                            1e-4 + 1e-2 * random.nextDouble() / 2,
                            random.nextDouble() / 2,
                            "relu",
                            0,
                            0,
                            random.nextDouble()));
        }
        assertThat(Importance.of(result(trials))).isEmpty();
        assertThat(Importance.of(result(trials.subList(0, 5)))).isEmpty();
    }

    /** Devanagari where the machine's language has it, but not in files. */
    @Test
    void digitsAreThoseOfEveryMachine() {
        Locale before = Locale.getDefault();
        var trials = new ArrayList<Trial>();
        for (int i = 1; i <= 16; i++) {
            trials.add(trial(i, i * 1e-4, i / 40.0, i % 2 == 0 ? "relu" : "tanh", 0.1, i / 20.0));
        }
        String report = Report.of(result(trials));
        try {
            Locale.setDefault(Locale.forLanguageTag("hi-u-nu-deva"));
            assertThat(String.format("%d", 1)).isEqualTo("\u0967"); // or nothing is tried
            assertThat(Report.of(result(trials))).isEqualTo(report);
        } finally {
            Locale.setDefault(before);
        }
        assertThat(report)
                .matches(t -> t.codePoints().noneMatch(c -> c > 127 && Character.isDigit(c)));
    }
}
