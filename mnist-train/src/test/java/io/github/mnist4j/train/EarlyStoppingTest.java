package io.github.mnist4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.mnist4j.train.plan.TrainingPlan;
import io.github.mnist4j.train.plan.TrainingPlanBuilder;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Curves of validation figures, and the epoch at which each should end. */
class EarlyStoppingTest {
    private static EpochRecord epoch(int n, double loss, double accuracy) {
        return new EpochRecord(n, 0, 0, loss, accuracy, 1e-3, 30);
    }

    /** The epoch after which it stops and why, as "3 PATIENCE"; or "no". */
    private static String end(
            UnaryOperator<TrainingPlanBuilder> settings, boolean accuracy, double... curve) {
        var stopping = new EarlyStopping(settings.apply(TrainingPlan.builder("mlp")).build());
        for (int i = 0; i < curve.length; i++) {
            var record = accuracy ? epoch(i + 1, 1, curve[i]) : epoch(i + 1, curve[i], 0.5);
            var reason = stopping.afterEpoch(record);
            if (reason.isPresent()) {
                return (i + 1) + " " + reason.get();
            }
        }
        return "no";
    }

    @Test
    void waitsAsLongAsPatienceAllows() {
        double[] curve = {0.90, 0.95, 0.94, 0.95, 0.93, 0.96, 0.5};
        assertThat(end(b -> b, true, curve)).isEqualTo("no");
        assertThat(end(b -> b.optPatience(1), true, curve)).isEqualTo("3 PATIENCE");
        assertThat(end(b -> b.optPatience(2), true, curve)).isEqualTo("4 PATIENCE");
        assertThat(end(b -> b.optPatience(4), true, curve)).isEqualTo("no");
    }

    @Test
    void aGainMustExceedTheMinimum() {
        double[] curve = {0.90, 0.904, 0.908, 0.912, 0.916};
        assertThat(end(b -> b.optPatience(2).optMinGain(0.005), true, curve)).isEqualTo("no");
        assertThat(end(b -> b.optPatience(2).optMinGain(0.01), true, curve))
                .isEqualTo("3 PATIENCE");
    }

    @Test
    void aLowerLossIsAGain() {
        UnaryOperator<TrainingPlanBuilder> onLoss =
                b -> b.optPatience(2).optMonitor(TrainingPlan.Monitor.LOSS);
        assertThat(end(onLoss, false, 0.5, 0.4, 0.3, 0.2)).isEqualTo("no");
        assertThat(end(onLoss, false, 0.5, 0.4, 0.41, 0.42, 0.1)).isEqualTo("4 PATIENCE");
    }

    /** DL4J's own trainer ends in a NullPointerException where the first score is NaN. */
    @Test
    void aLossThatIsNoNumberStopsAtOnce() {
        assertThat(end(b -> b, false, Double.NaN)).isEqualTo("1 DIVERGED");
        assertThat(end(b -> b, false, 0.5, Double.POSITIVE_INFINITY)).isEqualTo("2 DIVERGED");
        var stopping = new EarlyStopping(TrainingPlan.builder("mlp").build());
        assertThat(stopping.afterBatch(0.3, 1)).isEmpty();
        assertThat(stopping.afterBatch(Double.NaN, 1)).contains(StopReason.DIVERGED);
        assertThat(stopping.afterBatch(Double.POSITIVE_INFINITY, 1)).contains(StopReason.DIVERGED);
    }

    @Test
    void aTargetOrALimitOfTimeEndsTheRun() {
        assertThat(end(b -> b.optTargetAccuracy(0.95), true, 0.9, 0.949, 0.95, 0.96))
                .isEqualTo("3 TARGET");
        // 30 seconds an epoch
        assertThat(end(b -> b.optMaxMinutes(1), true, 0.9, 0.95, 0.96)).isEqualTo("2 TIME");
        var stopping = new EarlyStopping(TrainingPlan.builder("mlp").optMaxMinutes(1).build());
        stopping.afterEpoch(epoch(1, 1, 0.9));
        assertThat(stopping.afterBatch(0.3, 29)).isEmpty();
        assertThat(stopping.afterBatch(0.3, 30)).contains(StopReason.TIME);
    }

    @Test
    void ofEquallyAccurateEpochsTheOneWithTheLowerLossIsKept() {
        EpochRecord kept = epoch(3, 0.05, 0.99);
        assertThat(epoch(4, 0.09, 0.991).isBetterThan(kept)).isTrue();
        assertThat(epoch(4, 0.04, 0.99).isBetterThan(kept)).isTrue();
        assertThat(epoch(4, 0.05, 0.99).isBetterThan(kept)).isFalse();
        assertThat(epoch(4, 0.01, 0.989).isBetterThan(kept)).isFalse();
        assertThat(epoch(4, Double.NaN, 0.99).isBetterThan(kept)).isFalse();
    }
}
