package io.github.mnist4j.train.reader;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.synthetic.DigitGenerator;
import io.github.mnist4j.lite.Normalizer;
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
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * What the network of the reader learns from: MNIST's training digits, drawn ones in styles that
 * MNIST lacks and printed ones, and as the eleventh class what is not a digit: letters and symbols,
 * pieces and pairs of digits, lines, corners of boxes, textures, noise, blanks. All of it widened,
 * turned, thickened, blurred, dimmed and noisy, half of it cut out and centred as the reader does.
 *
 * <p>Example i depends on (seed, i), the digits and the fonts alone.
 */
final class ReaderExamples {
    /** The class of what is not a digit. */
    static final int NONE = 10;

    static final int CLASSES = 11;
    private static final int SIDE = 28;

    /** Shapes are moved about at twice the size, so that little is lost. */
    private static final int FINE = 2 * SIDE;

    private static final String DIGITS = "0123456789";

    /** Without those that are a digit in one hand or another: O, o, I, l, |, Z and s alike. */
    private static final String SIGNS =
            "ABCDEFGHJKLMNPRTUVWXYabcdefhijkmnprtuvwxyABCDEFGHKMNRTW" + "+=#%&@$?*<>~^√∑πΩ§€£→←↑↓✓";

    private static final String[] EUROPEAN = {
        "1 0.1,0.45 0.35,0.22 0.6,0.0 | 0.6,0.0 0.6,0.5 0.58,1.0",
        "1 0.0,0.6 0.3,0.3 0.62,0.0 | 0.62,0.0 0.6,0.5 0.6,1.0",
        "1 0.2,0.3 0.4,0.18 0.55,0.0 | 0.55,0.0 0.52,0.5 0.5,1.0",
        "7 0.05,0.08 0.5,0.03 0.95,0.0 | 0.95,0.0 0.7,0.4 0.4,1.0; 0.3,0.5 0.6,0.48 0.9,0.45",
        "7 0.1,0.15 0.15,0.02 0.5,0.08 0.9,0.0 | 0.9,0.0 0.65,0.45 0.45,1.0; 0.25,0.52 0.55,0.5 0.95,0.47",
        "7 0.1,0.05 0.5,0.03 0.9,0.02 | 0.9,0.02 0.6,0.5 0.5,1.0; 0.35,0.6 0.6,0.5 0.85,0.4",
        "6 0.75,0.0 0.4,0.15 0.12,0.5 0.1,0.8 0.4,1.0 0.75,0.85 0.75,0.6 0.45,0.5 0.15,0.65",
        "6 0.55,0.0 0.5,0.12 0.25,0.35 0.1,0.7 0.35,1.0 0.75,0.9 0.8,0.6 0.5,0.45 0.2,0.6 0.15,0.75",
        "6 0.8,0.08 0.65,0.0 0.35,0.2 0.12,0.55 0.15,0.85 0.5,1.0 0.85,0.8 0.7,0.55 0.35,0.55 0.15,0.7",
        "4 0.45,0.0 0.25,0.35 0.05,0.6 | 0.05,0.6 0.5,0.6 0.95,0.6; 0.6,0.3 0.6,0.6 0.58,1.0",
        "4 0.1,0.0 0.08,0.3 0.1,0.5 | 0.1,0.5 0.4,0.52 0.8,0.5; 0.8,0.05 0.8,0.5 0.78,1.0",
        "4 0.15,0.05 0.1,0.3 0.12,0.48 | 0.12,0.48 0.3,0.5 0.55,0.48; 0.82,0.0 0.8,0.5 0.8,1.0",
        "5 0.25,0.1 0.2,0.25 0.2,0.42 | 0.2,0.42 0.6,0.38 0.88,0.6 0.8,0.9 0.45,1.0 0.05,0.9; 0.4,0.04 0.65,0.02 1.0,0.0",
        "9 0.85,0.1 0.5,0.0 0.15,0.2 0.2,0.45 0.6,0.45 0.85,0.15 | 0.85,0.15 0.85,0.6 0.7,0.95 0.35,1.0 0.1,0.85",
        "9 0.8,0.05 0.45,0.0 0.15,0.2 0.25,0.45 0.6,0.4 0.8,0.1 | 0.8,0.1 0.8,0.6 0.78,1.0",
        "2 0.05,0.2 0.4,0.0 0.8,0.1 0.75,0.45 0.4,0.75 0.05,1.0 | 0.05,1.0 0.5,1.0 1.0,0.98",
        "0 0.5,0.0 0.15,0.2 0.05,0.6 0.35,1.0 0.8,0.85 0.95,0.4 0.7,0.05 0.4,0.02",
        "8 0.5,0.0 0.2,0.12 0.3,0.4 0.5,0.48 0.75,0.35 0.75,0.1 0.5,0.0; 0.5,0.5 0.15,0.65 0.2,0.95 0.5,1.0 0.85,0.9 0.8,0.6 0.5,0.5",
        "0 0.25,1.0 0.1,0.8 0.35,0.95 0.8,0.85 0.95,0.5 0.8,0.1 0.4,0.0 0.1,0.25 0.1,0.6 0.35,0.85",
        "1 0.15,0.5 0.35,0.25 0.6,0.0 | 0.6,0.0 0.6,0.5 0.6,1.0; 0.1,1.0 0.5,1.0 1.0,1.0",
        "1 0.7,0.0 0.5,0.5 0.3,1.0",
        "1 0.5,0.0 0.5,0.5 0.5,1.0",
        "3 0.1,0.02 0.5,0.02 0.85,0.02 | 0.85,0.02 0.6,0.25 0.4,0.4 | 0.4,0.4 0.8,0.45 0.9,0.75 0.55,1.0 0.05,0.9",
    };

