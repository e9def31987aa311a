package io.github.mnist4j.data;

import static org.bytedeco.opencv.global.opencv_core.BORDER_CONSTANT;
import static org.bytedeco.opencv.global.opencv_core.BORDER_REPLICATE;
import static org.bytedeco.opencv.global.opencv_core.CV_8U;
import static org.bytedeco.opencv.global.opencv_core.bitwise_and;
import static org.bytedeco.opencv.global.opencv_core.bitwise_not;
import static org.bytedeco.opencv.global.opencv_core.copyMakeBorder;
import static org.bytedeco.opencv.global.opencv_core.subtract;
import static org.bytedeco.opencv.global.opencv_imgproc.*;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.indexer.FloatIndexer;
import org.bytedeco.javacpp.indexer.IntIndexer;
import org.bytedeco.javacpp.indexer.UByteIndexer;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.Rect;
import org.bytedeco.opencv.opencv_core.Size;

/**
 * Finds the digits in a photo or a screenshot and brings each to MNIST's conventions. Dark on light
 * or light on dark, uneven light, ruled or squared paper; digits must not touch each other.
 *
 * <p>Needs OpenCV's natives on the class path ({@code org.bytedeco:opencv} with the platform's
 * classifier), which DataVec's pictures need anyway.
 */
public final class Handwriting {
    /** Longest side that is worked on; larger pictures are made smaller first. */
    private static final int WORKING_SIZE = 1600;

    /** MNIST: ink in a box of 20x20, centred by mass in 28x28. */
    private static final int BOX = 20;

    private static final int SIDE = 28;

    /** MNIST's strokes, in pixels of its box: narrower ones are thickened, wider ones thinned. */
    private static final double THINNEST = 1.9;

    private static final double THICKEST = 3.8;

    /** Darker than the paper by this part of its brightness at least, or there is no ink. */
    private static final int FAINTEST = 28;

    private Handwriting() {}

    /**
     * A digit, found.
     *
     * @param box where, in pixels of the picture that was given
     * @param line 0 for the uppermost
     * @param pixels 28 * 28 bytes by MNIST's conventions, 0 (paper) to 255 (ink)
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Found(Rectangle box, int line, byte[] pixels) {}

    /**
     * Every digit on the picture, line by line, from left to right; empty if there is none.
     *
     * @param image of any kind and size
     */
    public static List<Found> read(BufferedImage image) {
        try (PointerScope scope = new PointerScope()) {
            double scale =
                    Math.min(
                            1,
                            (double) WORKING_SIZE / Math.max(image.getWidth(), image.getHeight()));
            Mat ink = ink(grey(image, scale));
            double contrast = threshold(ink, new Mat(), 0, 255, THRESH_BINARY | THRESH_OTSU);
            if (contrast < FAINTEST / 2.0) {
                return List.of();
            }
            Mat binary = new Mat();
            threshold(ink, binary, Math.max(contrast * 0.9, FAINTEST / 2.0), 255, THRESH_BINARY);
            withoutRuling(binary);
            Mat labels = new Mat();
            List<Part> parts = join(parts(binary, labels));
            var found = new ArrayList<Found>();
            int number = 0;
            for (List<Part> line : lines(parts)) {
                for (Part part : line) {
                    found.add(
                            new Found(
                                    unscaled(part.box, scale),
                                    number,
                                    normalized(ink, labels, part)));
                }
                number++;
            }
            return List.copyOf(found);
        }
    }

    private static Rectangle unscaled(Rectangle box, double scale) {
        return new Rectangle(
                (int) Math.floor(box.x / scale),
                (int) Math.floor(box.y / scale),
                (int) Math.ceil(box.width / scale),
                (int) Math.ceil(box.height / scale));
    }

