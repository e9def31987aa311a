package io.github.mnist4j.train.plan;

import java.util.List;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;

/** Optimizers by the names that plans and command lines use; all are DL4J's own. */
public final class Optimizers {
    /** Every name; {@code adamw} is Adam with weight decay, decoupled as DL4J applies it. */
    static final List<String> NAMES =
            List.of("adam", "adamw", "amsgrad", "nesterov", "sgd", "rmsprop");

    private Optimizers() {}

    /** The weight decay that an optimizer has if nothing else is asked for; 0 for all but adamw. */
    static double weightDecay(String name) {
        return "adamw".equals(name) ? 0.01 : 0;
    }

    /**
     * @param learningRate initial one; {@link LearningRate} changes it from step to step
     * @throws IllegalArgumentException if the name is unknown; the message lists the known ones
     */
    public static IUpdater of(String name, double learningRate, double momentum) {
        return switch (name) {
            case "adam", "adamw" -> new Adam(learningRate);
            case "amsgrad" -> new AMSGrad(learningRate);
            case "nesterov" -> new Nesterovs(learningRate, momentum);
            case "sgd" -> new Sgd(learningRate);
            case "rmsprop" -> new RmsProp(learningRate);
            default ->
                    throw new IllegalArgumentException(
                            "unknown optimizer '"
                                    + name
                                    + "', one of "
                                    + String.join(", ", NAMES)
                                    + " expected");
        };
    }
}
