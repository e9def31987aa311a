package io.github.mnist4j.models;

import io.github.mnist4j.data.DigitSet;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacv.Java2DFrameUtils;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Scalar;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * A photo of a page with MNIST's test digits on it, as a seed has it: coloured ink on tinted paper,
 * ruled, squared or blank; light from one side, perspective, blur, noise; now and then light on
 * dark.
 */
record ComposedPhoto(BufferedImage image, List<List<Integer>> lines) {

    static ComposedPhoto of(DigitSet digits, long seed) {
        var random = new SplittableRandom(seed);
        int rows = 2 + random.nextInt(4);
        int columns = 3 + random.nextInt(6);
        int size = 60 + random.nextInt(60); // of a digit's 28x28
        int pitchX = (int) (size * (1.0 + 0.25 * random.nextDouble()));
        int pitchY = (int) (size * (1.25 + 0.35 * random.nextDouble()));
        int margin = size / 2 + 20;
        int width = 2 * margin + columns * pitchX;
        int height = 2 * margin + rows * pitchY;
        double[] paper = {
            225 + random.nextInt(30), 220 + random.nextInt(35), 205 + random.nextInt(45)
        };
        double[] ink = {random.nextInt(70), random.nextInt(70), random.nextInt(120)};
        var page = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        Graphics2D g = page.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(
                RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        g.setColor(new Color((int) paper[0], (int) paper[1], (int) paper[2]));
        g.fillRect(0, 0, width, height);
        ruling(g, random.nextInt(3), width, height, pitchY, margin, random);
        var lines = new ArrayList<List<Integer>>();
        for (int row = 0; row < rows; row++) {
            var line = new ArrayList<Integer>();
            for (int column = 0; column < columns; column++) {
                int i = random.nextInt(digits.size());
                line.add(digits.label(i));
                int x = margin + column * pitchX + random.nextInt(5) - 2;
                int y = margin + row * pitchY + random.nextInt(7) - 3;
                g.drawImage(stamp(digits.pixels(i), ink), x, y, size, size, null);
            }
            lines.add(line);
        }
        g.dispose();
        return new ComposedPhoto(photographed(page, random), lines);
    }

    /**
     * A harder one: lines as hands write them, of digits whose strokes touch, open fours of two
     * strokes that do not meet, digits in boxes, and letters that are to be left out.
     */
    static ComposedPhoto hard(DigitSet digits, long seed) {
        var random = new SplittableRandom(seed);
        int size = 70 + random.nextInt(50); // of a digit's 28x28
        int rows = 3 + random.nextInt(3);
        int margin = size / 2 + 20;
        int pitch = (int) (1.5 * size);
        int width = 2 * margin + 9 * size;
        int height = 2 * margin + rows * pitch;
        double[] ink = {random.nextInt(70), random.nextInt(70), random.nextInt(120)};
        var page = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        Graphics2D g = page.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(
                RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        g.setColor(
                new Color(
                        225 + random.nextInt(30),
                        220 + random.nextInt(35),
                        205 + random.nextInt(45)));
        g.fillRect(0, 0, width, height);
        ruling(g, random.nextInt(3), width, height, pitch, margin, random);
        var lines = new ArrayList<List<Integer>>();
        for (int row = 0; row < rows; row++) {
            var line = new ArrayList<Integer>();
            int y = margin + row * pitch + random.nextInt(7) - 3;
            double x = margin;
            while (x < width - margin - 1.8 * size) {
                int i = random.nextInt(digits.size());
                byte[] pixels = digits.pixels(i);
                double kind = random.nextDouble();
                if (kind < 0.12) {
                    g.setColor(new Color((int) ink[0], (int) ink[1], (int) ink[2]));
                    openFour(g, x + 0.1 * size, y + 0.15 * size, 0.7 * size, random);
                    line.add(4);
                    x += size;
                } else if (kind < 0.24) {
                    g.setColor(new Color((int) ink[0], (int) ink[1], (int) ink[2]));
                    g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, (int) (0.8 * size)));
                    String letter = "AEFHKMNRTWXY".substring(random.nextInt(12)).substring(0, 1);
                    g.drawString(letter, (float) (x + 0.1 * size), (float) (y + 0.8 * size));
                    x += size;
                } else if (kind < 0.36) {
                    g.setColor(new Color((int) ink[0], (int) ink[1], (int) ink[2]));
                    g.setStroke(new BasicStroke(0.025f * size));
                    g.draw(new Rectangle2D.Double(x, y - 0.05 * size, 1.1 * size, 1.1 * size));
                    g.drawImage(stamp(pixels, ink), (int) x + size / 20, y, size, size, null);
                    line.add(digits.label(i));
                    x += 1.3 * size;
                } else if (kind < 0.6) {
                    int second = random.nextInt(digits.size());
                    g.drawImage(stamp(pixels, ink), (int) x, y, size, size, null);
                    double on = touching(pixels, digits.pixels(second)) * size / 28;
                    g.drawImage(
                            stamp(digits.pixels(second), ink), (int) (x + on), y, size, size, null);
                    line.add(digits.label(i));
                    line.add(digits.label(second));
                    x += on + size;
                } else {
                    g.drawImage(stamp(pixels, ink), (int) x, y, size, size, null);
                    line.add(digits.label(i));
                    x += size;
                }
            }
            lines.add(line);
        }
        g.dispose();
        return new ComposedPhoto(photographed(page, random), lines);
    }