    private static final String[] LETTERS = {
        "0.0,1.0 0.25,0.5 0.5,0.0 | 0.5,0.0 0.75,0.5 1.0,1.0; 0.2,0.6 0.5,0.6 0.8,0.6", // A
        "0.9,0.15 0.55,0.0 0.15,0.2 0.05,0.55 0.2,0.9 0.55,1.0 0.9,0.85", // C
        "0.9,0.1 0.5,0.0 0.1,0.3 0.1,0.7 0.5,1.0 0.95,0.9",
        "0.1,0.0 0.1,0.5 0.1,1.0; 0.1,0.0 0.6,0.1 0.9,0.5 0.6,0.9 0.1,1.0", // D
        "0.1,0.0 0.1,0.5 0.1,1.0; 0.1,0.0 0.5,0.0 0.85,0.0; 0.1,0.5 0.4,0.5 0.7,0.5; 0.1,1.0 0.5,1.0 0.85,1.0", // E
        "0.1,0.0 0.1,0.5 0.1,1.0; 0.1,0.0 0.5,0.0 0.85,0.0; 0.1,0.5 0.4,0.5 0.7,0.5", // F
        "0.1,0.0 0.1,0.5 0.1,1.0; 0.9,0.0 0.9,0.5 0.9,1.0; 0.1,0.5 0.5,0.5 0.9,0.5", // H
        "0.1,0.0 0.1,0.5 0.1,1.0; 0.8,0.0 0.45,0.3 0.1,0.55 | 0.1,0.55 0.5,0.75 0.9,1.0", // K
        "0.1,0.0 0.1,0.5 0.1,1.0 | 0.1,1.0 0.5,1.0 0.8,1.0", // L
        "0.0,1.0 0.1,0.5 0.15,0.0 | 0.15,0.0 0.35,0.5 0.5,0.8 | 0.5,0.8 0.65,0.5 0.85,0.0 | 0.85,0.0 0.9,0.5 1.0,1.0", // M
        "0.1,1.0 0.1,0.5 0.1,0.0 | 0.1,0.0 0.5,0.5 0.9,1.0 | 0.9,1.0 0.9,0.5 0.9,0.0", // N
        "0.1,1.0 0.1,0.5 0.1,0.0 | 0.1,0.0 0.6,0.0 0.85,0.25 0.6,0.5 0.1,0.5", // P
        "0.1,1.0 0.1,0.5 0.1,0.0 | 0.1,0.0 0.6,0.0 0.85,0.25 0.6,0.5 0.1,0.5 | 0.1,0.5 0.5,0.75 0.9,1.0", // R
        "0.5,0.0 0.5,0.5 0.5,1.0; 0.0,0.0 0.5,0.0 1.0,0.0", // T
        "0.1,0.0 0.1,0.6 0.3,0.95 0.7,0.95 0.9,0.6 0.9,0.0", // U
        "0.0,0.0 0.25,0.5 0.5,1.0 | 0.5,1.0 0.75,0.5 1.0,0.0", // V
        "0.0,0.0 0.15,0.5 0.25,1.0 | 0.25,1.0 0.4,0.5 0.5,0.3 | 0.5,0.3 0.6,0.5 0.75,1.0 | 0.75,1.0 0.9,0.5 1.0,0.0", // W
        "0.0,0.0 0.5,0.5 1.0,1.0; 1.0,0.0 0.5,0.5 0.0,1.0", // X
        "0.0,0.0 0.25,0.25 0.5,0.5; 1.0,0.0 0.5,0.5 0.5,1.0", // Y
        "0.8,0.2 0.4,0.05 0.1,0.4 0.2,0.85 0.6,0.85 0.8,0.4 | 0.8,0.1 0.8,0.6 0.85,0.95 1.0,1.0", // a
        "0.1,0.5 0.5,0.5 0.9,0.45 0.8,0.1 0.4,0.0 0.1,0.4 0.2,0.85 0.55,1.0 0.95,0.8", // e
        "0.1,0.0 0.1,0.5 0.1,1.0; 0.1,0.6 0.4,0.4 0.7,0.55 0.75,1.0", // h
        "0.1,0.0 0.1,0.5 0.1,1.0; 0.1,0.3 0.35,0.0 0.5,0.3 0.5,1.0; 0.5,0.3 0.75,0.0 0.9,0.3 0.9,1.0", // m
        "0.1,0.0 0.1,0.5 0.1,1.0; 0.1,0.3 0.4,0.0 0.8,0.15 0.85,1.0", // n
        "0.1,0.0 0.1,0.7 0.4,1.0 0.8,0.7; 0.85,0.0 0.85,0.5 0.9,1.0", // u
        "0.8,0.05 0.5,0.0 0.4,0.3 0.4,1.0; 0.1,0.4 0.4,0.4 0.75,0.4", // f
        "0.5,0.0 0.5,0.5 0.5,1.0; 0.0,0.5 0.5,0.5 1.0,0.5", // +
        "0.0,0.2 0.5,0.2 1.0,0.2; 0.0,0.8 0.5,0.8 1.0,0.8", // =
        "0.0,0.5 0.5,0.5 1.0,0.5", // -
        "0.0,0.5 0.3,1.0 | 0.3,1.0 0.6,0.5 1.0,0.0", // check
        "0.0,0.5 0.5,0.5 1.0,0.5; 0.7,0.2 0.85,0.35 1.0,0.5 | 1.0,0.5 0.85,0.65 0.7,0.8", // arrow
        "0.0,0.0 0.5,0.0 1.0,0.0 | 1.0,0.0 1.0,0.5 1.0,1.0 | 1.0,1.0 0.5,1.0 0.0,1.0 | 0.0,1.0 0.0,0.5 0.0,0.0", // square
        "0.5,0.0 0.25,0.5 0.0,1.0 | 0.0,1.0 0.5,1.0 1.0,1.0 | 1.0,1.0 0.75,0.5 0.5,0.0", // triangle
        "0.0,0.0 0.0,0.5 0.0,1.0 | 0.0,1.0 0.5,1.0 1.0,1.0", // corners
        "0.0,1.0 0.0,0.5 0.0,0.0 | 0.0,0.0 0.5,0.0 1.0,0.0",
        "0.0,1.0 0.5,1.0 1.0,1.0 | 1.0,1.0 1.0,0.5 1.0,0.0",
        "0.5,0.0 0.5,0.5 0.5,1.0; 0.0,1.0 0.5,1.0 1.0,1.0", // T turned
        "0.0,0.0 0.3,0.7 0.5,0.2 0.7,0.8 1.0,0.3", // scribbles
        "0.1,0.3 0.8,0.2 0.2,0.6 0.9,0.5 0.1,0.9 0.9,0.8",
        "0.3,0.3 0.7,0.1 0.9,0.6 0.4,0.9 0.1,0.5 0.5,0.2 0.8,0.7 0.3,0.7 0.4,0.4",
        "0.5,0.5 0.2,0.1 0.0,0.3 0.2,0.7 0.5,1.0 | 0.5,1.0 0.8,0.7 1.0,0.3 0.8,0.1 0.5,0.5", // heart
        "0.2,0.0 0.2,0.5 0.2,1.0; 0.7,0.0 0.7,0.5 0.7,1.0; 0.0,0.3 0.5,0.3 1.0,0.3; 0.0,0.7 0.5,0.7 1.0,0.7", // #
        "0.0,0.3 0.3,0.0 0.6,0.4 1.0,0.1", // ~
        "0.1,0.0 0.4,0.5 0.1,1.0", // )
    };

