package io.github.mnist4j.train.chart;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.lite.Reading;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Digits laid out on a sheet, each with a line of text below it. */
public final class DigitSheets {
    private static final int ZOOM = 2;
    private static final int GAP = 8;
    private static final int TEXT = 14;
    private static final Color GOOD = new Color(0x1B, 0x7F, 0x3B);
    private static final Color BAD = new Color(0xC6, 0x28, 0x28);

    private DigitSheets() {}

    /** The text below an image, and whether the answer is right. */
    public record Caption(String text, boolean right) {}

    /** Gives the caption of the example with this index. */
    public interface Captions {
        Caption of(int example);
    }

    /**
     * The first rows * columns images of a set, dark on light as on paper.
     *
     * @param captions null for none
     */
    public static BufferedImage grid(
            DigitSet digits, int rows, int columns, @Nullable Captions captions) {
        int width = digits.columns() * ZOOM;
        int height = digits.rows() * ZOOM;
        int below = captions == null ? 0 : TEXT;
        var sheet =
                new BufferedImage(
                        GAP + columns * (width + GAP),
                        GAP + rows * (height + below + GAP),
                        BufferedImage.TYPE_INT_RGB);
        Graphics2D g = sheet.createGraphics();
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
        g.setRenderingHint(
                RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setRenderingHint(
                RenderingHints.KEY_INTERPOLATION,
                RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
        g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
        for (int i = 0; i < Math.min(rows * columns, digits.size()); i++) {
            int x = GAP + i % columns * (width + GAP);
            int y = GAP + i / columns * (height + below + GAP);
            g.drawImage(image(digits, i), x, y, width, height, null);
            if (captions != null) {
                Caption caption = captions.of(i);
                g.setColor(caption.right ? GOOD : BAD);
                g.drawString(
                        caption.text,
                        x + (width - g.getFontMetrics().stringWidth(caption.text)) / 2,
                        y + height + TEXT - 3);
            }
        }
        g.dispose();
        return sheet;
    }

    /** The photo with a box, the digit and its confidence for each that was found. */
    public static BufferedImage annotated(
            BufferedImage photo, List<Reading> readings, double threshold) {
        var copy =
                new BufferedImage(photo.getWidth(), photo.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D g = copy.createGraphics();
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, copy.getWidth(), copy.getHeight());
        g.drawImage(photo, 0, 0, null);
        g.setRenderingHint(
                RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        for (Reading r : readings) {
            boolean convincing = r.prediction().confidence() >= threshold;
            int size = Math.max(11, Math.min(r.box().height() / 3, 60));
            g.setFont(new Font(Font.SANS_SERIF, Font.BOLD, size));
            g.setStroke(new BasicStroke(Math.max(1, size / 10f)));
            g.setColor(convincing ? GOOD : BAD);
            g.drawRect(r.box().x(), r.box().y(), r.box().width(), r.box().height());
            String text =
                    String.format(
                            Locale.ROOT,
                            "%s %.0f%%",
                            convincing ? r.prediction().digit() : r.prediction().digit() + "?",
                            100 * r.prediction().confidence());
            g.drawString(text, r.box().x(), Math.max(size, r.box().y() - size / 5));
        }
        g.dispose();
        return copy;
    }

    private static BufferedImage image(DigitSet digits, int index) {
        var image =
                new BufferedImage(digits.columns(), digits.rows(), BufferedImage.TYPE_BYTE_GRAY);
        byte[] pixels = digits.pixels(index);
        for (int i = 0; i < pixels.length; i++) {
            image.getRaster()
                    .setSample(
                            i % digits.columns(),
                            i / digits.columns(),
                            0,
                            255 - (pixels[i] & 0xFF));
        }
        return image;
    }
}