    /** Luminance, on white where the picture is transparent. */
    private static Mat grey(BufferedImage image, double scale) {
        int width = Math.max(1, (int) Math.round(image.getWidth() * scale));
        int height = Math.max(1, (int) Math.round(image.getHeight() * scale));
        var full =
                new BufferedImage(
                        image.getWidth(), image.getHeight(), BufferedImage.TYPE_BYTE_GRAY);
        Graphics2D g = full.createGraphics();
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, image.getWidth(), image.getHeight());
        g.setRenderingHint(
                RenderingHints.KEY_COLOR_RENDERING, RenderingHints.VALUE_COLOR_RENDER_QUALITY);
        g.drawImage(image, 0, 0, null);
        g.dispose();
        byte[] bytes = ((DataBufferByte) full.getRaster().getDataBuffer()).getData();
        Mat all = new Mat(image.getHeight(), image.getWidth(), CV_8U);
        all.data().put(bytes, 0, bytes.length);
        Mat small = new Mat();
        resize(all, small, new Size(width, height), 0, 0, INTER_AREA);
        return small;
    }

    /** How much darker (or lighter) than the paper around it a pixel is, 0 to 255. */
    private static Mat ink(Mat grey) {
        Mat dark = grey;
        if (isLightOnDark(grey)) {
            dark = new Mat();
            bitwise_not(grey, dark);
        }
        // the paper: strokes closed over, at a quarter of the size for speed
        int least = Math.min(grey.rows(), grey.cols());
        double part = least > 200 ? 0.25 : 1;
        Mat small = new Mat();
        resize(dark, small, new Size(), part, part, INTER_AREA);
        int reach = (int) (least * part / 4) | 1;
        Mat paper = new Mat();
        Mat frame = new Mat();
        copyMakeBorder(small, frame, reach, reach, reach, reach, BORDER_REPLICATE);
        morphologyEx(
                frame,
                paper,
                MORPH_CLOSE,
                getStructuringElement(MORPH_ELLIPSE, new Size(reach, reach)));
        blur(paper, paper, new Size(reach, reach));
        Mat inner = new Mat(paper, new Rect(reach, reach, small.cols(), small.rows()));
        resize(inner, paper, dark.size(), 0, 0, INTER_LINEAR);
        Mat ink = new Mat();
        subtract(paper, dark, ink);
        // shadow darkens ink and paper alike: by the paper's brightness
        UByteIndexer p = paper.createIndexer();
        UByteIndexer i = ink.createIndexer();
        for (long y = 0; y < ink.rows(); y++) {
            for (long x = 0; x < ink.cols(); x++) {
                i.put(y, x, Math.min(255, i.get(y, x) * 255 / Math.max(32, p.get(y, x))));
            }
        }
        GaussianBlur(ink, ink, new Size(3, 3), 0);
        return ink;
    }

    /** Ink is the rarer of the two: deviations from the surroundings are skewed to its side. */
    private static boolean isLightOnDark(Mat grey) {
        int reach = Math.max(3, Math.min(grey.rows(), grey.cols()) / 3) | 1;
        Mat around = new Mat();
        blur(grey, around, new Size(reach, reach));
        UByteIndexer g = grey.createIndexer();
        UByteIndexer a = around.createIndexer();
        double cubes = 0;
        for (long y = 0; y < grey.rows(); y++) {
            for (long x = 0; x < grey.cols(); x++) {
                double d = g.get(y, x) - a.get(y, x);
                cubes += d * d * d;
            }
        }
        return cubes > 0;
    }

    /** Takes out thin lines that cross the whole picture, and mends what they crossed. */
    private static void withoutRuling(Mat binary) {
        for (boolean horizontal : new boolean[] {true, false}) {
            int along = horizontal ? binary.cols() : binary.rows();
            int length = along / 3;
            if (along < 100) {
                continue;
            }
            Mat opened = new Mat();
            Size size = horizontal ? new Size(length, 1) : new Size(1, length);
            // a slanted line is thin in pieces only
            Mat thick = new Mat();
            Size slack = horizontal ? new Size(1, 5) : new Size(5, 1);
            dilate(binary, thick, getStructuringElement(MORPH_RECT, slack));
            morphologyEx(thick, opened, MORPH_OPEN, getStructuringElement(MORPH_RECT, size));
            Mat labels = new Mat();
            Mat stats = new Mat();
            int n = connectedComponentsWithStats(opened, labels, stats, new Mat());
            IntIndexer s = stats.createIndexer();
            boolean[] ruling = new boolean[n];
            int widest = Math.max(12, binary.rows() / 60);
            int lines = 0;
            for (int i = 1; i < n; i++) {
                int from = s.get(i, horizontal ? CC_STAT_LEFT : CC_STAT_TOP);
                int extent = s.get(i, horizontal ? CC_STAT_WIDTH : CC_STAT_HEIGHT);
                double width = (double) s.get(i, CC_STAT_AREA) / extent;
                ruling[i] = extent > 0.85 * along && from < 0.08 * along && width < widest;
                lines += ruling[i] ? 1 : 0;
            }
            if (lines == 0) {
                continue;
            }
            IntIndexer l = labels.createIndexer();
            UByteIndexer b = binary.createIndexer();
            Mat kept = binary.clone();
            UByteIndexer k = kept.createIndexer();
            for (long y = 0; y < binary.rows(); y++) {
                for (long x = 0; x < binary.cols(); x++) {
                    if (ruling[l.get(y, x)]
                            && b.get(y, x) > 0
                            && !isCrossed(b, l, ruling, y, x, horizontal)) {
                        k.put(y, x, 0);
                    }
                }
            }
            kept.copyTo(binary);
        }
    }

    /** Whether a stroke goes on both above and below the line (left and right of it). */
    private static boolean isCrossed(
            UByteIndexer binary,
            IntIndexer labels,
            boolean[] ruling,
            long y,
            long x,
            boolean horizontal) {
        boolean before = false;
        boolean after = false;
        long dy = horizontal ? 1 : 0;
        long dx = 1 - dy;
        for (int side = -1; side <= 1; side += 2) {
            long cy = y;
            long cx = x;
            while (cy >= 0
                    && cx >= 0
                    && cy < labels.size(0)
                    && cx < labels.size(1)
                    && ruling[labels.get(cy, cx)]) {
                cy += side * dy;
                cx += side * dx;
            }
            boolean there =
                    cy >= 0
                            && cx >= 0
                            && cy < labels.size(0)
                            && cx < labels.size(1)
                            && binary.get(cy, cx) > 0;
            before |= side < 0 && there;
            after |= side > 0 && there;
        }
        return before || after;
    }

    /** Connected ink: one part at first, several once joined. */
    private record Part(Rectangle box, int[] labels) {
        Part and(Part other) {
            int[] all = Arrays.copyOf(labels, labels.length + other.labels.length);
            System.arraycopy(other.labels, 0, all, labels.length, other.labels.length);
            return new Part(box.union(other.box), all);
        }
    }

    private static List<Part> parts(Mat binary, Mat labels) {
        Mat stats = new Mat();
        int n = connectedComponentsWithStats(binary, labels, stats, new Mat());
        IntIndexer s = stats.createIndexer();
        var parts = new ArrayList<Part>();
        for (int i = 1; i < n; i++) {
            var box =
                    new Rectangle(
                            s.get(i, CC_STAT_LEFT),
                            s.get(i, CC_STAT_TOP),
                            s.get(i, CC_STAT_WIDTH),
                            s.get(i, CC_STAT_HEIGHT));
            int area = s.get(i, CC_STAT_AREA);
            boolean edge =
                    box.x == 0
                            || box.y == 0
                            || box.x + box.width == binary.cols()
                            || box.y + box.height == binary.rows();
            boolean large =
                    box.width > 0.5 * binary.cols() && box.height > 0.9 * binary.rows()
                            || box.width > 0.9 * binary.cols();
            if (area >= 6 && !(edge && large)) {
                parts.add(new Part(box, new int[] {i}));
            }
        }
        // sizes are judged by the upper ones, for dust is always more numerous than digits
        int[] heights =
                parts.stream()
                        .mapToInt(p -> Math.max(p.box.height, p.box.width))
                        .sorted()
                        .toArray();
        if (heights.length == 0) {
            return List.of();
        }
        double tall = heights[heights.length - 1 - heights.length / 20];
        parts.removeIf(
                p ->
                        Math.max(p.box.height, p.box.width) < 0.12 * tall
                                || p.box.height < 4 && p.box.width < 4);
        return parts;
    }

    /** Parts of one digit: one above the other, or one beside a small rest. */
    private static List<Part> join(List<Part> parts) {
        var joined = new ArrayList<>(parts);
        int[] heights = parts.stream().mapToInt(p -> p.box.height).sorted().toArray();
        if (heights.length == 0) {
            return joined;
        }
        double tall = heights[heights.length - 1 - heights.length / 4];
        boolean again = true;
        while (again) {
            again = false;
            for (int i = 0; i < joined.size() && !again; i++) {
                for (int j = i + 1; j < joined.size() && !again; j++) {
                    if (belongTogether(joined.get(i).box, joined.get(j).box, tall)) {
                        Part other = joined.remove(j);
                        joined.set(i, joined.get(i).and(other));
                        again = true;
                    }
                }
            }
        }
        // what joined nothing and is far smaller than a digit: dots, dashes, dust
        joined.removeIf(p -> p.box.height < 0.35 * tall);
        return joined;
    }

    private static boolean belongTogether(Rectangle a, Rectangle b, double tall) {
        int overX = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
        int overY = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
        boolean small = Math.min(a.height, b.height) < 0.6 * tall;
        if (!small) {
            return false;
        }
        int union = Math.max(a.y + a.height, b.y + b.height) - Math.min(a.y, b.y);
        boolean above =
                overX > 0.4 * Math.min(a.width, b.width)
                        && -overY < 0.25 * tall
                        && union < 1.4 * tall;
        // the bar of a five that begins where its body ends
        boolean beside = -overX < 0.12 * tall && overY > 0.4 * Math.min(a.height, b.height);
        return above || beside;
    }

    /**
     * From left to right, each part goes on with the line whose last part is nearest in height: so
     * lines may slant, as they do on photos.
     */
    private static List<List<Part>> lines(List<Part> parts) {
        double tall =
                parts.stream()
                        .mapToInt(p -> p.box.height)
                        .sorted()
                        .skip(parts.size() / 2)
                        .findFirst()
                        .orElse(0);
        var lines = new ArrayList<List<Part>>();
        var rightwards = new ArrayList<>(parts);
        rightwards.sort(Comparator.comparingInt(p -> p.box.x));
        for (Part part : rightwards) {
            List<Part> nearest = null;
            double off = 0.6 * tall;
            for (List<Part> line : lines) {
                Part last = line.get(line.size() - 1);
                double here = Math.abs(part.box.getCenterY() - last.box.getCenterY());
                if (here < off) {
                    off = here;
                    nearest = line;
                }
            }
            if (nearest == null) {
                nearest = new ArrayList<>();
                lines.add(nearest);
            }
            nearest.add(part);
        }
        lines.sort(
                Comparator.comparingDouble(
                        line ->
                                line.stream()
                                        .mapToDouble(p -> p.box.getCenterY())
                                        .average()
                                        .orElseThrow()));
        return lines;
    }

    /** One part by MNIST's conventions. */
    private static byte[] normalized(Mat ink, Mat labels, Part part) {
        int side = Math.max(part.box.width, part.box.height);
        int margin = Math.max(2, side / 8);
        int width = part.box.width + 2 * margin;
        int height = part.box.height + 2 * margin;
        // the part's own ink, with the soft edge that its threshold cut off
        Mat mask = Mat.zeros(height, width, CV_8U).asMat();
        Mat cut = Mat.zeros(height, width, CV_8U).asMat();
        IntIndexer l = labels.createIndexer();
        UByteIndexer from = ink.createIndexer();
        UByteIndexer m = mask.createIndexer();
        UByteIndexer c = cut.createIndexer();
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int py = part.box.y - margin + y;
                int px = part.box.x - margin + x;
                if (py >= 0 && px >= 0 && py < ink.rows() && px < ink.cols()) {
                    c.put(y, x, from.get(py, px));
                    int label = l.get(py, px);
                    for (int own : part.labels) {
                        if (own == label) {
                            m.put(y, x, 255);
                        }
                    }
                }
            }
        }
        double stroke = strokeWidth(mask);
        double inBox = stroke * BOX / side;
        if (side > 40) {
            // large enough for the shape alone to say everything: its edge is smoothed by shrinking
            double wanted = Math.min(THICKEST, Math.max(THINNEST, inBox)) * side / BOX;
            int change = (int) Math.round(Math.abs(wanted - stroke) / 2);
            if (change > 0) {
                Mat disc =
                        getStructuringElement(
                                MORPH_ELLIPSE, new Size(2 * change + 1, 2 * change + 1));
                if (wanted > stroke) {
                    Mat room = new Mat();
                    copyMakeBorder(mask, room, change, change, change, change, BORDER_CONSTANT);
                    mask = room;
                    dilate(mask, mask, disc);
                } else {
                    erode(mask, mask, disc);
                }
            }
            cut = mask;
        } else {
            dilate(mask, mask, getStructuringElement(MORPH_ELLIPSE, new Size(3, 3)));
            Mat own = new Mat();
            bitwise_and(cut, mask, own);
            cut = own;
        }
        return centred(shrunk(cut));
    }

    /** Twice the mean distance of the strokes' middle lines from their edges, in pixels. */
    private static double strokeWidth(Mat mask) {
        Mat distance = new Mat();
        distanceTransform(mask, distance, DIST_L2, 3);
        var d = (FloatIndexer) distance.createIndexer();
        double sum = 0;
        int n = 0;
        for (long y = 1; y < d.size(0) - 1; y++) {
            for (long x = 1; x < d.size(1) - 1; x++) {
                float v = d.get(y, x);
                boolean ridge =
                        v > 0
                                && (v >= d.get(y, x - 1) && v >= d.get(y, x + 1)
                                        || v >= d.get(y - 1, x) && v >= d.get(y + 1, x));
                if (ridge) {
                    sum += v;
                    n++;
                }
            }
        }
        return n == 0 ? 1 : Math.max(1, 2 * sum / n - 0.5);
    }

    /** Cropped to its ink and brought to a longest side of 20, the darkest ink to 255. */
    private static Mat shrunk(Mat cut) {
        Rect ink = bounds(cut);
        Mat tight = new Mat(cut, ink);
        double scale = (double) BOX / Math.max(ink.width(), ink.height());
        Size size =
                new Size(
                        Math.max(1, (int) Math.round(ink.width() * scale)),
                        Math.max(1, (int) Math.round(ink.height() * scale)));
        Mat small = new Mat();
        resize(tight, small, size, 0, 0, scale < 1 ? INTER_AREA : INTER_CUBIC);
        UByteIndexer s = small.createIndexer();
        int most = 1;
        for (long y = 0; y < small.rows(); y++) {
            for (long x = 0; x < small.cols(); x++) {
                most = Math.max(most, s.get(y, x));
            }
        }
        for (long y = 0; y < small.rows(); y++) {
            for (long x = 0; x < small.cols(); x++) {
                s.put(y, x, s.get(y, x) * 255 / most);
            }
        }
        return small;
    }

    private static Rect bounds(Mat cut) {
        UByteIndexer c = cut.createIndexer();
        int left = cut.cols();
        int right = -1;
        int top = cut.rows();
        int bottom = -1;
        for (int y = 0; y < cut.rows(); y++) {
            for (int x = 0; x < cut.cols(); x++) {
                if (c.get(y, x) > 40) {
                    left = Math.min(left, x);
                    right = Math.max(right, x);
                    top = Math.min(top, y);
                    bottom = Math.max(bottom, y);
                }
            }
        }
        return right < 0
                ? new Rect(0, 0, cut.cols(), cut.rows())
                : new Rect(left, top, right - left + 1, bottom - top + 1);
    }

    /** Centre of mass to (14, 14), as near as whole pixels go. */
    private static byte[] centred(Mat small) {
        UByteIndexer s = small.createIndexer();
        double mass = 0;
        double mx = 0;
        double my = 0;
        for (int y = 0; y < small.rows(); y++) {
            for (int x = 0; x < small.cols(); x++) {
                int v = s.get(y, x);
                mass += v;
                mx += (double) v * x;
                my += (double) v * y;
            }
        }
        int dx = within(SIDE / 2.0 - mx / mass, SIDE - small.cols());
        int dy = within(SIDE / 2.0 - my / mass, SIDE - small.rows());
        byte[] pixels = new byte[SIDE * SIDE];
        for (int y = 0; y < small.rows(); y++) {
            for (int x = 0; x < small.cols(); x++) {
                pixels[(y + dy) * SIDE + x + dx] = (byte) s.get(y, x);
            }
        }
        return pixels;
    }

    private static int within(double shift, int most) {
        return (int) Math.max(0, Math.min(most, Math.round(shift)));
    }
}
