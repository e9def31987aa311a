package io.github.mnist4j.tune;

import io.github.mnist4j.train.TrainingPlan;

/**
 * What a search is asked for.
 *
 * @param base the plan around which is searched; its epochs are those of a trial
 * @param trials at most, 1 or more
 * @param seed draws the candidates
 * @param minutes after which no further trial begins; 0 for no limit
 * @param endPoorTrials whether a trial is ended that is worse, after an epoch, than the median of
 *     the trials before it at the same epoch (the first five run to their end)
 */
public record Search(
        TrainingPlan base, int trials, long seed, double minutes, boolean endPoorTrials) {
    /**
     * @throws IllegalArgumentException if a value is out of range; the message names it
     */
    public Search {
        if (trials < 1) {
            throw new IllegalArgumentException("trials is " + trials + ", 1 or more expected");
        }
        if (!(minutes >= 0 && minutes < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("minutes is " + minutes + ", 0 or more expected");
        }
    }
}
