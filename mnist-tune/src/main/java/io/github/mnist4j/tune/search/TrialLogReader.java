package io.github.mnist4j.tune.search;

import static java.lang.Double.NaN;

import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.models.json.JsonFormatException;
import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a search's {@code trials.jsonl}, which anybody may have written. */
final class TrialLogReader {
    /** A trial of a hundred epochs takes some twenty thousand bytes. */
    private static final int MOST_LINE = 1 << 20;

    private final Path file;
    private final SearchConfig search;
    private final int candidates;
    private final Set<Integer> numbers = new HashSet<>();
    private final List<Trial> trials = new ArrayList<>();
    private final List<BadLine> bad = new ArrayList<>();
    private long length;
    private boolean lacksLineFeed;

    TrialLogReader(Path file, SearchConfig search) {
        this.file = file;
        this.search = search;
        candidates = search.candidates();
    }

    /**
     * A line that is not a trial of this search.
     *
     * @param number 1 or more
     * @param sentence what is wrong with it
     * @param foreign whether it is a trial of another search
     */
    record BadLine(int number, String sentence, boolean foreign) {}

    /** The trials of the good lines, in their order. */
    List<Trial> trials() {
        return trials;
    }

    List<BadLine> bad() {
        return bad;
    }

    /** Bytes without a last line that a killed process left unfinished. */
    long length() {
        return length;
    }

    /** Whether the last line is a trial that only lacks its line feed. */
    boolean lacksLineFeed() {
        return lacksLineFeed;
    }

    void read() throws IOException {
        try (var in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            for (int number = 1; ; number++) {
                var line = Line.of(in);
                if (line.length == 0) {
                    return;
                }
                try {
                    trials.add(trial(line, number));
                    lacksLineFeed = !line.ended;
                } catch (BadTrialException e) {
                    if (!line.ended) {
                        return;
                    }
                    bad.add(new BadLine(number, e.sentence, e.foreign));
                }
                length += line.length;
            }
        }
    }

    /**
     * @param content without the line feed; only the beginning if it is too long
     * @param length in the file, with the line feed
     * @param ended whether there was a line feed
     */
    @SuppressWarnings("ArrayRecordComponent")
    private record Line(byte[] content, long length, boolean ended) {
        static Line of(InputStream in) throws IOException {
            var content = new ByteArrayOutputStream();
            long length = 0;
            for (int b = in.read(); b >= 0; b = in.read()) {
                length++;
                if (b == '\n') {
                    return new Line(content.toByteArray(), length, true);
                }
                if (length <= MOST_LINE + 1) {
                    content.write(b);
                }
            }
            return new Line(content.toByteArray(), length, false);
        }
    }

    /** A line is not a trial of this search. */
    private static final class BadTrialException extends Exception {
        private static final long serialVersionUID = 1L;
        private final String sentence;
        private final boolean foreign;

        BadTrialException(String sentence, boolean foreign) {
            super(sentence);
            this.sentence = sentence;
            this.foreign = foreign;
        }
    }

    private Trial trial(Line line, int number) throws BadTrialException {
        if (line.content.length > MOST_LINE) {
            throw new BadTrialException("it is longer than 1 MiB", false);
        }
        Trial trial;
        try {
            String text = JsonFile.text(line.content, file.toString());
            trial =
                    text.contains("\"accuracies\":")
                            ? parse(text, number, OldTrial.class).trial()
                            : parse(text, number, Trial.class);
        } catch (JsonFormatException e) {
            throw new BadTrialException(e.sentence(), false);
        }
        String problem = problem(trial);
        if (problem != null) {
            throw new BadTrialException(problem, false);
        }
        String foreign = foreign(trial);
        if (foreign != null) {
            throw new BadTrialException(foreign, true);
        }
        if (!numbers.add(trial.number())) {
            throw new BadTrialException("trial " + trial.number() + " appears twice", false);
        }
        return trial;
    }

