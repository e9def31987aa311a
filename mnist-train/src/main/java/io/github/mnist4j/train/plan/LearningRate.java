package io.github.mnist4j.train.plan;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * The learning rate of every step, by the plan's schedule; {@code plateau} lowers it whenever the
 * validation loss has not improved for some epochs.
 */
public final class LearningRate {
    private final ISchedule schedule;
    private final int patience;
    private final double factor;
    private State state = new State(1, Double.POSITIVE_INFINITY, 0);

    /**
     * What a checkpoint must hold.
     *
     * @param reduction factor on the schedule's rate, 0 to 1
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

    /** Continues from a checkpoint. */
    public void restore(State state) {
        this.state = state;
    }

    /**
     * Sets the rate of the next step.
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
     * Sets the rate where the network's updaters read it. The network's own setLearningRate would
     * rebuild all updaters.
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