    private final DigitSet digits;
    private final long seed;
    private final DigitGenerator generator;
    private final byte[][][] printed = new byte[CLASSES][][];

    /**
     * @param digits to learn, 28x28
     * @param fonts a folder with more fonts than Java finds, or null
     */
    ReaderExamples(DigitSet digits, Path fonts, long seed) throws IOException {
        this.digits = digits;
        this.seed = seed;
        generator = new DigitGenerator(seed);
        List<Font> faces = fonts(fonts);
        for (int c = 0; c < CLASSES; c++) {
            printed[c] = glyphs(faces, c == NONE ? SIGNS : DIGITS.substring(c, c + 1));
        }
    }

    private static List<Font> fonts(Path more) throws IOException {
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
                var image = new BufferedImage(FINE, FINE, BufferedImage.TYPE_BYTE_GRAY);
                Graphics2D g = image.createGraphics();
                g.setRenderingHint(
                        RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
                GlyphVector text =
                        face.createGlyphVector(g.getFontRenderContext(), String.valueOf(sign));
                Rectangle2D box = text.getOutline().getBounds2D();
                if (!box.isEmpty()) {
                    double scale = 40 / Math.max(box.getWidth(), box.getHeight());
                    var t = AffineTransform.getTranslateInstance(FINE / 2.0, FINE / 2.0);
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

    /**
     * Draws example i.
     *
     * @param into where its 784 values, 0 to 1, go from {@code at} on
     * @return its class
     */
    int draw(long i, float[] into, int at) {
        var random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + i);
        double kind = random.nextDouble();
        int label;
        float[] fine;
        boolean shape = true;
        boolean easy = false;
        if (kind < 0.58) {
            int n = random.nextInt(digits.size());
            label = digits.label(n);
            fine = enlarged(digits.pixels(n));
            easy = random.nextDouble() < 0.35;
        } else if (kind < 0.65) {
            if (random.nextDouble() < 0.6) {
                String style = EUROPEAN[random.nextInt(EUROPEAN.length)];
                label = style.charAt(0) - '0';
                fine = enlarged(DigitGenerator.draw(style.substring(2), random));
            } else {
                label = random.nextInt(10);
                fine = enlarged(generator.draw(label, random));
            }
        } else if (kind < 0.75 && printed[1].length > 0) {
            label = random.nextInt(10);
            fine = values(printed[label][random.nextInt(printed[label].length)]);
        } else {
            label = NONE;
            double which = random.nextDouble();
            if (which < 0.28 && printed[NONE].length > 0) {
                fine = values(printed[NONE][random.nextInt(printed[NONE].length)]);
            } else if (which < 0.48) {
                fine =
                        enlarged(
                                DigitGenerator.draw(
                                        LETTERS[random.nextInt(LETTERS.length)], random));
            } else if (which < 0.62) {
                fine = piece(random);
            } else if (which < 0.80) {
                fine = pair(random);
            } else if (which < 0.88) {
                fine = lines(random);
            } else {
                fine = texture(random);
                shape = random.nextInt(4) == 0;
            }
        }
        float[] picture;
        if (shape) {
            fine = easy ? affine(fine, random, 0.35) : affine(fine, random, 1);
            if (random.nextDouble() < 0.3) {
                stroke(fine, random);
            }
            if (random.nextDouble() < 0.2) {
                blur(fine, FINE, 1 + random.nextInt(3));
            }
            if (random.nextDouble() < (easy ? 0.2 : 0.6)) {
                picture = Normalizer.normalized(fine, FINE, FINE, random.nextBoolean());
                if (random.nextDouble() < 0.3) {
                    picture = shifted(picture, random);
                }
            } else {
                picture = halved(fine);
            }
            // pencils of paint programs: hard edges, now and then one pixel wide
            double hard = random.nextDouble();
            if (!easy && hard < 0.16) {
                harden(picture, hard < 0.08);
            }
        } else {
            picture = halved(fine);
        }
        spoil(picture, random);
        System.arraycopy(picture, 0, into, at, picture.length);
        return label;
    }

    private static float[] values(byte[] pixels) {
        float[] v = new float[pixels.length];
        for (int i = 0; i < v.length; i++) {
            v[i] = (pixels[i] & 0xFF) / 255f;
        }
        return v;
    }

    /** 28x28 bytes to 56x56, linearly. */
    private static float[] enlarged(byte[] pixels) {
        float[] fine = new float[FINE * FINE];
        for (int y = 0; y < FINE; y++) {
            float sy = Math.max(0, Math.min(SIDE - 1, y / 2f - 0.25f));
            for (int x = 0; x < FINE; x++) {
                float sx = Math.max(0, Math.min(SIDE - 1, x / 2f - 0.25f));
                int x0 = (int) sx;
                int y0 = (int) sy;
                int x1 = Math.min(SIDE - 1, x0 + 1);
                int y1 = Math.min(SIDE - 1, y0 + 1);
                float fx = sx - x0;
                float fy = sy - y0;
                fine[y * FINE + x] =
                        ((pixels[y0 * SIDE + x0] & 0xFF) * (1 - fx) * (1 - fy)
                                        + (pixels[y0 * SIDE + x1] & 0xFF) * fx * (1 - fy)
                                        + (pixels[y1 * SIDE + x0] & 0xFF) * (1 - fx) * fy
                                        + (pixels[y1 * SIDE + x1] & 0xFF) * fx * fy)
                                / 255;
            }
        }
        return fine;
    }

    private static float[] halved(float[] fine) {
        float[] small = new float[SIDE * SIDE];
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                int i = 2 * y * FINE + 2 * x;
                small[y * SIDE + x] =
                        (fine[i] + fine[i + 1] + fine[i + FINE] + fine[i + FINE + 1]) / 4;
            }
        }
        return small;
    }