    private <T> T parse(String text, int number, Class<T> type) throws JsonFormatException {
        return JsonFile.parse(text, file.toString(), number, type, true);
    }

    /** A trial as the log held it at first: of each epoch only the validation metrics. */
    private record OldTrial(
            int number,
            Map<String, Object> values,
            @Nullable TrainingPlan plan,
            List<Double> accuracies,
            List<Double> losses,
            Trial.Outcome outcome,
            @Nullable String failure,
            double began,
            double ended) {
        Trial trial() throws BadTrialException {
            if (accuracies == null || losses == null || accuracies.size() != losses.size()) {
                throw new BadTrialException("as many accuracies as losses expected", false);
            }
            var history = new ArrayList<EpochRecord>();
            for (int i = 0; i < accuracies.size(); i++) {
                if (accuracies.get(i) == null || losses.get(i) == null) {
                    throw new BadTrialException("an accuracy or a loss is null", false);
                }
                history.add(
                        new EpochRecord(
                                i + 1, NaN, NaN, losses.get(i), accuracies.get(i), NaN, NaN));
            }
            return new Trial(number, values, plan, history, outcome, failure, began, ended);
        }
    }

    /**
     * @return why it is not a trial; null if it is
     */
    private @Nullable String problem(Trial t) {
        if (t.values() == null || t.history() == null) {
            return "values and history are needed";
        }
        if (t.outcome() == null) {
            return "outcome is null";
        }
        boolean failed = t.outcome() == Trial.Outcome.FAILED;
        if (failed == (t.failure() == null)) {
            return failed
                    ? "a failed trial needs a failure"
                    : "a trial that did not fail has a failure";
        }
        if (t.number() < 1 || t.number() > candidates) {
            return "number is " + t.number() + ", 1 to " + candidates + " expected";
        }
        if (!(t.began() >= 0 && t.ended() >= t.began() && t.ended() < Double.POSITIVE_INFINITY)) {
            return "it began at " + t.began() + " s and ended at " + t.ended() + " s";
        }
        int least = failed ? 0 : 1;
        int most = search.base().epochs();
        if (t.epochs() < least || t.epochs() > most) {
            return "history has " + t.epochs() + " epochs, " + least + " to " + most + " expected";
        }
        for (int i = 0; i < t.epochs(); i++) {
            EpochRecord epoch = t.history().get(i);
            if (epoch == null || epoch.epoch() != i + 1) {
                return "history lacks epoch " + (i + 1);
            }
            double accuracy = epoch.validationAccuracy();
            if (!(accuracy >= 0 && accuracy <= 1)) {
                return "a validation accuracy is " + accuracy + ", 0 to 1 expected";
            }
            double loss = epoch.validationLoss();
            // a trial that diverged may have had any
            if (!failed && !(loss >= 0 && loss < Double.POSITIVE_INFINITY)) {
                return "a validation loss is " + loss + ", 0 or more expected";
            }
        }
        return null;
    }

    /**
     * @return why it is not a trial of this search; null if it is
     */
    private @Nullable String foreign(Trial t) {
        Map<String, SearchSpace.Values> space = search.space().parameters();
        if (!t.values().keySet().equals(space.keySet())) {
            return "it has values for "
                    + JsonFile.printable(String.join(", ", t.values().keySet()))
                    + ", the space of "
                    + String.join(", ", space.keySet());
        }
        for (var entry : space.entrySet()) {
            Object value = t.values().get(entry.getKey());
            if (!entry.getValue().holds(value)) {
                return entry.getKey()
                        + " is "
                        + JsonFile.printable(String.valueOf(value))
                        + ", which the space does not hold";
            }
        }
        var made = ArbiterSpace.Proposal.of(search.base(), t.values());
        if (made.plan() == null ? t.plan() != null : !made.plan().equals(t.plan())) {
            return "its plan is not that of its values";
        }
        return null;
    }
}
