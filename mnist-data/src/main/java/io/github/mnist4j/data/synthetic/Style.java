package io.github.mnist4j.data.synthetic;

import io.github.mnist4j.data.DigitSet;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A way to write a sign.
 *
 * @param weight how often it is chosen, in proportion to the weights of the other styles
 * @param strokes the pieces of each stroke, which meet in a corner, as points that a smooth curve
 *     goes through
 */
record Style(double weight, List<List<List<Point>>> strokes) {
    private static final Pattern LINE = Pattern.compile("(\\d) +(\\d+(?:\\.\\d+)?):(.*)");

    /**
     * @param x 0 to 1, to the right
     * @param y 0 to 1, downward
     */
    record Point(double x, double y) {

        private static Point parse(String text) {
            String[] parts = text.split(",", -1);
            if (parts.length == 2) {
                try {
                    var point =
                            new Point(Double.parseDouble(parts[0]), Double.parseDouble(parts[1]));
                    if (Double.isFinite(point.x) && Double.isFinite(point.y)) {
                        return point;
                    }
                } catch (NumberFormatException e) {
                    // said below
                }
            }
            throw new IllegalArgumentException("'" + text + "' is not a point x,y");
        }
    }

    /**
     * @param strokes points as {@code x,y} separated by spaces; pieces separated by {@code |},
     *     strokes by {@code ;}
     * @throws IllegalArgumentException if a point is not two numbers
     */
    static Style parse(double weight, String strokes) {
        return new Style(
                weight,
                parts(strokes, ";")
                        .map(stroke -> parts(stroke, "\\|").map(Style::points).toList())
                        .toList());
    }

    private static List<Point> points(String piece) {
        return parts(piece, "\\s+").map(Point::parse).toList();
    }

    private static Stream<String> parts(String text, String separator) {
        return Arrays.stream(text.strip().split(separator, -1)).map(String::strip);
    }

    /** The styles of each digit, 0 to 9, as {@code styles.txt} beside this class lists them. */
    static List<List<Style>> ofDigits() {
        try (InputStream in =
                Objects.requireNonNull(Style.class.getResourceAsStream("styles.txt"))) {
            return read(new InputStreamReader(in, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads the format that the head of {@code styles.txt} defines.
     *
     * @throws IllegalArgumentException if a line is wrong, in which case the message gives its
     *     number, or a digit has no style
     */
    static List<List<Style>> read(Reader text) throws IOException {
        List<List<Style>> digits =
                Stream.generate(() -> (List<Style>) new ArrayList<Style>())
                        .limit(DigitSet.CLASSES)
                        .toList();
        var lines = new BufferedReader(text);
        int number = 0;
        for (String line; (line = lines.readLine()) != null; ) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            try {
                var match = LINE.matcher(line);
                double weight = match.matches() ? Double.parseDouble(match.group(2)) : 0;
                if (!(weight > 0)) {
                    throw new IllegalArgumentException("DIGIT WEIGHT: STROKES expected");
                }
                digits.get(line.charAt(0) - '0').add(parse(weight, match.group(3)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("line " + number + ": " + e.getMessage(), e);
            }
        }
        for (int digit = 0; digit < digits.size(); digit++) {
            if (digits.get(digit).isEmpty()) {
                throw new IllegalArgumentException("no style for the digit " + digit);
            }
        }
        return digits;
    }

    /** One of the styles, each as often as its weight says. */
    static Style pick(List<Style> styles, RandomGenerator random) {
        double total = 0;
        for (Style style : styles) {
            total += style.weight;
        }
        double at = random.nextDouble() * total;
        int i = 0;
        while (i < styles.size() - 1 && (at -= styles.get(i).weight) >= 0) {
            i++;
        }
        return styles.get(i);
    }
}
