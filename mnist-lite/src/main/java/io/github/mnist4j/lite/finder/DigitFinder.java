package io.github.mnist4j.lite.finder;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the digits on a photo, a drawing or a screenshot: dark on light or light on dark, uneven
 * light, ruled or squared paper, digits that touch each other or the border.
 *
 * <p>Ink is cut into pieces, rather too many. Neighboring pieces of a line, one to four of them,
 * are candidates for a digit; the network scores each, and the cheapest way through the line wins.
 * What the network takes for something else is left out.
 *
 * <p>Any number of threads may share one, if they may share its recognizer.
 */
public final class DigitFinder {
    /** Longest side that is worked on; larger images are made smaller first. */
    private static final int WORKING_SIDE = 1600;

    /** Up to this longest side the whole image is a candidate for a digit. */
    private static final int SMALL = 100;

    /** Least mean probability of its digits at which a page is taken to be upright. */
    private static final double UPRIGHT = 0.85;

    private final Recognizer recognizer;

    public DigitFinder(Recognizer recognizer) {
        this.recognizer = recognizer;
    }

    /**
     * A digit that was found.
     *
     * @param x of its left edge in pixels of the image that was given
     * @param y of its upper edge
     * @param width in pixels, 1 or more
     * @param height in pixels, 1 or more
     * @param line 0 for the uppermost
     * @param pixels what the recognizer saw: 28 * 28 values, 0 (paper) to 1 (ink)
     * @param probabilities the recognizer's answer: of ten digits and of none
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Found(
            int x, int y, int width, int height, int line, float[] pixels, float[] probabilities) {
        private float certainty() {
            return Answers.best(probabilities);
        }
    }

    /**
     * Every digit on an image in color, line by line, from left to right; empty if there is none.
     * Where brightness alone does not tell ink from paper, red, green and blue are looked at.
     *
     * @param argb width * height pixels, row by row: alpha, red, green, blue, 8 bits each
     */
    public List<Found> read(int width, int height, int[] argb) {
        List<Found> best = read(Gray.of(width, height, argb));
        if (best.size() > 1 || meanCertainty(best) > 0.7 || !isColored(argb)) {
            return best;
        }
        for (Gray.Channel channel :
                List.of(Gray.Channel.RED, Gray.Channel.GREEN, Gray.Channel.BLUE)) {
            List<Found> other = read(Gray.of(width, height, argb, channel));
            best = isBetter(other, best) ? other : best;
        }
        return best;
    }

    private static boolean isColored(int[] argb) {
        int colored = 0;
        for (int rgb : argb) {
            int red = rgb >> 16 & 0xFF;
            int green = rgb >> 8 & 0xFF;
            int blue = rgb & 0xFF;
            int spread =
                    Math.max(red, Math.max(green, blue)) - Math.min(red, Math.min(green, blue));
            colored += spread > 60 ? 1 : 0;
        }
        return colored > argb.length / 50;
    }

    /** Every digit on the image, line by line, from left to right; empty if there is none. */
    public List<Found> read(Gray image) {
        double scale = Math.min(1, (double) WORKING_SIDE / Math.max(image.width(), image.height()));
        Gray gray =
                scale == 1
                        ? image
                        : image.resized(
                                Math.max(1, (int) Math.round(image.width() * scale)),
                                Math.max(1, (int) Math.round(image.height() * scale)));
        List<Found> found =
                Math.max(gray.width(), gray.height()) <= SMALL ? small(gray) : large(gray, true);
        return scale == 1 ? found : found.stream().map(f -> unscaled(f, scale, image)).toList();
    }

    /** On the image that was given; what was rounded up may not lead beyond its edges. */
    private static Found unscaled(Found f, double scale, Gray image) {
        int x = Math.min(image.width() - 1, (int) Math.floor(f.x / scale));
        int y = Math.min(image.height() - 1, (int) Math.floor(f.y / scale));
        return new Found(
                x,
                y,
                Math.min(image.width() - x, (int) Math.ceil(f.width / scale)),
                Math.min(image.height() - y, (int) Math.ceil(f.height / scale)),
                f.line,
                f.pixels,
                f.probabilities);
    }

    /** A page, as it lies or turned if that reads better; or an image that lies on it. */
    private List<Found> large(Gray gray, boolean whole) {
        boolean light = Ink.isLightOnDark(gray);
        Gray dark = light ? gray.inverted() : gray;
        Page.Result upright = Page.read(Ink.local(dark), recognizer);
        if (upright.found().size() <= 1) {
            upright = single(gray, upright);
        }
        Page.Result chosen = upright;
        if (upright.shapes() >= 4 && upright.quality() < UPRIGHT) {
            for (int quarters = 1; quarters < 4; quarters++) {
                Page.Result turned = Page.read(Ink.local(dark.turned(quarters)), recognizer);
                if (turned.found().size() >= upright.found().size() / 2
                        && turned.quality() > chosen.quality() + 0.05) {
                    int q = quarters;
                    chosen =
                            new Page.Result(
                                    turned.found().stream().map(f -> back(f, q, gray)).toList(),
                                    turned.shapes(),
                                    turned.quality());
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
        return chosen.found();
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
    private Page.Result single(Gray gray, Page.Result seen) {
        if (seen.found().size() == 1 && seen.found().get(0).certainty() > 0.9) {
            return seen;
        }
        Page.Result best = seen;
        boolean light = Ink.isLightOnDark(gray);
        for (Gray dark : List.of(light ? gray.inverted() : gray, light ? gray : gray.inverted())) {
            Page.Result other = Page.read(Ink.global(dark), recognizer);
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
        List<Found> parts = Page.read(global, recognizer).found();
        List<Found> local =
                Page.read(Ink.local(Ink.isLightOnDark(gray) ? gray.inverted() : gray), recognizer)
                        .found();
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
                return List.of(with(one, Answers.mean(p, one.probabilities, one.probabilities)));
            }
            return Answers.best(p) > one.certainty() ? List.of(whole) : parts;
        }
        double cost = 0;
        for (Found f : parts) {
            cost += Page.DIGIT - Math.log(f.certainty());
        }
        boolean asOne = parts.isEmpty() || Page.DIGIT - Math.log(Answers.best(p)) < cost;
        if (asOne && p[Recognizer.NONE] < Page.REJECT) {
            return List.of(whole);
        }
        return parts;
    }

    private static Found with(Found f, float[] probabilities) {
        return new Found(f.x, f.y, f.width, f.height, f.line, f.pixels, probabilities);
    }

    /** All ink of the image as one digit: as it lies there and centered. Null without ink. */
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
        float[] centered = Normalizer.normalized(cut, w, h);
        // as it lies there only if it is about as large as MNIST's
        int longer = Math.max(right - left, bottom - top) + 1;
        double inBox = (double) Normalizer.SIDE * longer / side;
        boolean alike = inBox > 14 && inBox < 24;
        float[][] answers =
                Answers.of(recognizer, alike ? List.of(raw, centered) : List.of(centered));
        var seen = new SecondOpinion.Opinion(centered, Answers.mean(answers));
        if (SecondOpinion.isWanted(seen.answer())) {
            var cutOut = new Segment.Cut(w, h, cut);
            seen = SecondOpinion.of(recognizer, List.of(cutOut), List.of(seen)).get(0);
        }
        return new Found(
                left, top, right - left + 1, bottom - top + 1, 0, seen.pixels(), seen.answer());
    }
}
