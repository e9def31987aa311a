package io.github.mnist4j.train;

import io.github.mnist4j.train.plan.TrainingPlan;
import java.util.Optional;

/**
 * Decides whether a run ends before its last epoch. DL4J's EarlyStoppingTrainer will not do: on
 * 1.0.0-M2.1 it ends in a NullPointerException when the first score is not a number, gives 0.0 as
 * the best score, and looks at its conditions only on epochs that it evaluates.
 */
final class EarlyStopping {
    private final TrainingPlan plan;
    private State state = new State(Double.NEGATIVE_INFINITY, 0, 0);

    /**
     * What a checkpoint must hold.
     *
     * @param best the best monitored value so far: an accuracy, or a negated loss
     * @param waited epochs without a gain
     * @param seconds of training so far
     */
    record State(double best, int waited, double seconds) {}

    EarlyStopping(TrainingPlan plan) {
        this.plan = plan;
    }

    State state() {
        return state;
    }

    void restore(State state) {
        this.state = state;
    }

    /**
     * @param score the loss of this batch
     */
    Optional<StopReason> afterBatch(double score, double secondsOfEpoch) {
        if (!Double.isFinite(score)) {
            return Optional.of(StopReason.DIVERGED);
        }
        boolean late =
                plan.maxMinutes() > 0 && state.seconds + secondsOfEpoch >= 60 * plan.maxMinutes();
        return late ? Optional.of(StopReason.TIME) : Optional.empty();
    }

    Optional<StopReason> afterEpoch(EpochRecord epoch) {
        boolean accuracy = plan.monitor() == TrainingPlan.Monitor.ACCURACY;
        double value = accuracy ? epoch.validationAccuracy() : -epoch.validationLoss();
        boolean gained =
                value > state.best + plan.minGain() || state.best == Double.NEGATIVE_INFINITY;
        state =
                new State(
                        gained ? value : state.best,
                        gained ? 0 : state.waited + 1,
                        state.seconds + epoch.seconds());
        if (!Double.isFinite(epoch.validationLoss())) {
            return Optional.of(StopReason.DIVERGED);
        }
        if (plan.targetAccuracy() > 0 && epoch.validationAccuracy() >= plan.targetAccuracy()) {
            return Optional.of(StopReason.TARGET);
        }
        if (plan.patience() > 0 && state.waited >= plan.patience()) {
            return Optional.of(StopReason.PATIENCE);
        }
        boolean late = plan.maxMinutes() > 0 && state.seconds >= 60 * plan.maxMinutes();
        return late ? Optional.of(StopReason.TIME) : Optional.empty();
    }
}
