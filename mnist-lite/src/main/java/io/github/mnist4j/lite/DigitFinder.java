package io.github.mnist4j.lite;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads the digits on a photo, a drawing or a screenshot: dark on light or light on dark, uneven
 * light, ruled or squared paper, digits that touch each other or the border.
 *
 * <p>What is ink is cut into pieces that are rather too small. Neighbouring pieces of a line, one
 * to four of them, are candidates for a digit; the network scores each, and the cheapest way
 * through the line wins. What the network takes for no digit is left out.
 *
 * <p>Any number of threads may share one, if they may share its recogniser.
 */
public final class DigitFinder {
    /** Longest side that is worked on; larger images are made smaller first. */
    private static final int WORKING_SIDE = 1600;

    /** Up to this longest side the whole image is a candidate for a digit. */
    private static final int SMALL = 100;

    /**
     * A segment of a digit's size that is none costs this much, as one that is read at exp(-3) = 5
     * %; a longer one more, a shorter one less.
     */
    private static final double REJECTED = 3;

    /** What every digit costs, so that one digit of two pieces beats two doubtful ones. */
    private static final double DIGIT = 0.1;

    /** What cutting connected ink costs: letters look like digits in parts. */
    private static final double CUT = 1;

    /** A bar cut from something connected is more often a letter's than a 1. */
    private static final double BAR = 1.7;

    /** Pieces that one digit consists of at most. */
    private static final int PIECES = 4;

    /** Height of a digit at least, in parts of the usual one. */
    private static final double LOWEST = 0.35;

    /** Crumbs that a digit consists of at most. */
    private static final int MOST_CRUMBS = 12;

    /** Least mean probability of its digits at which a page is taken to be upright. */
    private static final double UPRIGHT = 0.85;

    /**
     * Probability of none above which a shape is left out: one real digit in a hundred reaches it.
     */
    private static final double REJECT = 0.8;

    /** Digits that a page has at least before all its shapes are taken for digits. */
    private static final int LEAST_DIGITS = 6;

    /** How many of the examples that recognisers learn from are no digits. */
    private static final double NONE_SHARE = 0.25;

    /** Shapes on a page that this is worth as much as. */
    private static final double PRIOR_WEIGHT = 4;

    private static final int AREA = Normalizer.SIDE * Normalizer.SIDE;
    private static final int CLASSES = Recognizer.CLASSES;

    private final Recognizer recognizer;

    public DigitFinder(Recognizer recognizer) {
        this.recognizer = recognizer;
    }

    /**
     * A digit, found.
     *
     * @param x of its left edge in pixels of the image that was given
     * @param y of its upper edge
     * @param width in pixels, 1 or more
     * @param height in pixels, 1 or more
     * @param line 0 for the uppermost
     * @param pixels what the recogniser saw: 28 * 28 values, 0 (paper) to 1 (ink)
     * @param probabilities the recogniser's answer: of ten digits and of none
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Found(
            int x, int y, int width, int height, int line, float[] pixels, float[] probabilities) {
        private float certainty() {
            return best(probabilities);
        }
    }

    /**
     * Every digit on an image in colours, line by line, from left to right; empty if there is none.
     * Where brightness alone does not tell ink from paper, red, green and blue are looked at.
     *
     * @param argb width * height pixels, row by row: alpha, red, green, blue, 8 bits each
     */
    public List<Found> read(int width, int height, int[] argb) {
        List<Found> best = read(Gray.of(width, height, argb));
        if (best.size() > 1 || meanCertainty(best) > 0.7 || !isColoured(argb)) {
            return best;
        }
        for (Gray.Channel channel :
                List.of(Gray.Channel.RED, Gray.Channel.GREEN, Gray.Channel.BLUE)) {
            List<Found> other = read(Gray.of(width, height, argb, channel));
            best = isBetter(other, best) ? other : best;
        }
        return best;
    }

