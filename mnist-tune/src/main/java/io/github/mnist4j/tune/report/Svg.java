package io.github.mnist4j.tune.report;

import java.util.Locale;

/** A drawing as SVG text. */
final class Svg {
    private final StringBuilder text = new StringBuilder();

    /**
     * @param width in pixels
     * @param height in pixels
     */
    Svg(int width, int height) {
        add(
                "<svg width=\"%1$d\" height=\"%2$d\" viewBox=\"0 0 %1$d %2$d\" role=\"img\">",
                width, height);
    }

    /** Adds elements, formatted as {@link String#format} does. */
    @SuppressWarnings("AnnotateFormatMethod") // its annotation would be one more dependency
    void add(String elements, Object... arguments) {
        text.append(String.format(Locale.ROOT, elements, arguments)).append('\n');
    }

    /** Text as it may stand in an element or an attribute. */
    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    @Override
    public String toString() {
        return text + "</svg>";
    }
}