    /** How far to the right of a digit another one lies so that their ink just meets. */
    private static int touching(byte[] left, byte[] right) {
        int least = 28;
        for (int y = 0; y < 28; y++) {
            for (int other = Math.max(0, y - 3); other < Math.min(28, y + 4); other++) {
                int end = -1;
                int begin = 28;
                for (int x = 0; x < 28; x++) {
                    end = (left[y * 28 + x] & 0xFF) > 128 ? x : end;
                    begin = (right[other * 28 + 27 - x] & 0xFF) > 128 ? 27 - x : begin;
                }
                if (end >= 0 && begin < 28) {
                    least = Math.min(least, begin + 27 - end);
                }
            }
        }
        return 27 - least;
    }

    /** A corner and a bar to the right of it that does not reach it. */
    private static void openFour(
            Graphics2D g, double x, double y, double size, SplittableRandom random) {
        g.setStroke(
                new BasicStroke(
                        (float) ((0.08 + 0.04 * random.nextDouble()) * size),
                        BasicStroke.CAP_ROUND,
                        BasicStroke.JOIN_ROUND));
        double lean = 0.15 * random.nextDouble() * size;
        double corner = y + (0.55 + 0.1 * random.nextDouble()) * size;
        var path = new Path2D.Double();
        path.moveTo(x + 0.15 * size + lean, y);
        path.lineTo(x + 0.05 * size, corner);
        path.lineTo(x + 0.5 * size, corner - 0.03 * size);
        g.draw(path);
        double bar = x + (0.72 + 0.06 * random.nextDouble()) * size;
        g.draw(new Line2D.Double(bar + lean / 2, y + 0.2 * size, bar - lean / 2, y + size));
    }

    /**
     * How many digits were read right wherever they stand: as many as the page and the reading have
     * in common in the same order.
     */
    int commonWith(List<Integer> read) {
        List<Integer> truth = lines.stream().flatMap(List::stream).toList();
        int[][] common = new int[truth.size() + 1][read.size() + 1];
        for (int i = 1; i <= truth.size(); i++) {
            for (int j = 1; j <= read.size(); j++) {
                boolean same = truth.get(i - 1).equals(read.get(j - 1));
                common[i][j] =
                        same
                                ? common[i - 1][j - 1] + 1
                                : Math.max(common[i - 1][j], common[i][j - 1]);
            }
        }
        return common[truth.size()][read.size()];
    }

    /**
     * How many digits were read right: those at their place in a line of the right length; none of
     * the page if it has another number of lines.
     */
    int rightIn(List<List<Integer>> read) {
        if (read.size() != lines.size()) {
            return 0;
        }
        int right = 0;
        for (int i = 0; i < lines.size(); i++) {
            for (int j = 0;
                    read.get(i).size() == lines.get(i).size() && j < lines.get(i).size();
                    j++) {
                right += read.get(i).get(j).equals(lines.get(i).get(j)) ? 1 : 0;
            }
        }
        return right;
    }

