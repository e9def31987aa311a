package io.github.mnist4j.lite.finder;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Pieces in lines: one to four neighbors of a line are candidates for a digit, and the cheapest way
 * through the line wins.
 */
final class Lattice {
    /** What cutting connected ink costs: letters look like digits in parts. */
    private static final double CUT = 1;

    /** Pieces that one digit consists of at most. */
    private static final int PIECES = 4;

    private final Page page;

    /** Usual height of a digit on the page, in pixels. */
    private final double tall;

    Lattice(Page page, double tall) {
        this.page = page;
        this.tall = tall;
    }

    /**
     * From left to right, each piece goes on with the line whose last piece is nearest in height:
     * so lines may slant, as they do on photos. Small pieces begin no line.
     */
    List<List<Segment>> lines(List<Segment> pieces) {
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
                double here = Math.abs(s.centerY() - last.centerY());
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
                                        .mapToDouble(Segment::centerY)
                                        .average()
                                        .orElseThrow()));
        return lines;
    }

    /** The cheapest way through a line: its digits. */
    List<Segment> path(List<Segment> line) {
        line.sort(Comparator.comparingDouble(Segment::centerX));
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
                double c = least[end - 1 - k] + page.cost(s, tall) + stretched[end - 1 - k][k];
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
