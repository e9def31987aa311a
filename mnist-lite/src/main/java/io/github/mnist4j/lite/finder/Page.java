package io.github.mnist4j.lite.finder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One page being read: its ink, and what the recognizer said of each segment that was asked about.
 */
final class Page {
    /**
     * A segment of a digit's size that is none costs this much, as one that is read at exp(-3) = 5
     * %; a longer one more, a shorter one less.
     */
    private static final double REJECTED = 3;

    /** What every digit costs, so that one digit of two pieces beats two doubtful ones. */
    static final double DIGIT = 0.1;

    /** A bar cut from something connected is more often a letter's than a 1. */
    private static final double BAR = 1.7;

    /** Height of a digit at least, in parts of the usual one. */
    private static final double LOWEST = 0.35;

    /**
     * Probability of none above which a shape is left out: one real digit in a hundred reaches it.
     */
    static final double REJECT = 0.8;

    /** Digits that a page has at least before all its shapes are taken for digits. */
    private static final int LEAST_DIGITS = 6;

    /** How many of the examples that recognizers learn from are not digits. */
    private static final double NONE_SHARE = 0.25;

    /** Shapes on a page that this is worth as much as. */
    private static final double PRIOR_WEIGHT = 4;

    private final Recognizer recognizer;
    private final Ink ink;
    final Components components;
    private final Map<Segment, float[]> answers = new HashMap<>();
    private final Map<Segment, float[]> pixels = new HashMap<>();

    private Page(Recognizer recognizer, Ink ink, Components components) {
        this.recognizer = recognizer;
        this.ink = ink;
        this.components = components;
    }

    void score(List<Segment> segments) {
        var fresh = new ArrayList<Segment>();
        var images = new ArrayList<float[]>();
        for (Segment s : segments) {
            if (!pixels.containsKey(s)) {
                float[] image = s.normalized(ink, components);
                pixels.put(s, image);
                fresh.add(s);
                images.add(image);
            }
        }
        float[][] all = Answers.of(recognizer, images);
        for (int i = 0; i < all.length; i++) {
            answers.put(fresh.get(i), all[i]);
        }
    }

    float certainty(Segment s) {
        return Answers.best(answer(s));
    }

    /** Of one that has been scored. */
    float[] answer(Segment s) {
        return Objects.requireNonNull(answers.get(s));
    }

    /** What the recognizer saw of one that has been scored. */
    float[] image(Segment s) {
        return Objects.requireNonNull(pixels.get(s));
    }

    /** What taking it for a digit, or leaving it out, costs. */
    double cost(Segment s, double tall) {
        double read = DIGIT - Math.log(Math.max(1e-9, certainty(s)));
        // a part of connected ink is not left out as easily as a blot
        boolean slice = s.parts().size() == 1 && s.parts().get(0).isSlice();
        if (slice && answer(s)[1] > 0.5) {
            read += BAR;
        }
        double size = s.longer() / tall;
        return Math.min(read, REJECTED * (slice ? Math.max(1, size) : size));
    }

    /**
     * What was read.
     *
     * @param shapes of a digit's size
     * @param quality mean probability of the likeliest digit over those shapes, 0 to 1: those that
     *     were not taken for digits lower it
     */
    record Result(List<DigitFinder.Found> found, int shapes, double quality) {
        boolean isBetterThan(Result other) {
            return !found.isEmpty() && (other.found.isEmpty() || quality > other.quality);
        }
    }

    /** Reads what is ink, upright. */
    static Result read(Ink ink, Recognizer recognizer) {
        int w = ink.width();
        int h = ink.height();
        boolean[] binary = new boolean[w * h];
        for (int i = 0; i < binary.length; i++) {
            binary[i] = ink.values()[i] >= ink.threshold();
        }
        Ruling.removeBoxes(binary, w, h);
        Ruling.remove(binary, w, h);
        var page = new Page(recognizer, ink, Components.of(binary, w, h));
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
        var segmentation = new Segmentation(page, tall);
        List<Segment> pieces = new ArrayList<>();
        for (Segment s : segmentation.strokes(judged)) {
            pieces.addAll(segmentation.cut(s));
        }
        page.score(pieces);
        var paths = new ArrayList<List<Segment>>();
        var shapes = new ArrayList<float[]>();
        // also those that lie, as ones on their side do
        pieces.stream()
                .filter(s -> s.height() < 0.35 * tall)
                .filter(s -> s.width() > 0.6 * tall && s.width() < 1.5 * tall)
                .forEach(s -> shapes.add(page.answers.get(s)));
        var lattice = new Lattice(page, tall);
        for (List<Segment> line : lattice.lines(pieces)) {
            List<Segment> path = lattice.path(line);
            path.removeIf(s -> s.height() < LOWEST * tall);
            path.forEach(s -> shapes.add(page.answers.get(s)));
            paths.add(path);
        }
        List<float[]> all = paths.stream().flatMap(List::stream).map(page.answers::get).toList();
        double odds = noneOdds(all);
        var found = new ArrayList<DigitFinder.Found>();
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
                        new DigitFinder.Found(
                                s.left(),
                                s.top(),
                                s.width(),
                                s.height(),
                                number,
                                page.image(s),
                                page.answer(s)));
            }
            number += path.isEmpty() ? 0 : 1;
        }
        double quality = shapes.stream().mapToDouble(Answers::best).average().orElse(0);
        return new Result(List.copyOf(found), shapes.size(), quality);
    }

    private static boolean isSized(Segment s, double tall) {
        return s.height() > 0.7 * tall && s.height() < 1.4 * tall && s.width() < 1.4 * tall;
    }

    /**
     * How often a shape on this page is not a digit, relative to the recognizer's training: its
     * answers adapted to the page by expectation and maximization (Saerens, Latinne and
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
}
