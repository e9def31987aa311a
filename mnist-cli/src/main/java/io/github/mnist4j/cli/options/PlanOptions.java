package io.github.mnist4j.cli.options;

import io.github.mnist4j.data.source.DatasetLoader;
import io.github.mnist4j.train.plan.TrainingPlan;
import java.io.IOException;

/** Every setting of a {@link TrainingPlan} as an option; what is not given stays as it is. */
public final class PlanOptions extends SettingOptions {
    PlanOptions() {
        super(setting -> true);
    }

    /** The model that was given, or mlp. */
    public String model() {
        return given("model").orElse("mlp");
    }

    /**
     * The plan with what was given.
     *
     * @throws IllegalArgumentException if a value is out of range; the message names it
     */
    public TrainingPlan apply(TrainingPlan plan) {
        given("model")
                .filter(model -> !model.equals(plan.model()))
                .ifPresent(
                        model -> {
                            throw new IllegalArgumentException(
                                    "the plan's model is '"
                                            + plan.model()
                                            + "'; --model cannot change it to "
                                            + model);
                        });
        var builder = plan.toBuilder();
        applyTo(builder);
        return builder.build();
    }

    /**
     * Loads the plan's data; a folder that was given counts first. Shows downloads, but leaves the
     * notice of generated digits to the caller.
     */
    public DatasetLoader.Loaded load(TrainingPlan plan) throws IOException {
        return DataOptions.loadFrom(given("data").orElse(plan.data()), plan.dataset());
    }
}
