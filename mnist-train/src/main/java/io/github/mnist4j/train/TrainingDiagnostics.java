package io.github.mnist4j.train;

import io.github.mnist4j.data.DigitSet;
import io.github.mnist4j.data.Normalization;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Notices common mistakes during a run and names each in a sentence. */
final class TrainingDiagnostics implements TrainingCallback {
    /** Steps after which the learning rate shows. */
    private static final int EARLY = 100;

    private final List<String> lines = new ArrayList<>();
    private List<EpochRecord> history = List.of();
    private double first;
    private double late;
    private int steps;

    @SuppressWarnings("NullAway.Init") // the trainer calls onStart first
    private TrainingPlan plan;

    /** What was noticed so far, in its order. */
    List<String> lines() {
        return List.copyOf(lines);
    }

    private void say(String format, Object... values) {
        lines.add(String.format(Locale.ROOT, format, values));
    }

    @Override
    public void onStart(Trainer.Start start) {
        plan = start.plan();
        history = start.history();
        DigitSet train = start.split().train();
        Normalization seen = Normalization.of(train.first(1000));
        Normalization planned = plan.normalization();
        // what the network gets: figures as planned come to a mean of 0 and a deviation of 1
        double mean = (seen.mean() - planned.mean()) / planned.standardDeviation();
        if (seen.mean() > 0.5) {
            say(
                    "The images look inverted: their mean is %.2f of white, %.2f is expected. Ink must be 255 on paper 0.",
                    seen.mean(), planned.mean());
        } else if (Math.abs(mean) > 1 || seen.standardDeviation() < 0.05) {
            say(
                    "The images are not normalized as the network expects: mean %.3f and standard deviation %.3f"
                            + " of the range 0 to 255, the plan's are %.3f and %.3f.",
                    seen.mean(),
                    seen.standardDeviation(),
                    planned.mean(),
                    planned.standardDeviation());
        }
    }

    @Override
    public void onStep(Step step) {
        steps++;
        if (steps <= 5) {
            first += step.loss() / 5;
        } else if (steps > EARLY - 20 && steps <= EARLY) {
            late += step.loss() / 20;
        }
        if (steps != EARLY) {
            return;
        }
        // guessing evenly among ten costs ln 10
        if (late > 1.5 * Math.log(10) || late > 1.2 * first) {
            say(
                    "After %d batches the loss is %.2f, no better than at the start: the learning rate %s is too high, try a tenth.",
                    EARLY, late, plan.learningRate());
        } else if (late > 0.9 * first && plan.schedule().equals("constant")) {
            say(
                    "After %d batches the loss has only come from %.2f to %.2f: the learning rate %s looks too low, try ten times that.",
                    EARLY, first, late, plan.learningRate());
        }
    }

    /** To be called once, when the run is over. */
    void conclude(StopReason reason) {
        if (history.isEmpty() || reason == StopReason.REQUESTED) {
            return;
        }
        EpochRecord last = history.get(history.size() - 1);
        if (last.validationAccuracy() < 0.2 && last.trainLoss() > 2.1 && steps >= EARLY) {
            say(
                    "Nothing was learned: %.1f %% is what guessing gives. If the learning rate is reasonable, check that the"
                            + " labels belong to the images; they look shuffled.",
                    100 * last.validationAccuracy());
            return;
        }
        if (last.trainAccuracy() > 0.5 && last.validationAccuracy() < 0.2) {
            say(
                    "The network knows its training images (%.1f %%) and guesses at others (%.1f %%): the labels look shuffled.",
                    100 * last.trainAccuracy(), 100 * last.validationAccuracy());
            return;
        }
        double least =
                history.stream().mapToDouble(EpochRecord::validationLoss).min().orElseThrow();
        if (last.trainAccuracy() - last.validationAccuracy() > 0.01
                && last.validationLoss() > 1.1 * least) {
            say(
                    "Overfitting: training accuracy %.2f %%, validation accuracy %.2f %% and its loss rising. More dropout,"
                            + " weight decay or augmentation (--augment affine) helps; --patience 3 stops in time.",
                    100 * last.trainAccuracy(), 100 * last.validationAccuracy());
        }
        if (reason == StopReason.EPOCHS && history.size() >= 3) {
            EpochRecord before = history.get(history.size() - 3);
            if (last.validationLoss() == least
                    && last.validationLoss() < 0.9 * before.validationLoss()) {
                say(
                        "Still improving when the epochs ran out (validation loss %.4f, two epochs earlier %.4f): try --epochs %d.",
                        last.validationLoss(), before.validationLoss(), 2 * plan.epochs());
            }
        }
    }
}