    /** Turned, sheared, of another width and height, moved; all the more the larger the part. */
    private static float[] affine(float[] from, SplittableRandom random, double part) {
        double turn = random.nextInt(5) == 0 ? 38 : 15;
        double angle = Math.toRadians(part * turn * uniform(random));
        double shear = Math.tan(Math.toRadians(part * 15 * uniform(random)));
        double width = Math.exp(part * (0.3 * uniform(random)));
        double height = Math.exp(part * (0.15 * uniform(random)));
        double moveX = part * 0.08 * FINE * uniform(random);
        double moveY = part * 0.08 * FINE * uniform(random);
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        double a = cos / width;
        double b = (sin - shear * cos) / width;
        double c = -sin / height;
        double d = (cos + shear * sin) / height;
        double middle = (FINE - 1) / 2.0;
        float[] to = new float[FINE * FINE];
        for (int y = 0; y < FINE; y++) {
            double py = y - middle - moveY;
            for (int x = 0; x < FINE; x++) {
                double px = x - middle - moveX;
                double sx = a * px + b * py + middle;
                double sy = c * px + d * py + middle;
                if (sx > -1 && sy > -1 && sx < FINE && sy < FINE) {
                    to[y * FINE + x] = at(from, sx, sy);
                }
            }
        }
        return to;
    }

