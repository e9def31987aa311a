package io.github.mnist4j.train.plan;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;

/**
 * Learning-rate schedules as plans and command lines write them; DL4J's own where DL4J has one. A
 * network's configuration holds the current rate, never a schedule, so a saved model needs none of
 * these classes.
 */
public final class Schedules {
    /** For help texts and errors. */
    static final String FORMS =
            "constant, step:EPOCHS:FACTOR, multistep:EPOCH,EPOCH..:FACTOR, exponential:FACTOR, poly:POWER, "
                    + "cosine[:WARMUP_EPOCHS], onecycle[:WARMUP_PART], plateau:PATIENCE:FACTOR; 2000it instead of a number of epochs counts iterations";

    private Schedules() {}

    /**
     * The plan's warm-up followed by its schedule.
     *
     * @param batches per epoch
     * @throws IllegalArgumentException if the warm-up leaves nothing of the run
     */
    public static ISchedule of(TrainingPlan plan, int batches) {
        checkWarmUp(plan);
        long total = (long) plan.epochs() * batches;
        long steps = Math.min(Math.round(plan.warmup() * batches), total - 1);
        var schedule = parse(plan.schedule(), plan.learningRate(), total - steps, batches);
        return steps == 0 ? schedule : new WarmUp(schedule, (int) steps, batches);
    }

    /**
     * Not a check of every plan: one may get its epochs after its warm-up.
     *
     * @throws IllegalArgumentException if the warm-up leaves nothing of the run
     */
    static void checkWarmUp(TrainingPlan plan) {
        if (plan.warmup() >= plan.epochs()) {
            throw new IllegalArgumentException(
                    "warmup is "
                            + plan.warmup()
                            + " epochs, less than the run's "
                            + plan.epochs()
                            + " expected");
        }
    }

    /**
     * @param text one of {@link #FORMS}
     * @param rate the learning rate: the first, or the highest where the schedule rises to it
     * @param total iterations of the schedule
     * @param batches per epoch
     * @throws IllegalArgumentException if the text is not one of them; the message lists them
     */
    public static ISchedule parse(String text, double rate, long total, int batches) {
        String[] parts = text.split(":");
        try {
            ISchedule schedule = parse(parts, rate, total, batches);
            if (schedule != null) {
                return schedule;
            }
        } catch (IllegalArgumentException e) {
            // falls through to the message
        }
        throw new IllegalArgumentException("unknown schedule '" + text + "'; expected " + FORMS);
    }

    private static @Nullable ISchedule parse(String[] parts, double rate, long total, int batches) {
        switch (parts[0] + "/" + parts.length) {
            case "constant/1":
                return new FixedSchedule(rate);
            case "plateau/3":
                positive(whole(parts[1]));
                factor(parts[2]);
                return new FixedSchedule(rate); // LearningRate lowers it
            case "step/3":
                return new StepSchedule(
                        unit(parts[1]), rate, factor(parts[2]), positive(whole(parts[1])));
            case "multistep/3":
                return multiStep(parts[1].split(","), rate, factor(parts[2]));
            case "exponential/2":
                return new ExponentialSchedule(ScheduleType.EPOCH, rate, factor(parts[1]));
            case "poly/2":
                return new Poly(rate, above0(parts[1]), total);
            case "cosine/1":
                return new Cosine(0, rate, 0, 0, total);
            case "cosine/2":
                long warmUp =
                        unit(parts[1]) == ScheduleType.EPOCH
                                ? (long) (Double.parseDouble(parts[1]) * batches)
                                : whole(parts[1]);
                return new Cosine(0, rate, 0, notNegative(warmUp), total);
            case "onecycle/1":
                return oneCycle(rate, 0.3, total);
            case "onecycle/2":
                return oneCycle(rate, above0(parts[1]), total);
            default:
                return null;
        }
    }

    /**
     * Smith and Topin's (2018) with PyTorch's defaults: from rate/25 up to rate and down to
     * rate/250,000.
     */
    private static ISchedule oneCycle(double rate, double part, long total) {
        if (part >= 1) {
            throw new IllegalArgumentException();
        }
        return new Cosine(rate / 25, rate, rate / 25e4, Math.round(part * total), total);
    }

    private static ISchedule multiStep(String[] steps, double rate, double factor) {
        Map<Integer, Double> values = new TreeMap<>();
        values.put(0, rate);
        double now = rate;
        int last = 0;
        for (String step : steps) {
            int at = positive(whole(step));
            if (at <= last || unit(step) != unit(steps[0])) {
                throw new IllegalArgumentException();
            }
            now *= factor;
            values.put(at, now);
            last = at;
        }
        return new MapSchedule(unit(steps[0]), values);
    }

    private static ScheduleType unit(String number) {
        return number.endsWith("it") ? ScheduleType.ITERATION : ScheduleType.EPOCH;
    }

    private static int whole(String number) {
        return Integer.parseInt(
                number.endsWith("it") ? number.substring(0, number.length() - 2) : number);
    }

    private static int positive(int n) {
        if (n < 1) {
            throw new IllegalArgumentException();
        }
        return n;
    }

    private static long notNegative(long n) {
        if (n < 0) {
            throw new IllegalArgumentException();
        }
        return n;
    }

    private static double above0(String number) {
        double value = Double.parseDouble(number);
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException();
        }
        return value;
    }

    private static double factor(String number) {
        double value = above0(number);
        if (value > 1) {
            throw new IllegalArgumentException();
        }
        return value;
    }

    /**
     * Rises linearly to the schedule's first rate within some iterations, then follows the
     * schedule.
     */
    record WarmUp(ISchedule schedule, int steps, int batches) implements ISchedule {
        private static final long serialVersionUID = 1L;

        @Override
        public double valueAt(int iteration, int epoch) {
            int after = iteration - steps;
            return after < 0
                    ? schedule.valueAt(0, 0) * (iteration + 1) / steps
                    : schedule.valueAt(after, after / batches);
        }

        @Override
        public ISchedule clone() {
            return this;
        }
    }

    /**
     * {@code rate * (1 - iteration/total)^power}. DL4J's own {@code PolySchedule} has the sign of
     * the fraction wrong (seen on M2.1): its rate rises, to {@code rate * 2^power}.
     */
    record Poly(double rate, double power, long total) implements ISchedule {
        private static final long serialVersionUID = 1L;

        @Override
        public double valueAt(int iteration, int epoch) {
            return rate * Math.pow(1 - Math.min(1.0, (double) iteration / total), power);
        }

        @Override
        public ISchedule clone() {
            return this;
        }
    }

    /**
     * From {@code start} to {@code peak} within the first {@code warmUp} iterations and on to
     * {@code end} at the last, each along half a cosine (Loshchilov and Hutter 2017).
     */
    record Cosine(double start, double peak, double end, long warmUp, long total)
            implements ISchedule {
        private static final long serialVersionUID = 1L;

        @Override
        public double valueAt(int iteration, int epoch) {
            if (iteration < warmUp) {
                return between(start, peak, (double) iteration / warmUp);
            }
            return between(
                    peak,
                    end,
                    Math.min(1, (double) (iteration - warmUp) / Math.max(1, total - warmUp)));
        }

        private static double between(double from, double to, double part) {
            return to + (from - to) * (1 + Math.cos(Math.PI * part)) / 2;
        }

        @Override
        public ISchedule clone() {
            return this;
        }
    }
}
