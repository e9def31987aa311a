package io.github.mnist4j.train;

import io.github.mnist4j.onednn.AcceleratedNetwork;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

/**
 * Running loss and accuracy of an epoch, from the predictions that each step makes anyway: with
 * dropout and augmentation, so usually worse than validation shows.
 */
public final class RunningMetrics {
    private final MultiLayerNetwork network;
    private int batches;
    private long examples;
    private long right;
    private double loss;

    /** The sums so far, for a run that is resumed in the middle of an epoch. */
    public record State(int batches, long examples, long right, double loss) {
        static final State NONE = new State(0, 0, 0, 0);
    }

    RunningMetrics(MultiLayerNetwork network, State state) {
        this.network = network;
        batches = state.batches;
        examples = state.examples;
        right = state.right;
        loss = state.loss;
        if (!TrainingState.isAccelerated(network)
                && network.getListeners().stream().noneMatch(LastHiddenLayer.class::isInstance)) {
            network.addListeners(new LastHiddenLayer());
        }
    }

    /** To be called after each step with its batch. */
    void add(DataSet batch) {
        int size = batch.numExamples();
        int[] actual = batch.getLabels().argMax(1).toIntVector();
        int[] predicted = predicted(size);
        for (int i = 0; i < size; i++) {
            right += actual[i] == predicted[i] ? 1 : 0;
        }
        batches++;
        examples += size;
        loss += network.score() * size;
    }

    private int[] predicted(int size) {
        if (network instanceof AcceleratedNetwork fast && fast.trainingProbabilities().length > 0) {
            float[] p = fast.trainingProbabilities();
            int classes = p.length / size;
            int[] predicted = new int[size];
            for (int i = 0; i < size; i++) {
                for (int c = 1; c < classes; c++) {
                    if (p[i * classes + c] > p[i * classes + predicted[i]]) {
                        predicted[i] = c;
                    }
                }
            }
            return predicted;
        }
        for (var listener : network.getListeners()) {
            if (listener instanceof LastHiddenLayer last) {
                return last.predicted;
            }
        }
        throw new IllegalStateException("no predictions of the last step");
    }

    State state() {
        return new State(batches, examples, right, loss);
    }

    int batches() {
        return batches;
    }

    long examples() {
        return examples;
    }

    /** Mean over the examples so far. */
    double loss() {
        return loss / examples;
    }

    /** 0 to 1. */
    double accuracy() {
        return (double) right / examples;
    }

    /**
     * On DL4J's own code, a step's last hidden activations are shown to listeners; the output layer
     * is one product more.
     */
    private static final class LastHiddenLayer extends BaseTrainingListener {
        @SuppressWarnings("NullAway.Init") // a step comes first
        private int[] predicted;

        @Override
        public void onForwardPass(Model model, List<INDArray> activations) {
            var output = ((MultiLayerNetwork) model).getOutputLayer();
            INDArray hidden = activations.get(activations.size() - 1);
            predicted =
                    hidden.mmul(output.getParam("W"))
                            .addiRowVector(output.getParam("b"))
                            .argMax(1)
                            .toIntVector();
        }
    }
}