    private static float at(float[] from, double sx, double sy) {
        int x0 = (int) Math.floor(sx);
        int y0 = (int) Math.floor(sy);
        float fx = (float) (sx - x0);
        float fy = (float) (sy - y0);
        return pixel(from, x0, y0) * (1 - fx) * (1 - fy)
                + pixel(from, x0 + 1, y0) * fx * (1 - fy)
                + pixel(from, x0, y0 + 1) * (1 - fx) * fy
                + pixel(from, x0 + 1, y0 + 1) * fx * fy;
    }

    private static float pixel(float[] from, int x, int y) {
        return x < 0 || y < 0 || x >= FINE || y >= FINE ? 0 : from[y * FINE + x];
    }

    /** -1 to 1. */
    private static double uniform(SplittableRandom random) {
        return 2 * random.nextDouble() - 1;
    }

    /** Strokes up to two fine pixels wider on each side, or one narrower. */
    private static void stroke(float[] fine, SplittableRandom random) {
        boolean wider = random.nextDouble() < 0.6;
        int times = wider ? 1 + random.nextInt(random.nextInt(4) == 0 ? 6 : 3) : 1;
        float share = wider ? 1 : 0.3f + 0.5f * (float) random.nextDouble();
        for (int n = 0; n < times; n++) {
            float[] old = fine.clone();
            for (int y = 1; y < FINE - 1; y++) {
                for (int x = 1; x < FINE - 1; x++) {
                    int i = y * FINE + x;
                    float v = old[i];
                    float best =
                            wider
                                    ? Math.max(
                                            Math.max(v, Math.max(old[i - 1], old[i + 1])),
                                            Math.max(old[i - FINE], old[i + FINE]))
                                    : Math.min(
                                            Math.min(v, Math.min(old[i - 1], old[i + 1])),
                                            Math.min(old[i - FINE], old[i + FINE]));
                    fine[i] = v + share * (best - v);
                }
            }
        }
    }

