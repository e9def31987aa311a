package io.github.mnist4j.train;

/**
 * One epoch of a run's history.
 *
 * @param epoch 1 or more
 * @param trainLoss mean loss of the epoch's steps, as they were taken: with dropout and
 *     augmentation
 * @param trainAccuracy of the same predictions, 0 to 1
 * @param validationLoss mean cross-entropy after the epoch
 * @param validationAccuracy top-1 after the epoch, 0 to 1
 * @param learningRate at the end of the epoch
 * @param seconds for the epoch's steps and its validation
 */
public record EpochRecord(
        int epoch,
        double trainLoss,
        double trainAccuracy,
        double validationLoss,
        double validationAccuracy,
        double learningRate,
        double seconds) {
    /**
     * The rule by which a run chooses its best epoch: higher validation accuracy wins; ties go to
     * the lower validation loss. Without the tie-break, an early epoch that ties by luck would beat
     * a late one of an annealed schedule.
     */
    public boolean isBetterThan(EpochRecord other) {
        return validationAccuracy > other.validationAccuracy
                || (validationAccuracy == other.validationAccuracy
                        && validationLoss < other.validationLoss);
    }
}
