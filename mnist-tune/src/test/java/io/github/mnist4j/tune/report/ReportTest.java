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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

class ReportTest {
    private static final SearchSpace SPACE =
            SearchSpace.builder("mlp")
                    .logRange("learning-rate", 1e-4, 1e-2)
                    .range("dropout", 0, 0.5)
                    .range("layers", 1, 3)
                    .choice("activation", "relu", "tanh")
                    .build();

    /** A trial as a search leaves it, with made-up metrics. */
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

    private record Dot(String trial, double x, double y, String color) {}

    private static List<Dot> dots(Document page) {
        var circles = page.getElementsByTagName("circle");
        return IntStream.range(0, circles.getLength())
                .mapToObj(i -> (Element) circles.item(i))
                .map(
                        c ->
                                new Dot(
                                        c.getTextContent().replaceFirst("trial (\\d+):.*", "$1"),
                                        Double.parseDouble(c.getAttribute("cx")),
                                        Double.parseDouble(c.getAttribute("cy")),
                                        c.getAttribute("fill")))
                .toList();
    }

    /** Time, score and learning rate of three trials, measured on the page. */
    @Test
    void dotsStandWhereTheirValuesAre() throws Exception {
        Document page =
                parsed(
                        result(
                                List.of(
                                        trial(1, 1e-4, 0.1, "relu", 0.5, 0.7, 0.80),
                                        trial(2, 1e-3, 0.1, "relu", 0.5, 0.7, 0.95),
                                        trial(4, 1e-2, 0.1, "relu", 0.5, 0.7, 0.90))));
        // over time, in the order in which they ended: after 10, 20 and 40 seconds of 40
        List<Dot> overTime = dots(page).subList(0, 3);
        assertThat(overTime).extracting(Dot::trial).containsExactly("1", "2", "4");
        double second = (overTime.get(2).x - overTime.get(1).x) / 20;
        assertThat(overTime.get(1).x - overTime.get(0).x).isCloseTo(10 * second, within(0.11));
        // 5 and 10 points of accuracy below the best
        double point = (overTime.get(2).y - overTime.get(1).y) / 5;
        assertThat(point).isPositive();
        assertThat(overTime.get(0).y - overTime.get(1).y).isCloseTo(15 * point, within(0.4));
        assertThat(overTime.get(1).color).isEqualTo("#084594"); // the best is blue
        assertThat(overTime.get(0).color).isEqualTo("#dddde0"); // the worst is gray
        // the best so far rises once, in a step, and then stays
        var lines = new ArrayList<String>();
        var paths = page.getElementsByTagName("path");
        for (int i = 0; i < paths.getLength(); i++) {
            if (((Element) paths.item(i)).getAttribute("class").equals("best")) {
                lines.add(((Element) paths.item(i)).getAttribute("d"));
            }
        }
        Dot first = overTime.get(0);
        Dot winner = overTime.get(1);
        assertThat(lines)
                .containsExactly(
                        String.format(
                                Locale.ROOT,
                                "M%.1f %.1f L%.1f %.1f L%.1f %.1f L%.1f %.1f",
                                first.x,
                                first.y,
                                winner.x,
                                first.y,
                                winner.x,
                                winner.y,
                                overTime.get(2).x,
                                winner.y));
        // against the learning rate, the best first: the middle of the logarithmic range, its ends
        List<Dot> rates = dots(page).subList(3, 6);
        assertThat(rates).extracting(Dot::trial).containsExactly("2", "4", "1");
        assertThat(rates.get(0).x)
                .isCloseTo((rates.get(1).x + rates.get(2).x) / 2, within(0.11))
                .isGreaterThan(rates.get(2).x);
    }

    @ParameterizedTest
    @CsvSource({
        "0.25, 0.25",
        "64, 64",
        "0, 0",
        "1e-4, 1e-4",
        "2.5e-4, 2.5e-4",
        "-5e-4, -5e-4",
        "1e-12, 1e-12",
        "0.001, 0.001",
        "99.5, 99.5",
        "0.30000000000000004, 0.3"
    })
    void numbersAreShort(double value, String text) {
        assertThat(ChartAxis.number(value)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 s",
        "59.4, 59 s",
        "59.6, 1 min 00 s",
        "185, 3 min 05 s",
        "3599, 59 min 59 s",
        "3600, 1 h 00 min",
        "7380, 2 h 03 min"
    })
    void timesAreForPeople(double seconds, String text) {
        assertThat(Report.time(seconds)).isEqualTo(text);
    }

    @Test
    void scoresAreForPeople() {
        assertThat(Report.score(0.97756, Monitor.ACCURACY)).isEqualTo("97.76 %");
        assertThat(Report.score(0.08124, Monitor.LOSS)).isEqualTo("0.0812");
    }

    @Test
    void aSearchWithoutTrialsHasAPageToo() throws Exception {
        var search = SearchConfig.builder(SPACE).build();
        var empty = new SearchResult(search, Path.of("folder"), List.of(), null);
        assertThat(parsed(empty).getDocumentElement().getTextContent())
                .contains("Random search around mlp")
                .contains("No trial succeeded.")
                .contains("0 trials of up to 5 epochs in 0 s")
                .contains("No trial was ended early.")
                .contains("None.");
    }

