package io.github.mnist4j.tune.search;

import io.github.mnist4j.data.io.AtomicFile;
import io.github.mnist4j.data.io.FolderLock;
import io.github.mnist4j.data.io.IoErrors;
import io.github.mnist4j.models.json.JsonFile;
import io.github.mnist4j.models.json.JsonFormatException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A search on disk, in a folder that is locked while it is open: {@code search.json}, what was
 * asked for, and {@code trials.jsonl}, a line for each trial that ended, on the disk before the
 * next one begins. A last line without its end is what a killed process leaves: it is cut off. Any
 * other bad line stops the reader; the file stays as it is.
 */
public final class TrialLog implements Closeable {
    /** The option that goes on without bad lines. */
    public static final String SKIP = "--skip-bad-trials";

    private static final String SEARCH = "search.json";
    private static final String TRIALS = "trials.jsonl";

    /** A trial takes a thousand bytes or two. */
    private static final int MOST_LINE = 1 << 20;

    private final Path folder;
    private final SearchConfig search;
    private final FolderLock lock;
    private final int most;
    private final List<Trial> trials = new ArrayList<>();
    private IOException broken;

    private TrialLog(Path folder, SearchConfig search, FolderLock lock) {
        this.folder = folder;
        this.search = search;
        this.lock = lock;
        most = search.candidates();
    }