    private static void blur(float[] picture, int side, int times) {
        float[] row = new float[side];
        for (int n = 0; n < times; n++) {
            for (int direction = 0; direction < 2; direction++) {
                int step = direction == 0 ? 1 : side;
                int stride = direction == 0 ? side : 1;
                for (int line = 0; line < side; line++) {
                    for (int i = 0; i < side; i++) {
                        row[i] = picture[line * stride + i * step];
                    }
                    for (int i = 0; i < side; i++) {
                        float before = i > 0 ? row[i - 1] : row[i];
                        float after = i < side - 1 ? row[i + 1] : row[i];
                        picture[line * stride + i * step] = (before + 2 * row[i] + after) / 4;
                    }
                }
            }
        }
    }

    /** Black and white; thinned to lines of one pixel (Zhang and Suen 1984), if so wished. */
    private static void harden(float[] picture, boolean thin) {
        boolean[] ink = new boolean[picture.length];
        for (int i = 0; i < ink.length; i++) {
            boolean border = i % SIDE == 0 || i % SIDE == SIDE - 1;
            ink[i] = picture[i] > 0.45 && !(thin && (border || i < SIDE || i >= SIDE * (SIDE - 1)));
        }
        boolean again = thin;
        while (again) {
            again = false;
            for (int pass = 0; pass < 2; pass++) {
                var gone = new ArrayList<Integer>();
                for (int i = SIDE + 1; i < ink.length - SIDE - 1; i++) {
                    if (ink[i] && isRemovable(ink, i, pass == 0)) {
                        gone.add(i);
                    }
                }
                gone.forEach(i -> ink[i] = false);
                again |= !gone.isEmpty();
            }
        }
        for (int i = 0; i < ink.length; i++) {
            picture[i] = ink[i] ? 1 : 0;
        }
    }

    private static boolean isRemovable(boolean[] ink, int i, boolean first) {
        boolean[] around = {
            ink[i - SIDE],
            ink[i - SIDE + 1],
            ink[i + 1],
            ink[i + SIDE + 1],
            ink[i + SIDE],
            ink[i + SIDE - 1],
            ink[i - 1],
            ink[i - SIDE - 1]
        };
        int neighbours = 0;
        int begins = 0;
        for (int k = 0; k < 8; k++) {
            neighbours += around[k] ? 1 : 0;
            begins += !around[k] && around[(k + 1) % 8] ? 1 : 0;
        }
        boolean north = around[0];
        boolean east = around[2];
        boolean south = around[4];
        boolean west = around[6];
        boolean side =
                first
                        ? !(north && east && south) && !(east && south && west)
                        : !(north && east && west) && !(north && south && west);
        return neighbours >= 2 && neighbours <= 6 && begins == 1 && side;
    }

    private static float[] shifted(float[] picture, SplittableRandom random) {
        int dx = random.nextInt(5) - 2;
        int dy = random.nextInt(5) - 2;
        float[] to = new float[picture.length];
        for (int y = Math.max(0, -dy); y < Math.min(SIDE, SIDE - dy); y++) {
            for (int x = Math.max(0, -dx); x < Math.min(SIDE, SIDE - dx); x++) {
                to[(y + dy) * SIDE + x + dx] = picture[y * SIDE + x];
            }
        }
        return to;
    }

    /** Faint, noisy, blurred, on grey, crossed by a line: each now and then. */
    private static void spoil(float[] picture, SplittableRandom random) {
        if (random.nextDouble() < 0.5) {
            return;
        }
        if (random.nextDouble() < 0.15) {
            blur(picture, SIDE, 1 + random.nextInt(2));
        }
        if (random.nextDouble() < 0.08) {
            cross(picture, SIDE, random, 1 + 0.6 * random.nextDouble());
        }
        if (random.nextDouble() < 0.35) {
            float ink = 0.3f + 0.7f * (float) random.nextDouble();
            float grey = random.nextInt(4) == 0 ? 0.4f * (float) random.nextDouble() : 0;
            float slope = grey * (float) uniform(random) / SIDE;
            for (int i = 0; i < picture.length; i++) {
                float paper = grey + slope * (i % SIDE - SIDE / 2);
                picture[i] = paper + (ink - Math.min(ink, paper)) * picture[i];
            }
        }
        if (random.nextDouble() < 0.4) {
            double deviation = 0.4 * random.nextDouble() * random.nextDouble() + 0.02;
            deviation = random.nextInt(3) == 0 ? 0.4 * random.nextDouble() : deviation;
            for (int i = 0; i < picture.length; i++) {
                picture[i] += (float) (deviation * random.nextGaussian());
            }
        }
        if (random.nextDouble() < 0.06) {
            double share = 0.25 * random.nextDouble();
            for (int i = 0; i < picture.length; i++) {
                if (random.nextDouble() < share) {
                    picture[i] = random.nextInt(2);
                }
            }
        }
        for (int i = 0; i < picture.length; i++) {
            picture[i] = Math.max(0, Math.min(1, picture[i]));
        }
    }

