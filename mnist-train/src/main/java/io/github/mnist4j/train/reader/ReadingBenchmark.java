package io.github.mnist4j.train.reader;

import io.github.mnist4j.data.io.IoErrors;
import io.github.mnist4j.data.photo.ImageLoader;
import io.github.mnist4j.lite.Box;
import io.github.mnist4j.lite.DigitReader;
import io.github.mnist4j.lite.Reading;
import io.github.mnist4j.train.backend.Failure;
import io.github.mnist4j.train.evaluate.EvaluationReport.Bin;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How well labeled images are read.
 *
 * @param images in the table's order
 */
public record ReadingBenchmark(List<MeasuredImage> images) {
    /** What became of an image. */
    public enum Outcome {
        /** Every digit, and nothing else; also an image without digits of which none was read. */
        RIGHT,
        /** As many digits as there are, but another one. */
        WRONG,
        /** Fewer digits than there are. */
        MISSED,
        /** Digits that are not there, beside or instead of those that are. */
        SPURIOUS,
        /** One digit read as several that lie side by side. */
        SPLIT,
        /** Several digits read as one. */
        MERGED,
        /** The file cannot be read. */
        FAILED
    }

    /**
     * What became of one image.
     *
     * @param file as the table has it
     * @param truth the digits on it, line by line; empty if there are none
     * @param kind the table's word for images of its kind; empty if it has none
     * @param read the digits that were read
     * @param outcome what that is
     * @param sure whether every reading reaches the threshold
     * @param confidence of the least sure reading, 0 to 1; null if there is none
     * @param milliseconds of CPU time, without decoding the file
     * @param problem why the file cannot be read, else null
     */
    public record MeasuredImage(
            String file,
            String truth,
            String kind,
            String read,
            Outcome outcome,
            boolean sure,
            @Nullable Double confidence,
            double milliseconds,
            @Nullable String problem) {}

    /** A line of the table. */
    private record Row(String file, String digits, String kind) {}

    /**
     * Reads every image of a table.
     *
     * @param table a text file in UTF-8 of comma-separated values whose first line names the
     *     columns: {@code file}, relative to the table's folder, {@code digits}, with spaces or
     *     without, and, if there is one, {@code kind}; others are passed over
     * @param threshold from which confidence on a reading is sure, 0 to 1
     * @throws IOException if the table cannot be read; the message says what is wrong with it. A
     *     image that cannot be read is counted
     */
    public static ReadingBenchmark of(Path table, DigitReader reader, double threshold)
            throws IOException {
        List<Row> rows = rows(table);
        var threads = ManagementFactory.getThreadMXBean();
        var images = new ArrayList<MeasuredImage>();
        boolean warm = false;
        for (Row row : rows) {
            try {
                Path file = table.resolveSibling(row.file);
                BufferedImage image = ImageLoader.read(file).image();
                if (!warm) {
                    reader.readImage(image); // the first one loads classes
                    warm = true;
                }
                long from = threads.getCurrentThreadCpuTime();
                List<Reading> readings = reader.readImage(image);
                double time = (threads.getCurrentThreadCpuTime() - from) / 1e6;
                boolean sure =
                        readings.stream().allMatch(r -> r.prediction().confidence() >= threshold);
                images.add(
                        new MeasuredImage(
                                row.file,
                                row.digits,
                                row.kind,
                                text(readings),
                                outcome(row.digits, readings),
                                sure,
                                readings.isEmpty() ? null : leastSure(readings),
                                time,
                                null));
            } catch (IOException e) {
                images.add(
                        new MeasuredImage(
                                row.file,
                                row.digits,
                                row.kind,
                                "",
                                Outcome.FAILED,
                                true,
                                null,
                                0,
                                e.getMessage()));
            }
        }
        return new ReadingBenchmark(List.copyOf(images));
    }

