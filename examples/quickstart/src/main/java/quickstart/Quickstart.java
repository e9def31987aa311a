package quickstart;

import io.github.mnist4j.train.EpochRecord;
import io.github.mnist4j.train.Trainer;
import io.github.mnist4j.train.TrainingCallback;
import io.github.mnist4j.train.TrainingResult;
import io.github.mnist4j.train.plan.TrainingPlan;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/** Trains the perceptron on MNIST (or on generated digits where MNIST cannot be had) and shows its first predictions. */
public final class Quickstart {
    public static void main(String[] args) throws Exception {
        int epochs = args.length > 0 ? Integer.parseInt(args[0]) : 10;
        TrainingPlan plan = TrainingPlan.builder("mlp").optEpochs(epochs).optSeed(1).build();

        TrainingResult result = Trainer.run(plan, new Epochs());

        for (int i = 0; i < 10; i++) {
            int predicted = result.test().predicted(i);
            System.out.printf(
                    "image %d shows %d, predicted %d with confidence %.1f %%%n",
                    i,
                    result.data().test().label(i),
                    predicted,
                    100 * result.test().probabilities()[i][predicted]);
        }
    }

    /** Prints a line per epoch; a callback may also count steps, save the network or end the run. */
    private static final class Epochs implements TrainingCallback {
        @Override
        public void onEpochEnd(EpochRecord epoch, MultiLayerNetwork network, boolean best) {
            System.err.printf(
                    "epoch %2d  validation accuracy %.2f %%%s%n",
                    epoch.epoch(), 100 * epoch.validationAccuracy(), best ? " *" : "");
        }
    }
}
