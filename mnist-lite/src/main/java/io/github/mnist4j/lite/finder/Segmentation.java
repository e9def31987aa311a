package io.github.mnist4j.lite.finder;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;

/** Joins components that belong to one digit, and cuts those that may be several. */
final class Segmentation {
    /** Crumbs that a digit consists of at most. */
    private static final int MOST_CRUMBS = 12;

    private final Page page;

    /** Usual height of a digit on the page, in pixels. */
    private final double tall;

    Segmentation(Page page, double tall) {
        this.page = page;
        this.tall = tall;
    }

    /** Components, with those joined that one digit consists of. */
    List<Segment> strokes(List<Segment> components) {
        return stacked(gathered(components));
    }

    /** A digit in many crumbs, as a failing pen writes it, is one piece, if that reads better. */
    private List<Segment> gathered(List<Segment> segments) {
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
                apart += page.cost(part, tall);
            }
            if (page.cost(unions.get(i), tall) < apart
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
    private List<Segment> stacked(List<Segment> segments) {
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
            double apart = page.cost(j[0], tall) + page.cost(j[1], tall);
            if (untouched && page.cost(j[2], tall) < apart) {
                all.remove(j[0]);
                all.remove(j[1]);
                all.add(j[2]);
            }
        }
        return all;
    }

    /** The pieces of what may be several digits that touch. */
    List<Segment> cut(Segment s) {
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
            List<Integer> cuts = valleys(ink, first, last);
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
    private List<Integer> valleys(int[] ink, int first, int last) {
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
}