    private static boolean isColoured(int[] argb) {
        int coloured = 0;
        for (int rgb : argb) {
            int red = rgb >> 16 & 0xFF;
            int green = rgb >> 8 & 0xFF;
            int blue = rgb & 0xFF;
            int spread =
                    Math.max(red, Math.max(green, blue)) - Math.min(red, Math.min(green, blue));
            coloured += spread > 60 ? 1 : 0;
        }
        return coloured > argb.length / 50;
    }

    /** Every digit on the image, line by line, from left to right; empty if there is none. */
    public List<Found> read(Gray picture) {
        double scale =
                Math.min(1, (double) WORKING_SIDE / Math.max(picture.width(), picture.height()));
        Gray gray =
                scale == 1
                        ? picture
                        : picture.resized(
                                Math.max(1, (int) Math.round(picture.width() * scale)),
                                Math.max(1, (int) Math.round(picture.height() * scale)));
        List<Found> found =
                Math.max(gray.width(), gray.height()) <= SMALL ? small(gray) : large(gray, true);
        return scale == 1 ? found : found.stream().map(f -> unscaled(f, scale)).toList();
    }

    private static Found unscaled(Found f, double scale) {
        return new Found(
                (int) Math.floor(f.x / scale),
                (int) Math.floor(f.y / scale),
                (int) Math.ceil(f.width / scale),
                (int) Math.ceil(f.height / scale),
                f.line,
                f.pixels,
                f.probabilities);
    }

    /**
     * What was read.
     *
     * @param shapes of a digit's size
     * @param quality mean probability of the likeliest digit over those shapes, 0 to 1: those that
     *     were not taken for digits lower it
     */
    private record Result(List<Found> found, int shapes, double quality) {
        boolean isBetterThan(Result other) {
            return !found.isEmpty() && (other.found.isEmpty() || quality > other.quality);
        }
    }

    /** A page, as it lies or turned if that reads better; or an image that lies on it. */
    private List<Found> large(Gray gray, boolean whole) {
        boolean light = Ink.isLightOnDark(gray);
        Gray dark = light ? gray.inverted() : gray;
        Result upright = page(Ink.local(dark));
        if (upright.found.size() <= 1) {
            upright = single(gray, upright);
        }
        Result chosen = upright;
        if (upright.shapes >= 4 && upright.quality < UPRIGHT) {
            for (int quarters = 1; quarters < 4; quarters++) {
                Result turned = page(Ink.local(dark.turned(quarters)));
                if (turned.found.size() >= upright.found.size() / 2
                        && turned.quality > chosen.quality + 0.05) {
                    int q = quarters;
                    chosen =
                            new Result(
                                    turned.found.stream().map(f -> back(f, q, gray)).toList(),
                                    turned.shapes,
                                    turned.quality);
                }
            }
        }
        if (whole) {
            for (int[] box : Frames.of(gray)) {
                List<Found> inner = framed(gray, box);
                long area = (long) (box[2] - box[0]) * (box[3] - box[1]);
                boolean large = 5 * area > (long) gray.width() * gray.height();
                // a plot of one digit: what stands around it labels its axes
                if (large && inner.size() == 1 && inner.get(0).certainty() > 0.5) {
                    return inner;
                }
            }
        }
        return chosen.found;
    }

    /** What an image on an image shows. */
    private List<Found> framed(Gray gray, int[] box) {
        int w = box[2] - box[0];
        int h = box[3] - box[1];
        Gray inner = gray.cut(box[0], box[1], w, h);
        List<Found> found = Math.max(w, h) <= SMALL ? small(inner) : large(inner, false);
        return found.stream()
                .map(
                        f ->
                                new Found(
                                        f.x + box[0],
                                        f.y + box[1],
                                        f.width,
                                        f.height,
                                        f.line,
                                        f.pixels,
                                        f.probabilities))
                .toList();
    }

