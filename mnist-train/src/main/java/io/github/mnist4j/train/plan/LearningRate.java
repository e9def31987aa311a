package io.github.mnist4j.train.plan;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * The learning rate of every step: the plan's schedule, and where that is {@code plateau}, lowered
 * whenever the validation loss has not improved for some epochs.
 */
public final class LearningRate {
    private final ISchedule schedule;
    private final int patience;
    private final double factor;
    private State state = new State(1, Double.POSITIVE_INFINITY, 0);

    /**
     * What a resumed run must know.
     *
     * @param reduction by which the schedule's rate is multiplied
     * @param best lowest validation loss so far
     * @param waited epochs without a lower one
     */
    public record State(double reduction, double best, int waited) {}

    /**
     * @param batches per epoch
     */
    public LearningRate(TrainingPlan plan, int batches) {
        schedule = Schedules.of(plan, batches);
        String[] parts = plan.schedule().split(":");
        boolean plateau = parts[0].equals("plateau");
        patience = plateau ? Integer.parseInt(parts[1]) : Integer.MAX_VALUE;
        factor = plateau ? Double.parseDouble(parts[2]) : 1;
    }

    /** For a checkpoint. */
    public State state() {
        return state;
    }

    /** Goes on from a checkpoint. */
    public void restore(State state) {
        this.state = state;
    }

    /**
     * Sets the rate of the step that comes next.
     *
     * @param iteration steps taken since the run began
     * @param epoch epochs done
     * @return the rate
     */
    public double apply(MultiLayerNetwork network, int iteration, int epoch) {
        double rate = schedule.valueAt(iteration, epoch) * state.reduction;
        set(network, rate);
        return rate;
    }

    /**
     * Not by the network's own setLearningRate, which builds all updaters anew. These settings are
     * the ones that its updaters read.
     */
    public static void set(MultiLayerNetwork network, double rate) {
        for (Layer layer : network.getLayers()) {
            if (layer.conf().getLayer() instanceof BaseLayer withWeights) {
                withWeights.getIUpdater().setLrAndSchedule(rate, null);
            }
        }
    }

    /** To be called once per epoch: lowers the rate where the plan says {@code plateau}. */
    public void afterEpoch(double validationLoss) {
        if (validationLoss < state.best) {
            state = new State(state.reduction, validationLoss, 0);
        } else if (state.waited + 1 >= patience) {
            state = new State(state.reduction * factor, state.best, 0);
        } else {
            state = new State(state.reduction, state.best, state.waited + 1);
        }
    }
}
