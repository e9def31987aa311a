package io.github.mnist4j.tune.report;

import io.github.mnist4j.tune.search.SearchResult;
import io.github.mnist4j.tune.search.SearchSpace;
import io.github.mnist4j.tune.search.Trial;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.tribuo.Model;
import org.tribuo.MutableDataset;
import org.tribuo.common.tree.RandomForestTrainer;
import org.tribuo.impl.ArrayExample;
import org.tribuo.provenance.SimpleDataSourceProvenance;
import org.tribuo.regression.RegressionFactory;
import org.tribuo.regression.Regressor;
import org.tribuo.regression.ensemble.AveragingCombiner;
import org.tribuo.regression.rtree.CARTRegressionTrainer;
import org.tribuo.regression.rtree.impurity.MeanSquaredError;

/**
 * How much each hyperparameter mattered: the variance that a random forest (Breiman 2001) explains
 * on held-out trials, minus what it explains after that hyperparameter's values are shuffled among
 * them. The forest predicts a trial's rank, not its score: otherwise a few trials that learned
 * nothing would dominate.
 *
 * @param explained share of the ranks' variance that the forest explains, more than 0 and at most 1
 * @param byName share of each hyperparameter in that, 0 to 1, the greatest first
 */
record Importance(double explained, Map<String, Double> byName) {
    /** Fewer trials tell nothing. */
    private static final int LEAST = 15;

    private static final int FOLDS = 5;
    private static final int TREES = 100;
    private static final int SHUFFLES = 10;
    private static final RegressionFactory FACTORY = new RegressionFactory();

    /** Held in a field, or the garbage collector would take the logger and its level. */
    private static final Logger TRIBUO = Logger.getLogger("org.tribuo");

    static {
        TRIBUO.setLevel(Level.WARNING); // it announces every tree
    }

    /** One trial: its hyperparameters and, for the forest to predict, its rank, 1 for the best. */
    private record Row(Map<String, Object> values, double rank) {}

    /**
     * @return empty if there are too few trials, or the forest explains nothing
     */
    static Optional<Importance> of(SearchResult result) {
        List<Trial> ranked = result.finished();
        if (ranked.size() < LEAST) {
            return Optional.empty();
        }
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < ranked.size(); i++) {
            rows.add(new Row(ranked.get(i).values(), 1 - (double) i / (ranked.size() - 1)));
        }
        Collections.shuffle(rows, new Random(1));
        SearchSpace space = result.search().space();
        List<String> names = space.searched();
        double missed = 0;
        double[] missedWithout = new double[names.size()];
        for (int fold = 0; fold < FOLDS; fold++) {
            int held = fold;
            List<Row> unseen = rows(rows, i -> i % FOLDS == held);
            Model<Regressor> forest = forest(rows(rows, i -> i % FOLDS != held), space);
            missed += squares(forest, unseen, space);
            for (int n = 0; n < names.size(); n++) {
                String name = names.get(n);
                for (int s = 0; s < SHUFFLES; s++) {
                    missedWithout[n] +=
                            squares(forest, shuffled(unseen, name, s), space) / SHUFFLES;
                }
            }
        }
        double mean = rows.stream().mapToDouble(Row::rank).average().orElseThrow();
        double all = rows.stream().mapToDouble(r -> Math.pow(r.rank - mean, 2)).sum();
        double explained = 1 - missed / all;
        var drops = new LinkedHashMap<String, Double>();
        for (int n = 0; n < names.size(); n++) {
            drops.put(names.get(n), Math.max(0, missedWithout[n] - missed));
        }
        double sum = drops.values().stream().mapToDouble(d -> d).sum();
        if (explained <= 0 || sum == 0) {
            return Optional.empty();
        }
        var shares = new LinkedHashMap<String, Double>();
        drops.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .forEach(e -> shares.put(e.getKey(), e.getValue() / sum));
        return Optional.of(new Importance(explained, shares));
    }

    private static List<Row> rows(List<Row> rows, IntPredicate which) {
        return IntStream.range(0, rows.size()).filter(which).mapToObj(rows::get).toList();
    }

    private static List<Row> shuffled(List<Row> rows, String name, long seed) {
        var values = new ArrayList<>(rows.stream().map(r -> r.values.get(name)).toList());
        Collections.shuffle(values, new Random(seed));
        var shuffled = new ArrayList<Row>();
        for (int i = 0; i < rows.size(); i++) {
            var changed = new LinkedHashMap<>(rows.get(i).values);
            changed.put(name, values.get(i));
            shuffled.add(new Row(changed, rows.get(i).rank));
        }
        return shuffled;
    }

    private static Model<Regressor> forest(List<Row> rows, SearchSpace space) {
        var data =
                new MutableDataset<Regressor>(
                        new SimpleDataSourceProvenance("trials", FACTORY), FACTORY);
        rows.forEach(r -> data.add(example(r, space)));
        var tree =
                new CARTRegressionTrainer(
                        Integer.MAX_VALUE, 2, 0f, 0.5f, false, new MeanSquaredError(), 1);
        return new RandomForestTrainer<>(tree, new AveragingCombiner(), TREES, 1).train(data);
    }

    private static double squares(Model<Regressor> forest, List<Row> rows, SearchSpace space) {
        double sum = 0;
        for (Row row : rows) {
            double found = forest.predict(example(row, space)).getOutput().getValues()[0];
            sum += (found - row.rank) * (found - row.rank);
        }
        return sum;
    }

    /** Numbers on their scale; one feature for each word. */
    private static ArrayExample<Regressor> example(Row row, SearchSpace space) {
        var example = new ArrayExample<>(new Regressor("rank", row.rank));
        for (String name : space.searched()) {
            Object value = row.values.get(name);
            if (value instanceof Number number) {
                boolean log = space.values(name) instanceof SearchSpace.Range r && r.log();
                double x = number.doubleValue();
                example.add(name, log ? Math.log(x) : x);
            } else {
                example.add(name + "=" + value, 1);
            }
        }
        return example;
    }
}