    /** A straight line through an image, of this width. */
    private static void cross(float[] picture, int side, SplittableRandom random, double width) {
        double angle = Math.PI * random.nextDouble();
        double nx = Math.cos(angle);
        double ny = Math.sin(angle);
        double off = nx * side / 2 + ny * side / 2 + 0.4 * side * uniform(random);
        float ink = 0.4f + 0.6f * (float) random.nextDouble();
        for (int i = 0; i < picture.length; i++) {
            int row = i / side;
            double from = Math.abs(nx * (i % side) + ny * row - off);
            float v = (float) Math.max(0, Math.min(1, width / 2 - from + 0.5)) * ink;
            picture[i] = Math.max(picture[i], v);
        }
    }

    /** A part of a digit, cut off straight; one that could be a digit itself is avoided. */
    private float[] piece(SplittableRandom random) {
        while (true) {
            int n = random.nextInt(digits.size());
            int label = digits.label(n);
            float[] fine = enlarged(digits.pixels(n));
            double angle =
                    random.nextInt(3) > 0
                            ? 0.25 * uniform(random)
                            : 2 * Math.PI * random.nextDouble();
            angle += random.nextBoolean() ? Math.PI : 0;
            double nx = Math.cos(angle);
            double ny = Math.sin(angle);
            double off = (nx + ny) * FINE / 2 + 0.2 * FINE * uniform(random);
            double all = 0;
            double kept = 0;
            for (int i = 0; i < fine.length; i++) {
                all += fine[i];
                int row = i / FINE;
                if (nx * (i % FINE) + ny * row > off) {
                    fine[i] = 0;
                }
                kept += fine[i];
            }
            // the rest of a 1 is a 1, most of a digit is the digit, and right sides are often 1s
            if (label != 1 && kept > 0.2 * all && kept < 0.62 * all) {
                float[] whole = Normalizer.normalized(fine, FINE, FINE, false);
                int[] extent = extent(whole);
                if (extent[0] * 2.2 > extent[1]) {
                    return enlarged(bytes(whole));
                }
            }
        }
    }

    private static int[] extent(float[] picture) {
        int left = SIDE;
        int right = 0;
        int top = SIDE;
        int bottom = 0;
        for (int i = 0; i < picture.length; i++) {
            if (picture[i] > 0.3) {
                left = Math.min(left, i % SIDE);
                right = Math.max(right, i % SIDE);
                top = Math.min(top, i / SIDE);
                bottom = Math.max(bottom, i / SIDE);
            }
        }
        return new int[] {right - left + 1, bottom - top + 1};
    }

    private static byte[] bytes(float[] picture) {
        byte[] b = new byte[picture.length];
        for (int i = 0; i < b.length; i++) {
            b[i] = (byte) Math.round(255 * picture[i]);
        }
        return b;
    }

    /** Two digits side by side, now and then one and a part of another, or three. */
    private float[] pair(SplittableRandom random) {
        while (true) {
            float[] fine = somePair(random);
            int[] extent = extent(halved(fine));
            if (extent[0] > 0.8 * extent[1]) {
                return fine;
            }
        }
    }

    private float[] somePair(SplittableRandom random) {
        int count = random.nextInt(6) == 0 ? 3 : 2;
        float[] wide = new float[3 * FINE * FINE];
        int width = 3 * FINE;
        int edge = 0;
        for (int n = 0; n < count; n++) {
            float[] one = enlarged(digits.pixels(random.nextInt(digits.size())));
            one = affine(one, random, 0.5);
            int left = FINE;
            int right = -1;
            for (int i = 0; i < one.length; i++) {
                if (one[i] > 0.3) {
                    left = Math.min(left, i % FINE);
                    right = Math.max(right, i % FINE);
                }
            }
            if (right < 0) {
                continue;
            }
            int gap = n == 0 ? 0 : (int) (FINE * (0.12 * random.nextDouble() - 0.08));
            int to = Math.max(0, edge + gap);
            for (int y = 0; y < FINE; y++) {
                for (int x = left; x <= right && to + x - left < width; x++) {
                    int i = y * width + to + x - left;
                    wide[i] = Math.max(wide[i], one[y * FINE + x]);
                }
            }
            edge = to + right - left + 1;
        }
        return enlarged(bytes(Normalizer.normalized(wide, width, FINE, false)));
    }

