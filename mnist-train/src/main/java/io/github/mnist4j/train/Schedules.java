package io.github.mnist4j.train;

import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;

/** Learning-rate schedules by the names that plans and command lines use; all are DL4J's own. */
final class Schedules {
    private Schedules() {}

    /**
     * @param text {@code constant} or {@code step:EPOCHS:FACTOR}
     * @throws IllegalArgumentException if it is neither; the message says what is
     */
    static ISchedule parse(String text, double learningRate) {
        String[] parts = text.split(":");
        try {
            if (parts[0].equals("constant") && parts.length == 1) {
                return new FixedSchedule(learningRate);
            }
            if (parts[0].equals("step") && parts.length == 3) {
                int epochs = Integer.parseInt(parts[1]);
                double factor = Double.parseDouble(parts[2]);
                if (epochs >= 1 && factor > 0 && factor <= 1) {
                    return new StepSchedule(ScheduleType.EPOCH, learningRate, factor, epochs);
                }
            }
        } catch (NumberFormatException e) {
            // falls through to the message
        }
        throw new IllegalArgumentException(
                "schedule '"
                        + text
                        + "' is not known; constant, or step:EPOCHS:FACTOR (as in step:5:0.5) with FACTOR at most 1 expected");
    }
}
