package io.github.mnist4j.train.plan;

import io.github.mnist4j.data.DigitIterator;
import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Averages the weights over the run; the average generalizes better than the weights after the last
 * step. {@code ema:DECAY} is exponential, after each step (Polyak averaging); {@code swa:EPOCH} is
 * the mean after each epoch from that one on (Izmailov et al. 2018). Averaged weights need
 * batch-norm statistics of their own, which are recomputed before the average is used.
 */
public final class WeightAverage {
    /** Batches that statistics are computed from. */
    private static final int STATISTICS_BATCHES = 50;

    private final boolean exponential;
    private final double decay;
    private final int firstEpoch;
    private @Nullable INDArray average;
    private long updates;

    private WeightAverage(boolean exponential, double decay, int firstEpoch) {
        this.exponential = exponential;
        this.decay = decay;
        this.firstEpoch = firstEpoch;
    }

    /**
     * @param text none, ema:DECAY or swa:EPOCH
     * @return null for none
     * @throws IllegalArgumentException for anything else
     */
    public static @Nullable WeightAverage parse(String text) {
        String[] parts = text.split(":");
        try {
            if (text.equals("none")) {
                return null;
            }
            if (parts[0].equals("ema") && parts.length == 2) {
                double decay = Double.parseDouble(parts[1]);
                if (decay > 0 && decay < 1) {
                    return new WeightAverage(true, decay, 0);
                }
            }
            if (parts[0].equals("swa") && parts.length == 2 && Integer.parseInt(parts[1]) >= 1) {
                return new WeightAverage(false, 0, Integer.parseInt(parts[1]));
            }
        } catch (NumberFormatException e) {
            // falls through to the message
        }
        throw new IllegalArgumentException(
                "unknown averaging '"
                        + text
                        + "', none, ema:DECAY (as in ema:0.999) or swa:EPOCH (as in swa:10) expected");
    }

    /** The average so far; null before there is one. */
    public @Nullable INDArray average() {
        return average;
    }

    public long updates() {
        return updates;
    }

    public void restore(@Nullable INDArray average, long updates) {
        this.average = average;
        this.updates = updates;
    }

    public void afterStep(INDArray parameters) {
        if (exponential) {
            // while young it is the plain mean, as its beginning would weigh too much otherwise
            add(parameters, Math.min(decay, updates / (updates + 1.0)));
        }
    }

    public void afterEpoch(INDArray parameters, int epoch) {
        if (!exponential && epoch >= firstEpoch) {
            add(parameters, updates / (updates + 1.0));
        }
    }

    @SuppressWarnings("deprecation") // the only way to add a multiple in one pass
    private void add(INDArray parameters, double keep) {
        if (average == null) {
            average = parameters.dup();
        } else {
            average.muli(keep);
            Nd4j.getBlasWrapper().axpy((float) (1 - keep), parameters, average);
        }
        updates++;
    }

    /**
     * Puts the average into the network, with batch-norm statistics of its own.
     *
     * @param batches what the network learns from; taken from the beginning of {@code epoch}
     * @return the parameters that were there, to be put back
     */
    public INDArray swapIn(MultiLayerNetwork network, DigitIterator batches, int epoch) {
        INDArray own = network.params().dup();
        network.setParams(average);
        computeStatistics(network, batches, epoch);
        return own;
    }

    private static void computeStatistics(
            MultiLayerNetwork network, DigitIterator batches, int epoch) {
        List<Statistic> statistics = new ArrayList<>();
        for (Layer layer : network.getLayers()) {
            if (layer.conf().getLayer() instanceof BatchNormalization norm) {
                for (String key : new String[] {"mean", "var"}) {
                    statistics.add(
                            new Statistic(
                                    layer.getIndex() + "_" + key,
                                    layer.getParam(key),
                                    norm.getDecay()));
                }
            }
        }
        if (statistics.isEmpty()) {
            return;
        }
        batches.startEpoch(epoch);
        int count = 0;
        while (batches.hasNext() && count < STATISTICS_BATCHES) {
            DataSet batch = batches.next();
            network.setInput(batch.getFeatures());
            network.setLabels(batch.getLabels());
            network.computeGradientAndScore();
            count++;
            for (Statistic s : statistics) {
                s.add(network.gradient().getGradientFor(s.name), count);
            }
        }
        network.clear();
        statistics.forEach(s -> s.running.assign(s.mean));
    }

    /**
     * DL4J moves running statistics through the gradient: gradient = (running - batch's) * (1 -
     * decay), which gives the batch's.
     */
    private static final class Statistic {
        private final String name;
        private final INDArray running;
        private final double decay;
        private final INDArray mean;

        Statistic(String name, INDArray running, double decay) {
            this.name = name;
            this.running = running;
            this.decay = decay;
            this.mean = running.ulike();
        }

        void add(INDArray gradient, int count) {
            INDArray ofBatch = running.sub(gradient.reshape(running.shape()).div(1 - decay));
            if (count == 1) {
                mean.assign(ofBatch);
            } else {
                mean.addi(ofBatch.subi(mean).divi(count));
            }
        }
    }
}