    /** Straight lines: corners, crossings, grids; a single one is a 1 and not among them. */
    private static float[] lines(SplittableRandom random) {
        while (true) {
            float[] fine = someLines(random);
            int[] extent = extent(halved(fine));
            if (extent[0] >= 6 && extent[0] > 0.75 * extent[1]) {
                return fine;
            }
        }
    }

    private static float[] someLines(SplittableRandom random) {
        float[] fine = new float[FINE * FINE];
        int count = 2 + random.nextInt(4);
        double base = random.nextInt(3) == 0 ? Math.PI * random.nextDouble() : 0;
        double width = 1 + 5 * random.nextDouble();
        for (int n = 0; n < count; n++) {
            double angle = base + (n % 2) * Math.PI / 2 + 0.05 * uniform(random);
            double nx = Math.cos(angle);
            double ny = Math.sin(angle);
            double off = (nx + ny) * FINE / 2 + 0.35 * FINE * uniform(random);
            double from = FINE * (random.nextDouble() < 0.5 ? -0.6 : 0.6 * uniform(random));
            double to = FINE * (random.nextDouble() < 0.5 ? 0.6 : 0.6 * uniform(random));
            for (int i = 0; i < fine.length; i++) {
                double x = i % FINE;
                int row = i / FINE;
                double y = row;
                double along = -ny * (x - FINE / 2) + nx * (y - FINE / 2);
                if (along >= Math.min(from, to) - 2 && along <= Math.max(from, to) + 2) {
                    double away = Math.abs(nx * x + ny * y - off);
                    float v = (float) Math.max(0, Math.min(1, width / 2 - away + 0.5));
                    fine[i] = Math.max(fine[i], v);
                }
            }
        }
        return fine;
    }

    /** Blank, one grey, noise fine and coarse, shades, stripes, blots. */
    private static float[] texture(SplittableRandom random) {
        float[] fine = new float[FINE * FINE];
        float base = random.nextInt(2) * (float) random.nextDouble();
        Arrays.fill(fine, base);
        int kind = random.nextInt(7);
        if (kind == 1 || kind == 2) {
            for (int i = 0; i < fine.length; i++) {
                int cell = i / FINE / 2 * 2 * FINE + i % FINE / 2 * 2;
                fine[i] = cell == i ? (float) random.nextDouble() : fine[cell];
            }
            if (kind == 2) {
                blur(fine, FINE, 1 + random.nextInt(20));
            }
        } else if (kind == 3) {
            float dx = (float) uniform(random) / FINE;
            float dy = (float) uniform(random) / FINE;
            for (int i = 0; i < fine.length; i++) {
                fine[i] = 0.5f + dx * (i % FINE - FINE / 2) + dy * (i / FINE - FINE / 2);
            }
        } else if (kind == 4) {
            double angle = Math.PI * random.nextDouble();
            double wave = 2 * Math.PI / (4 + 20 * random.nextDouble());
            for (int i = 0; i < fine.length; i++) {
                int row = i / FINE;
                double at = Math.cos(angle) * (i % FINE) + Math.sin(angle) * row;
                fine[i] = (float) (0.5 + 0.5 * Math.sin(wave * at));
            }
        } else if (kind >= 5) {
            Arrays.fill(fine, 0);
            int blots = 1 + random.nextInt(5);
            for (int n = 0; n < blots; n++) {
                double cx = FINE * (0.2 + 0.6 * random.nextDouble());
                double cy = FINE * (0.2 + 0.6 * random.nextDouble());
                double rx = 2 + 16 * random.nextDouble();
                double ry = rx * Math.exp(0.5 * uniform(random));
                for (int i = 0; i < fine.length; i++) {
                    double x = (i % FINE - cx) / rx;
                    int row = i / FINE;
                    double y = (row - cy) / ry;
                    double in = (1 - Math.sqrt(x * x + y * y)) * Math.min(rx, ry);
                    fine[i] = Math.max(fine[i], (float) Math.max(0, Math.min(1, in + 0.5)));
                }
            }
        }
        return fine;
    }
}
