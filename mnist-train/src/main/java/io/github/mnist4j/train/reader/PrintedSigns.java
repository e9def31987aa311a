package io.github.mnist4j.train.reader;

import io.github.mnist4j.data.PixelValues;
import java.awt.Font;
import java.awt.FontFormatException;
import java.awt.Graphics2D;
import java.awt.GraphicsEnvironment;
import java.awt.RenderingHints;
import java.awt.font.GlyphVector;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Digits, letters and symbols in every face that can be had. */
final class PrintedSigns {
    private static final String DIGITS = "0123456789";

    /** Capitals twice, as they are what a page has most of beside digits. */
    private static final String SIGNS =
            "ACDEFGHJKLMNPRTUVWXYacdefhijkmnprtuvwxyACDEFGHJKLMNPRTUVWXY"
                    + "+=#%&@$?*<>~^√∑πΩ§€£→←↑↓✓";

    /**
     * Letters that a hand may write as a digit is written, but a printer does not: in print they
     * are no digits, and only a little distorted. O, I, l, g and q are left out, as print too does
     * not tell them from digits.
     */
    private static final String ALIKE = "BBQQSSZZbsz";

    private final byte[][][] digits = new byte[DIGITS.length()][][];
    private final byte[][] signs;
    private final byte[][] alike;

    /**
     * @param folder with more faces than Java finds, or null
     */
    PrintedSigns(@Nullable Path folder) throws IOException {
        List<Font> faces = fonts(folder);
        for (int d = 0; d < digits.length; d++) {
            digits[d] = glyphs(faces, DIGITS.substring(d, d + 1));
        }
        signs = glyphs(faces, SIGNS);
        alike = glyphs(faces, ALIKE);
    }

    /** Whether there is a face at all: a machine without a display may have none. */
    boolean areThere() {
        return digits[1].length > 0 && signs.length > 0 && alike.length > 0;
    }

    float[] digit(int digit, SplittableRandom random) {
        return any(digits[digit], random);
    }

    /** A letter or symbol that looks like no digit. */
    float[] sign(SplittableRandom random) {
        return any(signs, random);
    }

    /** A letter that looks much like a digit. */
    float[] alike(SplittableRandom random) {
        return any(alike, random);
    }

    private static float[] any(byte[][] glyphs, SplittableRandom random) {
        return PixelValues.toValues(glyphs[random.nextInt(glyphs.length)]);
    }

    private static List<Font> fonts(@Nullable Path more) throws IOException {
        var faces = new ArrayList<Font>();
        for (String family :
                GraphicsEnvironment.getLocalGraphicsEnvironment()
                        .getAvailableFontFamilyNames(Locale.ROOT)) {
            for (int style : new int[] {Font.PLAIN, Font.BOLD, Font.ITALIC}) {
                faces.add(new Font(family, style, 100));
            }
        }
        if (more != null) {
            List<Path> files;
            try (Stream<Path> all = Files.walk(more)) {
                files = all.filter(f -> f.toString().matches(".*\\.[ot]tf")).sorted().toList();
            }
            for (Path file : files) {
                try {
                    faces.add(Font.createFont(Font.TRUETYPE_FONT, file.toFile()).deriveFont(100f));
                } catch (FontFormatException e) {
                    throw new IOException(file + " is not a font: " + e.getMessage(), e);
                }
            }
        }
        return faces;
    }

    /** Each sign in each face that has it, 56x56 with its longer side 40. */
    private static byte[][] glyphs(List<Font> faces, String signs) {
        var all = new ArrayList<byte[]>();
        for (Font face : faces) {
            for (int i = 0; i < signs.length(); i++) {
                char sign = signs.charAt(i);
                if (!face.canDisplay(sign)) {
                    continue;
                }
                var image =
                        new BufferedImage(
                                FineImage.FINE, FineImage.FINE, BufferedImage.TYPE_BYTE_GRAY);
                Graphics2D g = image.createGraphics();
                g.setRenderingHint(
                        RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
                GlyphVector text =
                        face.createGlyphVector(g.getFontRenderContext(), String.valueOf(sign));
                Rectangle2D box = text.getOutline().getBounds2D();
                if (!box.isEmpty()) {
                    double scale = 40 / Math.max(box.getWidth(), box.getHeight());
                    var t =
                            AffineTransform.getTranslateInstance(
                                    FineImage.FINE / 2.0, FineImage.FINE / 2.0);
                    t.scale(scale, scale);
                    t.translate(-box.getCenterX(), -box.getCenterY());
                    g.fill(t.createTransformedShape(text.getOutline()));
                    all.add(((DataBufferByte) image.getRaster().getDataBuffer()).getData());
                }
                g.dispose();
            }
        }
        return all.toArray(new byte[0][]);
    }
}