    /** From an image that was turned clockwise. */
    private static Found back(Found f, int quarters, Gray gray) {
        int w = gray.width();
        int h = gray.height();
        return switch (quarters) {
            case 1 ->
                    new Found(
                            f.y,
                            h - f.x - f.width,
                            f.height,
                            f.width,
                            f.line,
                            f.pixels,
                            f.probabilities);
            case 2 ->
                    new Found(
                            w - f.x - f.width,
                            h - f.y - f.height,
                            f.width,
                            f.height,
                            f.line,
                            f.pixels,
                            f.probabilities);
            default ->
                    new Found(
                            w - f.y - f.height,
                            f.x,
                            f.height,
                            f.width,
                            f.line,
                            f.pixels,
                            f.probabilities);
        };
    }

    private static double meanCertainty(List<Found> found) {
        return found.stream().mapToDouble(Found::certainty).average().orElse(0);
    }

    /** An image with one digit, or none that was seen at first: other views of it. */
    private Result single(Gray gray, Result seen) {
        if (seen.found.size() == 1 && seen.found.get(0).certainty() > 0.9) {
            return seen;
        }
        Result best = seen;
        boolean light = Ink.isLightOnDark(gray);
        for (Gray dark : List.of(light ? gray.inverted() : gray, light ? gray : gray.inverted())) {
            Result other = page(Ink.global(dark));
            best = other.isBetterThan(best) ? other : best;
        }
        return best;
    }

    private static boolean isBetter(List<Found> a, List<Found> b) {
        return !a.isEmpty() && (b.isEmpty() || meanCertainty(a) > meanCertainty(b));
    }

    /** A small image: a digit as a whole, seen in several ways, unless it reads better in parts. */
    private List<Found> small(Gray gray) {
        boolean border = Ink.hasDarkBorder(gray);
        Gray dark = border ? gray.inverted() : gray;
        Ink global = Ink.global(dark);
        List<Found> parts = page(global).found;
        List<Found> local = page(Ink.local(Ink.isLightOnDark(gray) ? gray.inverted() : gray)).found;
        if (isBetter(local, parts) && !(parts.size() == 1 && local.size() > 1)) {
            parts = local;
        }
        Found whole = whole(global);
        if (whole == null) {
            return parts;
        }
        float[] p = whole.probabilities;
        if (parts.size() == 1) {
            Found one = parts.get(0);
            boolean same = one.height > 0.6 * whole.height;
            if (same) {
                return List.of(with(one, mean(p, one.probabilities, one.probabilities)));
            }
            return best(p) > one.certainty() ? List.of(whole) : parts;
        }
        double cost = 0;
        for (Found f : parts) {
            cost += DIGIT - Math.log(f.certainty());
        }
        boolean asOne = parts.isEmpty() || DIGIT - Math.log(best(p)) < cost;
        if (asOne && p[Recognizer.NONE] < REJECT) {
            return List.of(whole);
        }
        return parts;
    }

    private static Found with(Found f, float[] probabilities) {
        return new Found(f.x, f.y, f.width, f.height, f.line, f.pixels, probabilities);
    }

    private static float[] mean(float[]... answers) {
        float[] mean = new float[CLASSES];
        for (float[] a : answers) {
            for (int c = 0; c < CLASSES; c++) {
                mean[c] += a[c] / answers.length;
            }
        }
        return mean;
    }