    private static void ruling(
            Graphics2D g,
            int kind,
            int width,
            int height,
            int pitch,
            int margin,
            SplittableRandom random) {
        if (kind == 0) {
            return;
        }
        g.setColor(
                new Color(
                        150 + random.nextInt(40),
                        175 + random.nextInt(30),
                        205 + random.nextInt(30)));
        g.setStroke(new BasicStroke(1 + random.nextInt(2)));
        double step = kind == 1 ? pitch : pitch / 2.5;
        for (double y = margin * 0.7; y < height; y += step) {
            g.draw(new Line2D.Double(0, y, width, y));
        }
        for (double x = margin * 0.6; kind == 2 && x < width; x += step) {
            g.draw(new Line2D.Double(x, 0, x, height));
        }
    }

    private static BufferedImage stamp(byte[] pixels, double[] ink) {
        var stamp = new BufferedImage(28, 28, BufferedImage.TYPE_INT_ARGB);
        int rgb = ((int) ink[0] << 16) | ((int) ink[1] << 8) | (int) ink[2];
        for (int p = 0; p < 784; p++) {
            stamp.setRGB(p % 28, p / 28, (pixels[p] & 0xFF) << 24 | rgb);
        }
        return stamp;
    }

    private static BufferedImage photographed(BufferedImage page, SplittableRandom random) {
        try (PointerScope scope = new PointerScope()) {
            Mat from = Java2DFrameUtils.toMat(page);
            int w = from.cols();
            int h = from.rows();
            double lean = 0.04;
            float[] corners = {0, 0, w, 0, w, h, 0, h};
            float[] seen = new float[8];
            for (int i = 0; i < 8; i++) {
                double off = lean * (random.nextDouble() - 0.5) * (i % 2 == 0 ? w : h);
                seen[i] = (float) (corners[i] + off);
            }
            Mat to = new Mat();
            opencv_imgproc.warpPerspective(
                    from,
                    to,
                    opencv_imgproc.getPerspectiveTransform(points(corners), points(seen)),
                    new Size(w, h),
                    opencv_imgproc.INTER_LINEAR,
                    opencv_core.BORDER_REPLICATE,
                    new Scalar());
            double blur = 0.4 + 1.2 * random.nextDouble();
            opencv_imgproc.GaussianBlur(to, to, new Size(0, 0), blur);
            BufferedImage image = Java2DFrameUtils.toBufferedImage(to);
            double angle = 2 * Math.PI * random.nextDouble();
            double fall = 0.25 + 0.3 * random.nextDouble(); // darkest corner
            double noise = 2 + 6 * random.nextDouble();
            boolean inverted = random.nextInt(5) == 0;
            var gauss = new java.util.Random(random.nextLong());
            for (int y = 0; y < h; y++) {
                for (int x = 0; x < w; x++) {
                    double along =
                            ((x - w / 2.0) * Math.cos(angle) / w
                                    + (y - h / 2.0) * Math.sin(angle) / h);
                    double light = 1 - fall * (along + 0.7) / 1.4;
                    int rgb = image.getRGB(x, y);
                    int out = 0;
                    for (int shift = 0; shift <= 16; shift += 8) {
                        double v = ((rgb >> shift) & 0xFF) * light + noise * gauss.nextGaussian();
                        v = inverted ? 255 - v : v;
                        out |= (int) Math.max(0, Math.min(255, v)) << shift;
                    }
                    image.setRGB(x, y, out);
                }
            }
            return image;
        }
    }

    private static Mat points(float[] xy) {
        Mat m = new Mat(4, 1, opencv_core.CV_32FC2);
        org.bytedeco.javacpp.indexer.FloatIndexer f = m.createIndexer();
        for (int i = 0; i < 4; i++) {
            f.put(i, 0, 0, xy[2 * i]);
            f.put(i, 0, 1, xy[2 * i + 1]);
        }
        return m;
    }
}