    /** 40 pixels from the top is the highest value, 310 the lowest. */
    @Test
    void linesGoThroughTheirValues() throws Exception {
        Document page =
                parsed(
                        result(
                                List.of(
                                        trial(2, 1e-2, 0, "tanh", 0.5, 0.6, 0.7),
                                        trial(3, 1e-3, 0.25, "relu", 0.5, 0.6, 0.9))));
        var lines = page.getElementsByTagName("polyline");
        List<String> points =
                IntStream.range(0, lines.getLength())
                        .mapToObj(i -> ((Element) lines.item(i)).getAttribute("points"))
                        .toList();
        // learning-rate, dropout, layers (3 and 1), activation, score; the best is drawn last. The
        // scores' axis has 4 % of room at both ends: 0.04 / 1.08 of 270 pixels
        assertThat(points)
                .containsExactly(
                        "46,40.0 261,310.0 476,40.0 691,40.0 906,300.0",
                        "46,175.0 261,175.0 476,310.0 691,310.0 906,50.0");
        assertThat(page.getDocumentElement().getTextContent())
                .contains(
                        "minutes", "validation accuracy, %", "learning-rate", "activation", "tanh");
    }

    /** Else the others could not be told from each other. */
    @ParameterizedTest
    @EnumSource(Monitor.class)
    void aTrialThatLearnedNothingStandsAtTheEdge(Monitor score) throws Exception {
        var trials = new ArrayList<Trial>();
        double[] accuracies = {0.95, 0.94, 0.93, 0.92, 0.1};
        for (int i = 0; i < 5; i++) {
            trials.add(trial(i + 1, 1e-3, 0.1, "relu", 0, 0, accuracies[i]));
        }
        SearchResult found = result(trials);
        var search = found.search().toBuilder().optScore(score).build();
        List<Dot> dots =
                dots(parsed(new SearchResult(search, found.folder(), found.trials(), null)))
                        .subList(0, 5);
        double bottom = 242; // of the plot
        double top = 12;
        double worst = score == Monitor.ACCURACY ? bottom : top;
        assertThat(dots.get(4).y).isEqualTo(worst);
        // the median is 2 points from the best, the edge 4 times as far: a point is an eighth
        double point = (bottom - top) / 1.08 / 8;
        for (int i = 1; i < 4; i++) {
            assertThat(Math.abs(dots.get(i).y - dots.get(i - 1).y)).isCloseTo(point, within(0.11));
        }
        assertThat(Math.abs(dots.get(0).y - worst)).isCloseTo(230 * 1.04 / 1.08, within(0.11));
    }

    @Test
    void barsAreSharesOfWhatIsExplained() {
        var shares = new LinkedHashMap<String, Double>();
        shares.put("width", 0.75);
        shares.put("dropout", 0.25);
        assertThat(ReportCharts.importance(new Importance(0.5, shares)).lines())
                .containsExactly(
                        "<svg width=\"640\" height=\"50\" viewBox=\"0 0 640 50\" role=\"img\">",
                        "<text x=\"130\" y=\"16\" text-anchor=\"end\">width</text><rect class=\"bar\" x=\"138\" y=\"4\""
                                + " width=\"322.5\" height=\"14\"/><text x=\"466.5\" y=\"16\">75 %</text>",
                        "<text x=\"130\" y=\"38\" text-anchor=\"end\">dropout</text><rect class=\"bar\" x=\"138\" y=\"26\""
                                + " width=\"107.5\" height=\"14\"/><text x=\"251.5\" y=\"38\">25 %</text>",
                        "</svg>");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 10, '0 2 4 6 8 10'",
        "0, 0.5, '0 0.1 0.2 0.3 0.4 0.5'",
        "95, 97.5, '95 95.5 96 96.5 97 97.5'",
        "1, 6, '1 2 3 4 5 6'",
        "0.95, 5.9, '1 1.5 2 2.5 3 3.5 4 4.5 5 5.5'"
    })
    void ticksAreRound(double from, double to, String labels) {
        ChartAxis axis = ChartAxis.linear(from, to);
        assertThat(axis.ticks())
                .extracting(ChartAxis.Tick::label)
                .containsExactly(labels.split(" "));
        for (ChartAxis.Tick tick : axis.ticks()) {
            assertThat(tick.at())
                    .isCloseTo(
                            (Double.parseDouble(tick.label()) - from) / (to - from), within(1e-9));
        }
    }

    @Test
    void positionsAreTheValues() {
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
        assertThat(words.ticks()).extracting(ChartAxis.Tick::at).containsExactly(0.0, 0.5, 1.0);
        ChartAxis inset = words.inset(0.12);
        assertThat(inset.position().apply("a")).isEqualTo(0.12);
        assertThat(inset.position().apply("b")).isEqualTo(0.5);
        assertThat(inset.position().apply("c")).isEqualTo(0.88);
        assertThat(inset.ticks())
                .containsExactly(
                        new ChartAxis.Tick(0.12, "a"),
                        new ChartAxis.Tick(0.5, "b"),
                        new ChartAxis.Tick(0.88, "c"));
        ChartAxis linear = ChartAxis.linear(0, 10);
        assertThat(linear.position().apply(12)).isEqualTo(1);
        assertThat(linear.position().apply(-2)).isEqualTo(0);
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