    /** All ink of the image as one digit: as it lies there and centred. Null without ink. */
    private @Nullable Found whole(Ink ink) {
        int w = ink.width();
        int h = ink.height();
        int left = w;
        int right = -1;
        int top = h;
        int bottom = -1;
        float[] cut = new float[w * h];
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w; x++) {
                int i = y * w + x;
                // what is under half of the threshold is paper
                float low = ink.threshold() / 2;
                cut[i] = Math.max(0, (ink.values()[i] - low) / (1 - low));
                if (ink.values()[i] >= ink.threshold()) {
                    left = Math.min(left, x);
                    right = Math.max(right, x);
                    top = Math.min(top, y);
                    bottom = y;
                }
            }
        }
        if (right < 0 || Math.max(w, h) > 3 * Math.min(w, h)) {
            return null;
        }
        int side = Math.max(w, h);
        float[] square = new float[side * side];
        for (int y = 0; y < h; y++) {
            System.arraycopy(cut, y * w, square, (y + (side - h) / 2) * side + (side - w) / 2, w);
        }
        float[] raw = Normalizer.resized(square, side, side, Normalizer.SIDE, Normalizer.SIDE);
        float[] centred = Normalizer.normalized(cut, w, h);
        // as it lies there only if it is about as large as MNIST's
        int longer = Math.max(right - left, bottom - top) + 1;
        double inBox = (double) Normalizer.SIDE * longer / side;
        boolean alike = inBox > 14 && inBox < 24;
        float[][] answers = answers(alike ? List.of(raw, centred) : List.of(centred));
        return new Found(left, top, right - left + 1, bottom - top + 1, 0, centred, mean(answers));
    }

    private float[][] answers(List<float[]> pictures) {
        float[] all = new float[pictures.size() * AREA];
        for (int i = 0; i < pictures.size(); i++) {
            System.arraycopy(pictures.get(i), 0, all, i * AREA, AREA);
        }
        float[] flat = pictures.isEmpty() ? new float[0] : recognizer.recognize(all);
        float[][] answers = new float[pictures.size()][];
        for (int i = 0; i < answers.length; i++) {
            answers[i] = Arrays.copyOfRange(flat, i * CLASSES, (i + 1) * CLASSES);
        }
        return answers;
    }

    private static float best(float[] probabilities) {
        float best = 0;
        for (int c = 0; c < Recognizer.NONE; c++) {
            best = Math.max(best, probabilities[c]);
        }
        return best;
    }

    /** One page being read. */
    private final class Page {
        final Ink ink;
        final Components components;
        final Map<Segment, float[]> answers = new HashMap<>();
        final Map<Segment, float[]> pixels = new HashMap<>();

        Page(Ink ink, Components components) {
            this.ink = ink;
            this.components = components;
        }

        void score(List<Segment> segments) {
            var fresh = new ArrayList<Segment>();
            var pictures = new ArrayList<float[]>();
            for (Segment s : segments) {
                if (!pixels.containsKey(s)) {
                    float[] picture = s.normalized(ink, components);
                    pixels.put(s, picture);
                    fresh.add(s);
                    pictures.add(picture);
                }
            }
            float[][] all = answers(pictures);
            for (int i = 0; i < all.length; i++) {
                answers.put(fresh.get(i), all[i]);
            }
        }

        float certainty(Segment s) {
            return best(answer(s));
        }

        /** Of one that has been scored. */
        float[] answer(Segment s) {
            return Objects.requireNonNull(answers.get(s));
        }

        /** What the recogniser saw of one that has been scored. */
        float[] picture(Segment s) {
            return Objects.requireNonNull(pixels.get(s));
        }
    }

    /** Reads what is ink, upright. */
    private Result page(Ink ink) {
        int w = ink.width();
        int h = ink.height();
        boolean[] binary = new boolean[w * h];
        for (int i = 0; i < binary.length; i++) {
            binary[i] = ink.values()[i] >= ink.threshold();
        }
        Ruling.removeBoxes(binary, w, h);
        Ruling.remove(binary, w, h);
        var page = new Page(ink, Components.of(binary, w, h));
        var whole = new ArrayList<Segment>();
        for (int c = 1; c <= page.components.count(); c++) {
            int[] box = page.components.boxes().get(c);
            if (box[4] >= 6 && Math.max(box[2] - box[0], box[3] - box[1]) >= 4) {
                whole.add(Segment.of(page.components, c));
            }
        }
        // dust is always more numerous than digits
        whole.sort(Comparator.comparingInt(Segment::longer).reversed());
        List<Segment> judged = whole.subList(0, Math.min(4000, whole.size()));
        page.score(judged);
        double tall = tall(judged, page);
        judged.removeIf(s -> s.longer() < 0.12 * tall);
        List<Segment> pieces = new ArrayList<>();
        for (Segment s : stacked(gathered(judged, page, tall), page, tall)) {
            pieces.addAll(cut(s, page, tall));
        }
        page.score(pieces);
        var paths = new ArrayList<List<Segment>>();
        var shapes = new ArrayList<float[]>();
        // also those that lie, as ones on their side do
        pieces.stream()
                .filter(s -> s.height() < 0.35 * tall)
                .filter(s -> s.width() > 0.6 * tall && s.width() < 1.5 * tall)
                .forEach(s -> shapes.add(page.answers.get(s)));
        for (List<Segment> line : lines(pieces, tall)) {
            List<Segment> path = path(line, page, tall);
            path.removeIf(s -> s.height() < LOWEST * tall);
            path.forEach(s -> shapes.add(page.answers.get(s)));
            paths.add(path);
        }
        List<float[]> all = paths.stream().flatMap(List::stream).map(page.answers::get).toList();
        double odds = noneOdds(all);
        var found = new ArrayList<Found>();
        int number = 0;
        long of = paths.stream().flatMap(List::stream).filter(s -> isSized(s, tall)).count();
        long sure =
                paths.stream()
                        .flatMap(List::stream)
                        .filter(s -> isSized(s, tall) && page.certainty(s) > 0.5)
                        .count();
        boolean digitsOnly = sure >= LEAST_DIGITS && sure >= 0.85 * of;
        for (List<Segment> path : paths) {
            path.removeIf(
                    s ->
                            none(page.answer(s), odds) > REJECT
                                    // among digits alone it is an odd digit, and doubtful
                                    && !(digitsOnly && isSized(s, tall) && s.isWhole()));
            for (Segment s : path) {
                found.add(
                        new Found(
                                s.left(),
                                s.top(),
                                s.width(),
                                s.height(),
                                number,
                                page.picture(s),
                                page.answer(s)));
            }
            number += path.isEmpty() ? 0 : 1;
        }
        double quality = shapes.stream().mapToDouble(DigitFinder::best).average().orElse(0);
        return new Result(List.copyOf(found), shapes.size(), quality);
    }

    private static boolean isSized(Segment s, double tall) {
        return s.height() > 0.7 * tall && s.height() < 1.4 * tall && s.width() < 1.4 * tall;
    }

    /**
     * How often a shape on this page is not a digit, relative to the recogniser's training: its
     * answers adapted to the page by expectation and maximisation (Saerens, Latinne and
     * Decaestecker 2002). Among digits a doubtful one is a digit, among letters it is not.
     *
     * @return by which the odds of none are multiplied
     */
    private static double noneOdds(List<float[]> answers) {
        double share = NONE_SHARE;
        double odds = 1;
        for (int iteration = 0; iteration < 20; iteration++) {
            odds = share / (1 - share) * (1 - NONE_SHARE) / NONE_SHARE;
            double none = PRIOR_WEIGHT * NONE_SHARE;
            for (float[] a : answers) {
                none += none(a, odds);
            }
            share = none / (answers.size() + PRIOR_WEIGHT);
        }
        return odds;
    }

    private static double none(float[] answer, double odds) {
        double none = answer[Recognizer.NONE] * odds;
        return none / (none + 1 - answer[Recognizer.NONE] + 1e-9);
    }

    /** How tall digits are: of what is read as one, the middle by height. */
    private static double tall(List<Segment> segments, Page page) {
        List<Segment> sure = segments.stream().filter(s -> page.certainty(s) > 0.8).toList();
        List<Segment> of = sure.isEmpty() ? segments : sure;
        double[] heights =
                of.stream()
                        .mapToDouble(s -> s.width() > 4 * s.height() ? s.width() : s.height())
                        .sorted()
                        .toArray();
        double half = Arrays.stream(heights).sum() / 2;
        for (double height : heights) {
            half -= height;
            if (half <= 0) {
                return height;
            }
        }
        return 1;
    }

    /** A digit in many crumbs, as a failing pen writes it, is one piece, if that reads better. */
    private List<Segment> gathered(List<Segment> segments, Page page, double tall) {
        var crumbs = new ArrayList<Segment>();
        for (Segment s : segments) {
            if (s.height() < 0.6 * tall && s.longer() < tall) {
                crumbs.add(s);
            }
        }
        crumbs.sort(Comparator.comparingInt(Segment::left));
        var groups = new ArrayList<List<Segment>>();
        boolean[] taken = new boolean[crumbs.size()];
        for (int first = 0; first < crumbs.size(); first++) {
            if (taken[first]) {
                continue;
            }
            taken[first] = true;
            var group = new ArrayList<>(List.of(crumbs.get(first)));
            for (int next = 0; next < group.size(); next++) {
                Segment one = group.get(next);
                // sorted by their left edges: none further to the right is near
                for (int i = first + 1;
                        i < crumbs.size() && crumbs.get(i).left() < one.right() + 0.4 * tall;
                        i++) {
                    if (!taken[i] && isNear(one, crumbs.get(i), 0.4 * tall)) {
                        taken[i] = true;
                        group.add(crumbs.get(i));
                    }
                }
            }
            groups.add(group);
        }
        var unions = new ArrayList<Segment>();
        var parts = new ArrayList<List<Segment>>();
        for (List<Segment> group : groups) {
            Segment union = group.stream().reduce(Segment::and).orElseThrow();
            boolean sized =
                    union.height() > 0.6 * tall
                            && union.height() < 1.4 * tall
                            && union.width() < 1.4 * tall;
            if (group.size() > 1 && group.size() <= MOST_CRUMBS && sized) {
                unions.add(union);
                parts.add(group);
            }
        }
        page.score(unions);
        var all = new LinkedHashSet<>(segments);
        for (int i = 0; i < unions.size(); i++) {
            double apart = 0;
            for (Segment part : parts.get(i)) {
                apart += cost(part, page, tall);
            }
            if (cost(unions.get(i), page, tall) < apart
                    && page.answer(unions.get(i))[Recognizer.NONE] < 0.5) {
                parts.get(i).forEach(all::remove);
                all.add(unions.get(i));
            }
        }
        return new ArrayList<>(all);
    }

    private static boolean isNear(Segment a, Segment b, double gap) {
        return Math.max(a.left() - b.right(), b.left() - a.right()) < gap
                && Math.max(a.top() - b.bottom(), b.top() - a.bottom()) < gap;
    }

    /** Parts of one digit that lie one above the other are one piece, if that reads better. */
    @SuppressWarnings("ReferenceEquality") // another piece, be it equal
    private List<Segment> stacked(List<Segment> segments, Page page, double tall) {
        var small = new ArrayList<Segment>();
        var all = new ArrayList<>(segments);
        for (Segment s : segments) {
            if (s.height() < 0.6 * tall && s.longer() < 1.2 * tall) {
                small.add(s);
            }
        }
        // from the upper end downwards, so that what joins goes on joining
        small.sort(Comparator.comparingInt(Segment::top));
        var joined = new ArrayList<Segment[]>();
        var candidates = new ArrayList<Segment>();
        for (Segment s : small) {
            Segment nearest = null;
            double gap = 0.25 * tall;
            for (Segment other : segments) {
                double overX =
                        Math.min(s.right(), other.right()) - Math.max(s.left(), other.left());
                double overY =
                        Math.min(s.bottom(), other.bottom()) - Math.max(s.top(), other.top());
                double union =
                        Math.max(s.bottom(), other.bottom()) - Math.min(s.top(), other.top());
                boolean above =
                        other != s
                                && overX > 0.4 * Math.min(s.width(), other.width())
                                && union < 1.4 * tall
                                && other.longer() < 1.5 * tall;
                if (above && -overY < gap) {
                    gap = -overY;
                    nearest = other;
                }
            }
            if (nearest != null) {
                Segment both = nearest.and(s);
                joined.add(new Segment[] {s, nearest, both});
                candidates.add(both);
            }
        }
        page.score(candidates);
        for (Segment[] j : joined) {
            boolean untouched = all.contains(j[0]) && all.contains(j[1]);
            double apart = cost(j[0], page, tall) + cost(j[1], page, tall);
            if (untouched && cost(j[2], page, tall) < apart) {
                all.remove(j[0]);
                all.remove(j[1]);
                all.add(j[2]);
            }
        }
        return all;
    }

    private static double cost(Segment s, Page page, double tall) {
        double read = DIGIT - Math.log(Math.max(1e-9, page.certainty(s)));
        // a part of connected ink is not left out as easily as a blot
        boolean slice = s.parts().size() == 1 && s.parts().get(0).isSlice();
        if (slice && page.answer(s)[1] > 0.5) {
            read += BAR;
        }
        double size = s.longer() / tall;
        return Math.min(read, REJECTED * (slice ? Math.max(1, size) : size));
    }

    /** The pieces of what may be several digits that touch. */
    private static List<Segment> cut(Segment s, Page page, double tall) {
        boolean wide = s.width() > 0.6 * tall && s.width() > 0.5 * s.height();
        boolean doubtful = page.certainty(s) < 0.9;
        boolean possible =
                s.parts().size() == 1
                        && s.height() > 0.5 * tall
                        && s.height() < 2 * tall
                        && s.width() < 8 * tall;
        if (!(wide && doubtful && possible)) {
            return List.of(s);
        }
        int label = s.parts().get(0).label();
        Components c = page.components;
        double bestSlope = 0;
        List<Integer> bestCuts = List.of();
        double least = Double.MAX_VALUE;
        for (double slope : new double[] {0, -0.25, 0.25}) {
            // ink along each slanted column, from where x - slope * y is smallest
            int reach = (int) Math.ceil(Math.abs(slope) * s.height()) + 1;
            int n = s.width() + 2 * reach;
            int[] ink = new int[n];
            for (int y = s.top(); y < s.bottom(); y++) {
                for (int x = s.left(); x < s.right(); x++) {
                    if (c.labels()[y * c.width() + x] == label) {
                        ink[(int) Math.floor(x - slope * (y - s.top())) - s.left() + reach]++;
                    }
                }
            }
            int first = 0;
            int last = n - 1;
            while (ink[first] == 0) {
                first++;
            }
            while (ink[last] == 0) {
                last--;
            }
            List<Integer> cuts = valleys(ink, first, last, tall);
            double cost =
                    cuts.stream().mapToInt(at -> ink[at]).min().orElse(Integer.MAX_VALUE)
                            + (slope == 0 ? 0 : 0.02 * tall);
            if (cost < least) {
                least = cost;
                bestSlope = slope;
                // in terms of x - slope * y
                double shift = s.left() - reach + slope * -s.top();
                bestCuts = cuts.stream().map(at -> (int) Math.round(at + shift)).toList();
            }
        }
        var pieces = new ArrayList<Segment>();
        double from = Double.NEGATIVE_INFINITY;
        for (int i = 0; i <= bestCuts.size(); i++) {
            double to = i < bestCuts.size() ? bestCuts.get(i) : Double.POSITIVE_INFINITY;
            Segment piece = Segment.slice(c, new Segment.Part(label, bestSlope, from, to));
            if (piece != null) {
                pieces.add(piece);
            }
            from = to;
        }
        return pieces;
    }

    /** Columns with little ink, 0.15 of a digit's height apart at least. */
    private static List<Integer> valleys(int[] ink, int first, int last, double tall) {
        int apart = Math.max(2, (int) (0.15 * tall));
        var order = new ArrayList<Integer>();
        for (int x = first + apart; x <= last - apart; x++) {
            if (ink[x] < 0.45 * tall) {
                order.add(x);
            }
        }
        order.sort(Comparator.comparingInt(x -> ink[x]));
        int most = Math.max(2, (int) (3 * (last - first) / tall));
        var cuts = new ArrayList<Integer>();
        for (int x : order) {
            if (cuts.size() < most && cuts.stream().allMatch(o -> Math.abs(o - x) >= apart)) {
                cuts.add(x);
            }
        }
        cuts.sort(Comparator.naturalOrder());
        return cuts;
    }

    /**
     * From left to right, each piece goes on with the line whose last piece is nearest in height:
     * so lines may slant, as they do on photos. Small pieces begin no line.
     */
    private static List<List<Segment>> lines(List<Segment> pieces, double tall) {
        var lines = new ArrayList<List<Segment>>();
        var rightwards = new ArrayList<Segment>();
        var small = new ArrayList<Segment>();
        for (Segment s : pieces) {
            if (s.height() >= 0.35 * tall && s.height() < 2.5 * tall) {
                rightwards.add(s);
            } else if (s.longer() < 2.5 * tall) {
                small.add(s);
            }
        }
        rightwards.sort(Comparator.comparingDouble(Segment::left));
        for (Segment s : rightwards) {
            List<Segment> nearest = null;
            double off = 0.6 * tall;
            for (List<Segment> line : lines) {
                Segment last = line.get(line.size() - 1);
                double here = Math.abs(s.centreY() - last.centreY());
                if (here < off) {
                    off = here;
                    nearest = line;
                }
            }
            if (nearest == null) {
                nearest = new ArrayList<>();
                lines.add(nearest);
            }
            nearest.add(s);
        }
        for (Segment s : small) {
            List<Segment> nearest = null;
            double off = 0.3 * tall;
            for (List<Segment> line : lines) {
                for (Segment other : line) {
                    double dx = Math.max(other.left() - s.right(), s.left() - other.right());
                    double dy = Math.max(other.top() - s.bottom(), s.top() - other.bottom());
                    double here = Math.max(dx, dy);
                    if (here < off) {
                        off = here;
                        nearest = line;
                    }
                }
            }
            if (nearest != null) {
                nearest.add(s);
            }
        }
        lines.sort(
                Comparator.comparingDouble(
                        line ->
                                line.stream()
                                        .mapToDouble(Segment::centreY)
                                        .average()
                                        .orElseThrow()));
        return lines;
    }

    /** The cheapest way through a line: its digits. */
    private List<Segment> path(List<Segment> line, Page page, double tall) {
        line.sort(Comparator.comparingDouble(Segment::centreX));
        int n = line.size();
        Segment[][] runs = new Segment[n][PIECES];
        double[][] stretched = new double[n][PIECES];
        var candidates = new ArrayList<Segment>();
        for (int i = 0; i < n; i++) {
            runs[i][0] = line.get(i);
            for (int k = 1; k < PIECES && i + k < n; k++) {
                Segment before = runs[i][k - 1];
                Segment next = line.get(i + k);
                double gap = Math.max(0, next.left() - before.right()) / tall;
                Segment both = before.and(next);
                // two that read well and stand apart are two
                boolean apart =
                        gap > 0.05
                                && page.certainty(line.get(i + k - 1)) > 0.9
                                && page.certainty(next) > 0.9
                                && Math.min(line.get(i + k - 1).height(), next.height())
                                        > 0.75 * tall;
                if (gap > 0.3 || apart || both.width() > 1.5 * tall || both.height() > 1.6 * tall) {
                    break;
                }
                runs[i][k] = both;
                stretched[i][k] = stretched[i][k - 1] + gap;
                candidates.add(both);
            }
        }
        page.score(candidates);
        double[] least = new double[n + 1];
        int[] length = new int[n + 1];
        for (int end = 1; end <= n; end++) {
            least[end] = Double.MAX_VALUE;
            for (int k = 0; k < PIECES && end - 1 - k >= 0; k++) {
                Segment s = runs[end - 1 - k][k];
                if (s == null) {
                    continue;
                }
                double c = least[end - 1 - k] + cost(s, page, tall) + stretched[end - 1 - k][k];
                c += s.parts().get(0).from() > Double.NEGATIVE_INFINITY ? CUT : 0;
                if (c < least[end]) {
                    least[end] = c;
                    length[end] = k + 1;
                }
            }
        }
        var digits = new ArrayList<Segment>();
        for (int end = n; end > 0; end -= length[end]) {
            digits.add(0, runs[end - length[end]][length[end] - 1]);
        }
        return digits;
    }
}
