package io.github.mnist4j.data.augment;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * How images vary from epoch to epoch. A variant depends only on (seed, epoch, image). It keeps its
 * label, size and range of values; beyond the border lies paper.
 *
 * <pre>{@code
 * Augmentation.of("affine").withRotation(15).transform()
 * }</pre>
 *
 * @param rotation greatest angle, 0 to 180 degrees
 * @param shift greatest translation in each direction as a part of the width, 0 to 0.5
 * @param scale greatest change of size, 0 to 0.9: 0.1 is 90 to 110 %
 * @param shear greatest lean of uprights, 0 to 60 degrees
 * @param elastic strength of elastic distortion, 0 to 200 pixels before smoothing; 34 in Simard et
 *     al. (2003), which moves a pixel by 1.4 on average (root mean square, each direction)
 * @param stroke greatest thickening or thinning, 0 to 1: the share of the 3x3 dilation or erosion
 * @param erase probability of erasing a rectangle, 0 to 1
 */
public record Augmentation(
        double rotation,
        double shift,
        double scale,
        double shear,
        double elastic,
        double stroke,
        double erase)
        implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Standard deviation of the Gaussian that smooths elastic fields, pixels. */
    private static final double SMOOTHNESS = 4;

    /** The names that {@link #of} knows. */
    public static final List<String> NAMES =
            List.of("none", "rotate", "affine", "elastic", "strong");

    /** Leaves every image as it is. */
    public static final Augmentation NONE = new Augmentation(0, 0, 0, 0, 0, 0, 0);

    /**
     * @throws IllegalArgumentException if a value is out of its range; the message names it
     */
    public Augmentation {
        check("rotation", rotation, 180);
        check("shift", shift, 0.5);
        check("scale", scale, 0.9);
        check("shear", shear, 60);
        check("elastic", elastic, 200);
        check("stroke", stroke, 1);
        check("erase", erase, 1);
    }

    private static void check(String name, double value, double most) {
        if (!(value >= 0 && value <= most)) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s is %s, 0 to %s expected", name, value, most));
        }
    }

    /**
     * A policy by name: {@code none}, {@code rotate} (10 degrees), {@code affine} (10 degrees,
     * shift 0.08, scale 0.1, shear 8 degrees), {@code elastic} (affine with elastic 34), {@code
     * strong} (15 degrees, shift 0.1, scale 0.15, shear 12 degrees, elastic 40, stroke 0.5, erase
     * 0.25).
     *
     * @throws IllegalArgumentException for another name; the message lists them
     */
    public static Augmentation of(String name) {
        return switch (name) {
            case "none" -> NONE;
            case "rotate" -> NONE.withRotation(10);
            case "affine" -> new Augmentation(10, 0.08, 0.1, 8, 0, 0, 0);
            case "elastic" -> of("affine").withElastic(34);
            case "strong" -> new Augmentation(15, 0.1, 0.15, 12, 40, 0.5, 0.25);
            default ->
                    throw new IllegalArgumentException(
                            "unknown augmentation '"
                                    + name
                                    + "', one of "
                                    + String.join(", ", NAMES)
                                    + " expected");
        };
    }

    public Augmentation withRotation(double degrees) {
        return new Augmentation(degrees, shift, scale, shear, elastic, stroke, erase);
    }

    public Augmentation withShift(double part) {
        return new Augmentation(rotation, part, scale, shear, elastic, stroke, erase);
    }

    public Augmentation withScale(double change) {
        return new Augmentation(rotation, shift, change, shear, elastic, stroke, erase);
    }

    public Augmentation withShear(double degrees) {
        return new Augmentation(rotation, shift, scale, degrees, elastic, stroke, erase);
    }

    public Augmentation withElastic(double strength) {
        return new Augmentation(rotation, shift, scale, shear, strength, stroke, erase);
    }

    public Augmentation withStroke(double amount) {
        return new Augmentation(rotation, shift, scale, shear, elastic, amount, erase);
    }

    public Augmentation withErase(double probability) {
        return new Augmentation(rotation, shift, scale, shear, elastic, stroke, probability);
    }

    /** Whether images stay as they are. */
    public boolean changesNothing() {
        return equals(NONE);
    }

    /** A DataVec transform that makes such variants. Threads may share its {@code apply}. */
    public DigitTransform transform() {
        var steps = new ArrayList<DigitTransform>();
        if (stroke > 0) {
            steps.add(new StrokeTransform(stroke));
        }
        if (rotation > 0 || shift > 0 || scale > 0 || shear > 0 || elastic > 0) {
            steps.add(new WarpTransform(rotation, shift, scale, shear, elastic, SMOOTHNESS));
        }
        if (erase > 0) {
            steps.add(new ErasingTransform(erase));
        }
        return steps.size() == 1 ? steps.get(0) : new Sequence(List.copyOf(steps));
    }

    /** One transform after the other, with the same random stream. */
    private static final class Sequence extends DigitTransform {
        private final List<DigitTransform> steps;

        Sequence(List<DigitTransform> steps) {
            this.steps = steps;
        }

        @Override
        public void apply(byte[] from, byte[] to, int rows, int columns, RandomGenerator random) {
            byte[] now = from;
            for (int i = 0; i < steps.size(); i++) {
                byte[] next = i == steps.size() - 1 ? to : new byte[from.length];
                steps.get(i).apply(now, next, rows, columns, random);
                now = next;
            }
            if (steps.isEmpty()) {
                System.arraycopy(from, 0, to, 0, from.length);
            }
        }
    }

    /** The amounts other than 0, such as {@code rotation 10, shift 0.08}, or {@code none}. */
    @Override
    public String toString() {
        var text = new ArrayList<String>();
        String[] names = {"rotation", "shift", "scale", "shear", "elastic", "stroke", "erase"};
        double[] values = {rotation, shift, scale, shear, elastic, stroke, erase};
        for (int i = 0; i < names.length; i++) {
            if (values[i] > 0) {
                text.add(names[i] + " " + (float) values[i]);
            }
        }
        return text.isEmpty()
                ? "none"
                : String.join(", ", text).replace(".0,", ",").replaceAll("\\.0$", "");
    }
}
