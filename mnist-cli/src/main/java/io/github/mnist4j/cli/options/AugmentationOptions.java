package io.github.mnist4j.cli.options;

import io.github.mnist4j.data.augment.Augmentation;
import io.github.mnist4j.train.plan.PlanSetting;
import io.github.mnist4j.train.plan.TrainingPlan;

/** An {@link Augmentation} as a policy's name and single amounts. */
public final class AugmentationOptions extends SettingOptions {
    private final String policy;

    /**
     * @param policy where none is given, for the help
     */
    public AugmentationOptions(String policy) {
        super(setting -> setting.group() == PlanSetting.Group.AUGMENTATION);
        this.policy = policy;
    }

    @Override
    String defaults(PlanSetting<?> setting) {
        return setting.name().equals("augment") ? policy : super.defaults(setting);
    }

    /**
     * @param own what holds where nothing was given
     * @throws IllegalArgumentException for an unknown policy or an amount out of range
     */
    public Augmentation apply(Augmentation own) {
        var builder = TrainingPlan.builder("mlp").optAugment(own);
        applyTo(builder);
        return builder.augment();
    }
}