    /**
     * A new search.
     *
     * @param folder is made where there is none
     * @throws IOException if the folder holds a search already, or another process uses it
     */
    public static TrialLog begin(Path folder, SearchConfig search) throws IOException {
        refuseIfThereIsOne(folder);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw IoErrors.named("make the folder", folder, e);
        }
        FolderLock lock = FolderLock.take(folder, "tune");
        try {
            refuseIfThereIsOne(folder); // since
            JsonFile.write(folder.resolve(SEARCH), search);
            return new TrialLog(folder, search, lock);
        } catch (Throwable e) {
            lock.close();
            throw e;
        }
    }

    /**
     * Checks that a search may begin in a folder, before the work of loading data.
     *
     * @throws IOException if the folder holds a search already, or is a file
     */
    public static void refuseIfThereIsOne(Path folder) throws IOException {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new IOException("cannot write to " + folder + ": it is a file, not a folder");
        }
        if (Files.exists(folder.resolve(SEARCH))) {
            throw new IOException(
                    folder
                            + " holds a search already; go on with --resume, or name another folder");
        }
    }

    /**
     * A search that was left.
     *
     * @param skipBad whether lines that are no trials are passed over: their trials are run anew,
     *     and the file as it was stays beside the new one, as trials.jsonl.bad
     * @throws IOException if the folder holds no search, another process uses it, or a line is bad;
     *     the message names it
     */
    public static TrialLog resume(Path folder, boolean skipBad) throws IOException {
        refuseIfThereIsNone(folder); // else a lock would be left in a folder that is none of ours
        FolderLock.refuseLinks(folder);
        FolderLock lock = FolderLock.take(folder, "tune");
        try {
            var journal = new TrialLog(folder, search(folder), lock);
            AtomicFile.deleteLeftovers(folder);
            journal.read(skipBad);
            return journal;
        } catch (Throwable e) {
            lock.close();
            throw e;
        }
    }

    /** What was asked for. */
    public SearchConfig search() {
        return search;
    }

    /** Where it is. */
    public Path folder() {
        return folder;
    }

    /** Frees the folder. */
    @Override
    public void close() throws IOException {
        lock.close();
    }

    /**
     * What was asked for in the search in this folder.
     *
     * @throws IOException if there is none, or its search.json is bad
     */
    public static SearchConfig search(Path folder) throws IOException {
        refuseIfThereIsNone(folder);
        return JsonFile.read(folder.resolve(SEARCH), SearchConfig.class);
    }

    private static void refuseIfThereIsNone(Path folder) throws IOException {
        if (!Files.exists(folder.resolve(SEARCH))) {
            throw new IOException("no search in " + folder + ": it has no " + SEARCH);
        }
    }

    /** A line that holds no trial of this search. */
    private record Bad(int line, String sentence, boolean foreign) {}

    private void read(boolean skipBad) throws IOException {
        Path file = folder.resolve(TRIALS);
        if (!Files.exists(file)) {
            return;
        }
        var bad = new ArrayList<Bad>();
        var numbers = new HashSet<Integer>();
        long whole = 0; // where the last line with an end ends
        boolean noEnd = false;
        try (var in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            for (int number = 1; ; number++) {
                var line = Line.of(in);
                if (line.length == 0) {
                    break;
                }
                try {
                    trials.add(trial(line, file, number, numbers));
                    noEnd = !line.ended;
                } catch (BadTrialException e) {
                    if (!line.ended) {
                        break;
                    }
                    bad.add(new Bad(number, e.getMessage(), e.foreign));
                }
                whole += line.length;
            }
        } catch (IOException e) {
            throw IoErrors.named("read", file, e);
        }
        if (!bad.isEmpty()) {
            refuse(file, bad, skipBad);
            keepOnlyGood(file);
        } else if (noEnd) {
            append("\n");
        } else if (whole < Files.size(file)) {
            try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(whole);
                channel.force(true);
            } catch (IOException e) {
                throw IoErrors.named("write", file, e);
            }
        }
    }

    private void refuse(Path file, List<Bad> bad, boolean skipBad) throws IOException {
        Bad first = bad.get(0);
        if (trials.isEmpty() && bad.stream().allMatch(Bad::foreign)) {
            throw new IOException(
                    file
                            + ", line "
                            + first.line
                            + ": it is of another search than "
                            + SEARCH
                            + ": "
                            + first.sentence);
        }
        if (!skipBad) {
            throw new IOException(
                    file
                            + ", line "
                            + first.line
                            + ": "
                            + first.sentence
                            + switch (bad.size()) {
                                case 1 -> "";
                                case 2 -> "; 1 more line is bad";
                                default -> "; " + (bad.size() - 1) + " more lines are bad";
                            }
                            + "; "
                            + SKIP
                            + " runs "
                            + (bad.size() == 1 ? "its trial" : "their trials")
                            + " anew");
        }
    }

    /** The file as it was goes by another name, first of all. */
    private void keepOnlyGood(Path file) throws IOException {
        Path kept = file.resolveSibling(TRIALS + ".bad");
        for (int i = 2; Files.exists(kept); i++) {
            kept = file.resolveSibling(TRIALS + ".bad" + i);
        }
        AtomicFile.write(kept, out -> Files.copy(file, out));
        AtomicFile.write(
                file,
                out -> {
                    for (Trial trial : trials) {
                        out.write((JsonFile.line(trial) + "\n").getBytes(StandardCharsets.UTF_8));
                    }
                });
    }

    /**
     * @param length in the file, with its end
     * @param content without its end; of a line that is far too long only the beginning
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

    /** A line is not a trial, or one of another search. */
    private static final class BadTrialException extends Exception {
        private static final long serialVersionUID = 1L;
        private final boolean foreign;

        BadTrialException(String message, boolean foreign) {
            super(message);
            this.foreign = foreign;
        }
    }

    /**
     * @param numbers of the trials that were read
     */
    private Trial trial(Line line, Path file, int number, Set<Integer> numbers)
            throws BadTrialException {
        if (line.content.length > MOST_LINE) {
            throw new BadTrialException("it is longer than 1 MiB", false);
        }
        Trial trial;
        try {
            String text = JsonFile.text(line.content, file.toString());
            trial = JsonFile.parse(text, file.toString(), number, Trial.class, true);
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
            throw new BadTrialException("trial " + trial.number() + " is there already", false);
        }
        return trial;
    }

    /**
     * @return what no trial can be; null if it is well
     */
    private String problem(Trial t) {
        if (t.values() == null || t.accuracies() == null || t.losses() == null) {
            return "values, accuracies and losses are needed";
        }
        if (t.outcome() == null) {
            return "outcome is null";
        }
        boolean failed = t.outcome() == Trial.Outcome.FAILED;
        if (failed == (t.failure() == null)) {
            return failed ? "a failed trial says why" : "a trial that did not fail has a failure";
        }
        if (t.number() < 1 || t.number() > most) {
            return "number is " + t.number() + ", 1 to " + most + " expected";
        }
        if (!(t.began() >= 0 && t.ended() >= t.began() && t.ended() < Double.POSITIVE_INFINITY)) {
            return "it began at " + t.began() + " s and ended at " + t.ended() + " s";
        }
        if (t.accuracies().size() != t.losses().size()
                || t.epochs() > search.base().epochs()
                || (!failed && t.epochs() == 0)) {
            return t.accuracies().size()
                    + " accuracies and "
                    + t.losses().size()
                    + " losses, "
                    + (failed ? 0 : 1)
                    + " to "
                    + search.base().epochs()
                    + " of each expected";
        }
        for (Double accuracy : t.accuracies()) {
            if (accuracy == null || !(accuracy >= 0 && accuracy <= 1)) {
                return "an accuracy is " + accuracy + ", 0 to 1 expected";
            }
        }
        for (Double loss : t.losses()) {
            // one that diverged may have had any
            if (loss == null || (!failed && !(loss >= 0 && loss < Double.POSITIVE_INFINITY))) {
                return "a loss is " + loss + ", 0 or more expected";
            }
        }
        return null;
    }

    /**
     * @return why this search does not try it; null if it may
     */
    private String foreign(Trial t) {
        Map<String, SearchSpace.Values> space = search.space().parameters();
        if (!t.values().keySet().equals(space.keySet())) {
            return "it has values of "
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

    /**
     * @throws IOException if it is not on the disk now; then nothing is written any more, for half
     *     a line may stand there
     */
    public synchronized void add(Trial trial) throws IOException {
        if (broken != null) {
            throw broken;
        }
        try {
            append(JsonFile.line(trial) + "\n");
        } catch (IOException e) {
            broken = e;
            throw e;
        }
        trials.add(trial);
    }

    private void append(String text) throws IOException {
        Path file = folder.resolve(TRIALS);
        try (var out =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            long before = out.size();
            out.position(before);
            try {
                ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(true);
            } catch (IOException e) {
                try {
                    out.truncate(before);
                } catch (IOException again) {
                    e.addSuppressed(again); // half a line without its end is cut off later
                }
                throw e;
            }
        } catch (IOException e) {
            throw IoErrors.named("write", file, e);
        }
    }

    /** Those that ended, in the order in which they did. */
    public synchronized List<Trial> trials() {
        return List.copyOf(trials);
    }

    /** The one of this number, if it has ended. */
    public Optional<Trial> trial(int number) {
        return trials().stream().filter(t -> t.number() == number).findFirst();
    }

    /** Where a trial's run goes. */
    public Path folderOf(int trial) {
        return folderOf(folder, trial);
    }

    /** As above, of the search in this folder. */
    public static Path folderOf(Path folder, int trial) {
        return folder.resolve(String.format(Locale.ROOT, "trial-%03d", trial));
    }
}