    private static List<Row> rows(Path table) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(table);
        } catch (IOException e) {
            throw IoErrors.named("read", table, e);
        }
        List<String> header = lines.isEmpty() ? List.of() : List.of(lines.get(0).split(",", -1));
        int file = header.indexOf("file");
        int digits = header.indexOf("digits");
        int kind = header.indexOf("kind");
        if (file < 0 || digits < 0) {
            throw new IOException(
                    table + " has no columns file and digits; its first line must name them");
        }
        var rows = new ArrayList<Row>();
        for (int i = 1; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                continue;
            }
            String[] cells = lines.get(i).split(",", -1);
            if (cells.length <= Math.max(file, Math.max(digits, kind))) {
                throw new IOException(
                        String.format(
                                Locale.ROOT,
                                "%s has %d values on line %d, %d expected",
                                table,
                                cells.length,
                                i + 1,
                                header.size()));
            }
            // as predict prints them
            String written = cells[digits].replace(" ", "");
            if (!written.matches("[0-9]*")) {
                throw new IOException(
                        String.format(
                                Locale.ROOT,
                                "%s has '%s' in the column digits on line %d, digits 0 to 9 expected",
                                table,
                                cells[digits],
                                i + 1));
            }
            rows.add(new Row(cells[file], written, kind < 0 ? "" : cells[kind]));
        }
        if (rows.isEmpty()) {
            throw new IOException(table + " names no images");
        }
        return rows;
    }

    private static double leastSure(List<Reading> readings) {
        return readings.stream().mapToDouble(r -> r.prediction().confidence()).min().orElseThrow();
    }

    private static String text(List<Reading> readings) {
        return readings.stream()
                .map(r -> String.valueOf(r.prediction().digit()))
                .collect(Collectors.joining());
    }

    public static Outcome outcome(String truth, List<Reading> readings) {
        String read = text(readings);
        if (read.equals(truth)) {
            return Outcome.RIGHT;
        }
        if (read.length() == truth.length()) {
            return Outcome.WRONG;
        }
        if (read.length() < truth.length()) {
            return read.length() == 1 && truth.length() > 1 ? Outcome.MERGED : Outcome.MISSED;
        }
        return truth.length() == 1 && lieSideBySide(readings) ? Outcome.SPLIT : Outcome.SPURIOUS;
    }

    private static boolean lieSideBySide(List<Reading> readings) {
        Box last = null;
        for (Reading r : readings) {
            if (last != null) {
                int gap = r.box().x() - last.x() - last.width();
                int tall = Math.max(last.height(), r.box().height());
                if (gap > 0.3 * tall || Math.min(last.height(), r.box().height()) < 0.4 * tall) {
                    return false;
                }
            }
            last = r.box();
        }
        return true;
    }

    /** How many images of a kind (of all for null) came out so. */
    public Map<Outcome, Integer> counts(@Nullable String kind) {
        var counts = new EnumMap<Outcome, Integer>(Outcome.class);
        for (Outcome o : Outcome.values()) {
            counts.put(o, 0);
        }
        images.stream()
                .filter(p -> kind == null || p.kind.equals(kind))
                .forEach(p -> counts.merge(p.outcome, 1, Integer::sum));
        return counts;
    }

    /** The share of images that were read right, 0 to 1. */
    public double right() {
        return (double) images.stream().filter(p -> p.outcome == Outcome.RIGHT).count()
                / images.size();
    }

    /** The share of images that were misread with every reading sure, 0 to 1. */
    public double wrongAndSure() {
        return (double)
                        images.stream()
                                .filter(p -> p.sure && !p.read.isEmpty())
                                .filter(p -> p.outcome != Outcome.RIGHT)
                                .count()
                / images.size();
    }

    /** How often images are right, by the confidence of their least sure reading. */
    public List<Bin> reliability() {
        List<MeasuredImage> read = images.stream().filter(p -> p.confidence != null).toList();
        boolean[] right = new boolean[read.size()];
        for (int i = 0; i < right.length; i++) {
            right[i] = read.get(i).outcome == Outcome.RIGHT;
        }
        return Bin.of(read.stream().mapToDouble(MeasuredImage::confidence).toArray(), right);
    }

    /** The table for people: a line for each kind, and one for all. */
    @Override
    public String toString() {
        var text = new StringBuilder();
        text.append(
                String.format(
                        Locale.ROOT,
                        "%-12s %8s %7s %6s %6s %8s %5s %6s %6s %7s %11s %10s%n",
                        "kind",
                        "images",
                        "right",
                        "wrong",
                        "missed",
                        "spurious",
                        "split",
                        "merged",
                        "failed",
                        "unsure",
                        "wrong, sure",
                        "CPU ms"));
        var kinds = new LinkedHashMap<String, List<MeasuredImage>>();
        images.stream()
                .map(p -> p.kind)
                .filter(k -> !k.isEmpty())
                .distinct()
                .sorted()
                .forEach(k -> kinds.put(k, of(k)));
        kinds.put("all", images);
        // the table's words may hold anything
        kinds.forEach((name, of) -> line(text, Failure.printable(name), of));
        return text.toString();
    }

    private List<MeasuredImage> of(String kind) {
        return images.stream().filter(p -> p.kind.equals(kind)).toList();
    }

    private static void line(StringBuilder text, String name, List<MeasuredImage> of) {
        var part = new ReadingBenchmark(of);
        Map<Outcome, Integer> n = part.counts(null);
        text.append(
                String.format(
                        Locale.ROOT,
                        "%-12s %8d %5.1f %% %6d %6d %8d %5d %6d %6d %7d %11d %10.1f%n",
                        name,
                        of.size(),
                        100 * part.right(),
                        n.get(Outcome.WRONG),
                        n.get(Outcome.MISSED),
                        n.get(Outcome.SPURIOUS),
                        n.get(Outcome.SPLIT),
                        n.get(Outcome.MERGED),
                        n.get(Outcome.FAILED),
                        of.stream().filter(p -> !p.sure).count(),
                        Math.round(part.wrongAndSure() * of.size()),
                        of.stream().mapToDouble(MeasuredImage::milliseconds).average().orElse(0)));
    }

    /**
     * The images that were not read right, each with truth and reading below it.
     *
     * @param folder that the files are relative to
     * @param most images that are shown
     */
    public BufferedImage failures(Path folder, int most) {
        int side = 140;
        int columns = 8;
        List<MeasuredImage> failed =
                images.stream().filter(p -> p.outcome != Outcome.RIGHT).limit(most).toList();
        int rows = Math.max(1, (failed.size() + columns - 1) / columns);
        var sheet =
                new BufferedImage(columns * side, rows * (side + 20), BufferedImage.TYPE_INT_RGB);
        Graphics2D g = sheet.createGraphics();
        g.setColor(new Color(0xEE, 0xEE, 0xEE));
        g.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
        g.setRenderingHint(
                RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        for (int i = 0; i < failed.size(); i++) {
            MeasuredImage p = failed.get(i);
            int x = i % columns * side;
            int y = i / columns * (side + 20);
            try {
                BufferedImage image = ImageLoader.read(folder.resolve(p.file)).image();
                double scale = (side - 8.0) / Math.max(image.getWidth(), image.getHeight());
                g.drawImage(
                        image,
                        x + 4,
                        y + 4,
                        Math.max(1, (int) (image.getWidth() * scale)),
                        Math.max(1, (int) (image.getHeight() * scale)),
                        null);
            } catch (IOException e) {
                // its caption says that it failed
            }
            g.setColor(p.sure && !p.read.isEmpty() ? Color.RED : Color.BLACK);
            String read = p.outcome == Outcome.FAILED ? "failed" : p.read.isEmpty() ? "-" : p.read;
            String caption = (p.truth.isEmpty() ? "-" : p.truth) + " > " + read;
            g.drawString(
                    caption.length() > 20 ? caption.substring(0, 19) + "…" : caption,
                    x + 4,
                    y + side + 12);
        }
        g.dispose();
        return sheet;
    }
}
