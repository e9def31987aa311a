package io.github.mnist4j.cli.console;

import io.github.mnist4j.lite.Reading;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What was read on an image, for people and for programs.
 *
 * @param image its file
 * @param readings line by line, left to right
 * @param threshold least confidence of a digit that is sure, 0 to 1
 */
public record ImageReadings(Path image, List<Reading> readings, double threshold) {
    private boolean isSure(Reading r) {
        return r.prediction().confidence() >= threshold;
    }

    /** The digits on standard output, line by line; what is not sure on standard error. */
    public void print() {
        if (readings.isEmpty()) {
            Terminal.tell("no digit found on " + image);
            return;
        }
        int line = 0;
        var text = new StringBuilder();
        for (Reading r : readings) {
            if (r.line() != line) {
                text.append('\n');
                line = r.line();
            } else if (text.length() > 0) {
                text.append(' ');
            }
            text.append(isSure(r) ? String.valueOf(r.prediction().digit()) : "?");
        }
        System.out.println(text);
        for (Reading r : readings) {
            if (!isSure(r)) {
                System.err.printf(
                        Locale.ROOT,
                        "not sure: perhaps a %d (%.0f %%) at %d,%d%n",
                        r.prediction().digit(),
                        100 * r.prediction().confidence(),
                        r.box().x(),
                        r.box().y());
            }
        }
    }

    /** As a tree for JSON. */
    public Map<String, Object> tree() {
        var digits = new ArrayList<Map<String, Object>>();
        for (Reading r : readings) {
            var digit = new LinkedHashMap<String, Object>();
            digit.put("digit", r.prediction().digit());
            digit.put("confidence", r.prediction().confidence());
            digit.put("convincing", isSure(r));
            digit.put("line", r.line());
            digit.put("box", List.of(r.box().x(), r.box().y(), r.box().width(), r.box().height()));
            digit.put("probabilities", r.prediction().probabilities());
            digits.add(digit);
        }
        var tree = new LinkedHashMap<String, Object>();
        tree.put("file", image.toString());
        tree.put("digits", digits);
        return tree;
    }
}
