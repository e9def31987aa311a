package io.github.mnist4j.lite.finder;

import java.util.ArrayList;
import java.util.List;

/**
 * Other views of what a recognizer is not sure of: without its slant, and narrower, as hands write
 * that fill a box. The mean of the answers is right more often than the first one alone.
 */
final class SecondOpinion {
    /** Probability of its digit below which a shape is looked at again. */
    private static final float SURE = 0.9f;

    /** Longer side in pixels on which a view is made: four to one of MNIST's. */
    private static final int FINE = 80;

    /** Slant beyond this, as horizontal pixels to one vertical, is the shape's own. */
    private static final double MOST_SLANT = 0.5;

    private static final double NARROWER = 0.75;

    private SecondOpinion() {}

    /**
     * What was seen of one shape, and the answer.
     *
     * @param pixels of the view that speaks most for the answer's digit: 28 * 28 values
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Opinion(float[] pixels, float[] answer) {}

    static boolean isWanted(float[] answer) {
        return Answers.best(answer) < SURE;
    }

    /** Asks about all shapes at once; their order is kept. */
    static List<Opinion> of(Recognizer recognizer, List<Segment.Cut> cuts, List<Opinion> first) {
        var views = new ArrayList<float[]>();
        for (Segment.Cut cut : cuts) {
            Segment.Cut fine = fine(cut);
            views.add(deskewed(fine).normalized());
            int narrow = Math.max(1, (int) Math.round(NARROWER * fine.width()));
            views.add(resized(fine, narrow, fine.height()).normalized());
        }
        float[][] answers = Answers.of(recognizer, views);
        var opinions = new ArrayList<Opinion>();
        for (int i = 0; i < cuts.size(); i++) {
            float[] one = first.get(i).answer();
            float[] mean = Answers.mean(one, answers[2 * i], answers[2 * i + 1]);
            int digit = Answers.digit(mean);
            float[] pixels = first.get(i).pixels();
            float most = one[digit];
            for (int v = 2 * i; v < 2 * i + 2; v++) {
                // what is shown is to bear the answer out
                if (Answers.digit(one) != digit && answers[v][digit] > most) {
                    most = answers[v][digit];
                    pixels = views.get(v);
                }
            }
            opinions.add(new Opinion(pixels, mean));
        }
        return opinions;
    }

    private static Segment.Cut fine(Segment.Cut cut) {
        double scale = (double) FINE / Math.max(cut.width(), cut.height());
        return resized(
                cut,
                Math.max(1, (int) Math.round(scale * cut.width())),
                Math.max(1, (int) Math.round(scale * cut.height())));
    }

    private static Segment.Cut resized(Segment.Cut cut, int width, int height) {
        float[] ink = Normalizer.resized(cut.ink(), cut.width(), cut.height(), width, height);
        return new Segment.Cut(width, height, ink);
    }

    /** Sheared so that its ink leans neither way, by its second moments. */
    static Segment.Cut deskewed(Segment.Cut cut) {
        int w = cut.width();
        int h = cut.height();
        double mass = 1e-9;
        double mx = 0;
        double my = 0;
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w; x++) {
                float v = cut.ink()[y * w + x];
                mass += v;
                mx += (double) v * x;
                my += (double) v * y;
            }
        }
        mx /= mass;
        my /= mass;
        double xy = 0;
        double yy = 1e-9;
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w; x++) {
                float v = cut.ink()[y * w + x];
                xy += v * (x - mx) * (y - my);
                yy += v * (y - my) * (y - my);
            }
        }
        double slant = Math.max(-MOST_SLANT, Math.min(MOST_SLANT, xy / yy));
        int room = (int) Math.ceil(Math.abs(slant) * h) + 1;
        int wide = w + 2 * room;
        float[] out = new float[wide * h];
        for (int y = 0; y < h; y++) {
            double shift = room - slant * (y - my);
            for (int x = 0; x < wide; x++) {
                double from = x - shift;
                int left = (int) Math.floor(from);
                float part = (float) (from - left);
                float a = left >= 0 && left < w ? cut.ink()[y * w + left] : 0;
                float b = left + 1 >= 0 && left + 1 < w ? cut.ink()[y * w + left + 1] : 0;
                out[y * wide + x] = (1 - part) * a + part * b;
            }
        }
        return new Segment.Cut(wide, h, out);
    }
}
